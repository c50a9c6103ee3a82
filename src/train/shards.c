/* A batch's gradient, summed over a fixed number S of contiguous shards: shard s of n rows holds
 * rows n s / S up to n (s + 1) / S, so that sizes differ by one at most, and some are empty where S
 * > n. Sums are added up in a binary tree over the shard's number, pairs of neighbours first, so
 * that ranks that share a batch would add in the same order as one rank does here. Dropout is keyed
 * by the row in the batch; running statistics of batchnorm follow the shards in their order. */
#include <string.h>

#include "train_impl.h"

/* Shards are added as a binary counter counts: after shard s, sums of 2^level shards are complete
 * for each trailing 1 of s, lower ones first. `tree` keeps those to the left, one a level. */

static size_t levels_of(size_t shards)
{
    size_t levels = 0;
    while (shards > 1 && (shards - 1) >> levels > 0)
        levels++;
    return levels;
}

enum muster_status shards_create(struct fit *fit)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_block *parallel = muster_study_section(fit->trainer->study, "parallel");
    size_t weights;
    fit->shards = parallel != NULL ? (size_t)muster_block_int(parallel, "shards") : 1;
    muster_net_weights(fit->net, &weights);
    MUSTER_NEW(fit->tree, levels_of(fit->shards));
    for (size_t level = 0; level < levels_of(fit->shards); level++)
        MUSTER_NEW(fit->tree[level].gradient, weights);
done:
    return status;
}

void shards_clear(struct fit *fit)
{
    for (size_t level = 0; fit->tree != NULL && level < levels_of(fit->shards); level++)
        muster_free(fit->tree[level].gradient);
    muster_free(fit->tree);
    fit->tree = NULL;
}

static void add(size_t n, const float *restrict left, float *restrict sum)
{
    for (size_t i = 0; i < n; i++)
        sum[i] = left[i] + sum[i];
}

/* Shard s, whose gradient is the net's, joins the tree; behind the last one it is their sum. */
static void join(struct fit *fit, size_t s, struct mean *loss)
{
    size_t n;
    float *gradient = muster_net_gradients(fit->net, &n);
    const bool last = s + 1 == fit->shards;
    size_t level = 0;
    for (; s >> level > 0; level++) {
        const struct branch *left = &fit->tree[level];
        if (!(s >> level & 1) && !last)
            break;
        if (!(s >> level & 1))
            continue;
        add(n, left->gradient, gradient);
        loss->sum = left->loss.sum + loss->sum;
        loss->weight = left->loss.weight + loss->weight;
    }
    if (last)
        return;
    memcpy(fit->tree[level].gradient, gradient, n * sizeof *gradient);
    fit->tree[level].loss = *loss;
}

struct mean shards_gradient(struct fit *fit, struct muster_inputs x, struct muster_targets y,
                            size_t n)
{
    const struct muster_data_info *info = trainer_info(fit->trainer);
    const size_t targets = muster_net_targets(fit->net);
    struct mean loss = {0};
    for (size_t s = 0; s < fit->shards; s++) {
        const size_t first = n * s / fit->shards, end = n * (s + 1) / fit->shards;
        const struct muster_pass pass = {
            .dropout = fit->dropout, .step = (uint64_t)fit->step, .first_row = first};
        const struct muster_inputs part = {
            .x = x.x + first * info->width,
            .lengths = x.lengths != NULL
                           ? x.lengths + first * muster_data_inputs(fit->trainer->data)
                           : NULL};
        const struct muster_targets of = {
            .classes = y.classes != NULL ? y.classes + first * targets : NULL,
            .values = y.values != NULL ? y.values + first * info->outputs : NULL,
            .others = y.others != NULL ? y.others + first : NULL,
            .share = y.share};
        loss.sum = muster_net_gradient(fit->net, part, of, end - first, &pass);
        loss.weight = muster_net_weight(fit->net, of, end - first);
        join(fit, s, &loss);
    }
    return loss;
}
