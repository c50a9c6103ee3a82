/* The network itself, for the files that make it up. */
#ifndef MUSTER_NN_NET_IMPL_H
#define MUSTER_NN_NET_IMPL_H

#include "nn/nn_impl.h"

struct muster_net {
    size_t n_layers, capacity;
    struct muster_layer **layers; /* owned */
    struct muster_shape shape;    /* of a row at the end of the chain */
    size_t vocabulary;            /* of tokens at the end of the chain; 0: numbers */
    size_t input, outputs, batch;
    enum muster_task task;
    const struct muster_loss *loss;
    struct muster_loss_terms terms; /* of the loss */
    size_t targets;                 /* a row: 1, or the steps of MUSTER_NEXT_TOKEN */
    size_t bytes;

    /* While it is built. */
    const struct muster_net_input *inputs; /* borrowed, [n_inputs]; NULL: one */
    bool apart;                            /* the chain's end holds all of them */
    struct muster_text group;              /* where layers are put now: "", "00-concat/image/" */
    size_t from; /* of layers that are added now, as in struct muster_layer */
    bool deep;

    size_t n_inputs; /* 1 at least */

    size_t n_arrays;
    size_t *starts; /* owned array, [n_arrays]: offsets of the trainable arrays */
    size_t *own;  /* owned array, [n_layers + 1]: where each layer's numbers begin in the buffers */
    float *arena; /* owned: all that follows */
    size_t n_weights, n_state, n_work;
    int32_t *lengths; /* owned: the edges' own */
    float *weights, *gradients, *state, *work, *loss_work;
    struct muster_edge *edges; /* owned array, [n_layers] */
};

/* Whether any of the layers from .. end - 1 has weights. */
bool muster_chain_trained(const struct muster_net *net, size_t from, size_t end);

#endif
