/* Multi-head self-attention as a layer of its own: y = attention(x), [t][c] -> [t][c], without
 * residual and normalisation (attention.c). Behind the used steps of a row y is 0. */
#include "nn/attention_impl.h"

enum { RUN = 256 }; /* points worked on at a time */

struct layer {
    struct muster_layer base;
    struct attention of;
    size_t rows;         /* of a run */
    size_t below, above; /* work: points of x or its slope, of y or its slope */
};

static struct points side_of(const struct layer *self, const struct muster_layer_pass *pass,
                             const float *edge, bool above)
{
    const size_t width = self->of.width;
    return (struct points){(float *)edge,  above ? pass->ldy : pass->ldx,
                           self->of.steps, width,
                           width,          pass->work + (above ? self->above : self->below)};
}

static void forward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct layer *self = (const struct layer *)layer;
    const struct points x = side_of(self, pass, pass->x, false);
    const struct points y = side_of(self, pass, pass->y, true);
    const size_t width = self->of.width, ld = padded(width);
    attention_begin_forward(&self->of, pass);
    for (size_t row = 0; row < pass->rows;) {
        const struct run run = points_run(pass, self->of.steps, row, self->rows);
        float *to = points_place(&y, &run);
        attention_forward(&self->of, pass, &run, points_load(&x, &run), to);
        muster_activation_identity.forward(&(struct muster_forward_strip){
            .rows = run.points,
            .n = width,
            .x = to,
            .ldx = ld,
            .bias = pass->weights + attention_output_bias(&self->of),
            .y = to,
            .ldy = ld,
        });
        points_store(&y, &run);
        row += run.rows;
    }
}

static void backward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct layer *self = (const struct layer *)layer;
    const struct points x = side_of(self, pass, pass->x, false);
    const struct points dx = side_of(self, pass, pass->dx, false);
    const struct points dy = side_of(self, pass, pass->dy, true);
    attention_begin_backward(&self->of, pass);
    for (size_t row = 0; row < pass->rows;) {
        const struct run run = points_run(pass, self->of.steps, row, self->rows);
        attention_backward(&self->of, pass, &run, points_load(&x, &run), points_load(&dy, &run),
                           0.0f, pass->dx != NULL ? points_place(&dx, &run) : NULL);
        if (pass->dx != NULL)
            points_store(&dx, &run);
        row += run.rows;
    }
}

static void init(const struct muster_layer *layer, struct muster_stream stream, float *weights,
                 float *state)
{
    (void)state;
    attention_init(&((const struct layer *)layer)->of, stream, weights);
}

static const struct muster_layer_class class = {
    .name = "attention",
    .forward = forward,
    .backward = backward,
    .init = init,
};

static enum muster_status add(struct muster_net *net, const struct muster_block *block)
{
    struct muster_layer *layer = NULL;
    const struct muster_shape shape = *muster_chain_shape(net);
    const size_t heads = (size_t)muster_block_int(block, "heads");
    enum muster_status status = attention_check(block, &shape, heads);
    if (status == MUSTER_OK)
        status = muster_chain_add(net, &class, sizeof(struct layer), &shape, &layer);
    if (status != MUSTER_OK)
        return status;
    struct layer *self = (struct layer *)layer;
    const size_t steps = shape.dims[0], width = shape.dims[1];
    self->rows = points_rows(RUN, steps);
    layer->n_slots = ATTENTION_SLOTS;
    self->of = (struct attention){
        .steps = steps,
        .width = width,
        .heads = heads,
        .causal = muster_block_number(block, "causal") != 0 ||
                  muster_chain_task(net) == MUSTER_NEXT_TOKEN,
        .dropout = muster_dropout_rule(muster_block_number(block, "dropout"), layer->index, 0),
        .init = (enum muster_init_rule)muster_block_int(block, "init"),
        .slots = layer->slots,
    };
    attention_place(net, &self->of, self->rows * steps);
    attention_count(&self->of, layer);
    self->below = muster_chain_work(net, self->rows * steps * padded(width));
    self->above = muster_chain_work(net, self->rows * steps * padded(width));
    return MUSTER_OK;
}

static const struct muster_option options[] = {
    ATTENTION_OPTION_HEADS,
    ATTENTION_OPTION_CAUSAL,
    MUSTER_DROPOUT_OPTION("share of the steps' weights set to zero in training"),
    MUSTER_INIT_OPTION,
    {0},
};

const struct muster_layer_kind muster_layer_attention = {
    .plugin = {.name = "attention",
               .help = "multi-head self-attention: each step a mixture of all, [t][c] -> [t][c]",
               .options = options,
               .main_option = "heads"},
    .add = add,
};
