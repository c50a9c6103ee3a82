/* What the tests of nn share: blocks from the tables of plug-ins, filled without knowing them. */
#ifndef MUSTER_TESTS_NN_H
#define MUSTER_TESTS_NN_H

#include "muster/nn.h"
#include "../unit.h"

#include <math.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

/* Layers that leave the shape as it is. */
static inline void hold_layers(struct muster_block *block)
{
    static const char *const held[] = {"layernorm", "activation"};
    block->n_children = 2;
    block->children = muster_alloc(2, sizeof *block->children);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(muster_block_default(muster_registry_find(&muster_nn_layers, held[i]),
                                              &block->children[i]),
                         MUSTER_OK);
}

/* Branches `deep`, `bare` and `shallow`, of some layers, of none and of some. */
static inline void hold_branches(struct muster_block *block)
{
    static const char *const names[] = {"deep", "bare", "shallow"};
    block->n_children = 3;
    block->children = muster_alloc(3, sizeof *block->children);
    for (size_t i = 0; i < 3; i++) {
        block->children[i] = (struct muster_block){.kind = names[i], .path = "", .branch = true};
        if (i != 1)
            hold_layers(&block->children[i]);
    }
}

/* A plug-in's defaults, and 5 (within bounds) for numbers that have none; with layers in it where
 * it holds any. */
static inline struct muster_block block_of(const struct muster_plugin *plugin)
{
    struct muster_block block;
    assert_int_equal(muster_block_default(plugin, &block), MUSTER_OK);
    if (plugin->nests)
        hold_layers(&block);
    if (plugin->branches)
        hold_branches(&block);
    for (size_t i = 0; i < block.n; i++)
        if (!block.values[i].set)
            muster_block_set(&block, block.options[i]->name,
                             fmin(fmax(5, block.options[i]->low), block.options[i]->high), NULL);
    return block;
}

static inline struct muster_block layer_block(const char *kind)
{
    return block_of(muster_registry_find(&muster_nn_layers, kind));
}

static inline struct muster_stream noise(int64_t which)
{
    return muster_stream_of(5, which, -1, MUSTER_FOR_NOISE);
}

static inline struct muster_net *net_of(const struct muster_net_setup *setup)
{
    struct muster_net *net = NULL;
    assert_int_equal(muster_net_create(setup, &net), MUSTER_OK);
    muster_net_init(net, noise(1));
    return net;
}

/* A net and the list of layers that it was made of. */
struct layered {
    struct muster_block layers[8];
    size_t n;
    struct muster_net *net;
};

static inline void close_layered(struct layered *side)
{
    for (size_t i = 0; i < side->n; i++)
        muster_block_clear(&side->layers[i]);
    muster_net_destroy(&side->net);
}

#endif
