/* A rank of a group. The leader (rank 0 of the group) receives steps and answers each with one
 * report; every step is broadcast in the group, evaluated by all and agreed on.
 *
 * Why it cannot hang, nor make others hang:
 * - All memory of the loop is there before the first step (orders have a fixed size and are
 * received in place, the result is made once and blanked, the report has room for an error), so
 * between the broadcast of a step and its evaluation no rank can fail alone. Evaluation is
 * collective; the agreement behind it tells the leader of a failure anywhere in the group.
 * - A failed evaluation ends nothing here: the leader reports it and goes on answering, steps that
 *   come later as dropped, until the conductor releases the group. A leader that can receive or
 *   report no more says so (GONE, in the memory kept for it), releases its members and leaves.
 * - A stop message may come at any time; it is looked for whenever the objective asks, passed on to
 *   the members, and where evaluation ended first it is received at the release, which says whether
 *   one was sent. So no message is left over.
 * - Stop messages are empty and sent eagerly: the leader is not held up by a member that computes.
 * - Words of how many epochs are done are reports too, few and small: sent eagerly, in the memory
 * of the report, and received before the one of their step, so that none is left over. */
#include <math.h>
#include <string.h>

#include "run/run_impl.h"

/* Seconds between two looks for a stop message. */
#define LOOK_PERIOD 0.005
/* Seconds between two words of the epochs done; with many groups longer, so that the conductor has
 * about a hundred a second at most. */
#define WORD_PERIOD 1.0
#define WORDS_A_SECOND 100.0

struct run_crew {
    struct run_job *job;         /* borrowed */
    size_t d, numbers;           /* of the space, and of the wire */
    struct run_wire *wire;       /* owned */
    struct muster_result result; /* owned arrays */
    struct muster_pack report;   /* owned */
    double next_look, next_word; /* muster_clock() */
    int64_t epochs, most_epochs; /* of the step at hand, that this rank has done and may do */
    bool stopped;                /* the stop message was received (and passed on) */
    bool useless;                /* an evaluation failed: later steps are dropped */
};

enum muster_status run_crew_create(struct run_job *job, struct run_crew **crew)
{
    enum muster_status status;
    const struct muster_objective_info *info = muster_objective_info(job->objective);
    struct run_crew *c;
    MUSTER_NEW(c, 1);
    *crew = c;
    c->job = job;
    c->d = muster_study_space(job->setup->study)->d;
    c->numbers = run_wire_numbers(job->setup->study, info);
    MUSTER_TRY(run_wire_create(c->numbers, &c->wire));
    MUSTER_TRY(muster_result_create(&c->result, info->folds, info->metrics, info->epochs));
    MUSTER_TRY(
        muster_grow(&c->report.data, &c->report.capacity, MUSTER_ERROR_SIZE + 512, sizeof(char)));
done:
    return status;
}

void run_crew_destroy(struct run_crew **crew)
{
    if (*crew == NULL)
        return;
    muster_result_clear(&(*crew)->result);
    muster_pack_free(&(*crew)->report);
    muster_free((*crew)->wire);
    muster_free(*crew);
    *crew = NULL;
}

static bool leads(const struct run_crew *crew)
{
    return muster_comm_rank(crew->job->group) == 0;
}

static enum muster_status send_report(struct run_crew *crew)
{
    return muster_send(crew->job->comm, crew->report.data, crew->report.length, 0,
                       MUSTER_TAG_RESULT);
}

/* ---- stop messages --------------------------------------------------------------------------- */

static enum muster_status receive_stop(struct run_crew *crew)
{
    enum muster_status status;
    struct muster_comm *from = leads(crew) ? crew->job->comm : crew->job->group;
    MUSTER_TRY(muster_receive_into(from, MUSTER_TAG_STOP, 0, NULL, 0));
    crew->stopped = true;
    for (int r = 1; leads(crew) && r < muster_comm_size(crew->job->group); r++)
        muster_send(crew->job->group, NULL, 0, r, MUSTER_TAG_STOP);
done:
    return status;
}

/* Before each epoch on the leader: says now and then how many are done. */
static void count_epoch(struct run_crew *crew, double now)
{
    const double period = fmax(WORD_PERIOD, crew->job->plan.groups / WORDS_A_SECOND);
    if (leads(crew) && crew->most_epochs > 0 && now >= crew->next_word) {
        crew->next_word = now + period;
        run_report_epochs(&crew->report, crew->epochs, crew->most_epochs);
        send_report(crew);
    }
    crew->epochs++;
}

static void begin_epochs(struct run_crew *crew)
{
    const struct muster_objective_info *info = muster_objective_info(crew->job->objective);
    const size_t ranks = (size_t)muster_comm_size(crew->job->group);
    crew->epochs = 0;
    crew->most_epochs = (int64_t)(info->epochs * ((info->folds + ranks - 1) / ranks));
    crew->next_word = muster_clock() + WORD_PERIOD;
}

/* The objective asks whether to drop what it does. */
static bool asked(void *context)
{
    struct run_crew *crew = context;
    struct muster_comm *from = leads(crew) ? crew->job->comm : crew->job->group;
    double now = muster_clock();
    bool there;
    int sender;
    count_epoch(crew, now);
    if (crew->stopped || now < crew->next_look)
        return crew->stopped;
    crew->next_look = now + LOOK_PERIOD;
    return muster_probe(from, MUSTER_TAG_STOP, 0, &there, &sender) == MUSTER_OK && there &&
           receive_stop(crew) == MUSTER_OK;
}

