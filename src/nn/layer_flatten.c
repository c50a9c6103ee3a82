/* Flatten: a row's numbers as they lie, without image or sequence around them. Only the shape
 * changes, so nothing is left of it on the chain. */
#include "nn/nn_impl.h"

static enum muster_status add(struct muster_net *net, const struct muster_block *block)
{
    (void)block;
    struct muster_shape *shape = muster_chain_shape(net);
    *shape = (struct muster_shape){.rank = 1, .dims = {muster_shape_size(shape)}};
    return MUSTER_OK;
}

const struct muster_layer_kind muster_layer_flatten = {
    .plugin = {.name = "flatten", .help = "an image or sequence as plain numbers"},
    .add = add,
};
