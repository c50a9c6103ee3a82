/* Global pooling: the mean or the greatest number of each channel over all places of an image
 * [h][w][c], or over the used steps of a sequence [t][c]; leaves plain numbers [c]. */
#include "nn/pool_impl.h"

#include <string.h>

struct globalpool {
    struct muster_layer base;
    size_t places, channels;
    bool greatest;
};

static size_t used(const struct globalpool *self, const struct muster_layer_pass *pass, size_t i)
{
    return pass->lengths != NULL ? (size_t)pass->lengths[i] : self->places;
}

/* Of up to n <= 16 channels from x on. NaN stays. */
VECTOR_INLINE vfloat pool(const struct globalpool *self, const float *x, size_t places, size_t n)
{
    vfloat all = window_load(x, n);
    for (size_t p = 1; p < places; p++) {
        const vfloat one = window_load(x + p * self->channels, n);
        if (self->greatest)
            all = vselect((vint)(one > all) | (vint)(one != one), one, all);
        else
            all += one;
    }
    return all * (self->greatest ? 1.0f : 1.0f / (float)places);
}

static void forward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct globalpool *self = (const struct globalpool *)layer;
    for (size_t i = 0; i < pass->rows; i++)
        for (size_t j = 0; j < self->channels; j += LANES) {
            const size_t n = self->channels - j;
            const float *x = pass->x + i * pass->ldx + j;
            window_store(pass->y + i * pass->ldy + j, pool(self, x, used(self, pass, i), n), n);
        }
}

/* To all places alike, or to the first of the greatest. */
VECTOR_INLINE void hand_down(const struct globalpool *self, const struct muster_layer_pass *pass,
                             size_t i, size_t j)
{
    const size_t n = self->channels - j, places = used(self, pass, i);
    const float *x = pass->x + i * pass->ldx + j;
    float *dx = pass->dx + i * pass->ldx + j;
    const vfloat y = window_load(pass->y + i * pass->ldy + j, n);
    const vfloat dy = window_load(pass->dy + i * pass->ldy + j, n);
    const vfloat part = dy * (1.0f / (float)places);
    vint open = ~(vint){0};
    for (size_t at = 0; at < places * self->channels; at += self->channels) {
        const vint here = (vint)(window_load(x + at, n) == y) & open;
        open &= ~here;
        window_store(dx + at, self->greatest ? vselect(here, dy, vset(0.0f)) : part, n);
    }
}

static void backward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct globalpool *self = (const struct globalpool *)layer;
    for (size_t i = 0; i < pass->rows && pass->dx != NULL; i++) {
        const size_t end = used(self, pass, i) * self->channels;
        memset(pass->dx + i * pass->ldx + end, 0, (layer->in - end) * sizeof *pass->dx);
        for (size_t j = 0; j < self->channels; j += LANES)
            hand_down(self, pass, i, j);
    }
}

static const struct muster_layer_class class = {
    .name = "globalpool",
    .forward = forward,
    .backward = backward,
};

enum muster_status muster_chain_globalpool(struct muster_net *net, bool greatest)
{
    struct muster_layer *layer = NULL;
    const struct muster_shape *below = muster_chain_shape(net);
    const struct muster_shape shape = {.rank = 1, .dims = {below->dims[below->rank - 1]}};
    enum muster_status status =
        muster_chain_add(net, &class, sizeof(struct globalpool), &shape, &layer);
    if (status != MUSTER_OK)
        return status;
    struct globalpool *self = (struct globalpool *)layer;
    self->channels = layer->out;
    self->places = layer->in / layer->out;
    self->greatest = greatest;
    return MUSTER_OK;
}

static enum muster_status add(struct muster_net *net, const struct muster_block *block)
{
    const struct muster_shape *shape = muster_chain_shape(net);
    if (shape->rank == 1)
        return muster_error(MUSTER_BAD_STUDY,
                            "%s: globalpool cannot take a row of %zu plain numbers (a sequence "
                            "[t][c] or image [h][w][c])",
                            block->path, shape->dims[0]);
    return muster_chain_globalpool(net, muster_block_int(block, "kind") == 1);
}

static const struct muster_option options[] = {
    {.name = "kind",
     .type = MUSTER_WORD,
     .standard = "average",
     .words = "average|max",
     .help = "what is taken of each channel"},
    {0},
};

const struct muster_layer_kind muster_layer_globalpool = {
    .plugin = {.name = "globalpool",
               .help = "one number a channel from a whole image or the used steps of a sequence",
               .options = options,
               .main_option = "kind"},
    .add = add,
};
