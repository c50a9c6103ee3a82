/* One parameter of a Parzen estimator. */
#ifndef MUSTER_PARZEN_AXIS_H
#define MUSTER_PARZEN_AXIS_H

#include "muster/study.h"

enum parzen_kind { PARZEN_REAL, PARZEN_CELLS, PARZEN_NAMES };

/* Kernels of points in which the parameter is active are at [i] of the arrays. */
struct parzen_axis {
    const struct muster_param *param; /* borrowed */
    enum parzen_kind kind;
    double values;      /* discrete: how many */
    double bandwidth;   /* of numbers, in ranges; of names the probability of another one */
    double *table;      /* owned [values][values + 1]: log mass of value a around b; column
                           `values`: of the uniform kernel. NULL: none */
    double *centre;     /* owned [n]: code; NaN: inactive */
    double *correction; /* owned [n]: minus the log of the mass within the range, and of reals of
                           the kernel's own norm; without a table */
    int32_t *index;     /* owned [n]: the value's number, `values` where inactive; with a table */
    size_t centre_capacity, correction_capacity, index_capacity;
};

/* Start with {0}; free with parzen_axis_free. */
enum muster_status parzen_axis_start(struct parzen_axis *axis, const struct muster_param *param);
void parzen_axis_free(struct parzen_axis *axis);

/* Kernels of a bandwidth on the j-th entries of n points x[i] with codes u[i]. */
enum muster_status parzen_axis_fit(struct parzen_axis *axis, double bandwidth, size_t j, size_t n,
                                   const double *const *x, const double *const *u);

/* A code from the kernel on `centre`, by p uniform in (0, 1). */
double parzen_axis_draw(const struct parzen_axis *axis, double centre, double p);

/* Adds to sum[n + 1] the log densities of a value under the n kernels and the uniform one. */
void parzen_axis_add(const struct parzen_axis *axis, double value, size_t n, double *sum);

#endif
