/* The main job: preparing it on all ranks, one of three loops, and the end.
 *
 * Why no rank waits for ever: collective calls stand only here, and every rank makes all of them
 * whatever has failed on it. Preparation is a list of stages; what fails in one, on any rank, is
 * agreed on before the next, so that all ranks leave after the same stage. The loops end on all
 * ranks (see conductor.c and group.c for why), and behind them come the gather of times and one
 * last agreement, which every rank reaches. While rank 0 writes, the others wait in that agreement
 * asleep, and before it for orders to help with the refit, where they can (see refit.c). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "run/run_impl.h"

/* A run on its way through the stages. */
struct course {
    struct run_job job;
    struct run_crew *crew;           /* owned; on a rank of a group */
    struct run_conductor *conductor; /* owned; on rank 0 of several */
    bool nothing;                    /* to do: the run is complete */
};

static bool conducts(const struct run_job *job)
{
    return muster_comm_rank(job->comm) == 0;
}

/* ---- stages of preparation: collective ------------------------------------------------------- */

/* What rank 0 found out about `nothing` holds for all. */
static enum muster_status share_nothing(struct course *course, enum muster_status mine)
{
    enum muster_status status;
    MUSTER_TRY(muster_agree(course->job.comm, mine));
    MUSTER_TRY(muster_broadcast(course->job.comm, &course->nothing, sizeof course->nothing, 0));
done:
    return status;
}

static enum muster_status check_output(struct course *course)
{
    struct run_job *job = &course->job;
    return share_nothing(course, conducts(job) ? run_output_check(job->setup, &course->nothing)
                                               : MUSTER_OK);
}

static enum muster_status make_objective(struct course *course)
{
    struct run_job *job = &course->job;
    return muster_agree(job->comm,
                        muster_objective_create(job->setup->study, job->comm, &job->objective));
}

static enum muster_status make_keep(struct course *course)
{
    return muster_agree(course->job.comm, run_keep_begin(&course->job));
}

static enum muster_status make_plan(struct course *course)
{
    struct run_job *job = &course->job;
    return muster_agree(job->comm,
                        muster_plan_make(job->setup->study, muster_objective_info(job->objective),
                                         muster_comm_size(job->comm), &job->plan));
}

static enum muster_status open_book(struct course *course)
{
    enum muster_status status = MUSTER_OK;
    struct run_job *job = &course->job;
    if (conducts(job)) {
        run_book_begin(job->setup->study, muster_objective_info(job->objective), &job->book);
        status = run_output_open(job, &course->nothing);
    }
    return share_nothing(course, status);
}

/* Bits hold for one type of CPU; compared by checksum, exact in a double. */
static enum muster_status compare_cpus(struct course *course)
{
    enum muster_status status;
    char cpu[RUN_CPU_SIZE];
    run_cpu_name(cpu);
    double sum = muster_crc32c(0, cpu, strlen(cpu)), ends[2] = {sum, -sum};
    MUSTER_TRY(muster_reduce_max(course->job.comm, ends, 2));
    if (ends[0] != -ends[1])
        muster_log(MUSTER_WARNINGS,
                   "the ranks run on different types of CPU: the same bits are not promised");
done:
    return status;
}

static enum muster_status make_groups(struct course *course)
{
    struct run_job *job = &course->job;
    int rank = muster_comm_rank(job->comm);
    if (job->plan.ranks == 1)
        return MUSTER_OK;
    return muster_comm_split(job->comm, rank == 0 ? -1 : (rank - 1) / job->plan.group_size,
                             &job->group);
}

static enum muster_status make_worker(struct course *course)
{
    struct run_job *job = &course->job;
    enum muster_status status = MUSTER_OK;
    if (job->plan.ranks > 1)
        status = conducts(job) ? run_conductor_create(job, &course->conductor)
                               : run_crew_create(job, &course->crew);
    if (status == MUSTER_OK)
        status = run_refit_prepare(job);
    return muster_agree(job->comm, status);
}

static enum muster_status prepare(struct course *course)
{
    static enum muster_status (*const stages[])(struct course *) = {
        check_output, make_objective, make_keep,   make_plan,
        open_book,    compare_cpus,   make_groups, make_worker};
    enum muster_status status = MUSTER_OK;
    for (size_t i = 0; i < sizeof stages / sizeof *stages && !course->nothing; i++)
        MUSTER_TRY(stages[i](course));
done:
    return status;
}

/* ---- work and end ---------------------------------------------------------------------------- */

static void work(struct course *course)
{
    struct run_job *job = &course->job;
    job->watch.last = muster_clock();
    if (course->crew != NULL)
        run_crew_work(course->crew);
    else if (course->conductor != NULL)
        run_conductor_work(course->conductor);
    else
        run_alone(job);
}

/* Collective: where the seconds went, then the end on rank 0, then one status for all. */
static enum muster_status finish(struct run_job *job)
{
    struct run_rank mine = {.times = job->watch.times};
    void *ranks = NULL;
    size_t *offsets = NULL;
    snprintf(mine.host, sizeof mine.host, "%s", muster_comm_host(job->comm));
    run_verdict_take(&job->verdict,
                     muster_gather(job->comm, &mine, sizeof mine, 0, &ranks, &offsets));
    if (conducts(job))
        run_finish(job, ranks);
    else
        run_refit_help(job);
    muster_free(ranks);
    muster_free(offsets);
    return muster_agree(job->comm, run_verdict_say(&job->verdict));
}

/* Collective. Its own communicator: no message of a run can be taken for one of another. */
static enum muster_status begin(const struct muster_run_setup *setup, struct muster_comm *world,
                                struct muster_run_summary *summary, struct course **course)
{
    enum muster_status status = MUSTER_OK;
    *summary = (struct muster_run_summary){.state.best = NAN, .state.best_trial = -1};
    *course = muster_alloc(1, sizeof **course);
    MUSTER_TRY(muster_agree(world, *course == NULL ? MUSTER_NO_MEMORY : MUSTER_OK));
    (*course)->job.setup = setup;
    (*course)->job.summary = summary;
    (*course)->job.phase = "waiting";
    MUSTER_TRY(muster_comm_split(world, 0, &(*course)->job.comm));
done:
    return status;
}

/* Collective. */
static void end(struct course **course)
{
    struct run_job *job;
    if (*course == NULL)
        return;
    job = &(*course)->job;
    run_crew_destroy(&(*course)->crew);
    run_conductor_destroy(&(*course)->conductor);
    run_book_clear(&job->book);
    muster_free(job->refits);
    muster_comm_destroy(&job->group);
    muster_objective_destroy(&job->objective);
    muster_comm_destroy(&job->comm);
    muster_free(*course);
    *course = NULL;
    run_signal_forget();
}

enum muster_status muster_run(const struct muster_run_setup *setup, struct muster_comm *world,
                              struct muster_run_summary *summary)
{
    enum muster_status status;
    struct course *course = NULL;
    MUSTER_TRY(begin(setup, world, summary, &course));
    MUSTER_TRY(prepare(course));
    summary->nothing_to_do = course->nothing;
    if (course->nothing) {
        if (course->job.book.search != NULL)
            run_meter_progress(&course->job, true);
        goto done;
    }
    work(course);
    status = finish(&course->job);
done:
    end(&course);
    return status;
}
