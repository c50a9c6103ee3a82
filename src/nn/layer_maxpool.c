/* Max pooling: the greatest number of each channel in each window over an image [h][w][c] or a
 * sequence [t][c]; padding never counts. The slope goes to the first place that holds the greatest
 * number, as in PyTorch. It takes the rectifier of a convolution below with it: both are 0 in most
 * places. */
#include "nn/pool_impl.h"

#include <string.h>

/* NaN stays. */
VECTOR_INLINE vfloat greater(vfloat x, vfloat most)
{
    return vselect((vint)(x > most) | (vint)(x != x), x, most);
}

VECTOR_INLINE void take_greatest(const struct pool_window *at, const struct pool_row *row)
{
    const float *x = row->x + at->x;
    vfloat most = window_load(x, at->n);
    for (size_t i = 0; i < at->h; i++, x += at->line)
        for (size_t j = 0; j < at->w; j++)
            most = greater(window_load(x + j * at->channels, at->n), most);
    window_store(row->y + at->y, most, at->n);
}

static void forward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct pool *pool = (const struct pool *)layer;
    for (size_t i = 0; i < pass->rows; i++) {
        float *y = pass->y + i * pass->ldy;
        pool_walk(pool, window_used(&pool->window, pass, i),
                  &(struct pool_row){.x = pass->x + i * pass->ldx, .y = y}, take_greatest);
        window_end_above(&pool->window, pool->window.channels, pass, i, y);
    }
}

VECTOR_INLINE void hand_down(const struct pool_window *at, const struct pool_row *row, bool add)
{
    const vfloat most = window_load(row->y + at->y, at->n),
                 dy = window_load(row->dy + at->y, at->n);
    vint open = row->rectifies ? (vint)(most > 0.0f) : (vint)(most == most);
    for (size_t i = 0; i < at->h; i++)
        for (size_t j = 0; j < at->w; j++) {
            const size_t place = at->x + i * at->line + j * at->channels;
            const vint here = (vint)(window_load(row->x + place, at->n) == most) & open;
            vfloat slope = (vfloat)(here & (vint)dy);
            open &= ~here;
            if (add)
                slope += window_load(row->dx + place, at->n);
            window_store(row->dx + place, slope, at->n);
        }
}

VECTOR_INLINE void set_slopes(const struct pool_window *at, const struct pool_row *row)
{
    hand_down(at, row, false);
}

VECTOR_INLINE void add_slopes(const struct pool_window *at, const struct pool_row *row)
{
    hand_down(at, row, true);
}

static void backward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct pool *pool = (const struct pool *)layer;
    for (size_t i = 0; i < pass->rows && pass->dx != NULL; i++) {
        const struct pool_row row = {.x = pass->x + i * pass->ldx,
                                     .y = pass->y + i * pass->ldy,
                                     .dy = pass->dy + i * pass->ldy,
                                     .dx = pass->dx + i * pass->ldx,
                                     .rectifies = pool->rectifies};
        const size_t used = window_used(&pool->window, pass, i);
        if (pool->disjoint) {
            pool_walk(pool, used, &row, set_slopes);
            window_end_below(&pool->window, pass, i, row.dx);
            continue;
        }
        memset(row.dx, 0, layer->in * sizeof *row.dx);
        pool_walk(pool, used, &row, add_slopes);
    }
}

const struct muster_layer_class muster_maxpool = {
    .name = "maxpool",
    .forward = forward,
    .backward = backward,
    .steps = pool_steps,
};

static enum muster_status add(struct muster_net *net, const struct muster_block *block)
{
    return muster_pool_add(net, block, &muster_maxpool);
}

const struct muster_layer_kind muster_layer_maxpool = {
    .plugin = {.name = "maxpool",
               .help = "the greatest number of each channel in windows over images and sequences",
               .options = pool_options,
               .main_option = "size"},
    .add = add,
    .ahead = true,
};
