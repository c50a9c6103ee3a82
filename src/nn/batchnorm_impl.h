/* The loops of batch normalisation over one row, a vector at a time: what belongs to the channels
 * is laid out over one period, after which they repeat. */
#ifndef MUSTER_NN_BATCHNORM_IMPL_H
#define MUSTER_NN_BATCHNORM_IMPL_H

#include "nn/nn_impl.h"

/* x and dy of one row, up to n; rows inside the network are padded to whole vectors, the caller's
 * are not. */
struct row {
    const float *x, *dy;
    size_t n, period;
};

/* Adds sums over a row to `first` and `second`, both [period]. */
VECTOR_INLINE void add_sums(const struct row *row, const float *mean, float *first, float *second,
                            void (*term)(vfloat x, vfloat dy, vfloat mean, vfloat *a, vfloat *b))
{
    const size_t whole = row->n / LANES * LANES, rest = row->n - whole;
    for (size_t j = 0; j < row->period && j < row->n; j += LANES) {
        const vfloat middle = vload(mean + j);
        vfloat a = {0}, b = {0};
        for (size_t t = j; t < whole; t += row->period)
            term(vload(row->x + t), vload(row->dy + t), middle, &a, &b);
        if (rest > 0 && whole % row->period == j) {
            vfloat c = {0}, d = {0};
            term(vload_some(row->x + whole, rest), vload_some(row->dy + whole, rest), middle, &c,
                 &d);
            a += vfirst(c, rest);
            b += vfirst(d, rest);
        }
        vstore(first + j, vload(first + j) + a);
        vstore(second + j, vload(second + j) + b);
    }
}

VECTOR_INLINE void of_x(vfloat x, vfloat dy, vfloat mean, vfloat *a, vfloat *b)
{
    const vfloat apart = x - mean;
    (void)dy;
    *a += apart;
    *b += apart * apart;
}

VECTOR_INLINE void of_slopes(vfloat x, vfloat dy, vfloat mean, vfloat *a, vfloat *b)
{
    *a += dy;
    *b += dy * (x - mean);
}

/* to = f dy + g (x - mean) + h over a row. */
VECTOR_INLINE void combine(const struct row *row, const float *const by[4], bool slopes, float *to)
{
    const float *mean = by[0], *g = by[1], *h = by[2], *f = by[3];
    for (size_t t = 0, j = 0; t < row->n; t += LANES, j = j + LANES < row->period ? j + LANES : 0) {
        const size_t n = row->n - t;
        const vfloat x = n >= LANES ? vload(row->x + t) : vload_some(row->x + t, n);
        vfloat y = (x - vload(mean + j)) * vload(g + j) + vload(h + j);
        if (slopes)
            y += vload(f + j) * vload(row->dy + t);
        vstore(to + t, n >= LANES ? y : vfirst(y, n));
    }
}

#endif
