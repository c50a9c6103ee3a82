/* The mean over the used steps of a sequence, [t][c] -> [c]. */
#include "nn/points_impl.h"

struct mean {
    struct muster_layer base;
    size_t steps;
};

static size_t used(const struct mean *self, const struct muster_layer_pass *pass, size_t row)
{
    return pass->lengths != NULL ? (size_t)pass->lengths[row] : self->steps;
}

static void forward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct mean *self = (const struct mean *)layer;
    for (size_t row = 0; row < pass->rows; row++) {
        const size_t n = used(self, pass, row);
        const float *x = pass->x + row * pass->ldx, share = 1.0f / (float)n;
        float *y = pass->y + row * pass->ldy;
        memset(y, 0, layer->out * sizeof *y);
        for (size_t i = 0; i < n * layer->out; i += layer->out)
            for (size_t k = 0; k < layer->out; k++)
                y[k] += share * x[i + k];
    }
}

static void backward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct mean *self = (const struct mean *)layer;
    for (size_t row = 0; pass->dx != NULL && row < pass->rows; row++) {
        const size_t n = used(self, pass, row);
        const float *dy = pass->dy + row * pass->ldy, share = 1.0f / (float)n;
        float *dx = pass->dx + row * pass->ldx;
        for (size_t i = 0; i < n * layer->out; i += layer->out)
            for (size_t k = 0; k < layer->out; k++)
                dx[i + k] = share * dy[k];
        memset(dx + n * layer->out, 0, (layer->in - n * layer->out) * sizeof *dx);
    }
}

static const struct muster_layer_class class = {
    .name = "mean",
    .forward = forward,
    .backward = backward,
};

enum muster_status muster_chain_mean(struct muster_net *net)
{
    struct muster_layer *layer = NULL;
    const struct muster_shape below = *muster_chain_shape(net);
    enum muster_status status =
        muster_chain_add(net, &class, sizeof(struct mean),
                         &(struct muster_shape){.rank = 1, .dims = {below.dims[1]}}, &layer);
    if (status == MUSTER_OK)
        ((struct mean *)layer)->steps = below.dims[0];
    return status;
}
