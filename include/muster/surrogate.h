/* surrogate: Gaussian processes, and acquisition functions with their maximisation; serial. The one
 * room that includes <nlopt.h>. Minimisation throughout. */
#ifndef MUSTER_SURROGATE_H
#define MUSTER_SURROGATE_H

#include "muster/base.h"
#include "muster/linalg.h"
#include "muster/study.h"

/* ---- Gaussian process ---------------------------------------------------------------------- */

struct muster_gp; /* opaque */

/* Over points u of the unit cube [d], with one length scale per parameter; unordered choices by a
 * Hamming distance, discrete parameters rounded inside the kernel. `solver` is borrowed. */
enum muster_status muster_gp_create(const struct muster_space *space,
                                    const struct muster_solver *solver, struct muster_gp **gp);
void muster_gp_destroy(struct muster_gp **gp);

/* The least noise variance, as a share of the variance of y: 1e-8 unless set. Takes effect at the
 * next fit. */
void muster_gp_noise_floor(struct muster_gp *gp, double floor);

/* Points u[n][d] with y[n], replacing earlier ones. The last ones may be pending, y = NaN: they
 * enter as believers, at their posterior mean. y is standardised inside. Kernel parameters stay as
 * they are, and the factor is kept for the points that were there before, in the same order, from
 * the first on: a further point costs O(n^2). */
enum muster_status muster_gp_observe(struct muster_gp *gp, const double *u, const double *y,
                                     size_t n);
/* Kernel parameters by maximum a posteriori, from where they stand or from a start that the prior
 * sets, and the factor for them. Of many observations 512 evenly spaced ones take part. */
enum muster_status muster_gp_fit(struct muster_gp *gp);

/* Kernel parameters: log length scales [d], log output scale, log noise; for journal and replay.
 * Set ones take effect at the next observe. */
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

/* Posterior means at the observations, in order: y without its noise; O(n). */
void muster_gp_smooth(const struct muster_gp *gp, double *mean);

/* ---- acquisition --------------------------------------------------------------------------- */

/* Half-rank warping, in place: values above the median become normal scores of their ranks. */
enum muster_status muster_warp_half_rank(double *y, size_t n);

/* The quantile of the standard normal distribution, 0 < p < 1. */
double muster_normal_quantile(double p);

/* log(phi(z) + z Phi(z)) and the derivative of that logarithm, accurate for every finite z (Ament
 * et al., NeurIPS 2023, arXiv 2310.20708). */
double muster_log_h(double z);
double muster_log_h_derivative(double z);
double muster_erfcx(double x); /* exp(x^2) erfc(x) */

/* log expected improvement below `best` for a normal with this mean and deviation. */
double muster_log_ei(double best, double mean, double deviation);

struct muster_acquisition {
    double best;             /* what is to be improved on, on y's scale */
    const double *incumbent; /* u[d] of the best point; borrowed */
    struct muster_stream stream;
    bool (*taken)(const void *context, const double *x); /* true: x[d] may not be proposed */
    const void *context;
};

struct muster_proposal {
    double value; /* of the acquisition at the point */
    double mean, deviation;
};

/* The point of the process' space, x[d] settled, with the highest log EI: raw candidates (uniform
 * and perturbations of the incumbent), then from the best few gradient steps on continuous and
 * exchanges on discrete parameters. Never a taken one, save where the space has no other
 * (*exhausted = true). Depends on process and acquisition alone. */
enum muster_status muster_acquire(struct muster_gp *gp,
                                  const struct muster_acquisition *acquisition, double *x,
                                  struct muster_proposal *proposal, bool *exhausted);

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
