/* A batch's gradient, summed over a fixed number S of contiguous shards: shard s of n rows holds
 * rows n s / S up to n (s + 1) / S, so that sizes differ by one at most, and some are empty where S
 * > n. Sums are added up in a binary tree over the shard's number, pairs of neighbours first,
 * whether one rank has all shards or several ranks some each (mates.c). Dropout is keyed by the row
 * in the batch; running statistics of batchnorm follow the shards in their order, at the end. */
#include <string.h>

#include "train_impl.h"

/* Shards of a node are added as a binary counter counts: after shard s, sums of 2^level shards are
 * complete for each trailing 1 of s, lower ones first. `tree` keeps those to the left, one a level.
 */

size_t shards_levels(size_t shards)
{
    size_t levels = 0;
    while (shards > 1 && (shards - 1) >> levels > 0)
        levels++;
    return levels;
}

enum muster_status shards_create(struct fit *fit, const struct muster_team *team)
{
    enum muster_status status = MUSTER_OK;
    struct shards *shards = &fit->shards;
    size_t weights, state;
    *shards = (struct shards){.n = trainer_shards(fit->trainer)};
    shards->end = shards->n;
    shards->levels = shards_levels(mates_widest(team, shards->n));
    muster_net_weights(fit->net, &weights);
    muster_net_state(fit->net, &state);
    MUSTER_NEW(shards->tree, shards->levels);
    for (size_t level = 0; level < shards->levels; level++)
        MUSTER_NEW(shards->tree[level].gradient, weights);
    if (shards->n > 1)
        MUSTER_NEW(shards->measured, shards->n * state);
done:
    return status;
}

void shards_clear(struct fit *fit)
{
    struct shards *shards = &fit->shards;
    for (size_t level = 0; shards->tree != NULL && level < shards->levels; level++)
        muster_free(shards->tree[level].gradient);
    muster_free(shards->tree);
    muster_free(shards->measured);
    *shards = (struct shards){0};
}

void branch_add(size_t n, const struct branch *left, struct branch *sum)
{
    const float *restrict from = left->gradient;
    float *restrict to = sum->gradient;
    for (size_t i = 0; i < n; i++)
        to[i] = from[i] + to[i];
    sum->loss.sum = left->loss.sum + sum->loss.sum;
    sum->loss.weight = left->loss.weight + sum->loss.weight;
}

/* Shard s of a node of so many joins the tree; behind the last one it is their sum. */
static void join(struct fit *fit, size_t s, size_t shards, size_t n, struct branch *sum)
{
    const bool last = s + 1 == shards;
    size_t level = 0;
    for (; s >> level > 0; level++) {
        if (!(s >> level & 1) && !last)
            break;
        if (s >> level & 1)
            branch_add(n, &fit->shards.tree[level], sum);
    }
    if (last)
        return;
    memcpy(fit->shards.tree[level].gradient, sum->gradient, n * sizeof *sum->gradient);
    fit->shards.tree[level].loss = sum->loss;
}

void shards_rows(const struct fit *fit, size_t n, size_t *first, size_t *end)
{
    *first = n * fit->shards.first / fit->shards.n;
    *end = n * fit->shards.end / fit->shards.n;
}

/* The gradient of shard s of n rows goes to the net's buffer. */
static struct mean shard_gradient(struct fit *fit, const struct muster_inputs *x,
                                  const struct muster_targets *y, size_t n, size_t s)
{
    const struct muster_data_info *info = trainer_info(fit->trainer);
    const size_t targets = muster_net_targets(fit->net);
    const size_t first = n * s / fit->shards.n, end = n * (s + 1) / fit->shards.n;
    size_t state;
    muster_net_state(fit->net, &state);
    const struct muster_pass pass = {
        .dropout = fit->dropout,
        .step = (uint64_t)fit->step,
        .first_row = first,
        .measured = fit->shards.measured != NULL ? fit->shards.measured + s * state : NULL};
    const struct muster_inputs part = {
        .x = x->x + first * info->width,
        .lengths = x->lengths != NULL ? x->lengths + first * muster_data_inputs(fit->trainer->data)
                                      : NULL};
    const struct muster_targets of = {
        .classes = y->classes != NULL ? y->classes + first * targets : NULL,
        .values = y->values != NULL ? y->values + first * info->outputs : NULL,
        .others = y->others != NULL ? y->others + first : NULL,
        .share = y->share};
    struct mean loss;
    loss.sum = muster_net_gradient(fit->net, part, of, end - first, &pass);
    loss.weight = muster_net_weight(fit->net, of, end - first);
    return loss;
}

static struct mean node_gradient(struct fit *fit, const struct muster_inputs *x,
                                 const struct muster_targets *y, size_t n, struct node node)
{
    size_t weights;
    struct branch sum = {.gradient = muster_net_gradients(fit->net, &weights)};
    for (size_t s = 0; s < node.n; s++) {
        sum.loss = shard_gradient(fit, x, y, n, node.first + s);
        join(fit, s, node.n, weights, &sum);
    }
    return sum.loss;
}

static void carry_all(struct fit *fit)
{
    size_t state;
    muster_net_state(fit->net, &state);
    for (size_t s = 0; fit->shards.measured != NULL && s < fit->shards.n; s++)
        muster_net_carry(fit->net, fit->shards.measured + s * state);
}

struct mean shards_gradient(struct fit *fit, struct muster_inputs x, struct muster_targets y,
                            size_t n)
{
    const struct node all = {.n = fit->shards.n};
    struct mean loss = {0};
    if (fit->mates.team == NULL)
        loss = node_gradient(fit, &x, &y, n, all);
    else {
        for (size_t i = 0; i < mates_nodes(fit); i++)
            mates_put(fit, i, node_gradient(fit, &x, &y, n, mates_node(fit, i)));
        loss = mates_sum(fit);
    }
    carry_all(fit);
    return loss;
}
