/* Cross-validation on a group: rank r of g trains folds r, r + g, ...; the parts meet on rank 0.
 *
 * Where folds race, the group looks after each round at the scores of all folds so far and ends
 * with the first fold, in their order, that decides; what was trained behind it is dropped.
 *
 * The result is that of training the folds in order and ending with the first that fails: a rank
 * skips its folds behind one of its own that failed, rank 0 drops those of other ranks. So its bits
 * do not depend on the group. A step that starts at a later epoch goes on with what was kept of the
 * fold, or trains it from epoch 0: its weights are a function of the same keys. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "train_impl.h"

struct part {
    const struct muster_trainer *trainer; /* borrowed */
    struct muster_config config;          /* owned contents */
    struct fold_bench bench;
    struct muster_result result; /* filled where this rank trained */
    struct pool pool;
    size_t first, last;             /* folds of the step: first .. last - 1 */
    int64_t failed;                 /* the first own fold that failed; K: none */
    const struct muster_step *step; /* borrowed */
    double
        *scores; /* owned, [K]: of all ranks' folds so far, where they race; -INFINITY: not yet */
};

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
    if (end == FOLD_COMPLETE && !goes_further(bench) &&
        muster_clock() - bench->begun > part->trainer->keeping.every)
        bench->touched |= done_keep(bench, k, &part->result, &part->pool);
done:
    return status;
}

/* This rank's folds once the group has come to an end: what is done of a trial that was stopped is
 * put aside, what was put aside of one that is over goes. */
static void put_away(struct part *part, struct muster_comm *group, enum muster_status status)
{
    struct fold_bench *bench = &part->bench;
    const size_t stride = (size_t)muster_comm_size(group);
    if (bench->fit.net == NULL || goes_further(bench))
        return;
    for (size_t k = part->first + (size_t)muster_comm_rank(group); k < part->last; k += stride)
        if (status == MUSTER_STOPPED && part->result.best_epochs[k] > 0 &&
            (int64_t)k != part->failed)
            done_keep(bench, k, &part->result, &part->pool);
        else if (status == MUSTER_OK && bench->touched)
            keep_remove(part->trainer, bench->trial, (int64_t)k);
}

static bool races(const struct muster_step *step)
{
    return !isnan(step->threshold) || step->rival != NULL;
}

/* The smallest number of the step's folds, in their order, that discards it; `known` of them have
 * scores. The step's folds otherwise. */
static size_t decide(const struct part *part, const double *scores, size_t known, char *reason,
                     size_t size)
{
    const size_t of = part->last - part->first;
    const bool maximize = part->trainer->metrics[0]->maximize;
    for (size_t n = 1; n <= known; n++)
        if (muster_step_discards(part->step, maximize, scores, n, of, reason, size))
            return n;
    return of;
}

/* Collective on the group: the scores of a round, which began at fold `first`, on all ranks. A rank
 * whose training ended brings its status; *over: no further round. */
static enum muster_status share_round(struct part *part, struct muster_comm *group, size_t first,
                                      enum muster_status mine, bool *over)
{
    enum muster_status status;
    const size_t mine_at = first + (size_t)muster_comm_rank(group);
    const size_t end = first + (size_t)muster_comm_size(group), folds = part->result.folds;
    char reason[sizeof part->result.reason];
    if (mine_at < part->last && mine == MUSTER_OK && part->result.state == MUSTER_COMPLETE)
        part->scores[mine_at] = part->result.scores[mine_at];
    part->scores[folds] = mine != MUSTER_OK || part->result.state != MUSTER_COMPLETE;
    MUSTER_TRY(muster_reduce_max(group, part->scores, folds + 1));
    const size_t known = (end < part->last ? end : part->last) - part->first;
    *over = part->scores[folds] > 0 || end >= part->last ||
            decide(part, part->scores, known, reason, sizeof reason) < part->last - part->first;
    status = mine;
done:
    return status;
}

/* As train_folds, with a look at all scores after each round. */
static enum muster_status race_folds(struct part *part, struct muster_comm *group)
{
    enum muster_status status = MUSTER_OK;
    const size_t stride = (size_t)muster_comm_size(group);
    bool over = part->first >= part->last;
    for (size_t first = part->first; !over; first += stride) {
        const size_t k = first + (size_t)muster_comm_rank(group);
        if (k < part->last)
            status = train_fold(part, k);
        MUSTER_TRY(share_round(part, group, first, status, &over));
    }
done:
    return status;
}

