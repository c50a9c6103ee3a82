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

/* Points as the kernel sees them: features, then for the additive part one axis per parameter (its
 * coordinate, or its choice's number; -1 where inactive). Entry i of row r is z[r * stride + i]. */
struct muster_cloud {
    size_t f;
    const struct muster_feature *features; /* borrowed [f] */
    const bool *hamming;                   /* borrowed [d]: the parameter is an unordered choice */
    size_t stride;
    double *z;         /* owned [f + d][stride] */
    double *up, *down; /* owned [d][stride]: exp(+-rate z) of axes, 0 where inactive */
};

/* Features of a space, and which parameters count by Hamming distance [d]; owned by the caller. */
enum muster_status muster_features_create(const struct muster_space *space, size_t *f,
                                          struct muster_feature **features, bool **hamming);
/* z[f + d] of the point u[d]; x[d] is scratch and receives the decoded point. */
void muster_features_map(const struct muster_space *space, const struct muster_feature *features,
                         size_t f, const double *u, double *x, double *z);

/* A covariance: borrowed views of kernel parameters. */
struct muster_covariance {
    enum muster_kernel_kind kind;
    size_t d;
    const double *weights; /* [f]: exp(-2 log length scale) */
    double amplitude;
    const double *rates; /* [d]: sqrt 5 / additive length scale; NULL: no additive part */
    double share;        /* of the additive amplitude for one axis */
};

/* The covariance of `point` [f + d] and the first n points of the cloud: k[n] and, where not NULL,
 * slope[n] = -dk / d(squared distance) of the part over all features. */
void muster_kernel_row(const struct muster_cloud *cloud, const struct muster_covariance *c,
                       const double *point, size_t n, double *k, double *slope);

/* total[j] += row[j] * (squared distance in one feature between `value` and point j), j < n. */
void muster_kernel_spread(const struct muster_cloud *cloud, size_t feature, double value,
                          const double *row, size_t n, double *total);

/* For axis j between `point` and point i < n, k being its kernel without the share: level[i] +=
 * row[i] k, scale[i] += row[i] dk / d(log length scale). */
void muster_kernel_axis(const struct muster_cloud *cloud, const struct muster_covariance *c,
                        const double *point, size_t j, const double *row, size_t n, double *level,
                        double *scale);
/* sum_i weight_i dk_i / d(axis j of `point`), the share included. */
double muster_kernel_axis_slope(const struct muster_cloud *cloud, const struct muster_covariance *c,
                                const double *point, size_t j, const double *weight, size_t n);
/* up and down of points first .. end - 1. */
void muster_cloud_refresh(struct muster_cloud *cloud, const struct muster_covariance *c,
                          size_t first, size_t end);

/* Columns that muster_gp_predict_many handles at a time. */
#define MUSTER_GP_BATCH 64

/* theta: log length scales [d], log amplitude, log noise; with an additive part also its log length
 * scales [d] and log amplitude; of warped parameters all log a, then all log b. */
struct muster_gp {
    const struct muster_space *space;   /* borrowed */
    const struct muster_solver *solver; /* borrowed */
    struct muster_gp_model model;
    size_t d, p;
    struct muster_feature *features; /* owned [cloud.f] */
    bool *hamming;                   /* owned [d] */
    struct muster_cloud cloud;       /* the points: observed ones first, then believed ones */
    size_t n_warped, *warped;        /* owned [d]: parameters whose coordinate is warped */
    double *plain;                   /* owned [d][cloud.stride]: axes before they are warped */
    double *theta;                   /* owned [p] */
    double *weights, *rates;         /* owned [f], [d] */
    double amplitude, share, variance /* of the process */, noise;
    size_t n, observed, capacity;
    double *y;           /* owned [capacity]: standardised; NaN where believed */
    double *ratio;       /* owned [capacity]: of the noise variance to `noise` */
    double shift, scale; /* y as told = shift + scale * standardised */
    double mean;         /* constant of the process, by generalised least squares */
    double *alpha;       /* owned [capacity]: K^-1 (y - mean), 0 where believed */
    double *factor;      /* owned: L of the first `rows` points, [rows][ld], ld == n when settled */
    size_t factor_capacity, rows, ld;
    double *scratch; /* owned: see muster_gp_scratch */
};

/* Work space of `scratch`: [capacity] vectors, then a [capacity][batch] block, then [f + d], [d].
 */
struct muster_gp_scratch {
    double *k, *slope, *v, *pair /* [2 capacity] */, *block, *z, *x;
};
struct muster_gp_scratch muster_gp_scratch(const struct muster_gp *gp);

