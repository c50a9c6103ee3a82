/* result.c: what a step yields, its arrays, and its bytes on the wire and in the journal. */
#include "muster/study.h"

#include <math.h>
#include <string.h>

const char *muster_state_text(enum muster_state state)
{
    static const char *const texts[] = {
        [MUSTER_COMPLETE] = "complete", [MUSTER_PRUNED] = "pruned", [MUSTER_FAILED] = "failed"};

    return texts[state];
}

enum muster_status muster_result_create(struct muster_result *result, size_t folds, size_t metrics,
                                        size_t epochs)
{
    enum muster_status status = MUSTER_OK;

    *result = (struct muster_result){
        .folds = folds, .metrics = metrics, .epochs = epochs, .score = NAN, .score_std = NAN};
    MUSTER_NEW(result->scores, metrics * folds);
    MUSTER_NEW(result->fold_epochs, folds);
    MUSTER_NEW(result->best_epochs, folds);
    MUSTER_NEW(result->curves, 3 * folds * epochs);
    for (size_t i = 0; i < metrics * folds; i++)
        result->scores[i] = NAN;
    for (size_t i = 0; i < 3 * folds * epochs; i++)
        result->curves[i] = NAN;
done:
    if (status != MUSTER_OK)
        muster_result_clear(result);
    return status;
}

void muster_result_clear(struct muster_result *result)
{
    muster_free(result->scores);
    muster_free(result->fold_epochs);
    muster_free(result->best_epochs);
    muster_free(result->curves);
    *result = (struct muster_result){0};
}

void muster_result_summarise(struct muster_result *result)
{
    size_t n = 0;
    double sum = 0, squares = 0;

    for (size_t k = 0; result->metrics > 0 && k < result->folds; k++)
        if (!isnan(result->scores[k])) {
            sum += result->scores[k];
            n++;
        }
    result->score = n > 0 ? sum / (double)n : NAN;
    for (size_t k = 0; result->metrics > 0 && k < result->folds; k++) {
        double off = result->scores[k] - result->score;
        squares += isnan(off) ? 0 : off * off;
    }
    result->score_std = n > 0 ? sqrt(squares / (double)n) : NAN;
}

/* ---- bytes ----------------------------------------------------------------------------------- */

void muster_result_pack(const struct muster_result *result, struct muster_pack *pack)
{
    muster_pack_i64(pack, "result.state", result->state);
    muster_pack_text(pack, "result.reason", result->reason);
    muster_pack_f64(pack, "result.score", result->score);
    muster_pack_f64(pack, "result.score_std", result->score_std);
    muster_pack_f64(pack, "result.flops", result->flops);
    muster_pack_i64(pack, "result.folds", (int64_t)result->folds);
    muster_pack_i64(pack, "result.metrics", (int64_t)result->metrics);
    muster_pack_i64(pack, "result.epochs", (int64_t)result->epochs);
    muster_pack_put(pack, "result.scores", MUSTER_F64, result->scores,
                    result->metrics * result->folds);
    muster_pack_put(pack, "result.fold_epochs", MUSTER_I64, result->fold_epochs, result->folds);
    muster_pack_put(pack, "result.best_epochs", MUSTER_I64, result->best_epochs, result->folds);
    muster_pack_put(pack, "result.curves", MUSTER_F32, result->curves,
                    3 * result->folds * result->epochs);
}

/* A size that the bytes can really hold; `most` otherwise exceeded. */
static bool read_size(const void *bytes, size_t n, const char *name, size_t *size)
{
    int64_t value = muster_pack_get_i64(bytes, n, name, -1);

    *size = (size_t)value;
    return value >= 0 && value <= UINT32_MAX;
}

/* An array's count is what the sizes say. */
static bool has(const void *bytes, size_t n, const char *name, enum muster_field_type type,
                size_t count)
{
    struct muster_field field;

    return muster_pack_find(bytes, n, name, &field) && field.type == type && field.count == count;
}

static bool whole(const void *bytes, size_t n, size_t folds, size_t metrics, size_t epochs)
{
    int64_t state = muster_pack_get_i64(bytes, n, "result.state", -1);

    return state >= MUSTER_COMPLETE && state <= MUSTER_FAILED && folds <= n && metrics <= n &&
           epochs <= n && has(bytes, n, "result.scores", MUSTER_F64, metrics * folds) &&
           has(bytes, n, "result.fold_epochs", MUSTER_I64, folds) &&
           has(bytes, n, "result.best_epochs", MUSTER_I64, folds) &&
           has(bytes, n, "result.curves", MUSTER_F32, 3 * folds * epochs);
}

enum muster_status muster_result_unpack(const void *bytes, size_t n, struct muster_result *result)
{
    enum muster_status status = MUSTER_OK;
    size_t folds, metrics, epochs;

    *result = (struct muster_result){0};
    if (!read_size(bytes, n, "result.folds", &folds) ||
        !read_size(bytes, n, "result.metrics", &metrics) ||
        !read_size(bytes, n, "result.epochs", &epochs) || !whole(bytes, n, folds, metrics, epochs))
        return muster_error(MUSTER_INTERNAL, "the bytes of a result are damaged");
    MUSTER_TRY(muster_result_create(result, folds, metrics, epochs));
    const char *reason = muster_pack_get_text(bytes, n, "result.reason");
    if (reason != NULL)
        strncpy(result->reason, reason, sizeof result->reason - 1);
    result->state = (enum muster_state)muster_pack_get_i64(bytes, n, "result.state", 0);
    result->score = muster_pack_get_f64(bytes, n, "result.score", NAN);
    result->score_std = muster_pack_get_f64(bytes, n, "result.score_std", NAN);
    result->flops = muster_pack_get_f64(bytes, n, "result.flops", 0);
    muster_pack_get(bytes, n, "result.scores", MUSTER_F64, result->scores, metrics * folds);
    muster_pack_get(bytes, n, "result.fold_epochs", MUSTER_I64, result->fold_epochs, folds);
    muster_pack_get(bytes, n, "result.best_epochs", MUSTER_I64, result->best_epochs, folds);
    muster_pack_get(bytes, n, "result.curves", MUSTER_F32, result->curves, 3 * folds * epochs);
done:
    return status;
}
