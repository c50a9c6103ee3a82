/* surrogate: Gaussian processes, and acquisition functions with their maximisation; serial. The one
 * room that includes <nlopt.h>. Minimisation throughout. */
#ifndef MUSTER_SURROGATE_H
#define MUSTER_SURROGATE_H

#include "muster/base.h"
#include "muster/linalg.h"
#include "muster/study.h"

/* ---- Gaussian process ---------------------------------------------------------------------- */

struct muster_gp; /* opaque */

enum muster_kernel_kind { MUSTER_KERNEL_MATERN /* 5/2 */, MUSTER_KERNEL_SQUARED_EXPONENTIAL };

struct muster_gp_model {
    enum muster_kernel_kind kernel; /* over all parameters at once */
    bool warp_inputs; /* continuous parameters by distribution functions of Kumaraswamy */
    bool additive;    /* a sum of Matern-5/2 kernels of single parameters stands beside it */
    double noise_mean, noise_deviation; /* prior of the log noise variance, as a share of y's */
    double noise_floor;                 /* the least noise variance, as a share of y's */
    double unit; /* of length scales in their prior, in edges of the cube; 0: one edge */
};

/* Over points u of the unit cube [d], with one length scale per parameter; unordered choices by a
 * Hamming distance, discrete parameters rounded inside the kernel. `solver` is borrowed. */
enum muster_status muster_gp_create(const struct muster_space *space,
                                    const struct muster_solver *solver, struct muster_gp **gp);
/* The same of another model than a Matern kernel with noise N(-4, 1), 1e-8 at least. */
enum muster_status muster_gp_create_as(const struct muster_space *space,
                                       const struct muster_solver *solver,
                                       const struct muster_gp_model *model, struct muster_gp **gp);
void muster_gp_destroy(struct muster_gp **gp);

/* Another floor of the noise; takes effect at the next fit. */
void muster_gp_noise_floor(struct muster_gp *gp, double floor);

/* Points u[n][d] with y[n], replacing earlier ones. The last ones may be pending, y = NaN: they
 * enter as believers, at their posterior mean. y is standardised inside. Kernel parameters stay as
 * they are, and the factor is kept for the points that were there before, in the same order, from
 * the first on: a further point costs O(n^2). */
enum muster_status muster_gp_observe(struct muster_gp *gp, const double *u, const double *y,
                                     size_t n);
/* The same where no pending point counts for what was hoped of it: its y[i] becomes what is
 * predicted from the observed ones, and one deviation more, and is observed like theirs. */
enum muster_status muster_gp_observe_doubting(struct muster_gp *gp, const double *u, double *y,
                                              const double *ratio, size_t n);
/* The same where the noise variance of points differs: ratio[n] to that of the model. */
enum muster_status muster_gp_observe_noisy(struct muster_gp *gp, const double *u, const double *y,
                                           const double *ratio, size_t n);
/* Kernel parameters by maximum a posteriori, from where they stand or from a start that the prior
 * sets, and the factor for them. Of many observations 512 evenly spaced ones take part. */
enum muster_status muster_gp_fit(struct muster_gp *gp);

/* Kernel parameters: log length scales [d], log output scale, log noise, then of the additive part
 * log length scales [d] and log output scale, then the shapes of warped parameters: all log a, all
 * log b; for journal and replay. Set ones take effect at the
 * next observe. */
size_t muster_gp_parameters(const struct muster_gp *gp);
void muster_gp_get(const struct muster_gp *gp, double *parameters);
void muster_gp_set(struct muster_gp *gp, const double *parameters);

/* Negative log posterior of kernel parameters, and its gradient (NULL: none): what fit minimises.
 */
enum muster_status muster_gp_objective(struct muster_gp *gp, const double *parameters,
                                       double *value, double *gradient);

/* Adds a pending point; O(n^2). */
enum muster_status muster_gp_believe(struct muster_gp *gp, const double *u);

/* Posterior mean and standard deviation (without noise) at u, on y's own scale; and their gradients
 * [d] (NULL: none), zero along discrete parameters. The process' own scratch is used: one caller at
 * a time. */
void muster_gp_predict(const struct muster_gp *gp, const double *u, double *mean, double *deviation,
                       double *mean_gradient, double *deviation_gradient);

/* mean[m] and deviation[m] at u[m][d]. */
void muster_gp_predict_many(const struct muster_gp *gp, const double *u, size_t m, double *mean,
                            double *deviation);

/* Takes the kernel parameters of another process of the same space and model, its scale of y and
 * its mean, and points u[n][d] with y[n], pending ones last: as a crowd that muster_acquire looks
 * for neighbours in. Nothing is factored, so that it cannot predict; those from `fresh` on may
 * differ from the last ones. */
enum muster_status muster_gp_crowd(struct muster_gp *crowd, const struct muster_gp *gp,
                                   const double *u, const double *y, size_t n, size_t fresh);

