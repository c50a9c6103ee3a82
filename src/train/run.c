/* Cross-validation on a group: team t of T trains folds t, t + T, ...; the parts meet on rank 0. A
 * team is one rank, or several where the group has more ranks than the step has folds (teams.c).
 *
 * Where folds race, the group looks after each round at the scores of all folds so far and ends
 * with the first fold, in their order, that decides; what was trained behind it is dropped.
 *
 * The result is that of training the folds in order and ending with the first that fails: a team
 * skips its folds behind one of its own that failed, rank 0 drops those of other teams. So its bits
 * do not depend on the group. A step that starts at a later epoch goes on with what was kept of the
 * fold, or trains it from epoch 0: its weights are a function of the same keys. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "part_impl.h"

static void report_end(struct part *part, size_t k, enum fold_end end)
{
    struct muster_result *result = &part->result;
    result->state = MUSTER_FAILED;
    part->failed = (int64_t)k;
    if (end == FOLD_DIVERGED)
        snprintf(result->reason, sizeof result->reason, "diverged in epoch %lld of fold %zu",
                 (long long)result->fold_epochs[k], k + 1);
    else
        snprintf(result->reason, sizeof result->reason, "%s is undefined on fold %zu",
                 part->trainer->metrics[0]->plugin.name, k + 1);
}

/* True where a later step may go on with the folds. */
static bool goes_further(const struct fold_bench *bench)
{
    return bench->further;
}

/* The group's ranks find the same. */
static enum muster_status check_memory(struct part *part)
{
    enum muster_status status = MUSTER_OK;
    struct muster_result *result = &part->result;
    MUSTER_TRY(cost_check(part->trainer, &part->config, result->reason, sizeof result->reason));
    if (result->reason[0] == '\0')
        return MUSTER_OK;
    result->state = MUSTER_FAILED;
    part->failed = (int64_t)part->first;
done:
    return status;
}

/* A fold that took long is put aside at once, to be safe from whatever ends the job. */
static enum muster_status train_fold(struct part *part, size_t k)
{
    enum muster_status status = MUSTER_OK;
    struct fold_bench *bench = &part->bench;
    enum fold_end end;
    if (done_recall(bench, k, &part->result, &part->pool)) {
        bench->touched = true;
        return MUSTER_OK;
    }
    MUSTER_TRY(fold_train(bench, k, &part->result, &end));
    if (end != FOLD_COMPLETE)
        report_end(part, k, end);
    pool_put(&part->pool, k, bench->best);
    if (part->leads && end == FOLD_COMPLETE && !goes_further(bench) &&
        muster_clock() - bench->begun > part->trainer->keeping.every)
        bench->touched |= done_keep(bench, k, &part->result, &part->pool);
done:
    return status;
}

/* This team's folds once the group has come to an end: what is done of a trial that was stopped is
 * put aside, what was put aside of one that is over goes. */
static void put_away(struct part *part, enum muster_status status)
{
    struct fold_bench *bench = &part->bench;
    if (bench->fit.net == NULL || goes_further(bench) || !part->leads)
        return;
    for (size_t k = part->first + part->team; k < part->last; k += part->teams)
        if (status == MUSTER_STOPPED && part->result.best_epochs[k] > 0 &&
            (int64_t)k != part->failed)
            done_keep(bench, k, &part->result, &part->pool);
        else if (status == MUSTER_OK && bench->touched)
            keep_remove(part->trainer, bench->trial, (int64_t)k);
}

/* Collective on the group: the scores of a round, which began at fold `first`, on all ranks. A rank
 * whose training ended brings its status; *over: no further round. */
static enum muster_status share_round(struct part *part, struct muster_comm *group, size_t first,
                                      enum muster_status mine, bool *over)
{
    enum muster_status status;
    const size_t mine_at = first + part->team;
    const size_t end = first + part->teams, folds = part->result.folds;
    char reason[sizeof part->result.reason];
    if (part->leads && mine_at < part->last && mine == MUSTER_OK &&
        part->result.state == MUSTER_COMPLETE)
        part->scores[mine_at] = part->result.scores[mine_at];
    part->scores[folds] = mine != MUSTER_OK || part->result.state != MUSTER_COMPLETE;
    MUSTER_TRY(muster_reduce_max(group, part->scores, folds + 1));
    const size_t known = (end < part->last ? end : part->last) - part->first;
    *over =
        part->scores[folds] > 0 || end >= part->last ||
        part_decide(part, part->scores, known, reason, sizeof reason) < part->last - part->first;
    status = mine;
done:
    return status;
}

/* As train_folds, with a look at all scores after each round. */
static enum muster_status race_folds(struct part *part, struct muster_comm *group)
{
    enum muster_status status = MUSTER_OK;
    bool over = part->first >= part->last;
    for (size_t first = part->first; !over; first += part->teams) {
        const size_t k = first + part->team;
        if (k < part->last && !part->idle)
            status = train_fold(part, k);
        MUSTER_TRY(share_round(part, group, first, status, &over));
    }
done:
    return status;
}

