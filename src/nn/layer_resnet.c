/* The family `resnet` (He, Zhang, Ren, Sun, CVPR 2016, section 4.2, with projections): a
 * convolution, then stages of blocks y = relu(bn(conv(relu(bn(conv(x))))) + x) of 3 x 3
 * convolutions. The first block of each stage but the first halves the image (stride 2) and doubles
 * the filters; where shapes differ, x goes through a 1 x 1 convolution and a batchnorm. The mean of
 * each channel goes to the output layer. Sequences have the same along their steps. */
#include "nn/conv_impl.h"
#include "nn/pool_impl.h"

static enum muster_status add_conv(struct muster_net *net, const char *path, size_t filters,
                                   size_t kernel, size_t stride,
                                   const struct muster_activation *activation)
{
    enum muster_status status = MUSTER_OK;
    MUSTER_TRY(
        muster_chain_conv(net, &(struct muster_conv){.window = {.path = path,
                                                                .kind = "resnet",
                                                                .size_name = "kernel",
                                                                .size = kernel,
                                                                .stride = stride,
                                                                .dilation = 1,
                                                                .padding = kernel / 2},
                                                     .filters = filters,
                                                     .groups = 1,
                                                     .activation = &muster_activation_identity,
                                                     .rectifier = true}));
    MUSTER_TRY(muster_chain_batchnorm_then(net, activation));
done:
    return status;
}

static enum muster_status add_block(struct muster_net *net, const char *path, size_t filters,
                                    size_t stride)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_shape *shape = muster_chain_shape(net);
    const bool same = stride == 1 && shape->dims[shape->rank - 1] == filters;
    const struct muster_activation *none = &muster_activation_identity;
    struct muster_layer *fork = NULL;
    MUSTER_TRY(muster_chain_fork(net, &fork));
    if (!same) {
        MUSTER_TRY(add_conv(net, path, filters, 1, stride, none));
        MUSTER_TRY(muster_chain_resume(net, fork));
    }
    MUSTER_TRY(add_conv(net, path, filters, 3, stride, &muster_activation_relu));
    MUSTER_TRY(add_conv(net, path, filters, 3, 1, none));
    MUSTER_TRY(muster_chain_join(net, fork, &muster_activation_relu));
done:
    return status;
}

static enum muster_status add(struct muster_net *net, const struct muster_block *block)
{
    enum muster_status status = MUSTER_OK;
    const size_t stages = (size_t)muster_block_int(block, "stages");
    const size_t blocks = (size_t)muster_block_int(block, "blocks");
    size_t filters = (size_t)muster_block_int(block, "filters");
    MUSTER_TRY(add_conv(net, block->path, filters, 3, 1, &muster_activation_relu));
    for (size_t i = 0; i < stages; i++, filters *= 2)
        for (size_t j = 0; j < blocks; j++)
            MUSTER_TRY(add_block(net, block->path, filters, i > 0 && j == 0 ? 2 : 1));
    MUSTER_TRY(muster_chain_globalpool(net, false));
    MUSTER_TRY(muster_chain_dropout(net, muster_block_number(block, "dropout")));
done:
    return status;
}

static const struct muster_option options[] = {
    {.name = "stages",
     .type = MUSTER_INT,
     .standard = "3",
     .low = 1,
     .high = 6,
     .help = "stages, each of half the image and twice the filters of the one before"},
    {.name = "blocks",
     .type = MUSTER_INT,
     .standard = "1",
     .low = 1,
     .high = 50,
     .help = "blocks of two convolutions in each stage"},
    {.name = "filters",
     .type = MUSTER_INT,
     .standard = "16",
     .low = 1,
     .high = 2048,
     .help = "filters of the first stage"},
    MUSTER_DROPOUT_OPTION("share of the channels' means set to zero in training"),
    {0},
};

const struct muster_layer_kind muster_layer_resnet = {
    .plugin = {.name = "resnet",
               .help = "a family: residual blocks with batchnorm; images and sequences",
               .options = options,
               .ranges = "{stages: {int: [2, 3]}, blocks: {int: [1, 3]}, "
                         "filters: {int: [8, 32], log: true}, dropout: {float: [0, 0.5]}}"},
    .add = add,
};