/* Share of the variance that every diagonal entry takes on top, so that the factor exists. */
#define MUSTER_GP_JITTER 1e-10

struct muster_covariance muster_gp_covariance(const struct muster_gp *gp);

/* A normal density of a parameter's logarithm, and the bounds within which it is fitted. */
struct muster_gp_prior {
    double mean, deviation, low, high;
};
struct muster_gp_prior muster_gp_prior_of(const struct muster_gp *gp, size_t i);
/* The negative log density at theta[p], but for a constant; its gradient [p] is added (NULL: none).
 */
double muster_gp_prior_add(const struct muster_gp *gp, const double *theta, double *gradient);
/* theta[p] that fits may start from: length scales below the prior's mode, since gradients vanish
 * beyond it, and little noise. */
void muster_gp_prior_start(const struct muster_gp *gp, double *theta);

/* Kernel parameters from theta: weights[f], rates[d] (NULL where there is no additive part). */
struct muster_scales {
    double *weights, *rates;
    double amplitude, share, variance, noise;
};
void muster_gp_scales(const struct muster_gp *gp, const double *theta, struct muster_scales *to);

/* Makes room for n points. */
enum muster_status muster_gp_reserve(struct muster_gp *gp, size_t n);

/* Takes u as point i; the factor's rows from i on are void unless the point was there already. */
void muster_gp_place(struct muster_gp *gp, size_t i, const double *u, double ratio);

/* Brings factor, mean and alpha up to date with points, y and kernel parameters. */
enum muster_status muster_gp_condition(struct muster_gp *gp);

/* Adds factor * sum_i weight_i dk_i/du to the gradient [d], where z, x and slope of the process'
 * scratch are those of the point u. */
void muster_gp_add_gradient(const struct muster_gp *gp, const double *u, const double *weight,
                            double factor, double *gradient);

/* Like muster_gp_predict_many, with an upper bound of the deviation, from the one point that says
 * most: O(n) each. */
void muster_gp_predict_rough(const struct muster_gp *gp, const double *u, size_t m, double *mean,
                             double *deviation);

/* `near`, of the same space and model, becomes the process conditioned on those m points of gp that
 * covary most with u, same parameters and mean: predictions about u for O(m^2). */
enum muster_status muster_gp_near(const struct muster_gp *gp, const double *u, size_t m,
                                  struct muster_gp *near);

/* ---- input warping --------------------------------------------------------------------------- */

/* Which parameters are warped, by model and space. */
enum muster_status muster_gp_warp_create(struct muster_gp *gp);
/* Where their shapes begin in theta. */
size_t muster_gp_warp_at(const struct muster_gp *gp);
/* z[f + d], mapped by muster_features_map, as the kernel sees it. */
void muster_gp_warp_point(const struct muster_gp *gp, double *z);
/* Both at once: z of u, with x[d] the decoded point. */
void muster_gp_map(const struct muster_gp *gp, const double *u, double *x, double *z);
/* The first n points of a cloud from their plain axes [d][cloud->stride]. */
void muster_gp_warp_cloud(const struct muster_gp *gp, const double *theta, const double *plain,
                          struct muster_cloud *cloud, size_t n);
/* By u_j at u: the derivative of axis j, and that of a feature of it, for x and z of u; 0 where the
 * parameter is discrete. */
double muster_gp_axis_rise(const struct muster_gp *gp, size_t j, const double *u);
double muster_gp_feature_rise(const struct muster_gp *gp, size_t f, const double *x,
                              const double *z, const double *u);

/* What the gradient by shapes is made of: weights of the covariance's entries, and twice their
 * products with -dk / d(squared distance), both [n][n] with strict lower triangles, completed here.
 */
struct muster_warp_sums {
    size_t n;
    double *level, *slope;
    const struct muster_cloud *cloud;
    const double *plain; /* [d][cloud->stride] */
    struct muster_covariance covariance;
};
/* Adds to the gradient by log a, then by log b; point [f + d] is scratch. */
void muster_gp_warp_gradient(const struct muster_gp *gp, const double *theta,
                             const struct muster_warp_sums *sums, double *point, double *gradient);

/* The i-th uniform number of a block of draws. Blocks below MUSTER_DRAW_EXCHANGES are those of raw
 * candidates, one each; from MUSTER_DRAW_PATH on those of a function drawn. */
#define MUSTER_DRAW_EXCHANGES ((uint64_t)1 << 20)
#define MUSTER_DRAW_PATH ((uint64_t)1 << 21)
static inline double muster_draw(struct muster_stream stream, uint64_t block, uint64_t i)
{
    return muster_random_uniform(stream, block << 32 | i);
}

