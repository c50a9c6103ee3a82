/* Activation: a function of each number, y = f(x), on its own. Behind the used steps of a row y is
 * 0, whatever f(0) is. */
#include "nn/nn_impl.h"

#include <string.h>

struct activation {
    struct muster_layer base;
    const struct muster_activation *function;
    size_t slope; /* work: [batch][ldy], where the function keeps it */
};

static void end_rows(const struct muster_layer *layer, const struct muster_layer_pass *pass,
                     float *rows, size_t ld)
{
    for (size_t i = 0; i < pass->rows && pass->lengths != NULL; i++) {
        const size_t used = muster_layer_used(layer, pass, i);
        memset(rows + i * ld + used, 0, (layer->out - used) * sizeof *rows);
    }
}

static void forward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct activation *self = (const struct activation *)layer;
    self->function->forward(&(struct muster_forward_strip){
        .rows = pass->rows,
        .n = layer->out,
        .x = pass->x,
        .ldx = pass->ldx,
        .y = pass->y,
        .ldy = pass->ldy,
        .slope =
            self->function->keeps_slope && pass->random != NULL ? pass->work + self->slope : NULL,
    });
    end_rows(layer, pass, pass->y, pass->ldy);
}

static void backward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct activation *self = (const struct activation *)layer;
    self->function->backward(&(struct muster_backward_strip){
        .rows = pass->rows,
        .n = layer->out,
        .ld = pass->ldy,
        .kept = self->function->keeps_slope ? pass->work + self->slope : pass->y,
        .dy = pass->dy,
        .dx = pass->dx,
    });
    if (pass->dx != NULL)
        end_rows(layer, pass, pass->dx, pass->ldx);
}

static const struct muster_layer_class class = {
    .name = "activation",
    .forward = forward,
    .backward = backward,
};

enum muster_status muster_chain_activation(struct muster_net *net,
                                           const struct muster_activation *activation)
{
    struct muster_layer *layer = NULL;
    const struct muster_shape shape = *muster_chain_shape(net);
    enum muster_status status =
        muster_chain_add(net, &class, sizeof(struct activation), &shape, &layer);
    if (status != MUSTER_OK)
        return status;
    struct activation *self = (struct activation *)layer;
    self->function = activation;
    if (activation->keeps_slope)
        self->slope = muster_chain_work(net, muster_chain_batch(net) * padded(layer->out));
    return MUSTER_OK;
}

static enum muster_status add(struct muster_net *net, const struct muster_block *block)
{
    return muster_chain_activation(net, muster_nn_activation(muster_block_text(block, "kind")));
}

static const struct muster_option options[] = {
    {.name = "kind",
     .type = MUSTER_WORD,
     .standard = "relu",
     .registry = &muster_nn_activations,
     .help = "function applied to each number"},
    {0},
};

const struct muster_layer_kind muster_layer_activation = {
    .plugin = {.name = "activation",
               .help = "a function of each number",
               .options = options,
               .main_option = "kind"},
    .add = add,
};