struct muster_path; /* opaque: a function drawn from a process, which it borrows as it stands */

/* A function of the stream, from a process without pending points (MUSTER_INTERNAL otherwise): its
 * values have the process' posterior mean and covariance, without noise. */
enum muster_status muster_path_create(const struct muster_gp *gp, struct muster_stream stream,
                                      struct muster_path **path);
void muster_path_destroy(struct muster_path **path);
/* Its value at u, for O(n), on y's own scale; and its slope [d] (NULL: none), zero along discrete
 * parameters. The process' scratch is used. */
double muster_path_at(const struct muster_path *path, const double *u, double *slope);

/* Posterior means at the observations, in order: y without its noise; O(n). */
void muster_gp_smooth(const struct muster_gp *gp, double *mean);

/* ---- acquisition --------------------------------------------------------------------------- */

/* Half-rank warping, in place: values above the median become normal scores of their ranks. */
enum muster_status muster_warp_half_rank(double *y, size_t n);
/* The same where median and spread are those of the values that count: a crowd of nearly equal ones
 * then does not squash all others. */
enum muster_status muster_warp_half_rank_of(double *y, const bool *counts, size_t n);
/* The same with `from` in the median's place: values up to it stay. */
enum muster_status muster_warp_ranks_above(double *y, size_t n, double from);

/* What scores become before a process is fitted to them. */
enum muster_output_warping {
    MUSTER_WARP_NONE,
    MUSTER_WARP_HALF_RANK,  /* normal scores of ranks above the median */
    MUSTER_WARP_RANK,       /* normal scores of all ranks */
    MUSTER_WARP_BOX_COX,    /* where all are positive; otherwise Yeo-Johnson */
    MUSTER_WARP_YEO_JOHNSON /* unless they have no spread beside rounding: then none */
};
struct muster_warped {
    double from, to;
    size_t at;
};
/* A warp as it was fitted last; zero but for `wanted` at the start. */
struct muster_output_warp {
    enum muster_output_warping wanted, kind; /* kind: what the last values allow */
    double lambda, scale;                    /* powers: of y / scale */
    double least, most;                      /* of the last values */
    struct muster_warped *table;             /* owned: ranks: [n], ascending */
    size_t n, capacity;
};
/* Fits the warp to the values y[n] that count (NULL: all) and applies it to all, in place. */
enum muster_status muster_output_warp_fit(struct muster_output_warp *warp, double *y,
                                          const bool *counts, size_t n);
/* What any value becomes by the warp as it was fitted. */
double muster_output_warp_apply(const struct muster_output_warp *warp, double y);
/* The value that becomes t. On a side where a power levels off it stays within the last values. */
double muster_output_warp_back(const struct muster_output_warp *warp, double t);
/* A prediction on the values' scale: its mean (the median of what is predicted), and half the way
 * between what one deviation below and above it stand for. */
void muster_output_warp_predict(const struct muster_output_warp *warp, double *mean,
                                double *deviation);
void muster_output_warp_clear(struct muster_output_warp *warp);

/* The quantile of the standard normal distribution, 0 < p < 1. */
double muster_normal_quantile(double p);

/* log(phi(z) + z Phi(z)) and the derivative of that logarithm, accurate for every finite z (Ament
 * et al., NeurIPS 2023, arXiv 2310.20708). */
double muster_log_h(double z);
double muster_log_h_derivative(double z);
double muster_erfcx(double x); /* exp(x^2) erfc(x) */
/* log Phi(z), and phi(z) / Phi(z). */
double muster_log_normal(double z, double *ratio);

/* A score as models take it: finite ones within 1e150 of 0, since the squares of others overflow.
 */
double muster_bounded(double score);

/* log expected improvement below `best` for a normal with this mean and deviation. */
double muster_log_ei(double best, double mean, double deviation);

/* What is maximised: a function of predicted mean and deviation. */
enum muster_criterion_kind {
    MUSTER_LOG_EI,  /* log expected improvement below `best` */
    MUSTER_LOG_PI,  /* log probability of a value below `best` */
    MUSTER_UCB,     /* `kappa` deviations below the mean, negated */
    MUSTER_MEAN,    /* the mean, negated */
    MUSTER_THOMPSON /* by muster_acquire: a function drawn from the process, negated */
};
struct muster_criterion {
    enum muster_criterion_kind kind;
    double best, kappa;
};
/* Its value, and its derivatives by mean and deviation (NULL: none). */
double muster_criterion_value(const struct muster_criterion *criterion, double mean,
                              double deviation, double *by_mean, double *by_deviation);

/* ---- several objectives ------------------------------------------------------------------- */

struct muster_front; /* opaque */

enum { MUSTER_FRONT_OBJECTIVES = 3 }; /* at most */

/* The front of f[n][m], to be minimised, m = 2 or 3, as far as it is better than the reference
 * r[m]; points that others dominate change nothing. */