/* u[n][d], canonical: candidate c uniform where c is even, else a perturbation of one of the elite.
 * x[d] is scratch. */
void muster_candidates_draw(const struct muster_acquisition *acquisition,
                            const struct muster_space *space, size_t n, double *x, double *u);

/* weight times the logarithm of the prior's density at u[d], of its active parameters; its
 * derivatives are added to slope[d] (NULL: none). x[d] is scratch. */
double muster_belief(const struct muster_space *space, double weight, const double *u, double *x,
                     double *slope);

/* What a maximiser asks of points: processes, and the criterion or joint function of their
 * predictions, with the prior's belief added. Scratch inside: one caller at a time. */
struct muster_judge {
    struct muster_criterion criterion;
    const struct muster_joint *joint; /* borrowed; NULL: the criterion alone */
    const struct muster_path *path;   /* borrowed; stands, negated, in the criterion's place */
    const struct muster_gp *crowd;    /* borrowed; NULL: the process itself has all neighbours */
    double belief;
    const struct muster_space *space; /* borrowed */
    size_t n;
    const struct muster_gp **all, **gp; /* owned [n]: the whole ones, and those asked now */
    struct muster_gp **near;            /* owned [n]; NULL where none was needed yet */
    double *batch, *now, *slopes, *x;   /* owned scratch */
};
enum muster_status muster_judge_create(struct muster_judge *judge, const struct muster_gp *gp,
                                       const struct muster_criterion *criterion,
                                       const struct muster_joint *joint, double belief);
void muster_judge_clear(struct muster_judge *judge);
/* The value at u[d], and its slope[d] (NULL: none). */
double muster_judge_at(const struct muster_judge *judge, const double *u, double *slope);
/* Of a crowd whose points near some point are those asked now, the prediction at u[d] and its
 * value: theirs or that of all that the process holds. Both leave points out, which only widens a
 * deviation: so the lesser one knows more. */
double muster_judge_surest(const struct muster_judge *judge, const double *u, double *mean,
                           double *deviation);
/* value[m] at u[m][d]; rough: by upper bounds of the deviations. */
void muster_judge_many(const struct muster_judge *judge, const double *u, size_t m, bool rough,
                       double *value);
/* Processes of more than `most` points go by the m nearest to u from now on, the first one by those
 * of the crowd. */
enum muster_status muster_judge_near(struct muster_judge *judge, const double *u, size_t most,
                                     size_t m);
/* All go by all their points again. */
void muster_judge_far(struct muster_judge *judge);

/* What the maximiser of the acquisition works on. */
struct muster_climb {
    const struct muster_judge *judge; /* borrowed */
    struct muster_stream stream;
    const double *low, *high; /* [d] of a box for continuous parameters; NULL: the whole space */
    bool fixed;               /* discrete parameters stay, and the last digit counts */
};

/* Climbs from u[d], canonical (a decoded and encoded point), along continuous parameters by
 * gradient and along discrete ones by exchanges; u and *value are replaced by better ones only. */
enum muster_status muster_climb_run(const struct muster_climb *climb, uint64_t start, double *u,
                                    double *value);

/* *sorted, the caller's to free: y[n], ascending. */
enum muster_status muster_local_sorted(const double *y, size_t n, double **sorted);

/* A scale of values, logarithmic far above the least one; unit 0: they stay as they are. */
struct muster_bend {
    double least, unit;
};
/* Where *gp, fitted to y[n] at u[n][d], promises much below the least value, and values are
 * likelier on such a scale, of a unit by the d + 1 behind the least: y go there, and *gp is
 * replaced by a process of the same model that is fitted to them there. */
enum muster_status muster_local_bend(struct muster_gp **gp, const double *u, double *y, size_t n,
                                     double promised, struct muster_bend *bend);
/* A prediction on the values' own scale. */
void muster_local_bend_predict(const struct muster_bend *bend, double *mean, double *deviation);

/* Powers of an output warp: scale and exponent fitted to the values that count; false where there
 * is none. Then a value there and back. */
bool muster_box_cox_fit(struct muster_output_warp *warp, const double *y, const bool *counts,
                        size_t n);
bool muster_yeo_johnson_fit(struct muster_output_warp *warp, const double *y, const bool *counts,
                            size_t n);
double muster_power_warp(const struct muster_output_warp *warp, double y);
double muster_power_back(const struct muster_output_warp *warp, double t);

#endif
