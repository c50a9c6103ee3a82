/* Transformer encoder blocks (transformer_block.c), one behind the other. Without `width` they
 * stand on the sequence as it comes, [t][c] -> [t][c]. With `width`, and on tokens, they are a
 * family, a whole network but for its output (Vaswani et al., NIPS 2017): tokens are embedded,
 * other sequences projected, to `width` numbers a step, rounded up to a multiple of the heads;
 * sinusoidal positions and dropout follow, the blocks, behind pre-normalised ones a last
 * normalisation, and the mean over the used steps, unless each step is to tell the next token. */
#include "nn/pool_impl.h"
#include "nn/transformer_impl.h"

enum { WIDTH_OF_TOKENS = 64 }; /* where none is given */

static enum muster_status add_entry(struct muster_net *net, size_t width, double dropout)
{
    enum muster_status status = MUSTER_OK;
    const size_t vocabulary = muster_chain_vocabulary(net);
    if (vocabulary > 0)
        MUSTER_TRY(muster_chain_embedding(net, width, vocabulary));
    else
        MUSTER_TRY(muster_chain_pointwise(net, width, false));
    MUSTER_TRY(muster_chain_positional(net, false));
    MUSTER_TRY(muster_chain_dropout(net, dropout));
done:
    return status;
}

static enum muster_status add_exit(struct muster_net *net, bool pre)
{
    enum muster_status status = MUSTER_OK;
    if (pre)
        MUSTER_TRY(muster_chain_layernorm(net));
    if (muster_chain_task(net) != MUSTER_NEXT_TOKEN)
        MUSTER_TRY(muster_chain_globalpool(net, false));
done:
    return status;
}

static enum muster_status check(const struct muster_net *net, const struct muster_block *block,
                                const struct muster_shape *shape, size_t heads)
{
    const bool family = muster_block_get(block, "width")->set;
    if (muster_chain_vocabulary(net) > 0 || (family && shape->rank == 2))
        return MUSTER_OK;
    return attention_check(block, shape, family ? 1 : heads);
}

static struct transformer_setup setup_of(const struct muster_net *net,
                                         const struct muster_block *block, size_t width)
{
    const struct muster_value *feedforward = muster_block_get(block, "feedforward");
    return (struct transformer_setup){
        .heads = (size_t)muster_block_int(block, "heads"),
        .feedforward = feedforward->set ? (size_t)feedforward->number : 4 * width,
        .dropout = muster_block_number(block, "dropout"),
        .pre = muster_block_int(block, "norm") == 0,
        .causal = muster_block_number(block, "causal") != 0 ||
                  muster_chain_task(net) == MUSTER_NEXT_TOKEN,
        .activation = muster_nn_activation(muster_block_text(block, "activation")),
        .init = (enum muster_init_rule)muster_block_int(block, "init"),
    };
}

static enum muster_status add(struct muster_net *net, const struct muster_block *block)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_value *given = muster_block_get(block, "width");
    const size_t heads = (size_t)muster_block_int(block, "heads");
    const size_t layers = (size_t)muster_block_int(block, "layers");
    MUSTER_TRY(check(net, block, muster_chain_shape(net), heads));
    const bool family = given->set || muster_chain_vocabulary(net) > 0;
    const size_t wanted = given->set ? (size_t)given->number : WIDTH_OF_TOKENS;
    const size_t width =
        family ? (wanted + heads - 1) / heads * heads : muster_chain_shape(net)->dims[1];
    const struct transformer_setup setup = setup_of(net, block, width);
    if (family)
        MUSTER_TRY(add_entry(net, width, setup.dropout));
    for (size_t i = 0; i < layers; i++)
        MUSTER_TRY(muster_chain_transformer(net, &setup));
    if (family)
        MUSTER_TRY(add_exit(net, setup.pre));
done:
    return status;
}

static const struct muster_option options[] = {
    {.name = "layers",
     .type = MUSTER_INT,
     .standard = "1",
     .low = 1,
     .high = 100,
     .help = "blocks, one behind the other"},
    {.name = "width",
     .type = MUSTER_INT,
     .low = 1,
     .high = 65536,
     .help =
         "numbers a step within a whole network: embedding, positions, blocks, mean over the "
         "steps; absent: the blocks alone, on the sequence as it is, or 64 where it is of tokens"},
    ATTENTION_OPTION_HEADS,
    {.name = "feedforward",
     .type = MUSTER_INT,
     .low = 1,
     .high = 65536,
     .help = "hidden numbers a step between attentions; absent: 4 times those of a step"},
    MUSTER_DROPOUT_OPTION(
        "share set to zero in training, of attention, hidden numbers and each part's result"),
    {.name = "norm",
     .type = MUSTER_WORD,
     .standard = "pre",
     .words = "pre|post",
     .help = "normalise what each part sees, or its sum with what it makes"},
    ATTENTION_OPTION_CAUSAL,
    {.name = "activation",
     .type = MUSTER_WORD,
     .standard = "relu",
     .registry = &muster_nn_activations,
     .help = "function applied to each hidden number"},
    MUSTER_INIT_OPTION,
    {0},
};

const struct muster_layer_kind muster_layer_transformer = {
    .plugin = {.name = "transformer",
               .help = "blocks of self-attention and dense layers on a sequence; with `width`, and "
                       "on tokens, a family: a whole network",
               .options = options,
               .ranges = "{layers: {int: [1, 4]}, width: {int: [32, 256], log: true}, "
                         "heads: {choice: [2, 4, 8]}, dropout: {float: [0, 0.3]}, "
                         "norm: {choice: [pre, post]}, activation: {choice: [relu, gelu]}}"},
    .add = add,
    .tokens = true,
};
