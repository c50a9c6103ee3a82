/* The family `mlp`: dense layers of equal width, each followed by dropout. With a normalisation the
 * activation stands behind it, and the dense layer goes without the bias that it would take away.
 */
#include "nn/nn_impl.h"

/* The values of the option `norm`, in its order. */
static enum muster_status (*const norms[])(struct muster_net *net) = {NULL, muster_chain_batchnorm,
                                                                      muster_chain_layernorm};

static enum muster_status add_norm(struct muster_net *net, size_t norm,
                                   const struct muster_activation *activation)
{
    enum muster_status status = MUSTER_OK;
    MUSTER_TRY(norms[norm](net));
    MUSTER_TRY(muster_chain_activation(net, activation));
done:
    return status;
}

static enum muster_status add(struct muster_net *net, const struct muster_block *block)
{
    enum muster_status status = MUSTER_OK;
    const size_t layers = (size_t)muster_block_int(block, "layers");
    const size_t units = (size_t)muster_block_int(block, "units");
    const size_t norm = (size_t)muster_block_int(block, "norm");
    const double rate = muster_block_number(block, "dropout");
    const struct muster_activation *activation =
        muster_nn_activation(muster_block_text(block, "activation"));
    for (size_t i = 0; i < layers; i++) {
        MUSTER_TRY(muster_chain_dense(
            net, units, norm == 0 ? activation : &muster_activation_identity, norm == 0));
        if (norm != 0)
            MUSTER_TRY(add_norm(net, norm, activation));
        MUSTER_TRY(muster_chain_dropout(net, rate));
    }
done:
    return status;
}

static const struct muster_option options[] = {
    {.name = "layers",
     .type = MUSTER_INT,
     .standard = "2",
     .low = 1,
     .high = 100,
     .help = "hidden layers"},
    {.name = "units",
     .type = MUSTER_INT,
     .standard = "64",
     .low = 1,
     .high = 65536,
     .help = "outputs of each hidden layer"},
    MUSTER_ACTIVATION_OPTION,
    MUSTER_NORM_OPTION("normalisation between each layer and its activation"),
    MUSTER_DROPOUT_OPTION("share of each layer's outputs set to zero in training"),
    {0},
};

const struct muster_layer_kind muster_layer_mlp = {
    .plugin = {.name = "mlp",
               .help = "a family: dense layers of equal width",
               .options = options,
               .ranges = "{layers: {int: [1, 4]}, units: {int: [16, 512], log: true}, "
                         "activation: {choice: [relu, gelu, tanh]}, "
                         "norm: {choice: [none, batch, layer]}, dropout: {float: [0, 0.5]}}"},
    .add = add,
};