enum muster_status muster_front_create(const double *f, size_t n, size_t m, const double *r,
                                       struct muster_front **front);
void muster_front_destroy(struct muster_front **front);
/* The logarithm of the volume that an outcome with normal objectives, mean[m] and deviation[m],
 * independent of each other, is expected to add to what the front dominates below the reference;
 * and its derivatives [m]. The front's own scratch is used: one caller at a time. */
double muster_log_ehvi(const struct muster_front *front, const double *mean,
                       const double *deviation, double *by_mean, double *by_deviation);

/* ---- maximisation -------------------------------------------------------------------------- */

/* What stands in the criterion's place: a function of the predictions of several processes over the
 * same space, the acquisition's own and n others. */
struct muster_joint {
    size_t n;
    struct muster_gp *const *gp; /* borrowed [n] */
    /* Of means and deviations [1 + n], the own process' first; and its derivatives by both. */
    double (*value)(const void *context, const double *mean, const double *deviation,
                    double *by_mean, double *by_deviation);
    const void *context;
};

struct muster_acquisition {
    struct muster_criterion criterion;
    const struct muster_joint *joint; /* borrowed; NULL: the criterion alone */
    /* More points than the process holds, those among them; climbs go by the nearest of these.
     * Borrowed; NULL: none. */
    const struct muster_gp *crowd;
    double belief;       /* how many times the logarithm of the space's prior is added; 0: none */
    const double *elite; /* u[n_elite][d] of the best points, the best first; borrowed */
    size_t n_elite;      /* 1 at least */
    const double *low, *high; /* [d] of a box to stay in, with the elite; NULL: the whole space */
    struct muster_stream stream;
    bool (*taken)(const void *context, const double *x); /* true: x[d] may not be proposed */
    const void *context;
};

struct muster_proposal {
    double value; /* of the acquisition at the point */
    double mean, deviation;
};

/* The point of the process' space, x[d] settled, with the highest criterion: raw candidates
 * (uniform and perturbations of the elite), then from the best few gradient steps on continuous and
 * exchanges on discrete parameters. Never a taken one, save where the space has no other
 * (*exhausted = true). Depends on process and acquisition alone. */
enum muster_status muster_acquire(struct muster_gp *gp,
                                  const struct muster_acquisition *acquisition, double *x,
                                  struct muster_proposal *proposal, bool *exhausted);

/* ---- local steps --------------------------------------------------------------------------- */

struct muster_local {
    const double *u, *y; /* [n][d], canonical, and [n]; y NaN where pending; borrowed */
    size_t n;
    size_t centre; /* of the box: an observed point */
    double radius; /* of the box along continuous parameters, which alone move */
    struct muster_stream stream;
    bool (*taken)(const void *context, const double *x);
    const void *context;
};

/* A point x[d] of the box around the centre, by a Gaussian process with a squared exponential
 * kernel over the nearest observations, about as many as a quadratic has terms: the least mean,
 * or where a pending point stands there already, the highest log EI. Pending points are doubted,
 * and while there are any, values may stand on a logarithmic scale above the least one.
 * *found = false where the space has no active continuous parameter there, or all that was found
 * is taken. */
enum muster_status muster_local_step(const struct muster_space *space,
                                     const struct muster_solver *solver,
                                     const struct muster_local *local, double *x,
                                     struct muster_proposal *proposal, bool *found);

/* ---- bowls --------------------------------------------------------------------------------- */

/* The bottom[d], in the unit cube, of a bowl that u[n][d], of continuous parameters alone, and y[n]
 * suggest, whatever ripples there are on it: the least value of a quadratic without mixed terms of
 * the likeliest power of y. *explained: the share of that power's variance which the quadratics of
 * all but one predict for the one that is left out; 0 or less where this is no bowl. */
enum muster_status muster_bowl_bottom(const struct muster_solver *solver, const double *u,
                                      const double *y, size_t n, size_t d, double *bottom,
                                      double *explained);

/* ---- enumeration ---------------------------------------------------------------------------
 *
 * The distinct points of a space one by one, the last parameter fastest. A number with more values
 * than `points` goes through so many evenly spaced ones (0: through all; then it must be discrete);
 * a choice through all. */

/* The first point, x[d], with its level[d] (0 where inactive). */
void muster_space_first(const struct muster_space *space, size_t points, size_t *level, double *x);
/* The next one; false after the last, with the first again. */
bool muster_space_next(const struct muster_space *space, size_t points, size_t *level, double *x);

/* The first point in order that is not taken, x[d]; *found = false where all are (of the first
 * 2^24). At most one step per taken point. Continuous parameters go through 2^20 values. */
enum muster_status muster_space_first_free(const struct muster_space *space,
                                           bool (*taken)(const void *context, const double *x),
                                           const void *context, double *x, bool *found);

#endif
