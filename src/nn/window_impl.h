/* Windows that move over images and sequences: what convolutions and pools share. */
#ifndef MUSTER_NN_WINDOW_IMPL_H
#define MUSTER_NN_WINDOW_IMPL_H

#include "nn/nn_impl.h"

#define WINDOW_SAME SIZE_MAX /* padding: as many outputs as inputs / stride, rounded up */

/* One axis: window o covers the places o stride + k dilation - low, k < size, of `in`; those
 * outside are padding. */
struct axis {
    size_t in, out, size, stride, dilation, padding;
    size_t low, high; /* places of padding before and behind that windows reach */
};

/* A row seen as [h][w][channels]; a sequence has height 1 and moves along w. */
struct window {
    struct axis h, w;
    size_t channels;
    bool sequence;
};

/* What a layer's windows may move over. An image without channels has one where only images may
 * stand; elsewhere two dimensions are a sequence. */
enum window_over { WINDOW_EITHER, WINDOW_SEQUENCE, WINDOW_IMAGE };

struct window_options {
    const char *path, *kind; /* of the block, for messages */
    const char *size_name;
    enum window_over over;
    size_t size, stride, dilation, padding;
};

/* Over the end of the chain. MUSTER_BAD_STUDY where a row is of another shape or the window does
 * not fit. */
enum muster_status window_create(struct muster_net *net, const struct window_options *options,
                                 struct window *window);
/* Of a row of windows' results, each `channels` numbers. */
struct muster_shape window_shape(const struct window *window, size_t channels);
/* Windows over so many used steps; at least one. */
size_t window_steps(const struct window *window, size_t steps);
/* Steps of row i that are used, below and above the layer; all of them in images. */
size_t window_used(const struct window *window, const struct muster_layer_pass *pass, size_t i);
/* Sets what lies behind the used steps of a sequence to 0: of x or its slopes, of y or its slopes.
 */
void window_end_below(const struct window *window, const struct muster_layer_pass *pass, size_t i,
                      float *row);
void window_end_above(const struct window *window, size_t channels,
                      const struct muster_layer_pass *pass, size_t i, float *row);

/* Up to sixteen channels of a point. */
VECTOR_INLINE vfloat window_load(const float *from, size_t n)
{
    return n >= LANES ? vload(from) : vload_some(from, n);
}

VECTOR_INLINE void window_store(float *to, vfloat x, size_t n)
{
    if (n >= LANES)
        vstore(to, x);
    else
        for (size_t l = 0; l < n; l++)
            to[l] = x[l];
}

/* The option `padding` of a block: WINDOW_SAME, or how many places on either side. */
size_t window_padding(const struct muster_block *block);

#endif
