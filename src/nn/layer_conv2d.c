/* A convolution over an image [h][w][c], or [h][w] of one channel; weight
 * [filters][kernel][kernel][c / groups].
 */
#include "nn/conv_impl.h"

static enum muster_status add(struct muster_net *net, const struct muster_block *block)
{
    return muster_conv_add(net, block, WINDOW_IMAGE);
}

const struct muster_layer_kind muster_layer_conv2d = {
    .plugin = {.name = "conv2d",
               .help = "a convolution over an image [h][w][c]; [h][w] has one channel",
               .options = muster_conv_options,
               .main_option = "filters"},
    .add = add,
    .ahead = true,
};
