/* Latin hypercube designs, inside search. */
#ifndef MUSTER_LHS_IMPL_H
#define MUSTER_LHS_IMPL_H

#include "muster/base.h"

struct muster_lhs; /* opaque */

/* A design of n >= 1 points (below 2^32) in d dimensions, of the stream's keys alone. */
enum muster_status muster_lhs_create(struct muster_stream stream, size_t n, size_t d,
                                     struct muster_lhs **lhs);
void muster_lhs_destroy(struct muster_lhs **lhs);

/* Point i < n, u[d] in (0, 1): of the n equal parts of each dimension it holds one alone. */
void muster_lhs_point(const struct muster_lhs *lhs, size_t i, double *u);

#endif