static enum muster_status train_folds(struct part *part, struct muster_comm *group)
{
    enum muster_status status = MUSTER_OK;
    size_t stride = (size_t)muster_comm_size(group);
    if (part->scores != NULL)
        return race_folds(part, group);
    for (size_t k = part->first + (size_t)muster_comm_rank(group);
         k < part->last && part->result.state == MUSTER_COMPLETE; k += stride) {
        MUSTER_TRY(train_fold(part, k));
    }
done:
    return status;
}

/* All that a rank needs before it trains. */
static enum muster_status prepare(struct part *part, const struct muster_interrupt *interrupt)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_trainer *trainer = part->trainer;
    const size_t folds = muster_trainer_folds(trainer);
    MUSTER_TRY(muster_study_configure(trainer->study, part->step->x, &part->config));
    MUSTER_TRY(muster_result_create(&part->result, folds, trainer->n_metrics, trainer->epochs));
    MUSTER_TRY(pool_create(trainer, &part->pool));
    MUSTER_TRY(check_memory(part));
    if (part->result.state == MUSTER_COMPLETE)
        MUSTER_TRY(fold_bench_create(trainer, &part->config, part->step, &part->bench));
    part->bench.interrupt = interrupt;
    if (part->bench.until > (int64_t)trainer->epochs)
        MUSTER_TRY(muster_error(MUSTER_INTERNAL, "a configuration asks for %lld epochs, over %zu",
                                (long long)part->bench.until, trainer->epochs));
    if (!races(part->step))
        goto done;
    MUSTER_NEW(part->scores, folds + 1);
    for (size_t k = 0; k < folds; k++)
        part->scores[k] = -INFINITY;
done:
    return status;
}

/* Trains this rank's folds and packs what came out. Where folds race, the ranks agree first that
 * all of them can begin. */
static enum muster_status compute(struct part *part, struct muster_comm *group,
                                  const struct muster_interrupt *interrupt,
                                  struct muster_pack *pack)
{
    enum muster_status status = prepare(part, interrupt);
    if (races(part->step))
        status = muster_agree(group, status);
    MUSTER_TRY(status);
    if (part->bench.fit.net != NULL)
        MUSTER_TRY(train_folds(part, group));
    muster_result_pack(&part->result, pack);
    muster_pack_i64(pack, "failed_fold", part->failed);
    pool_pack(&part->pool, pack);
    status = pack->failed ? MUSTER_NO_MEMORY : MUSTER_OK;
done:
    return status;
}

static void copy_fold(const struct muster_result *from, size_t k, struct muster_result *to)
{
    for (size_t m = 0; m < to->metrics; m++)
        to->scores[m * to->folds + k] = from->scores[m * to->folds + k];
    to->fold_epochs[k] = from->fold_epochs[k];
    to->best_epochs[k] = from->best_epochs[k];
    for (size_t row = k; row < 3 * to->folds; row += to->folds)
        for (size_t e = 0; e < to->epochs; e++)
            to->curves[row * to->epochs + e] = from->curves[row * to->epochs + e];
}

static void clear_fold(struct muster_result *result, size_t k)
{
    for (size_t m = 0; m < result->metrics; m++)
        result->scores[m * result->folds + k] = NAN;
    result->fold_epochs[k] = result->best_epochs[k] = 0;
    for (size_t row = k; row < 3 * result->folds; row += result->folds)
        for (size_t e = 0; e < result->epochs; e++)
            result->curves[row * result->epochs + e] = NAN;
}

/* What the ranks of the group sent, one pack a rank. */
struct parts {
    unsigned char *all;
    size_t *offsets; /* [ranks + 1] */
    size_t ranks;
};

/* The lowest failed fold of all ranks; K where none failed. */
static size_t first_failed(const struct parts *parts, size_t folds)
{
    int64_t least = (int64_t)folds;
    for (size_t r = 0; r < parts->ranks; r++) {
        int64_t failed = muster_pack_get_i64(parts->all + parts->offsets[r],
                                             parts->offsets[r + 1] - parts->offsets[r],
                                             "failed_fold", (int64_t)folds);
        least = failed < least ? failed : least;
    }
    return (size_t)least;
}

