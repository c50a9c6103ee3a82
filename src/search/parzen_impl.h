/* Parzen estimators over a search space, inside search. */
#ifndef MUSTER_PARZEN_IMPL_H
#define MUSTER_PARZEN_IMPL_H

#include "muster/study.h"

struct muster_parzen; /* opaque */

/* A density over points of `space` (borrowed, outlives it), uniform until it is fitted. */
enum muster_status muster_parzen_create(const struct muster_space *space,
                                        struct muster_parzen **parzen);
void muster_parzen_destroy(struct muster_parzen **parzen);

/* Bandwidths go with n^(-1 / (d + 4)), Scott's rule (1992), n the points where a parameter is
 * active. */
struct muster_parzen_shape {
    double prior; /* weight of the uniform density, in kernels; above 0 */
    double share; /* of numbers: times the standard deviation of the points, */
    double least; /* at least so much of the range */
    double names; /* of unordered choices: probability of another value, 1: all alike likely */
};

/* A kernel on each of n points, x[i] of [d] borrowed for the call, u[i] their codes, with weights
 * (NULL: equal) of any scale. */
enum muster_status muster_parzen_fit(struct muster_parzen *parzen,
                                     const struct muster_parzen_shape *shape, size_t n,
                                     const double *const *x, const double *const *u,
                                     const double *weight);

/* A point x[d], settled, each of whose parameters is drawn from a kernel of its own among those
 * that know of it: from the product of the density's margins. The numbers of the stream from
 * `counter` on serve, fewer than 2^32. */
void muster_parzen_draw(const struct muster_parzen *parzen, struct muster_stream stream,
                        uint64_t counter, double *x);

/* The logarithm of the density at x[d], of measure 1 a value in a discrete parameter and of the
 * unit interval's in others. */
double muster_parzen_log(struct muster_parzen *parzen, const double *x);

#endif
