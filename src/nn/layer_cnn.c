/* The family `cnn`: blocks of convolutions, each followed by a max pool that halves the image or
 * sequence, with twice the filters from block to block (Simonyan, Zisserman, ICLR 2015); then one
 * dense layer with dropout. With a normalisation the activation stands behind it, and the
 * convolution goes without the bias that it would take away. */
#include "nn/conv_impl.h"
#include "nn/pool_impl.h"

enum { NONE, BATCH }; /* of the option `norm`; else layer */

struct family {
    const char *path;
    size_t convs, filters, kernel, norm;
    const struct muster_activation *activation;
};

static enum muster_status add_conv(struct muster_net *net, const struct family *of)
{
    enum muster_status status = MUSTER_OK;
    const bool plain = of->norm == NONE;
    MUSTER_TRY(muster_chain_conv(
        net,
        &(struct muster_conv){.window = {.path = of->path,
                                         .kind = "cnn",
                                         .size_name = "kernel",
                                         .size = of->kernel,
                                         .stride = 1,
                                         .dilation = 1,
                                         .padding = WINDOW_SAME},
                              .filters = of->filters,
                              .groups = 1,
                              .activation = plain ? of->activation : &muster_activation_identity,
                              .bias = plain,
                              .rectifier = of->activation->rectifier}));
    if (of->norm == BATCH)
        MUSTER_TRY(muster_chain_batchnorm_then(net, of->activation));
    else if (!plain) {
        MUSTER_TRY(muster_chain_layernorm(net));
        MUSTER_TRY(muster_chain_activation(net, of->activation));
    }
done:
    return status;
}

static enum muster_status add_block(struct muster_net *net, const struct family *of)
{
    enum muster_status status = MUSTER_OK;
    for (size_t i = 0; i < of->convs; i++)
        MUSTER_TRY(add_conv(net, of));
    MUSTER_TRY(muster_chain_pool(
        net,
        &(struct muster_pool){.class = &muster_maxpool, .path = of->path, .size = 2, .stride = 2}));
done:
    return status;
}

/* Halving must leave something. */
static enum muster_status check_blocks(struct muster_net *net, const char *path, size_t blocks)
{
    const struct muster_shape *shape = muster_chain_shape(net);
    size_t least = shape->dims[0], most = 0;
    if (shape->rank == 3 && shape->dims[1] < least)
        least = shape->dims[1];
    for (size_t n = least; n > 1; n /= 2)
        most++;
    if (shape->rank == 1 || blocks <= most)
        return MUSTER_OK;
    return muster_error(MUSTER_BAD_STUDY,
                        "%s: %zu blocks, each of which halves an input of %zu places (at most %zu)",
                        path, blocks, least, most);
}

static enum muster_status add(struct muster_net *net, const struct muster_block *block)
{
    enum muster_status status = MUSTER_OK;
    const size_t blocks = (size_t)muster_block_int(block, "blocks");
    struct family of = {.path = block->path,
                        .convs = (size_t)muster_block_int(block, "convs"),
                        .filters = (size_t)muster_block_int(block, "filters"),
                        .kernel = (size_t)muster_block_int(block, "kernel"),
                        .norm = (size_t)muster_block_int(block, "norm"),
                        .activation = muster_nn_activation(muster_block_text(block, "activation"))};
    MUSTER_TRY(check_blocks(net, block->path, blocks));
    for (size_t i = 0; i < blocks; i++, of.filters *= 2)
        MUSTER_TRY(add_block(net, &of));
    MUSTER_TRY(
        muster_chain_dense(net, (size_t)muster_block_int(block, "units"), of.activation, true));
    MUSTER_TRY(muster_chain_dropout(net, muster_block_number(block, "dropout")));
done:
    return status;
}

static const struct muster_option options[] = {
    {.name = "blocks",
     .type = MUSTER_INT,
     .standard = "2",
     .low = 1,
     .high = 10,
     .help = "blocks of convolutions and a pool that halves"},
    {.name = "convs",
     .type = MUSTER_INT,
     .standard = "1",
     .low = 1,
     .high = 10,
     .help = "convolutions of each block"},
    {.name = "filters",
     .type = MUSTER_INT,
     .standard = "32",
     .low = 1,
     .high = 4096,
     .help = "filters of the first block's convolutions; each next block has twice as many"},
    {.name = "kernel",
     .type = MUSTER_INT,
     .standard = "3",
     .low = 1,
     .high = 1024,
     .help = "places that an output sees along each axis"},
    {.name = "units",
     .type = MUSTER_INT,
     .standard = "128",
     .low = 1,
     .high = 65536,
     .help = "outputs of the dense layer behind the blocks"},
    MUSTER_ACTIVATION_OPTION,
    MUSTER_NORM_OPTION("normalisation between each convolution and its activation"),
    MUSTER_DROPOUT_OPTION("share of the dense layer's outputs set to zero in training"),
    {0},
};

const struct muster_layer_kind muster_layer_cnn = {
    .plugin = {.name = "cnn",
               .help = "a family: convolutions and pools, then a dense layer; images and sequences",
               .options = options,
               .ranges = "{blocks: {int: [1, 3]}, convs: {int: [1, 2]}, "
                         "filters: {int: [8, 64], log: true}, units: {int: [32, 512], log: true}, "
                         "norm: {choice: [none, batch]}, dropout: {float: [0, 0.5]}}"},
    .add = add,
};
