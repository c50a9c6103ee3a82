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
    size_t first_trained;           /* lowest layer with weights: nothing goes further down */
    size_t bytes;

    size_t n_arrays;
    size_t *starts; /* owned array, [n_arrays]: offsets of the trainable arrays */
    size_t *own;  /* owned array, [n_layers + 1]: where each layer's numbers begin in the buffers */
    float *arena; /* owned: all that follows */
    size_t n_weights, n_state, n_work;
    int32_t *lengths; /* owned: the edges' own */
    float *weights, *gradients, *state, *work, *loss_work;
    struct muster_edge *edges; /* owned array, [n_layers] */
};

#endif
