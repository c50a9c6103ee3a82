/* A convolution along the steps of a sequence [t][c]; weight [filters][kernel][c / groups].
 */
#include "nn/conv_impl.h"

static enum muster_status add(struct muster_net *net, const struct muster_block *block)
{
    return muster_conv_add(net, block, WINDOW_SEQUENCE);
}

const struct muster_layer_kind muster_layer_conv1d = {
    .plugin = {.name = "conv1d",
               .help = "a convolution along a sequence [t][c]",
               .options = muster_conv_options,
               .main_option = "filters"},
    .add = add,
    .ahead = true,
};
