/* Leave-one-out: a metric that says little of a single row is taken of the predictions of all folds
 * together, and stands for each of them. A row of next tokens is scored by itself. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "train_impl.h"

bool pools(const struct muster_trainer *trainer, size_t m)
{
    return trainer->loo && trainer->metrics[m]->pooled && !trainer_info(trainer)->next_token;
}

bool muster_trainer_pools(const struct muster_trainer *trainer)
{
    return pools(trainer, 0);
}

enum muster_status pool_create(const struct muster_trainer *trainer, struct pool *pool)
{
    enum muster_status status = MUSTER_OK;
    const size_t folds = muster_trainer_folds(trainer);
    bool wanted = false;
    size_t n = 0;
    *pool = (struct pool){.trainer = trainer, .outputs = trainer_info(trainer)->outputs};
    for (size_t m = 0; m < trainer->n_metrics; m++)
        wanted |= pools(trainer, m);
    if (!wanted)
        return MUSTER_OK;
    MUSTER_NEW(pool->starts, folds + 1);
    for (size_t k = 0; k < folds; k++) {
        muster_folds_valid(trainer->folds, k, &n);
        pool->starts[k + 1] = pool->starts[k] + n;
    }
    MUSTER_NEW(pool->prediction, pool->starts[folds] * pool->outputs);
done:
    if (status != MUSTER_OK)
        pool_clear(pool);
    return status;
}

void pool_clear(struct pool *pool)
{
    muster_free(pool->starts);
    muster_free(pool->prediction);
    *pool = (struct pool){0};
}

void pool_put(struct pool *pool, size_t k, const float *prediction)
{
    if (pool->prediction != NULL)
        memcpy(pool->prediction + pool->starts[k] * pool->outputs, prediction,
               (pool->starts[k + 1] - pool->starts[k]) * pool->outputs * sizeof *prediction);
}

void pool_pack(const struct pool *pool, struct muster_pack *pack)
{
    if (pool->prediction != NULL)
        muster_pack_put(pack, "pool", MUSTER_F32, pool->prediction,
                        pool->starts[muster_trainer_folds(pool->trainer)] * pool->outputs);
}

void pool_take(struct pool *pool, size_t k, const void *bytes, size_t n)
{
    struct muster_field field;
    if (pool->prediction == NULL || !muster_pack_find(bytes, n, "pool", &field))
        return;
    const size_t first = pool->starts[k] * pool->outputs * sizeof *pool->prediction;
    const size_t last = pool->starts[k + 1] * pool->outputs * sizeof *pool->prediction;
    if (field.bytes >= last)
        memcpy((char *)pool->prediction + first, (const char *)field.data + first, last - first);
}

/* The targets of the rows of folds first .. last - 1, one fold behind the other. */
static void gather_targets(const struct pool *pool, size_t first, size_t last, int32_t *classes,
                           float *values)
{
    const struct muster_trainer *trainer = pool->trainer;
    for (size_t k = first; k < last; k++) {
        const size_t at = pool->starts[k] - pool->starts[first];
        size_t n;
        const int64_t *rows = muster_folds_valid(trainer->folds, k, &n);
        muster_data_targets(trainer->data, rows, n, classes != NULL ? classes + at : NULL,
                            values != NULL ? values + at * pool->outputs : NULL);
    }
}

static void score_all(const struct pool *pool, size_t first, size_t last,
                      const struct muster_scored *scored, struct muster_result *result)
{
    for (size_t m = 0; m < result->metrics; m++) {
        if (!pools(pool->trainer, m))
            continue;
        const double score = muster_metric_score(pool->trainer->metrics[m], scored);
        for (size_t k = first; k < last; k++)
            result->scores[m * result->folds + k] = score;
    }
    if (!pools(pool->trainer, 0))
        return;
    result->score = result->scores[first];
    result->score_std = NAN;
    if (isfinite(result->score))
        return;
    result->state = MUSTER_FAILED;
    snprintf(result->reason, sizeof result->reason,
             "%s is undefined on the predictions of all folds together",
             pool->trainer->metrics[0]->plugin.name);
}

enum muster_status pool_score(const struct pool *pool, size_t first, size_t last,
                              struct muster_result *result)
{
    enum muster_status status = MUSTER_OK;
    int32_t *classes = NULL;
    float *values = NULL;
    if (pool->prediction == NULL)
        return MUSTER_OK;
    const size_t n = pool->starts[last] - pool->starts[first];
    if (trainer_info(pool->trainer)->classification)
        MUSTER_NEW(classes, n);
    else
        MUSTER_NEW(values, n * pool->outputs);
    gather_targets(pool, first, last, classes, values);
    const struct muster_scored scored = {.n = n,
                                         .outputs = pool->outputs,
                                         .classes = classes,
                                         .targets = values,
                                         .prediction = pool->prediction +
                                                       pool->starts[first] * pool->outputs};
    score_all(pool, first, last, &scored, result);
done:
    muster_free(classes);
    muster_free(values);
    return status;
}
