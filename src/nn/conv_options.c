/* What conv1d and conv2d have in common as kinds of `network:`. */
#include "nn/conv_impl.h"

enum muster_status muster_conv_add(struct muster_net *net, const struct muster_block *block,
                                   enum window_over over)
{
    if (!muster_block_get(block, "filters")->set)
        return muster_error(MUSTER_BAD_STUDY,
                            "%s: %s needs `filters` (a whole number from 1 to 65536)", block->path,
                            block->kind);
    return muster_chain_conv(
        net, &(struct muster_conv){
                 .window = {.path = block->path,
                            .kind = block->kind,
                            .size_name = "kernel",
                            .over = over,
                            .size = (size_t)muster_block_int(block, "kernel"),
                            .stride = (size_t)muster_block_int(block, "stride"),
                            .dilation = (size_t)muster_block_int(block, "dilation"),
                            .padding = window_padding(block)},
                 .filters = (size_t)muster_block_int(block, "filters"),
                 .groups = (size_t)muster_block_int(block, "groups"),
                 .activation = muster_nn_activation(muster_block_text(block, "activation")),
                 .bias = muster_block_number(block, "bias") != 0,
                 .rule = (enum muster_init_rule)muster_block_int(block, "init")});
}

const struct muster_option muster_conv_options[] = {
    {.name = "filters",
     .type = MUSTER_INT,
     .low = 1,
     .high = 65536,
     .help = "channels of the output"},
    {.name = "kernel",
     .type = MUSTER_INT,
     .standard = "3",
     .low = 1,
     .high = 1024,
     .help = "places that an output sees along each axis"},
    {.name = "stride",
     .type = MUSTER_INT,
     .standard = "1",
     .low = 1,
     .high = 256,
     .help = "places from one output to the next"},
    {.name = "padding",
     .type = MUSTER_INT,
     .standard = "same",
     .low = 0,
     .high = 1024,
     .words = "same|valid",
     .help = "zeros on either side; same: an output for each stride, valid: none"},
    {.name = "dilation",
     .type = MUSTER_INT,
     .standard = "1",
     .low = 1,
     .high = 1024,
     .help = "distance of the places an output sees"},
    {.name = "groups",
     .type = MUSTER_INT,
     .standard = "1",
     .low = 1,
     .high = 65536,
     .help = "parts of the channels that do not see each other"},
    MUSTER_ACTIVATION_OPTION,
    MUSTER_BIAS_OPTION,
    MUSTER_INIT_OPTION,
    {0},
};
