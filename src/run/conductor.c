/* The conductor: rank 0 of a run with groups. It never trains; it receives reports, journals and
 * tells them, asks for steps and hands them out, and sleeps between polls.
 *
 * Why it cannot hang, nor make others hang:
 * - A group answers every step it was sent with exactly one report (result, dropped, error), or
 *   leaves with GONE; what it says of its epochs before that counts for nothing. The loop ends when
 * every group has been released or is gone, and a group is released as soon as it owes no report:
 * so it ends as soon as the groups' evaluations do, and those look for a stop message at every safe
 * point.
 * - No failure of its own ends the loop: it becomes the verdict, and from then on reports are only
 *   received and groups released. A failure to receive for want of memory leaves the message where
 *   it is, to be received at a later poll.
 * - It sends to a leader that waits for it, or else at most AHEAD_BYTES, or an empty stop message:
 *   sizes that MPI sends eagerly, without the receiver's part. So it is never stuck in a send
 *   while that leader is stuck in sending a large result.
 * - Nothing collective stands in the loop. All ranks meet behind it, whatever happened.
 * A broken MPI (a call of its own that fails) ends the loop at once and is left to mpirun. */
#include <math.h>

#include "run/run_impl.h"

/* Trials shorter than this (s) are handed out one ahead, where a step has at most so many bytes. */
#define SHORT_TRIAL 0.05
enum { AHEAD_BYTES = 1024 };

/* Asks of one round end after this (s), so that reports are not kept waiting. */
#define ASK_ROUND 0.002

struct team {
    int leader;                  /* rank in job->comm */
    int owed;                    /* reports to come */
    bool released;               /* or gone */
    bool stopped;                /* a stop message was sent */
    int64_t epochs, most_epochs; /* that its leader has said of the step at hand; 0: nothing */
};

struct run_conductor {
    struct run_job *job;   /* borrowed */
    struct team *teams;    /* owned, [plan.groups] */
    struct run_wire *wire; /* owned */
    size_t numbers;        /* of it */
    int open;              /* groups not released */
    bool ending;           /* nothing more is handed out */
    bool mute;             /* the journal failed: results are no longer taken */
    bool broken;           /* MPI itself fails */
};

enum muster_status run_conductor_create(struct run_job *job, struct run_conductor **conductor)
{
    enum muster_status status;
    struct run_conductor *c;
    MUSTER_NEW(c, 1);
    *conductor = c;
    c->job = job;
    c->open = job->plan.groups;
    MUSTER_NEW(c->teams, job->plan.groups);
    for (int g = 0; g < job->plan.groups; g++)
        c->teams[g].leader = 1 + g * job->plan.group_size;
    c->numbers = run_wire_numbers(job->setup->study, job->book.info);
    MUSTER_TRY(run_wire_create(c->numbers, &c->wire));
done:
    return status;
}

void run_conductor_destroy(struct run_conductor **conductor)
{
    if (*conductor == NULL)
        return;
    muster_free((*conductor)->teams);
    muster_free((*conductor)->wire);
    muster_free(*conductor);
    *conductor = NULL;
}

/* Takes a failure as the verdict; true where there is one. */
static bool failed(struct run_conductor *c, enum muster_status status)
{
    bool is = run_verdict_take(&c->job->verdict, status);
    c->ending = c->ending || is;
    return is;
}

static bool broke(struct run_conductor *c, enum muster_status status)
{
    c->broken = c->broken || status != MUSTER_OK;
    return failed(c, status);
}

/* Puts on disk what was taken, whatever else has failed. */
static void commit(struct run_conductor *c)
{
    if (!c->mute)
        c->mute = failed(c, run_book_commit(&c->job->book));
}

/* ---- reports --------------------------------------------------------------------------------- */

static void take_result(struct run_conductor *c, struct team *team, struct muster_pack *report)
{
    (void)team;
    if (c->mute)
        return;
    c->mute = failed(c, run_book_take(&c->job->book, report));
    if (!c->mute)
        run_meter_arrival(c->job);
}

