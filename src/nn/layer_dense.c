/* Dense: y = f(x W + b). W is kept in panels of [in][out], as the products read it, and padding of
 * y and its slope is part of them: zeros, as W's is.
 *
 * Biases start at zero. */
#include "nn/init_impl.h"

#include "muster/linalg.h"

struct dense {
    struct muster_layer base;
    const struct muster_activation *activation;
    enum muster_init_rule rule;
    bool bias;
    bool rectified;            /* the layer above finishes the slope and the bias' gradient */
    const struct dense *below; /* the one for which this one does it, or NULL */
    size_t slope;              /* work: [batch][ldy], where the activation keeps it */
    size_t room;               /* work: [batch][ldy] */
};

static const struct dense *dense_of(const struct muster_layer *layer)
{
    return (const struct dense *)layer;
}

static void activate(const struct dense *dense, const struct muster_layer_pass *pass)
{
    dense->activation->forward(&(struct muster_forward_strip){
        .rows = pass->rows,
        .n = dense->base.out,
        .x = pass->y,
        .ldx = pass->ldy,
        .bias = dense->bias ? pass->weights + dense->base.slots[1].offset : NULL,
        .y = pass->y,
        .ldy = pass->ldy,
        .slope = dense->activation->keeps_slope && pass->random != NULL ? pass->work + dense->slope
                                                                        : NULL,
    });
}

static void forward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct dense *dense = dense_of(layer);
    const size_t in = layer->in, out = padded(layer->out);
    const float *weights = pass->weights + layer->slots[0].offset;
    const bool rectify = dense->activation == &muster_activation_relu;
    if (dense->bias && (rectify || dense->activation == &muster_activation_identity)) {
        const float *bias = pass->weights + layer->slots[1].offset;
        muster_sgemm_packed_finish(pass->rows, out, in, pass->x, pass->ldx, weights, pass->y,
                                   pass->ldy,
                                   &(struct muster_finish){.bias = bias, .rectify = rectify});
        return;
    }
    muster_sgemm_packed(pass->rows, out, in, 1.0f, pass->x, pass->ldx, weights, 0.0f, pass->y,
                        pass->ldy);
    activate(dense, pass);
}

static void gradient_of_weights(const struct muster_layer *layer,
                                const struct muster_layer_pass *pass)
{
    const size_t in = layer->in, out = padded(layer->out), offset = layer->slots[0].offset;
    struct muster_follow follow;
    if (pass->update != NULL)
        follow = muster_update_follow(pass->update, offset, in * out);
    muster_sgemm_into_packed(in, out, pass->rows, pass->x, pass->ldx, pass->dy, pass->ldy,
                             pass->work + dense_of(layer)->room, pass->gradients + offset,
                             pass->update != NULL ? &follow : NULL);
}

static float *bias_gradient(const struct dense *dense, const struct muster_layer_pass *pass)
{
    return dense->bias ? pass->gradients + dense->base.slots[1].offset : NULL;
}

/* Before W moves. */
static void gradient_of_x(const struct dense *dense, const struct muster_layer_pass *pass)
{
    const struct muster_layer *layer = &dense->base;
    struct muster_finish finish = {.kept = pass->x, .ldk = pass->ldx};
    if (dense->below != NULL)
        finish.sums = bias_gradient(dense->below, pass);
    muster_sgemm_packed_back(pass->rows, layer->in, layer->out, pass->dy, pass->ldy,
                             pass->weights + layer->slots[0].offset, pass->dx, pass->ldx,
                             dense->below != NULL ? &finish : NULL);
}

static void backward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct dense *dense = dense_of(layer);
    if (!dense->rectified)
        dense->activation->backward(&(struct muster_backward_strip){
            .rows = pass->rows,
            .n = layer->out,
            .ld = pass->ldy,
            .kept = dense->activation->keeps_slope ? pass->work + dense->slope : pass->y,
            .dy = pass->dy,
            .dx = pass->dy,
            .bias_gradient = bias_gradient(dense, pass),
        });
    if (pass->dx != NULL)
        gradient_of_x(dense, pass);
    gradient_of_weights(layer, pass);
}

