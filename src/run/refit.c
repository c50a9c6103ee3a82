/* The refit at the end of a run. Where a batch has several shards, the ranks that have trained
 * share it: behind the three loops rank 0 ends the run, and the others wait asleep for its orders,
 * each a broadcast of one fixed size into memory that is there: a configuration to be refitted, or
 * the release, which rank 0 sends whatever has become of the run. So all ranks make the same
 * broadcasts, and the same refits between them, whose own agreements are told of in train/refit.c.
 */
#include "run/run_impl.h"

static struct muster_trainer *trainer_of(const struct run_job *job)
{
    return muster_objective_trainer(job->objective);
}

static size_t numbers_of(const struct run_job *job)
{
    return run_wire_numbers(job->setup->study, muster_objective_info(job->objective));
}

enum muster_status run_refit_prepare(struct run_job *job)
{
    const struct muster_block *parallel = muster_study_section(job->setup->study, "parallel");
    if (job->plan.ranks == 1 || trainer_of(job) == NULL ||
        muster_block_int(parallel, "shards") == 1)
        return MUSTER_OK;
    return run_wire_create(numbers_of(job), &job->refits);
}

/* Collective. */
static enum muster_status pass_on(struct run_job *job)
{
    return muster_broadcast(job->comm, job->refits, run_wire_bytes(numbers_of(job)), 0);
}

enum muster_status run_refit(struct run_job *job, const struct muster_refit_of *of,
                             const struct muster_interrupt *interrupt, struct muster_refit *refit)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_step step = {.trial = of->trial, .to_epoch = of->epochs, .x = of->x};
    *refit = (struct muster_refit){0};
    if (job->refits == NULL)
        return muster_trainer_refit(trainer_of(job), NULL, of, interrupt, refit);
    run_wire_write(job->refits, &step, muster_study_space(job->setup->study)->d, numbers_of(job));
    MUSTER_TRY(pass_on(job));
    status = muster_trainer_refit(trainer_of(job), job->comm, of, interrupt, refit);
done:
    return status;
}

void run_refit_release(struct run_job *job)
{
    if (job->refits == NULL)
        return;
    *job->refits = (struct run_wire){.order = RUN_RELEASE};
    run_verdict_take(&job->verdict, pass_on(job));
}

/* What fails in a refit fails on rank 0 likewise, which reports it. */
void run_refit_help(struct run_job *job)
{
    enum muster_status status = MUSTER_OK;
    const size_t d = muster_study_space(job->setup->study)->d;
    while (job->refits != NULL) {
        struct muster_refit refit;
        MUSTER_TRY(pass_on(job));
        if (job->refits->order == RUN_RELEASE)
            break;
        const struct muster_step step = run_wire_read(job->refits, d);
        const struct muster_refit_of of = {
            .x = step.x, .trial = step.trial, .epochs = step.to_epoch};
        muster_trainer_refit(trainer_of(job), job->comm, &of, NULL, &refit);
        muster_refit_clear(&refit);
    }
done:
    run_verdict_take(&job->verdict, status);
}
