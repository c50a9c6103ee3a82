/* Sequences as the points they consist of: what layers that treat steps alike share. A row [steps]
 * [n] becomes `steps` rows of padded(n) numbers, the padding being zero; where n is whole vectors
 * it is so already, and nothing is copied. Points come in runs: of several rows, or, where rows
 * have lengths, of the used steps of one row. What lies behind these is never read. */
#ifndef MUSTER_NN_POINTS_IMPL_H
#define MUSTER_NN_POINTS_IMPL_H

#include "nn/nn_impl.h"

#include <string.h>

struct run {
    size_t row, rows, points;
};

/* The run from `row` on: no rows behind the last. */
static inline struct run points_run(const struct muster_layer_pass *pass, size_t steps, size_t row,
                                    size_t most)
{
    size_t rows = pass->rows - row;
    if (rows > most)
        rows = most;
    if (rows == 0 || pass->lengths == NULL)
        return (struct run){row, rows, rows * steps};
    return (struct run){row, 1, (size_t)pass->lengths[row]};
}

/* Rows of a run that has about `points` points. */
static inline size_t points_rows(size_t points, size_t steps)
{
    return points > steps ? points / steps : 1;
}

/* One side of a layer: an edge [rows][ld] of rows [steps][stride] with n numbers a point. */
struct points {
    float *edge;
    size_t ld, steps, stride, n;
    float *copy; /* [points][padded(n)] for where the edge is not whole vectors */
};

static inline bool points_direct(const struct points *side)
{
    return side->stride % PADDING == 0;
}

/* Where the run's points lie, or will lie: points_store then brings them to the edge. */
static inline float *points_place(const struct points *side, const struct run *run)
{
    return points_direct(side) ? side->edge + run->row * side->ld : side->copy;
}

static inline float *points_load(const struct points *side, const struct run *run)
{
    const size_t width = padded(side->n);
    if (points_direct(side))
        return side->edge + run->row * side->ld;
    for (size_t p = 0; p < run->points; p++) {
        float *to = side->copy + p * width;
        memcpy(to, side->edge + (run->row + p / side->steps) * side->ld + p % side->steps * side->n,
               side->n * sizeof *to);
        memset(to + side->n, 0, (width - side->n) * sizeof *to);
    }
    return side->copy;
}

/* Also zeros behind the used steps. */
static inline void points_store(const struct points *side, const struct run *run)
{
    const size_t unused = run->rows * side->steps - run->points;
    if (!points_direct(side))
        for (size_t p = 0; p < run->points; p++)
            memcpy(side->edge + (run->row + p / side->steps) * side->ld + p % side->steps * side->n,
                   side->copy + p * padded(side->n), side->n * sizeof *side->edge);
    if (unused > 0)
        memset(side->edge + run->row * side->ld + run->points * side->stride, 0,
               unused * side->stride * sizeof *side->edge);
}

/* `vectors` columns of vectors, of which the rows are read side by side. */
VECTOR_INLINE void points_sum_columns(size_t points, const float *x, size_t ld, size_t vectors,
                                      float *sums)
{
    vfloat even[4] = {{0}}, odd[4] = {{0}};
    size_t i = 0;
    for (; i + 2 <= points; i += 2, x += 2 * ld)
#pragma GCC unroll 4
        for (size_t v = 0; v < vectors; v++) {
            even[v] += vload(x + v * LANES);
            odd[v] += vload(x + ld + v * LANES);
        }
#pragma GCC unroll 4
    for (size_t v = 0; v < vectors; v++) {
        if (i < points)
            even[v] += vload(x + v * LANES);
        vstore(sums + v * LANES, vload(sums + v * LANES) + (even[v] + odd[v]));
    }
}

/* sums += the columns' sums of x [points][ld], over n in whole vectors. */
VECTOR_INLINE void points_sum(size_t points, size_t n, const float *x, size_t ld, float *sums)
{
    size_t j = 0;
    for (; j + 3 * LANES < n; j += 4 * LANES)
        points_sum_columns(points, x + j, ld, 4, sums + j);
    for (; j < n; j += LANES)
        points_sum_columns(points, x + j, ld, 1, sums + j);
}

#endif
