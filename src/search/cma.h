/* Covariance matrix adaptation, inside search: a normal distribution that learns from ranks. It
 * knows nothing of a search space. */
#ifndef MUSTER_CMA_H
#define MUSTER_CMA_H

#include "muster/base.h"

struct muster_cma {
    size_t d, lambda, mu;
    double *weight; /* owned [lambda]: the first mu positive, with sum 1; the others negative */
    double mu_effective, c_sigma, c_c, c_1, c_mu, damping, chi;
    double sigma;
    double *mean, *path_sigma, *path_c; /* owned [d] */
    double *covariance;                 /* owned [d][d] */
    double *axes, *length;              /* owned [d][d], [d]: unit eigenvectors as rows, and square
                                           roots of eigenvalues */
    double *scale;                      /* owned [d]: 1, unless a margin stretches a coordinate */
    double *y, *z;                      /* owned [lambda][d], [d]: scratch */
    int64_t generation, decomposed;     /* now, and when the axes were found */
};

/* A distribution around mean[d] with deviation sigma in all directions, for generations of lambda
 * points (2 at least). Start with {0}; free with muster_cma_free. */
enum muster_status muster_cma_start(struct muster_cma *cma, size_t d, size_t lambda,
                                    const double *mean, double sigma);
void muster_cma_free(struct muster_cma *cma);

/* v[d] = mean + sigma scale axes length z. */
void muster_cma_point(const struct muster_cma *cma, const double *z, double *v);

/* One generation: v[i] the i-th best of lambda points. Coordinates with active[i][j] = false do not
 * move the mean (NULL: all are active). MUSTER_INTERNAL where the covariance is not finite. */
enum muster_status muster_cma_update(struct muster_cma *cma, const double *const *v,
                                     const bool *const *active);

/* The deviation of coordinate j. */
double muster_cma_deviation(const struct muster_cma *cma, size_t j);

/* Keeps the discrete coordinate j from getting stuck: `low` and `high` are the edges of the mean's
 * own cell, -INFINITY or INFINITY at the end of the range; the probability to leave it stays at
 * alpha or above. */
void muster_cma_margin(struct muster_cma *cma, size_t j, double low, double high, double alpha);

#endif
