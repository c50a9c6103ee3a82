/* Average pooling: the mean of each channel over each window of an image [h][w][c] or a sequence
 * [t][c]; padding counts as zeros, as in PyTorch. */
#include "nn/pool_impl.h"

#include <string.h>

static float share_of(const struct pool *pool)
{
    return 1.0f / (float)(pool->window.h.size * pool->window.w.size);
}

VECTOR_INLINE void take_mean(const struct pool_window *at, const struct pool_row *row)
{
    const float *x = row->x + at->x;
    vfloat sum = {0};
    for (size_t i = 0; i < at->h; i++, x += at->line)
        for (size_t j = 0; j < at->w; j++)
            sum += window_load(x + j * at->channels, at->n);
    window_store(row->y + at->y, sum * row->share, at->n);
}

static void forward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct pool *pool = (const struct pool *)layer;
    for (size_t i = 0; i < pass->rows; i++) {
        float *y = pass->y + i * pass->ldy;
        pool_walk(pool, window_used(&pool->window, pass, i),
                  &(struct pool_row){.x = pass->x + i * pass->ldx, .y = y, .share = share_of(pool)},
                  take_mean);
        window_end_above(&pool->window, pool->window.channels, pass, i, y);
    }
}

VECTOR_INLINE void hand_down(const struct pool_window *at, const struct pool_row *row)
{
    const vfloat slope = window_load(row->dy + at->y, at->n) * row->share;
    for (size_t i = 0; i < at->h; i++)
        for (size_t j = 0; j < at->w; j++) {
            float *dx = row->dx + at->x + i * at->line + j * at->channels;
            window_store(dx, window_load(dx, at->n) + slope, at->n);
        }
}

static void backward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct pool *pool = (const struct pool *)layer;
    for (size_t i = 0; i < pass->rows && pass->dx != NULL; i++) {
        const struct pool_row row = {.dy = pass->dy + i * pass->ldy,
                                     .dx = pass->dx + i * pass->ldx,
                                     .share = share_of(pool)};
        const size_t used = window_used(&pool->window, pass, i);
        memset(row.dx, 0, layer->in * sizeof *row.dx);
        pool_walk(pool, used, &row, hand_down);
    }
}

const struct muster_layer_class muster_avgpool = {
    .name = "avgpool",
    .forward = forward,
    .backward = backward,
    .steps = pool_steps,
};

static enum muster_status add(struct muster_net *net, const struct muster_block *block)
{
    return muster_pool_add(net, block, &muster_avgpool);
}

const struct muster_layer_kind muster_layer_avgpool = {
    .plugin = {.name = "avgpool",
               .help = "the mean of each channel in windows over images and sequences",
               .options = pool_options,
               .main_option = "size"},
    .add = add,
    .ahead = true,
};
