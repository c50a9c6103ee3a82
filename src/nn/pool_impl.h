/* What pooling layers share: the walk over windows, options, and making one. */
#ifndef MUSTER_NN_POOL_IMPL_H
#define MUSTER_NN_POOL_IMPL_H

#include "nn/window_impl.h"

struct pool {
    struct muster_layer base;
    struct window window;
    bool disjoint;  /* every place belongs to exactly one window */
    bool rectifies; /* slopes on behalf of the convolution below, whose y is x */
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
    float share;    /* of one place in a mean */
    bool rectifies; /* as the layer */
};

/* All channels of a window: whole vectors first, where it is known that there are as many left. */
VECTOR_INLINE void pool_visit(struct pool_window at, size_t h, size_t w, const struct pool_row *row,
                              void (*visit)(const struct pool_window *at,
                                            const struct pool_row *row))
{
    size_t left = at.channels;
    at.h = h;
    at.w = w;
    at.n = LANES;
    for (; left >= LANES; left -= LANES, at.x += LANES, at.y += LANES)
        visit(&at, row);
    at.n = left;
    if (left > 0)
        visit(&at, row);
}

/* All windows of a row, of which so many steps are used. Those of 2 x 2 have a loop of their own,
 * in which that is known. */
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
    for (size_t i = 0; i < h->out; i++)
        for (size_t j = 0; j < w.out; j++, at.y += at.channels) {
            const size_t top = pool_first(h, i, &at.h), left = pool_first(&w, j, &at.w);
            at.x = top * at.line + left * at.channels;
            if (at.h == 2 && at.w == 2)
                pool_visit(at, 2, 2, row, visit);
            else
                pool_visit(at, at.h, at.w, row, visit);
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
