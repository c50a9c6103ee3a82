/* What pooling layers share: the walk over windows, options, and making one. */
#ifndef MUSTER_NN_POOL_IMPL_H
#define MUSTER_NN_POOL_IMPL_H

#include "nn/window_impl.h"

struct pool {
    struct muster_layer base;
    struct window window;
    bool disjoint; /* every place belongs to exactly one window */
};

/* The places of one window that are not padding, for sixteen channels from x on; y is where its
 * result lies. */
struct pool_window {
    size_t x, y;
    size_t h, w;
    size_t line, channels; /* from one line, and one place, to the next */
    size_t n;              /* channels left, of which up to sixteen count */
};

/* The places of an axis that window o covers. */
VECTOR_INLINE size_t pool_first(const struct axis *axis, size_t o, size_t *n)
{
    const size_t from = o * axis->stride, to = from + axis->size;
    const size_t first = from > axis->low ? from - axis->low : 0;
    const size_t end = to - axis->low < axis->in ? to - axis->low : axis->in;
    *n = end - first;
    return first;
}

/* A row, up or down. */
struct pool_row {
    const float *x, *dy;
    float *y, *dx;
    float share; /* of one place in a mean */
};

/* All windows of a row, of which so many steps are used. */
VECTOR_INLINE void pool_walk(const struct pool *pool, size_t used, const struct pool_row *row,
                             void (*visit)(const struct pool_window *at,
                                           const struct pool_row *row))
{
    const struct axis *h = &pool->window.h;
    struct axis w = pool->window.w;
    struct pool_window at = {.channels = pool->window.channels};
    at.line = w.in * at.channels;
    if (used < w.in) {
        w.in = used;
        w.out = window_steps(&pool->window, used);
    }
    for (size_t i = 0, y = 0; i < h->out; i++)
        for (size_t j = 0; j < w.out; j++, y += at.channels) {
            const size_t top = pool_first(h, i, &at.h), left = pool_first(&w, j, &at.w);
            for (size_t c = 0; c < at.channels; c += LANES) {
                at.x = top * at.line + left * at.channels + c;
                at.y = y + c;
                at.n = at.channels - c;
                visit(&at, row);
            }
        }
}

extern const struct muster_layer_class muster_maxpool, muster_avgpool;

struct muster_pool {
    const struct muster_layer_class *class;
    const char *path; /* for messages */
    size_t size, stride, padding;
};

enum muster_status muster_chain_pool(struct muster_net *net, const struct muster_pool *pool);
enum muster_status muster_chain_globalpool(struct muster_net *net, bool greatest);
enum muster_status muster_pool_add(struct muster_net *net, const struct muster_block *block,
                                   const struct muster_layer_class *class);
size_t pool_steps(const struct muster_layer *layer, size_t steps);
extern const struct muster_option pool_options[];

#endif