static void take_dropped(struct run_conductor *c, struct team *team, struct muster_pack *report)
{
    (void)report;
    if (!c->ending)
        failed(c, muster_error(MUSTER_INTERNAL, "rank %d dropped a step unasked", team->leader));
}

static void take_error(struct run_conductor *c, struct team *team, struct muster_pack *report)
{
    int64_t code = muster_pack_get_i64(report->data, report->length, "status", MUSTER_INTERNAL);
    const char *text = muster_pack_get_text(report->data, report->length, "text");
    enum muster_status status =
        code > MUSTER_OK && code <= MUSTER_BAD_STUDY ? (enum muster_status)code : MUSTER_INTERNAL;
    failed(c, muster_error(status, "%s (on rank %d)",
                           text != NULL && *text != '\0' ? text : muster_status_text(status),
                           team->leader));
}

static void take_gone(struct run_conductor *c, struct team *team, struct muster_pack *report)
{
    take_error(c, team, report);
    team->owed = 1; /* the caller takes it off */
    team->released = true;
    c->open--;
}

static void take_report(struct run_conductor *c, int from, struct muster_pack *report)
{
    static void (*const takers[])(struct run_conductor *, struct team *, struct muster_pack *) = {
        [RUN_RESULT] = take_result,
        [RUN_DROPPED] = take_dropped,
        [RUN_ERROR] = take_error,
        [RUN_GONE] = take_gone,
    };
    struct team *team = &c->teams[(from - 1) / c->job->plan.group_size];
    int64_t kind = muster_pack_get_i64(report->data, report->length, "kind", -1);
    team->epochs = 0;
    if (kind == RUN_EPOCHS) {
        team->epochs = muster_pack_get_i64(report->data, report->length, "epochs", 0);
        team->most_epochs = muster_pack_get_i64(report->data, report->length, "most", 0);
        return;
    }
    if (kind < RUN_RESULT || kind > RUN_GONE)
        kind = RUN_ERROR; /* without words: an internal error of that rank */
    takers[kind](c, team, report);
    team->owed--;
}

