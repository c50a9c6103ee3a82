/* What the tests of convolutions and pools share. */
#ifndef MUSTER_TESTS_CONV_H
#define MUSTER_TESTS_CONV_H

#include "nn_test.h"

#include "nn/net_impl.h"

enum { ROWS = 2 };

static const struct muster_pass training;

static inline float *numbers(double (*function)(double), double step, double factor, size_t n)
{
    float *values = muster_alloc(n, sizeof *values);
    for (size_t i = 0; i < n; i++)
        values[i] = (float)(factor * function(step * (double)(i + 1)));
    return values;
}

/* Within 1e-4 of the greatest of them. */
static inline void assert_close(const float *found, const float *expected, size_t n)
{
    float most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmaxf(most, fabsf(expected[i]));
    for (size_t i = 0; i < n; i++)
        if (!(fabsf(found[i] - expected[i]) <= 1e-4f * most))
            fail_msg("number %zu of %zu: %g, not %g", i, n, found[i], expected[i]);
}

static inline size_t size_of(const struct muster_net_array *array)
{
    size_t n = 1;
    for (size_t d = 0; d < array->rank; d++)
        n *= array->dims[d];
    return n;
}

static inline void write_identity(struct muster_net *net, size_t layer, size_t n)
{
    float *identity = muster_alloc(n * n, sizeof *identity);
    for (size_t i = 0; i < n; i++)
        identity[i * n + i] = 1;
    muster_net_layer_write(net, layer, 0, identity);
    muster_free(identity);
}

/* A 1 x 1 convolution that hands x on, so that somebody wants the slope of it. */
static inline struct muster_block mirror(const struct muster_shape *shape)
{
    struct muster_block block = layer_block(shape->rank == 2 ? "conv1d" : "conv2d");
    muster_block_set(&block, "filters", (double)shape->dims[shape->rank - 1], NULL);
    muster_block_set(&block, "kernel", 1, NULL);
    muster_block_set(&block, "activation", 0, "identity");
    muster_block_set(&block, "bias", 0, NULL);
    return block;
}

#endif