static void init(const struct muster_layer *layer, struct muster_stream stream, float *weights,
                 float *state)
{
    const struct dense *dense = dense_of(layer);
    const bool transposed = layer->slots[0].transposed;
    (void)state;
    muster_init_matrix(&(struct muster_init){.rule = dense->rule,
                                             .rectifier = dense->activation->rectifier,
                                             .fan_in = (double)layer->in,
                                             .fan_out = (double)layer->out,
                                             .rows = transposed ? layer->in : layer->out,
                                             .cols = transposed ? layer->out : layer->in},
                       stream, layer->slots[0].offset, weights);
}

static const struct muster_layer_class class = {
    .name = "dense",
    .forward = forward,
    .backward = backward,
    .init = init,
};

static void place_slots(struct muster_net *net, struct dense *dense)
{
    struct muster_layer *layer = &dense->base;
    const size_t in = layer->in, out = layer->out;
    layer->n_slots = dense->bias ? 2 : 1;
    layer->slots[0] = (struct muster_slot){
        .array = {.name = "weight", .rank = 2, .dims = {out, in}},
        .offset = muster_chain_weights(net, muster_spack_size(in, out)),
        .transposed = out >= PADDING,
        .panels = true,
    };
    if (dense->bias)
        layer->slots[1] = (struct muster_slot){
            .array = {.name = "bias", .rank = 1, .dims = {out}},
            .offset = muster_chain_weights(net, out),
        };
}

/* One that rectifies, where it is the last so far: what comes now is all that reads it. */
static struct dense *rectifier(struct muster_net *net)
{
    struct muster_layer *last = muster_chain_layers(net) > 0 ? muster_chain_last(net) : NULL;
    if (last == NULL || last->class != &class ||
        ((struct dense *)last)->activation != &muster_activation_relu)
        return NULL;
    return (struct dense *)last;
}

enum muster_status muster_chain_dense(struct muster_net *net, size_t units,
                                      const struct muster_activation *activation, bool bias)
{
    struct muster_layer *layer = NULL;
    struct dense *below = rectifier(net);
    const struct muster_shape shape = {.rank = 1, .dims = {units}};
    enum muster_status status = muster_chain_add(net, &class, sizeof(struct dense), &shape, &layer);
    if (status != MUSTER_OK)
        return status;
    struct dense *dense = (struct dense *)layer;
    dense->activation = activation;
    dense->bias = bias;
    dense->below = below;
    if (below != NULL)
        below->rectified = true;
    place_slots(net, dense);
    dense->room = muster_chain_work(net, muster_chain_batch(net) * padded(units));
    if (activation->keeps_slope)
        dense->slope = muster_chain_work(net, muster_chain_batch(net) * padded(units));
    layer->flops_forward = 2.0 * (double)layer->in * (double)layer->out;
    layer->flops_weights = layer->flops_data = layer->flops_forward;
    return MUSTER_OK;
}

static enum muster_status add(struct muster_net *net, const struct muster_block *block)
{
    if (!muster_block_get(block, "units")->set)
        return muster_error(MUSTER_BAD_STUDY,
                            "%s: dense needs `units` (a whole number from 1 to 65536)",
                            block->path);
    enum muster_status status =
        muster_chain_dense(net, (size_t)muster_block_int(block, "units"),
                           muster_nn_activation(muster_block_text(block, "activation")),
                           muster_block_number(block, "bias") != 0);
    if (status == MUSTER_OK)
        ((struct dense *)muster_chain_last(net))->rule =
            (enum muster_init_rule)muster_block_int(block, "init");
    return status;
}

static const struct muster_option options[] = {
    {.name = "units", .type = MUSTER_INT, .low = 1, .high = 65536, .help = "outputs of the layer"},
    MUSTER_ACTIVATION_OPTION,
    MUSTER_BIAS_OPTION,
    MUSTER_INIT_OPTION,
    {0},
};

const struct muster_layer_kind muster_layer_dense = {
    .plugin = {.name = "dense",
               .help = "every output sees every input; flattens images and sequences",
               .options = options,
               .main_option = "units"},
    .add = add,
};
