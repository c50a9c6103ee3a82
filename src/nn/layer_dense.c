/* Dense: y = f(x W + b). W is kept [in][out]; only where there are fewer units than rows are padded
 * to it is kept [out][in], so that its gradient has no columns that are padding.
 *
 * Biases start at zero. */
#include "nn/init_impl.h"

#include "muster/linalg.h"

struct dense {
    struct muster_layer base;
    const struct muster_activation *activation;
    enum muster_init_rule rule;
    bool bias;
    bool narrow;  /* W is kept [out][in] */
    size_t slope; /* work: [batch][ldy], where the activation keeps it */
};

static const struct dense *dense_of(const struct muster_layer *layer)
{
    return (const struct dense *)layer;
}

static void forward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct dense *dense = dense_of(layer);
    const size_t in = layer->in, out = layer->out;
    muster_sgemm(false, dense->narrow, pass->rows, out, in, 1.0f, pass->x, pass->ldx,
                 pass->weights + layer->slots[0].offset, dense->narrow ? in : out, 0.0f, pass->y,
                 pass->ldy);
    dense->activation->forward(&(struct muster_forward_strip){
        .rows = pass->rows,
        .n = out,
        .x = pass->y,
        .ldx = pass->ldy,
        .bias = dense->bias ? pass->weights + layer->slots[1].offset : NULL,
        .y = pass->y,
        .ldy = pass->ldy,
        .slope = dense->activation->keeps_slope && pass->random != NULL ? pass->work + dense->slope
                                                                        : NULL,
    });
}

static void gradient_of_weights(const struct muster_layer *layer,
                                const struct muster_layer_pass *pass)
{
    const size_t in = layer->in, out = layer->out;
    float *gradient = pass->gradients + layer->slots[0].offset;
    if (dense_of(layer)->narrow)
        muster_sgemm(true, false, out, in, pass->rows, 1.0f, pass->dy, pass->ldy, pass->x,
                     pass->ldx, 0.0f, gradient, in);
    else
        muster_sgemm(true, false, in, out, pass->rows, 1.0f, pass->x, pass->ldx, pass->dy,
                     pass->ldy, 0.0f, gradient, out);
}

static void gradient_of_x(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const size_t in = layer->in, out = layer->out;
    const bool narrow = dense_of(layer)->narrow;
    muster_sgemm(false, !narrow, pass->rows, in, out, 1.0f, pass->dy, pass->ldy,
                 pass->weights + layer->slots[0].offset, narrow ? in : out, 0.0f, pass->dx,
                 pass->ldx);
}

static void backward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct dense *dense = dense_of(layer);
    dense->activation->backward(&(struct muster_backward_strip){
        .rows = pass->rows,
        .n = layer->out,
        .ld = pass->ldy,
        .kept = dense->activation->keeps_slope ? pass->work + dense->slope : pass->y,
        .dy = pass->dy,
        .dx = pass->dy,
        .bias_gradient = dense->bias ? pass->gradients + layer->slots[1].offset : NULL,
    });
    gradient_of_weights(layer, pass);
    if (pass->dx != NULL)
        gradient_of_x(layer, pass);
}

static void init(const struct muster_layer *layer, struct muster_stream stream, float *weights,
                 float *state)
{
    const struct dense *dense = dense_of(layer);
    (void)state;
    muster_init_matrix(&(struct muster_init){.rule = dense->rule,
                                             .rectifier = dense->activation->rectifier,
                                             .fan_in = (double)layer->in,
                                             .fan_out = (double)layer->out,
                                             .rows = dense->narrow ? layer->out : layer->in,
                                             .cols = dense->narrow ? layer->in : layer->out},
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
        .offset = muster_chain_weights(net, in * out),
        .transposed = !dense->narrow,
    };
    if (dense->bias)
        layer->slots[1] = (struct muster_slot){
            .array = {.name = "bias", .rank = 1, .dims = {out}},
            .offset = muster_chain_weights(net, out),
        };
}

enum muster_status muster_chain_dense(struct muster_net *net, size_t units,
                                      const struct muster_activation *activation, bool bias)
{
    struct muster_layer *layer = NULL;
    const struct muster_shape shape = {.rank = 1, .dims = {units}};
    enum muster_status status = muster_chain_add(net, &class, sizeof(struct dense), &shape, &layer);
    if (status != MUSTER_OK)
        return status;
    struct dense *dense = (struct dense *)layer;
    dense->activation = activation;
    dense->bias = bias;
    dense->narrow = units < PADDING;
    place_slots(net, dense);
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
