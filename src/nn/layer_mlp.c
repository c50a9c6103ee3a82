/* The family `mlp`: dense layers of equal width, each followed by dropout. */
#include "nn/nn_impl.h"

static enum muster_status add(struct muster_net *net, const struct muster_block *block)
{
    enum muster_status status = MUSTER_OK;
    const size_t layers = (size_t)muster_block_int(block, "layers");
    const size_t units = (size_t)muster_block_int(block, "units");
    const double rate = muster_block_number(block, "dropout");
    const struct muster_activation *activation =
        muster_nn_activation(muster_block_text(block, "activation"));
    for (size_t i = 0; i < layers; i++) {
        MUSTER_TRY(muster_chain_dense(net, units, activation, true));
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
    {.name = "activation",
     .type = MUSTER_WORD,
     .standard = "relu",
     .registry = &muster_nn_activations,
     .help = "function applied to each output"},
    {.name = "dropout",
     .type = MUSTER_REAL,
     .standard = "0",
     .low = 0,
     .high = 0.99,
     .help = "share of each layer's outputs set to zero in training"},
    {0},
};

const struct muster_layer_kind muster_layer_mlp = {
    .plugin = {.name = "mlp", .help = "a family: dense layers of equal width", .options = options},
    .add = add,
};
