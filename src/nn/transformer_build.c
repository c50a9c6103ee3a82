/* A transformer block as it is built: its arrays, work space, fresh weights and costs. */
#include "nn/transformer_impl.h"

#include "muster/linalg.h"

enum { RUN = 256 }; /* points worked on at a time */

static void init(const struct muster_layer *layer, struct muster_stream stream, float *weights,
                 float *state)
{
    const struct transformer *self = (const struct transformer *)layer;
    (void)state;
    attention_init(&self->attention, stream, weights);
    for (size_t i = WEIGHT_LINEAR1; i <= WEIGHT_LINEAR2; i += WEIGHT_LINEAR2 - WEIGHT_LINEAR1) {
        const size_t in = i == WEIGHT_LINEAR1 ? self->width : self->hidden;
        const size_t out = i == WEIGHT_LINEAR1 ? self->hidden : self->width;
        muster_init_matrix(
            &(struct muster_init){.rule = self->attention.init,
                                  .rectifier = i == WEIGHT_LINEAR1 && self->activation->rectifier,
                                  .fan_in = (double)in,
                                  .fan_out = (double)out,
                                  .rows = in,
                                  .cols = out},
            stream, self->slots[i].offset, weights);
    }
    for (size_t k = 0; k < self->width; k++)
        weights[self->slots[WEIGHT_NORM1].offset + k] =
            weights[self->slots[WEIGHT_NORM2].offset + k] = 1.0f;
}

static const struct muster_layer_class class = {
    .name = "transformer",
    .forward = transformer_forward,
    .backward = transformer_backward,
    .init = init,
};

static void place_slots(struct muster_net *net, struct transformer *self)
{
    static const char *const names[] = {
        [WEIGHT_LINEAR1] = "weight_linear1", [BIAS_LINEAR1] = "bias_linear1",
        [WEIGHT_LINEAR2] = "weight_linear2", [BIAS_LINEAR2] = "bias_linear2",
        [WEIGHT_NORM1] = "weight_norm1",     [BIAS_NORM1] = "bias_norm1",
        [WEIGHT_NORM2] = "weight_norm2",     [BIAS_NORM2] = "bias_norm2",
    };
    for (size_t i = WEIGHT_LINEAR1; i < SLOTS; i++) {
        const bool matrix = i == WEIGHT_LINEAR1 || i == WEIGHT_LINEAR2, second = i > BIAS_LINEAR1;
        const size_t out = second ? self->width : self->hidden;
        const size_t in = second ? self->hidden : self->width;
        self->slots[i] = (struct muster_slot){
            .array = {.name = names[i], .rank = matrix ? 2 : 1, .dims = {out, matrix ? in : 1}},
            .offset = muster_chain_weights(net, matrix ? out * in : out),
            .transposed = matrix,
        };
    }
}

static void place_work(struct muster_net *net, struct transformer *self)
{
    const size_t points = self->rows * self->steps, all = muster_chain_batch(net) * self->steps;
    const size_t ld = padded(self->width), ldh = padded(self->hidden);
    const bool drops = self->dropout[BEHIND_LINEAR2].threshold > 0;
    self->first = muster_chain_work(net, self->pre ? 0 : all * ld);
    self->second = muster_chain_work(net, all * ld);
    self->moments1 = muster_chain_work(net, 2 * all);
    self->moments2 = muster_chain_work(net, 2 * all);
    self->active = muster_chain_work(net, all * ldh);
    self->slope = muster_chain_work(net, self->activation->keeps_slope ? all * ldh : 0);
    self->normal = muster_chain_work(net, points * ld);
    self->part = muster_chain_work(net, points * ld);
    self->sum = muster_chain_work(net, points * ld);
    self->wide = muster_chain_work(net, points * ldh);
    self->thin = muster_chain_work(net, drops ? points * ldh : 0);
    self->factors = muster_chain_work(net, drops ? points * (ld > ldh ? ld : ldh) : 0);
    self->below = muster_chain_work(net, points * ld);
    self->above = muster_chain_work(net, points * ld);
    self->bias = muster_chain_work(net, self->hidden);
    const size_t there = muster_spack_size(self->hidden, self->width);
    const size_t back = muster_spack_size(self->width, self->hidden);
    self->linear1_packed = muster_chain_work(net, there > back ? there : back);
    self->linear2_packed = muster_chain_work(net, there > back ? there : back);
}

enum muster_status muster_chain_transformer(struct muster_net *net,
                                            const struct transformer_setup *setup)
{
    struct muster_layer *layer = NULL;
    const struct muster_shape shape = *muster_chain_shape(net);
    enum muster_status status =
        muster_chain_add(net, &class, sizeof(struct transformer), &shape, &layer);
    if (status != MUSTER_OK)
        return status;
    struct transformer *self = (struct transformer *)layer;
    self->steps = shape.dims[0];
    self->width = shape.dims[1];
    self->hidden = setup->feedforward;
    self->pre = setup->pre;
    self->activation = setup->activation;
    self->rows = points_rows(RUN, self->steps);
    for (size_t i = 0; i < SITES; i++)
        self->dropout[i] = muster_dropout_rule(setup->dropout, layer->index, i);
    layer->slots = self->slots;
    layer->n_slots = SLOTS;
    self->attention = (struct attention){.steps = self->steps,
                                         .width = self->width,
                                         .heads = setup->heads,
                                         .causal = setup->causal,
                                         .dropout = self->dropout[0],
                                         .init = setup->init,
                                         .slots = self->slots};
    attention_place(net, &self->attention, self->rows * self->steps);
    place_slots(net, self);
    place_work(net, self);
    layer->flops_forward = 4.0 * (double)(self->steps * self->width) * (double)self->hidden;
    layer->flops_weights = 2.0 * layer->flops_forward; /* the attention wants its slopes too */
    attention_count(&self->attention, layer);
    return MUSTER_OK;
}