/* ---- one step -------------------------------------------------------------------------------- */

static void blank(struct muster_result *result)
{
    size_t k = result->folds;
    result->state = MUSTER_COMPLETE;
    result->reason[0] = '\0';
    result->score = result->score_std = NAN;
    result->flops = 0;
    for (size_t i = 0; i < result->metrics * k; i++)
        result->scores[i] = NAN;
    for (size_t i = 0; i < 3 * k * result->epochs; i++)
        result->curves[i] = NAN;
    memset(result->fold_epochs, 0, k * sizeof *result->fold_epochs);
    memset(result->best_epochs, 0, k * sizeof *result->best_epochs);
}

/* Collective on the group. */
static enum muster_status compute(struct run_crew *crew)
{
    struct run_watch *watch = &crew->job->watch;
    struct muster_step step = run_wire_read(crew->wire, crew->d);
    struct muster_interrupt interrupt = {.asked = asked, .context = crew};
    blank(&crew->result);
    begin_epochs(crew);
    enum muster_status status = muster_objective_evaluate(crew->job->objective, crew->job->group,
                                                          &step, &interrupt, &crew->result);
    run_watch_book(watch, &watch->times.train);
    status = muster_agree(crew->job->group, status);
    crew->useless = crew->useless || status != MUSTER_OK;
    if (status != MUSTER_STOPPED)
        run_verdict_take(&crew->job->verdict, status);
    return status;
}

/* ---- the leader ------------------------------------------------------------------------------ */

static enum muster_status report(struct run_crew *crew, int64_t id, enum muster_status status,
                                 const struct muster_observation *seen)
{
    if (status == MUSTER_OK) {
        run_report_result(&crew->report, id, &crew->result, seen);
        status = crew->report.failed ? MUSTER_NO_MEMORY : MUSTER_OK;
    }
    if (status != MUSTER_OK)
        run_report_other(&crew->report, status == MUSTER_STOPPED ? RUN_DROPPED : RUN_ERROR, id,
                         status);
    return send_report(crew);
}

/* Takes one step from broadcast to report. */
static enum muster_status serve(struct run_crew *crew)
{
    enum muster_status status;
    struct muster_observation seen = {.started = muster_wall(),
                                      .group = (muster_comm_rank(crew->job->comm) - 1) /
                                               crew->job->plan.group_size};
    double begin = muster_clock();
    if (crew->stopped || crew->useless)
        return report(crew, crew->wire->step.id, MUSTER_STOPPED, &seen);
    MUSTER_TRY(muster_broadcast(crew->job->group, crew->wire, run_wire_bytes(crew->numbers), 0));
    status = compute(crew);
    seen.seconds = muster_clock() - begin;
    status = report(crew, crew->wire->step.id, status, &seen);
done:
    run_watch_book(&crew->job->watch, &crew->job->watch.times.communicate);
    return status;
}

/* The next order of the conductor into crew->wire. Without memory of its own: a large order that
 * was not received would hold the conductor in its send. */
static enum muster_status receive_order(struct run_crew *crew)
{
    struct run_watch *watch = &crew->job->watch;
    enum muster_status status = muster_receive_into(crew->job->comm, MUSTER_TAG_WORK, 0, crew->wire,
                                                    run_wire_bytes(crew->numbers));
    run_watch_book(watch, &watch->times.wait);
    return status;
}

/* Members learn whether a stop message is on its way to them. */
static void release_members(struct run_crew *crew)
{
    *crew->wire = (struct run_wire){.order = RUN_RELEASE, .stopped = crew->stopped};
    run_verdict_take(&crew->job->verdict, muster_broadcast(crew->job->group, crew->wire,
                                                           run_wire_bytes(crew->numbers), 0));
}

static void lead(struct run_crew *crew)
{
    enum muster_status status;
    for (;;) {
        MUSTER_TRY(receive_order(crew));
        if (crew->wire->order == RUN_RELEASE)
            break;
        MUSTER_TRY(serve(crew));
    }
    if (crew->wire->stopped && !crew->stopped)
        run_verdict_take(&crew->job->verdict, receive_stop(crew));
done:
    if (run_verdict_take(&crew->job->verdict, status)) {
        run_report_other(&crew->report, RUN_GONE, -1, status);
        send_report(crew);
    }
    release_members(crew);
}

/* ---- members --------------------------------------------------------------------------------- */

static void follow(struct run_crew *crew)
{
    enum muster_status status;
    struct run_watch *watch = &crew->job->watch;
    for (;;) {
        MUSTER_TRY(
            muster_broadcast(crew->job->group, crew->wire, run_wire_bytes(crew->numbers), 0));
        run_watch_book(watch, &watch->times.wait);
        if (crew->wire->order == RUN_RELEASE)
            break;
        compute(crew); /* the leader reports a failure */
        run_watch_book(watch, &watch->times.communicate);
    }
    if (crew->wire->stopped && !crew->stopped)
        status = receive_stop(crew);
done:
    run_verdict_take(&crew->job->verdict, status);
}

void run_crew_work(struct run_crew *crew)
{
    if (leads(crew))
        lead(crew);
    else
        follow(crew);
}
