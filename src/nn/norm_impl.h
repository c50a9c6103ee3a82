/* What the layers that normalise share. A row is seen as points of `channels` numbers each: one of
 * [n], t of [t][c], h w of [h][w][c]; every channel has a weight and a bias. */
#ifndef MUSTER_NN_NORM_IMPL_H
#define MUSTER_NN_NORM_IMPL_H

#include "nn/nn_impl.h"

#define NORM_EPSILON 1e-5f /* added to variances, as PyTorch */

enum { WEIGHT, BIAS, NORM_SLOTS }; /* of each such layer; others come behind */

struct norm {
    struct muster_layer base;
    size_t points, channels;
    size_t kept; /* work: what backward needs of the statistics */
};

/* Adds the layer, of `size` bytes, with weight (1) and bias (0). */
enum muster_status muster_norm_add(struct muster_net *net, const struct muster_layer_class *class,
                                   size_t size, struct norm **norm);
void muster_norm_init(const struct muster_layer *layer, struct muster_stream stream, float *weights,
                      float *state);

/* The first n of the numbers of a point from here on. `whole`: sixteen may be read or written,
 * those behind the n being padding. */
VECTOR_INLINE vfloat norm_load(const float *from, size_t n, bool whole)
{
    if (n >= LANES)
        return vload(from);
    return whole ? vfirst(vload(from), n) : vload_some(from, n);
}

VECTOR_INLINE void norm_store(float *to, vfloat x, size_t n, bool whole)
{
    if (n >= LANES || whole)
        vstore(to, x);
    else
        for (size_t l = 0; l < n; l++)
            to[l] = x[l];
}

/* Rows of points padded behind each point: there is one a row, and the row is. */
static inline bool norm_whole(const struct norm *norm, size_t ld)
{
    return norm->points == 1 && ld >= padded(norm->channels);
}

#endif
