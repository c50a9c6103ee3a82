/* Posterior mean and deviation of a Gaussian process, with gradients along continuous parameters:
 * d mean = alpha . dk, d variance = -2 (K^-1 k) . dk. */
#include <math.h>
#include <string.h>

#include "surrogate/surrogate_impl.h"

/* Below this share of the prior variance a posterior variance is rounding error. */
static const double least_share = 1e-14;

static double deviation_of(const struct muster_gp *gp, double explained)
{
    return sqrt(fmax(gp->variance - explained, least_share * gp->variance));
}

static double dot(size_t n, const double *a, const double *b)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

void muster_gp_add_gradient(const struct muster_gp *gp, const double *u, const double *weight,
                            double factor, double *gradient)
{
    struct muster_gp_scratch scratch = muster_gp_scratch(gp);
    for (size_t f = 0; f < gp->cloud.f; f++) {
        double inner = muster_gp_feature_rise(gp, f, scratch.x, scratch.z, u);
        if (inner == 0)
            continue;
        const double *z = gp->cloud.z + f * gp->cloud.stride;
        double sum = 0;
        for (size_t i = 0; i < gp->n; i++)
            sum -= weight[i] * scratch.slope[i] * (scratch.z[f] - z[i]);
        gradient[gp->features[f].param] += factor * 2 * gp->weights[f] * inner * sum;
    }
    struct muster_covariance covariance = muster_gp_covariance(gp);
    for (size_t j = 0; gp->model.additive && j < gp->d; j++) {
        double inner = muster_gp_axis_rise(gp, j, u);
        if (inner != 0)
            gradient[j] +=
                factor * inner *
                muster_kernel_axis_slope(&gp->cloud, &covariance, scratch.z, j, weight, gp->n);
    }
}

void muster_gp_predict(const struct muster_gp *gp, const double *u, double *mean, double *deviation,
                       double *mean_gradient, double *deviation_gradient)
{
    struct muster_gp_scratch scratch = muster_gp_scratch(gp);
    struct muster_covariance covariance = muster_gp_covariance(gp);
    const struct muster_solver *solver = gp->solver;
    size_t n = gp->n;

    muster_gp_map(gp, u, scratch.x, scratch.z);
    muster_kernel_row(&gp->cloud, &covariance, scratch.z, n, scratch.k,
                      mean_gradient != NULL || deviation_gradient != NULL ? scratch.slope : NULL);
    memcpy(scratch.v, scratch.k, n * sizeof *scratch.v);
    solver->forward(solver->context, n, gp->factor, 1, scratch.v);
    double spread = deviation_of(gp, dot(n, scratch.v, scratch.v));
    *mean = gp->shift + gp->scale * (gp->mean + dot(n, scratch.k, gp->alpha));
    *deviation = gp->scale * spread;
    if (mean_gradient != NULL) {
        memset(mean_gradient, 0, gp->d * sizeof *mean_gradient);
        muster_gp_add_gradient(gp, u, gp->alpha, gp->scale, mean_gradient);
    }
    if (deviation_gradient != NULL) {
        memset(deviation_gradient, 0, gp->d * sizeof *deviation_gradient);
        solver->backward(solver->context, n, gp->factor, 1, scratch.v);
        muster_gp_add_gradient(gp, u, scratch.v, -gp->scale / spread, deviation_gradient);
    }
}

static void predict_batch(const struct muster_gp *gp, const double *u, size_t m, double *mean,
                          double *deviation)
{
    struct muster_gp_scratch scratch = muster_gp_scratch(gp);
    struct muster_covariance covariance = muster_gp_covariance(gp);
    double explained[MUSTER_GP_BATCH] = {0};

    for (size_t c = 0; c < m; c++) {
        muster_gp_map(gp, u + c * gp->d, scratch.x, scratch.z);
        muster_kernel_row(&gp->cloud, &covariance, scratch.z, gp->n, scratch.k, NULL);
        mean[c] = gp->shift + gp->scale * (gp->mean + dot(gp->n, scratch.k, gp->alpha));
        for (size_t i = 0; i < gp->n; i++)
            scratch.block[i * m + c] = scratch.k[i];
    }
    gp->solver->forward(gp->solver->context, gp->n, gp->factor, m, scratch.block);
    for (size_t i = 0; i < gp->n; i++)
        for (size_t c = 0; c < m; c++)
            explained[c] += scratch.block[i * m + c] * scratch.block[i * m + c];
    for (size_t c = 0; c < m; c++)
        deviation[c] = gp->scale * deviation_of(gp, explained[c]);
}

void muster_gp_predict_many(const struct muster_gp *gp, const double *u, size_t m, double *mean,
                            double *deviation)
{
    for (size_t first = 0; first < m; first += MUSTER_GP_BATCH) {
        size_t n = m - first < MUSTER_GP_BATCH ? m - first : MUSTER_GP_BATCH;
        predict_batch(gp, u + first * gp->d, n, mean + first, deviation + first);
    }
}

void muster_gp_predict_rough(const struct muster_gp *gp, const double *u, size_t m, double *mean,
                             double *deviation)
{
    struct muster_gp_scratch scratch = muster_gp_scratch(gp);
    struct muster_covariance covariance = muster_gp_covariance(gp);
    for (size_t c = 0; c < m; c++) {
        double most = 0;
        muster_gp_map(gp, u + c * gp->d, scratch.x, scratch.z);
        muster_kernel_row(&gp->cloud, &covariance, scratch.z, gp->n, scratch.k, NULL);
        mean[c] = gp->shift + gp->scale * (gp->mean + dot(gp->n, scratch.k, gp->alpha));
        for (size_t i = 0; i < gp->n; i++)
            most = scratch.k[i] > most ? scratch.k[i] : most;
        double explained = most * most / (gp->variance + gp->noise);
        deviation[c] = gp->scale * deviation_of(gp, explained);
    }
}

/* K alpha = y - mean, so the kernel's part without noise is y - mean - noise alpha. */
void muster_gp_smooth(const struct muster_gp *gp, double *mean)
{
    for (size_t i = 0; i < gp->observed; i++) {
        double noise = gp->noise * gp->ratio[i] + gp->variance * MUSTER_GP_JITTER;
        mean[i] = gp->shift + gp->scale * (gp->y[i] - noise * gp->alpha[i]);
    }
}