/* Receives whatever is there; true where there was something. */
static bool receive(struct run_conductor *c)
{
    bool any = false, there;
    for (;;) {
        struct muster_pack report = {0};
        void *data;
        int from;
        if (broke(c, muster_probe(c->job->comm, MUSTER_TAG_RESULT, -1, &there, &from)) || !there)
            return any;
        enum muster_status status =
            muster_receive(c->job->comm, MUSTER_TAG_RESULT, from, &data, &report.length);
        if (status != MUSTER_NO_MEMORY && broke(c, status))
            return false;
        if (failed(c, status))
            return false;
        report.data = data;
        report.capacity = report.length;
        take_report(c, from, &report);
        muster_pack_free(&report);
        any = true;
    }
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* Steps that a group may owe reports of. */
static int credit(const struct run_conductor *c)
{
    bool brief = c->job->book.trial_seconds < SHORT_TRIAL; /* not while none is known */
    return brief && run_wire_bytes(c->numbers) <= AHEAD_BYTES ? 2 : 1;
}

/* Steps that the groups could take now. */
static size_t demand(const struct run_conductor *c)
{
    int most = credit(c);
    size_t n = 0;
    for (int g = 0; g < c->job->plan.groups; g++)
        if (!c->teams[g].released && c->teams[g].owed < most)
            n += (size_t)(most - c->teams[g].owed);
    return n;
}

/* Asks for what the groups can take and, where proposals do not depend on time (strict order), for
 * one more a group, so that no group waits while a proposal is made. */
static enum muster_status ask(struct run_conductor *c, bool *moved)
{
    enum muster_status status = MUSTER_OK;
    struct run_book *book = &c->job->book;
    double begin = muster_clock();
    size_t want = demand(c) + (c->job->plan.strict ? (size_t)c->job->plan.groups : 0);
    while (book->queued < want && run_book_may_ask(book)) {
        MUSTER_TRY(run_book_ask(book));
        *moved = true;
        if (muster_clock() - begin > ASK_ROUND)
            break;
    }
    run_keep_drop(c->job);
done:
    return status;
}

/* Groups that owe nothing come first. */
static enum muster_status hand_out(struct run_conductor *c, bool *moved)
{
    enum muster_status status = MUSTER_OK;
    struct run_book *book = &c->job->book;
    int most = credit(c);
    for (int owed = 0; owed < most; owed++)
        for (int g = 0; g < c->job->plan.groups; g++) {
            struct team *team = &c->teams[g];
            struct run_entry *entry;
            if (team->released || team->owed != owed)
                continue;
            if ((entry = run_book_hand(book)) == NULL)
                return MUSTER_OK;
            run_wire_write(c->wire, &entry->step, book->d, c->numbers);
            MUSTER_TRY(muster_send(c->job->comm, c->wire, run_wire_bytes(c->numbers), team->leader,
                                   MUSTER_TAG_WORK));
            team->owed++;
            *moved = true;
        }
done:
    c->broken = c->broken || status != MUSTER_OK;
    return status;
}

/* One round of a run that goes on. */
static enum muster_status advance(struct run_conductor *c, bool *moved)
{
    enum muster_status status;
    struct run_book *book = &c->job->book;
    struct run_watch *watch = &c->job->watch;
    enum run_wish wish = run_meter_wish(c->job);
    if (wish != RUN_ON || run_book_finished(book)) {
        book->out_of_time = wish == RUN_END && !run_book_finished(book);
        c->ending = true;
        return MUSTER_OK;
    }
    MUSTER_TRY(run_book_check_failures(book));
    status = ask(c, moved);
    run_watch_book(watch, &watch->times.optimize);
    MUSTER_TRY(status);
    MUSTER_TRY(run_book_commit(book));
    MUSTER_TRY(hand_out(c, moved));
done:
    return status;
}

/* Releases groups that owe nothing and stops those that do. */
static void release(struct run_conductor *c)
{
    for (int g = 0; g < c->job->plan.groups && !c->broken; g++) {
        struct team *team = &c->teams[g];
        if (team->released || (team->owed > 0 && team->stopped))
            continue;
        if (team->owed > 0) {
            team->stopped = true;
            broke(c, muster_send(c->job->comm, NULL, 0, team->leader, MUSTER_TAG_STOP));
            continue;
        }
        *c->wire = (struct run_wire){.order = RUN_RELEASE, .stopped = team->stopped};
        broke(c, muster_send(c->job->comm, c->wire, run_wire_bytes(c->numbers), team->leader,
                             MUSTER_TAG_WORK));
        team->released = true;
        c->open--;
    }
}

static void show(struct run_conductor *c)
{
    struct run_job *job = c->job;
    job->busy = 0;
    job->epochs = job->most_epochs = 0;
    for (int g = 0; g < job->plan.groups; g++) {
        const struct team *team = &c->teams[g];
        job->busy += team->owed > 0;
        if (team->epochs > job->epochs) {
            job->epochs = team->epochs;
            job->most_epochs = team->most_epochs;
        }
    }
    job->phase = c->ending ? "waiting" : "searching";
    run_meter_progress(job, false);
    if (!c->ending)
        run_meter_file(job);
}

void run_conductor_work(struct run_conductor *c)
{
    struct run_watch *watch = &c->job->watch;
    double pause = 0;
    while (c->open > 0 && !c->broken) {
        bool moved = receive(c);
        commit(c);
        run_watch_book(watch, &watch->times.communicate);
        if (!c->ending)
            failed(c, advance(c, &moved));
        if (c->ending)
            release(c);
        show(c);
        run_watch_book(watch, &watch->times.communicate);
        if (moved)
            pause = 0;
        else if (c->open > 0)
            muster_poll_pause(c->job->comm, &pause);
        run_watch_book(watch, &watch->times.wait);
    }
    commit(c);
    c->job->busy = 0;
}