/* Copies the folds of rank r up to `failed`, and why that one failed. */
static enum muster_status take(struct part *part, const struct parts *parts, size_t r,
                               size_t failed, struct muster_result *result)
{
    enum muster_status status = MUSTER_OK;
    struct muster_result theirs = {0};
    MUSTER_TRY(muster_result_unpack(parts->all + parts->offsets[r],
                                    parts->offsets[r + 1] - parts->offsets[r], &theirs));
    for (size_t k = part->first + r; k < part->last && k <= failed; k += parts->ranks) {
        copy_fold(&theirs, k, result);
        pool_take(&part->pool, k, parts->all + parts->offsets[r],
                  parts->offsets[r + 1] - parts->offsets[r]);
        if (k == failed)
            memcpy(result->reason, theirs.reason, sizeof result->reason);
    }
done:
    muster_result_clear(&theirs);
    return status;
}

/* Takes off what lies behind the fold that decided; true where one did, before any that failed. */
static bool discard(struct part *part, size_t failed, struct muster_result *result)
{
    const size_t known = (failed < part->last ? failed : part->last) - part->first;
    const size_t of = part->last - part->first;
    const size_t n = races(part->step) ? decide(part, result->scores, known, result->reason,
                                                sizeof result->reason)
                                       : of;
    for (size_t k = part->first + n; k < part->last; k++)
        clear_fold(result, k);
    return n < of;
}

/* Rank 0: the group's result from its parts. A rank that failed sent nothing and says so in the
 * agreement that follows. */
static enum muster_status merge(struct part *part, const struct parts *parts,
                                struct muster_result *result)
{
    enum muster_status status = MUSTER_OK;
    size_t failed = first_failed(parts, result->folds);
    bool whole = true;
    for (size_t r = 0; r < parts->ranks; r++)
        if (parts->offsets[r + 1] > parts->offsets[r])
            MUSTER_TRY(take(part, parts, r, failed, result));
        else
            whole = false;
    if (!whole) /* nobody asks for this result */
        return MUSTER_OK;
    result->state = failed < result->folds ? MUSTER_FAILED : MUSTER_COMPLETE;
    if (discard(part, failed, result))
        result->state = MUSTER_PRUNED;
    result->flops = 0.0;
    for (size_t k = part->first; k < part->last && part->bench.fit.net != NULL; k++)
        result->flops += fold_flops(&part->bench, k, result->fold_epochs[k]);
    muster_result_summarise(result);
    if (result->state == MUSTER_FAILED)
        result->score = result->score_std = NAN;
    else if (result->state == MUSTER_COMPLETE)
        status = pool_score(&part->pool, part->first, part->last, result);
done:
    return status;
}

static struct part part_of(const struct muster_trainer *trainer, const struct muster_step *step)
{
    size_t folds = muster_trainer_folds(trainer);
    struct part part = {.trainer = trainer,
                        .step = step,
                        .first = (size_t)step->first_fold,
                        .last = folds,
                        .failed = (int64_t)folds};
    if (step->n_folds >= 0 && part.first + (size_t)step->n_folds < folds)
        part.last = part.first + (size_t)step->n_folds;
    return part;
}

enum muster_status muster_trainer_run(struct muster_trainer *trainer, struct muster_comm *group,
                                      const struct muster_step *step,
                                      const struct muster_interrupt *interrupt,
                                      struct muster_result *result)
{
    struct part part = part_of(trainer, step);
    struct parts parts = {.ranks = (size_t)muster_comm_size(group)};
    struct muster_pack pack = {0};
    void *all = NULL;
    enum muster_status mine = compute(&part, group, interrupt, &pack);
    enum muster_status gathered = muster_gather(
        group, pack.data, mine == MUSTER_OK ? pack.length : 0, 0, &all, &parts.offsets);
    parts.all = all;
    if (gathered == MUSTER_OK && muster_comm_rank(group) == 0)
        gathered = merge(&part, &parts, result);
    enum muster_status status = muster_agree(group, mine != MUSTER_OK ? mine : gathered);
    put_away(&part, group, status);
    muster_free(all);
    muster_free(parts.offsets);
    muster_pack_free(&pack);
    muster_result_clear(&part.result);
    muster_free(part.scores);
    pool_clear(&part.pool);
    fold_bench_clear(&part.bench);
    muster_config_clear(&part.config);
    return status;
}
