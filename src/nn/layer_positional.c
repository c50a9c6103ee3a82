/* Positions: y = x + P, [t][c] -> [t][c], so that layers that treat steps alike can tell them
 * apart. Sinusoidal (Vaswani et al., NIPS 2017): P[t][2 i] = sin(t / 10000^(2 i / c)), P[t][2 i +
 * 1] = cos of the same; or learned, a trained P that starts normal with deviation 0.02 (BERT;
 * Devlin et al., NAACL 2019). Behind the used steps of a row y is 0. */
#include "nn/nn_impl.h"

#include <math.h>
#include <string.h>

enum kind { SINUSOIDAL, LEARNED };

struct positional {
    struct muster_layer base;
    size_t width; /* numbers a step */
    bool learned;
    float table[]; /* [t][c], where it is not learned */
};

static size_t used(const struct positional *self, const struct muster_layer_pass *pass, size_t row)
{
    const size_t all = self->base.out;
    return pass->lengths != NULL ? (size_t)pass->lengths[row] * self->width : all;
}

static void fill(struct positional *self)
{
    for (size_t k = 0; k < self->base.out; k++) {
        const double t = (double)(k / self->width), i = (double)(k % self->width / 2);
        const double angle = t * pow(10000.0, -2.0 * i / (double)self->width);
        self->table[k] = (float)(k % self->width % 2 == 0 ? sin(angle) : cos(angle));
    }
}

static void forward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct positional *self = (const struct positional *)layer;
    const float *table = self->learned ? pass->weights + layer->slots[0].offset : self->table;
    for (size_t row = 0; row < pass->rows; row++) {
        const float *x = pass->x + row * pass->ldx;
        float *y = pass->y + row * pass->ldy;
        const size_t n = used(self, pass, row);
        for (size_t k = 0; k < n; k++)
            y[k] = x[k] + table[k];
        memset(y + n, 0, (layer->out - n) * sizeof *y);
    }
}

static void backward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct positional *self = (const struct positional *)layer;
    float *gradient = self->learned ? pass->gradients + layer->slots[0].offset : NULL;
    if (gradient != NULL)
        memset(gradient, 0, padded(layer->out) * sizeof *gradient);
    for (size_t row = 0; row < pass->rows; row++) {
        const float *dy = pass->dy + row * pass->ldy;
        const size_t n = used(self, pass, row);
        for (size_t k = 0; gradient != NULL && k < n; k++)
            gradient[k] += dy[k];
        if (pass->dx == NULL)
            continue;
        float *dx = pass->dx + row * pass->ldx;
        memcpy(dx, dy, n * sizeof *dx);
        memset(dx + n, 0, (layer->out - n) * sizeof *dx);
    }
}

static void init(const struct muster_layer *layer, struct muster_stream stream, float *weights,
                 float *state)
{
    (void)state;
    for (size_t i = 0; i < layer->n_slots; i++)
        for (size_t k = layer->slots[i].offset; k < layer->slots[i].offset + layer->out; k++)
            weights[k] = (float)(0.02 * muster_random_normal(stream, k));
}

static const struct muster_layer_class class = {
    .name = "positional",
    .forward = forward,
    .backward = backward,
    .init = init,
};

enum muster_status muster_chain_positional(struct muster_net *net, bool learned)
{
    struct muster_layer *layer = NULL;
    const struct muster_shape shape = *muster_chain_shape(net);
    const size_t table = learned ? 0 : muster_shape_size(&shape) * sizeof(float);
    enum muster_status status =
        muster_chain_add(net, &class, sizeof(struct positional) + table, &shape, &layer);
    if (status != MUSTER_OK)
        return status;
    struct positional *self = (struct positional *)layer;
    self->width = shape.dims[1];
    self->learned = learned;
    if (!learned) {
        fill(self);
        return MUSTER_OK;
    }
    layer->n_slots = 1;
    layer->slots[0] = (struct muster_slot){
        .array = {.name = "weight", .rank = 2, .dims = {shape.dims[0], shape.dims[1]}},
        .offset = muster_chain_weights(net, layer->out),
    };
    return MUSTER_OK;
}

static enum muster_status add(struct muster_net *net, const struct muster_block *block)
{
    const struct muster_shape *shape = muster_chain_shape(net);
    if (shape->rank != 2)
        return muster_error(MUSTER_BAD_STUDY,
                            "%s: positional needs a sequence [t, c] as its input, not %zu "
                            "dimensions (tokens go through `embedding` first)",
                            block->path, shape->rank);
    return muster_chain_positional(net, muster_block_int(block, "kind") == LEARNED);
}

static const struct muster_option options[] = {
    {.name = "kind",
     .type = MUSTER_WORD,
     .standard = "sinusoidal",
     .words = "sinusoidal|learned",
     .help = "sines of the step's number, or trained numbers of each step"},
    {0},
};

const struct muster_layer_kind muster_layer_positional = {
    .plugin = {.name = "positional",
               .help = "adds to each step of a sequence what tells its place",
               .options = options,
               .main_option = "kind"},
    .add = add,
};
