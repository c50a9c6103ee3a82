/* Sobol' points, inside search. */
#ifndef MUSTER_SOBOL_IMPL_H
#define MUSTER_SOBOL_IMPL_H

#include "muster/base.h"

enum { MUSTER_SOBOL_DIMENSIONS = 1000, MUSTER_SOBOL_BITS = 32 };

extern const uint16_t muster_sobol_table[];

/* The direction numbers of dimensions 0 .. d - 1: v[d][32], d <= MUSTER_SOBOL_DIMENSIONS. */
void muster_sobol_directions(size_t d, uint32_t (*v)[MUSTER_SOBOL_BITS]);

/* Coordinate of point `index` in Gray-code order, as a fraction of 2^32. */
uint32_t muster_sobol_bits(const uint32_t v[MUSTER_SOBOL_BITS], uint32_t index);

/* The same in (0, 1) after nested uniform scrambling by the keys of stream and dimension. */
double muster_sobol_scramble(struct muster_stream stream, size_t dimension, uint32_t bits);

#endif
