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

/* Observations u[n][d], y[n]; replaces earlier ones. y is standardised inside. Without refit kernel
 * parameters stay as they are. */
enum muster_status muster_gp_observe(struct muster_gp *gp, const double *u, const double *y,
                                     size_t n);
/* Kernel parameters by maximum a posteriori from where they stand, and the factor for them. */
enum muster_status muster_gp_fit(struct muster_gp *gp);

/* Kernel parameters: log length scales [d], log output scale, log noise; for journal and replay. */
size_t muster_gp_parameters(const struct muster_gp *gp);
void muster_gp_get(const struct muster_gp *gp, double *parameters);
void muster_gp_set(struct muster_gp *gp, const double *parameters);

/* Negative log posterior of kernel parameters, and its gradient (NULL: none): what fit minimises.
 */
enum muster_status muster_gp_objective(struct muster_gp *gp, const double *parameters,
                                       double *value, double *gradient);

/* Adds a point at its posterior mean (a believer); O(n^2). */
enum muster_status muster_gp_believe(struct muster_gp *gp, const double *u);

/* Posterior mean and standard deviation at u, on y's own scale; and their gradients [d] (NULL:
 * none), zero along unordered choices. */
void muster_gp_predict(const struct muster_gp *gp, const double *u, double *mean, double *deviation,
                       double *mean_gradient, double *deviation_gradient);

/* ---- acquisition --------------------------------------------------------------------------- */

/* log(phi(z) + z Phi(z)) and its derivative, accurate for every finite z (Ament et al., NeurIPS
 * 2023, arXiv 2310.20708). */
double muster_log_h(double z);
double muster_log_h_derivative(double z);
double muster_erfcx(double x); /* exp(x^2) erfc(x) */

/* log expected improvement below `best` for a normal with this mean and deviation. */
double muster_log_ei(double best, double mean, double deviation);

struct muster_proposal {
    double value; /* of the acquisition at the point */
    double mean, deviation;
};

/* The point of the space, x[d] settled, with the highest log EI: raw candidates (uniform and
 * perturbations of the incumbent), then gradient steps on continuous and exchanges on discrete
 * parameters from the best few. Never one of the `n_taken` points taken[n][d], save where the space
 * has no other (*exhausted = true). Depends on the stream alone. */
enum muster_status muster_acquire(struct muster_gp *gp, const struct muster_space *space,
                                  double best, const double *incumbent_u, const double *taken,
                                  size_t n_taken, struct muster_stream stream, double *x,
                                  struct muster_proposal *proposal, bool *exhausted);

#endif
