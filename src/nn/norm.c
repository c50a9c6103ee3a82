/* The part of normalising layers that is the same for all. */
#include "nn/norm_impl.h"

enum muster_status muster_norm_add(struct muster_net *net, const struct muster_layer_class *class,
                                   size_t size, struct norm **norm)
{
    struct muster_layer *layer = NULL;
    const struct muster_shape shape = *muster_chain_shape(net);
    enum muster_status status = muster_chain_add(net, class, size, &shape, &layer);
    if (status != MUSTER_OK)
        return status;
    static const char *const names[] = {[WEIGHT] = "weight", [BIAS] = "bias"};
    *norm = (struct norm *)layer;
    (*norm)->channels = shape.dims[shape.rank - 1];
    (*norm)->points = layer->out / (*norm)->channels;
    layer->n_slots = NORM_SLOTS;
    for (size_t i = 0; i < NORM_SLOTS; i++)
        layer->slots[i] = (struct muster_slot){
            .array = {.name = names[i], .rank = 1, .dims = {(*norm)->channels}},
            .offset = muster_chain_weights(net, (*norm)->channels),
        };
    return MUSTER_OK;
}

void muster_norm_init(const struct muster_layer *layer, struct muster_stream stream, float *weights,
                      float *state)
{
    (void)stream;
    (void)state;
    for (size_t k = 0; k < ((const struct norm *)layer)->channels; k++)
        weights[layer->slots[WEIGHT].offset + k] = 1.0f;
}
