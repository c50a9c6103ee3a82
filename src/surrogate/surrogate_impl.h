/* surrogate, inside: what its files share about points, kernel and Gaussian process. */
#ifndef MUSTER_SURROGATE_IMPL_H
#define MUSTER_SURROGATE_IMPL_H

#include "muster/surrogate.h"

/* How a parameter of the unit cube enters the kernel. Squared distances of features add up, so that
 * the kernel stays positive definite whatever the space. */
enum muster_feature_kind {
    MUSTER_FEATURE_PLAIN,   /* the coordinate; discrete ones at their cell's centre */
    MUSTER_FEATURE_HAMMING, /* an unordered choice: distance 1 between different values */
    MUSTER_FEATURE_COS,     /* a conditional coordinate on an arc, see features.c */
    MUSTER_FEATURE_SIN
};

struct muster_feature {
    enum muster_feature_kind kind;
    size_t param;
    bool discrete; /* the parameter has a finite number of values */
};

/* Points as the kernel sees them: z[feature * stride + point]. */
struct muster_cloud {
    size_t f;
    const struct muster_feature *features; /* borrowed [f] */
    size_t stride;
    double *z; /* owned */
};

/* Features of a space; *features is owned by the caller. */
enum muster_status muster_features_create(const struct muster_space *space, size_t *f,
                                          struct muster_feature **features);
/* z[f] of the point u[d]; x[d] is scratch and receives the decoded point. */
void muster_features_map(const struct muster_space *space, const struct muster_feature *features,
                         size_t f, const double *u, double *x, double *z);
/* dz/du of a feature at a point: u and its decoded x. */
double muster_feature_slope(const struct muster_feature *feature, const double *u, const double *x);

/* Matern-5/2 of squared distances sum_f weight[f] distance_f^2 between `point` [f] and the first n
 * points of the cloud: k[n] and, where not NULL, slope[n] = -dk / d(squared distance). */
void muster_kernel_row(const struct muster_cloud *cloud, const double *weights, double amplitude,
                       const double *point, size_t n, double *k, double *slope);

/* total[j] += row[j] * (squared distance in one feature between `value` and point j), j < n. */
void muster_kernel_spread(const struct muster_cloud *cloud, size_t feature, double value,
                          const double *row, size_t n, double *total);

/* Columns that muster_gp_predict_many handles at a time. */
#define MUSTER_GP_BATCH 64

/* Parameters in theta: log length scales [d], log output scale, log noise. */
struct muster_gp {
    const struct muster_space *space;   /* borrowed */
    const struct muster_solver *solver; /* borrowed */
    size_t d;
    struct muster_feature *features; /* owned [cloud.f] */
    struct muster_cloud cloud;       /* the points: observed ones first, then believed ones */
    double *theta;                   /* owned [d + 2] */
    double *weights;                 /* owned [f]: exp(-2 log length scale) */
    double amplitude, noise, noise_floor;
    size_t n, observed, capacity;
    double *y;           /* owned [capacity]: standardised; NaN where believed */
    double shift, scale; /* y as told = shift + scale * standardised */
    double mean;         /* constant of the process, by generalised least squares */
    double *alpha;       /* owned [capacity]: K^-1 (y - mean), 0 where believed */
    double *factor;      /* owned: L of the first `rows` points, [rows][ld], ld == n when settled */
    size_t factor_capacity, rows, ld;
    double *scratch; /* owned: see muster_gp_scratch */
};

/* Work space of `scratch`: [capacity] vectors, then a [capacity][batch] block, then [f], [d]. */
struct muster_gp_scratch {
    double *k, *slope, *v, *pair /* [2 capacity] */, *block, *z, *x;
};
struct muster_gp_scratch muster_gp_scratch(const struct muster_gp *gp);

/* Share of the amplitude that every diagonal entry takes on top, so that the factor exists. */
#define MUSTER_GP_JITTER 1e-10

/* theta[d + 2] that fits may start from: length scales below the prior's mode, since gradients
 * vanish beyond it, and little noise. */
void muster_gp_prior_start(const struct muster_gp *gp, double *theta);
/* weights[f] of theta's length scales. */
void muster_gp_weights(const struct muster_gp *gp, const double *theta, double *weights);

/* Brings factor, mean and alpha up to date with points, y and kernel parameters. */
enum muster_status muster_gp_condition(struct muster_gp *gp);

/* The i-th uniform number of a block of draws. Blocks below MUSTER_DRAW_EXCHANGES are those of raw
 * candidates, one each. */
#define MUSTER_DRAW_EXCHANGES ((uint64_t)1 << 20)
static inline double muster_draw(struct muster_stream stream, uint64_t block, uint64_t i)
{
    return muster_random_uniform(stream, block << 32 | i);
}

/* What the maximiser of the acquisition works on. */
struct muster_climb {
    struct muster_gp *gp;
    double best;
    struct muster_stream stream;
};

/* Climbs from u[d], canonical (a decoded and encoded point), along continuous parameters by
 * gradient and along discrete ones by exchanges; u and *value are replaced by better ones only. */
enum muster_status muster_climb_run(const struct muster_climb *climb, uint64_t start, double *u,
                                    double *value);

#endif