static enum muster_status train_folds(struct part *part, struct muster_comm *group)
{
    enum muster_status status = MUSTER_OK;
    if (part->scores != NULL)
        return race_folds(part, group);
    for (size_t k = part->first + part->team;
         k < part->last && part->result.state == MUSTER_COMPLETE && !part->idle; k += part->teams) {
        MUSTER_TRY(train_fold(part, k));
    }
done:
    return status;
}

/* All that a rank needs before it trains. */
static enum muster_status prepare(struct part *part, struct muster_comm *group,
                                  const struct muster_interrupt *interrupt)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_trainer *trainer = part->trainer;
    const size_t folds = muster_trainer_folds(trainer);
    MUSTER_TRY(muster_study_configure(trainer->study, part->step->x, &part->config));
    MUSTER_TRY(muster_result_create(&part->result, folds, trainer->n_metrics, trainer->epochs));
    MUSTER_TRY(pool_create(trainer, &part->pool));
    MUSTER_TRY(check_memory(part));
    MUSTER_TRY(part_join(part, group));
    if (part->result.state == MUSTER_COMPLETE && !part->idle)
        MUSTER_TRY(
            fold_bench_create(trainer, &part->config, part->step, part->mates, &part->bench));
    part->bench.interrupt = interrupt;
    if (part->bench.until > (int64_t)trainer->epochs)
        MUSTER_TRY(muster_error(MUSTER_INTERNAL, "a configuration asks for %lld epochs, over %zu",
                                (long long)part->bench.until, trainer->epochs));
    if (!part_races(part->step))
        goto done;
    MUSTER_NEW(part->scores, folds + 1);
    for (size_t k = 0; k < folds; k++)
        part->scores[k] = -INFINITY;
done:
    return status;
}

/* What this rank has to say: of a team's folds the first one does. */
static enum muster_status pack_part(const struct part *part, struct muster_pack *pack)
{
    muster_pack_i64(pack, "failed_fold", part->failed);
    if (part->leads) {
        muster_result_pack(&part->result, pack);
        pool_pack(&part->pool, pack);
    }
    return pack->failed ? MUSTER_NO_MEMORY : MUSTER_OK;
}

/* Trains this rank's folds and packs what came out. Where ranks will wait for each other before
 * that, they agree first that all of them can begin. */
static enum muster_status compute(struct part *part, struct muster_comm *group,
                                  const struct muster_interrupt *interrupt,
                                  struct muster_pack *pack)
{
    enum muster_status status = prepare(part, group, interrupt);
    if (part_races(part->step) || part->ranks > part->teams)
        status = muster_agree(group, status);
    MUSTER_TRY(status);
    if (part->result.state == MUSTER_COMPLETE)
        MUSTER_TRY(train_folds(part, group));
    status = pack_part(part, pack);
done:
    return status;
}

static struct part part_of(const struct muster_trainer *trainer, const struct muster_step *step,
                           size_t ranks)
{
    size_t folds = muster_trainer_folds(trainer);
    struct part part = {.trainer = trainer,
                        .step = step,
                        .ranks = ranks,
                        .first = (size_t)step->first_fold,
                        .last = folds,
                        .failed = (int64_t)folds};
    if (step->n_folds >= 0 && part.first + (size_t)step->n_folds < folds)
        part.last = part.first + (size_t)step->n_folds;
    part.teams = muster_sharing_of(ranks, part.last - part.first, 1).teams;
    return part;
}

enum muster_status muster_trainer_run(struct muster_trainer *trainer, struct muster_comm *group,
                                      const struct muster_step *step,
                                      const struct muster_interrupt *interrupt,
                                      struct muster_result *result)
{
    struct part part = part_of(trainer, step, (size_t)muster_comm_size(group));
    struct parts parts = {0};
    struct muster_pack pack = {0};
    void *all = NULL;
    enum muster_status mine = compute(&part, group, interrupt, &pack);
    enum muster_status gathered = muster_gather(
        group, pack.data, mine == MUSTER_OK ? pack.length : 0, 0, &all, &parts.offsets);
    parts.all = all;
    if (gathered == MUSTER_OK && muster_comm_rank(group) == 0)
        gathered = parts_merge(&part, &parts, result);
    enum muster_status status = muster_agree(group, mine != MUSTER_OK ? mine : gathered);
    put_away(&part, status);
    muster_free(all);
    muster_free(parts.offsets);
    muster_pack_free(&pack);
    muster_result_clear(&part.result);
    muster_free(part.scores);
    pool_clear(&part.pool);
    fold_bench_clear(&part.bench);
    muster_team_destroy(&part.mates);
    muster_config_clear(&part.config);
    return status;
}
