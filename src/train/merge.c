/* The result of a group from the parts of its ranks: the folds in order up to the first that failed
 * or that decided against the step, whichever rank trained them. */
#include <math.h>
#include <string.h>

#include "part_impl.h"

size_t part_decide(const struct part *part, const double *scores, size_t known, char *reason,
                   size_t size)
{
    const size_t of = part->last - part->first;
    const bool maximize = part->trainer->metrics[0]->maximize;
    for (size_t n = 1; n <= known; n++)
        if (muster_step_discards(part->step, maximize, scores, n, of, reason, size))
            return n;
    return of;
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

/* The lowest failed fold of all ranks; K where none failed. */
static size_t first_failed(const struct part *part, const struct parts *parts, size_t folds)
{
    int64_t least = (int64_t)folds;
    for (size_t r = 0; r < part->ranks; r++) {
        int64_t failed = muster_pack_get_i64(parts->all + parts->offsets[r],
                                             parts->offsets[r + 1] - parts->offsets[r],
                                             "failed_fold", (int64_t)folds);
        least = failed < least ? failed : least;
    }
    return (size_t)least;
}

/* Copies the folds of team t up to `failed`, and why that one failed. */
static enum muster_status take(struct part *part, const struct parts *parts, size_t t,
                               size_t failed, struct muster_result *result)
{
    enum muster_status status = MUSTER_OK;
    const size_t r = part_root(part, t);
    struct muster_result theirs = {0};
    MUSTER_TRY(muster_result_unpack(parts->all + parts->offsets[r],
                                    parts->offsets[r + 1] - parts->offsets[r], &theirs));
    for (size_t k = part->first + t; k < part->last && k <= failed; k += part->teams) {
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
    const size_t n = part_races(part->step) ? part_decide(part, result->scores, known,
                                                          result->reason, sizeof result->reason)
                                            : of;
    for (size_t k = part->first + n; k < part->last; k++)
        clear_fold(result, k);
    return n < of;
}

enum muster_status parts_merge(struct part *part, const struct parts *parts,
                               struct muster_result *result)
{
    enum muster_status status = MUSTER_OK;
    size_t failed = first_failed(part, parts, result->folds);
    bool whole = true;
    for (size_t r = 0; r < part->ranks; r++)
        whole = whole && parts->offsets[r + 1] > parts->offsets[r];
    if (!whole) /* nobody asks for this result */
        return MUSTER_OK;
    for (size_t t = 0; t < part->teams; t++)
        MUSTER_TRY(take(part, parts, t, failed, result));
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
