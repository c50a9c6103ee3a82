/* What the tests of nn share: blocks from the tables of plug-ins, filled without knowing them. */
#ifndef MUSTER_TESTS_NN_H
#define MUSTER_TESTS_NN_H

#include "muster/nn.h"
#include "../unit.h"

#include <math.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

/* A plug-in's defaults, and 5 (within bounds) for numbers that have none; layers that leave the
 * shape as it is where it holds any. */
static inline struct muster_block block_of(const struct muster_plugin *plugin)
{
    static const char *const held[] = {"layernorm", "activation"};
    struct muster_block block;
    assert_int_equal(muster_block_default(plugin, &block), MUSTER_OK);
    if (plugin->nests) {
        block.n_children = 2;
        block.children = muster_alloc(2, sizeof *block.children);
        for (size_t i = 0; i < 2; i++)
            assert_int_equal(muster_block_default(muster_registry_find(&muster_nn_layers, held[i]),
                                                  &block.children[i]),
                             MUSTER_OK);
    }
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

#endif
