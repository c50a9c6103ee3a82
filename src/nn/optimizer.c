/* Optimizers: the part that is the same for all. */
#include "nn/flush_impl.h"
#include "nn/nn_impl.h"

#include <assert.h>
#include <string.h>

enum muster_status muster_optimizer_create(const struct muster_plugin *kind,
                                           const struct muster_block *train,
                                           const struct muster_layout *layout,
                                           struct muster_optimizer **out)
{
    enum muster_status status = MUSTER_OK;
    struct muster_optimizer *optimizer = NULL;
    *out = NULL;
    MUSTER_NEW(optimizer, 1);
    optimizer->kind = (const struct muster_optimizer_kind *)kind; /* its first member */
    optimizer->n = layout->n;
    optimizer->n_arrays = layout->n_arrays;
    for (size_t i = 0; kind->options[i].type != MUSTER_END; i++) {
        assert(i < MUSTER_OPTIMIZER_OPTIONS);
        optimizer->value[i] = muster_block_number(train, kind->options[i].name);
    }
    MUSTER_NEW(optimizer->starts, layout->n_arrays + 1);
    memcpy(optimizer->starts, layout->starts, layout->n_arrays * sizeof *layout->starts);
    optimizer->starts[layout->n_arrays] = layout->n;
    optimizer->n_state = optimizer->kind->moments * layout->n + optimizer->kind->scalars;
    MUSTER_NEW(optimizer->state, optimizer->n_state);
    *out = optimizer;
    optimizer = NULL;
done:
    muster_optimizer_destroy(&optimizer);
    return status;
}

void muster_optimizer_destroy(struct muster_optimizer **optimizer)
{
    if (*optimizer == NULL)
        return;
    muster_free((*optimizer)->starts);
    muster_free((*optimizer)->state);
    muster_free(*optimizer);
    *optimizer = NULL;
}

void muster_optimizer_reset(struct muster_optimizer *optimizer)
{
    optimizer->steps = 0;
    memset(optimizer->state, 0, optimizer->n_state * sizeof *optimizer->state);
}

void muster_optimizer_step(struct muster_optimizer *optimizer, float *weights,
                           const float *gradients, double scale, double rate)
{
    const struct muster_optimizer_kind *kind = optimizer->kind;
    const uint64_t mode = flush_begin();
    optimizer->steps++;
    if (kind->step != NULL) {
        kind->step(optimizer, weights, gradients, (float)scale, rate);
    } else {
        kind->begin(optimizer, (float)scale, rate);
        kind->range(optimizer, 0, optimizer->n, weights, gradients);
    }
    flush_end(mode);
}

static void take(void *context, size_t at, size_t n, const float *piece)
{
    const struct muster_update *update = context;
    struct muster_optimizer *optimizer = update->optimizer;
    const size_t first = update->from + at;
    optimizer->kind->range(optimizer, first, n, update->weights + first, piece);
}

struct muster_follow muster_update_follow(struct muster_update *update, size_t offset, size_t n)
{
    const struct muster_optimizer *optimizer = update->optimizer;
    struct muster_follow follow = {take, update, {update->weights + offset}};
    for (size_t i = 1; i < MUSTER_AHEAD && i <= optimizer->kind->moments; i++)
        follow.ahead[i] = optimizer->state + (i - 1) * optimizer->n + offset;
    update->from = offset;
    update->taken += n;
    return follow;
}

float *muster_optimizer_state(struct muster_optimizer *optimizer, size_t *n, int64_t **steps)
{
    *n = optimizer->n_state;
    *steps = &optimizer->steps;
    return optimizer->state;
}
