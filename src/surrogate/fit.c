/* Kernel parameters by maximum a posteriori: the negative log posterior and its gradient (Rasmussen
 * and Williams 2006, eq. 5.8 and 5.9), minimised by NLopt's L-BFGS within the bounds of the priors.
 * The constant mean is profiled out, so it adds nothing to the gradient. */
#include <math.h>
#include <nlopt.h>
#include <string.h>

#include "surrogate/surrogate_impl.h"

/* Observations that take part in a fit at most; up to how many both starts are followed; and
 * evaluations of one start up to there and beyond, where the last fit is close already. */
enum { MOST = 512, FEW = 100, EVALUATIONS_OF_FEW = 40, EVALUATIONS = 20 };

static const double infeasible = 1e10;

struct fit {
    struct muster_gp *gp; /* borrowed */
    size_t n, p;
    struct muster_cloud cloud; /* the observations that take part */
    double *y;
    double *inverse, *slope; /* [n][n] */
    double *pair;            /* [n][2] */
    double *alpha, *total;   /* [n] */
    double *point;           /* [f + d] */
    double *plain;           /* [d][n]: axes before they are warped */
    struct muster_scales scales;
    double *ratio;         /* [n] */
    double *level, *scale; /* [n] */
    double *best;          /* [p], with its value */
    double best_value;
};

/* ---- likelihood ---------------------------------------------------------------------------- */

static struct muster_covariance covariance_of(const struct fit *fit)
{
    struct muster_covariance covariance = muster_gp_covariance(fit->gp);
    covariance.weights = fit->scales.weights;
    covariance.rates = fit->gp->model.additive ? fit->scales.rates : NULL;
    covariance.amplitude = fit->scales.amplitude;
    covariance.share = fit->scales.share;
    return covariance;
}

static void point_of(struct fit *fit, size_t i)
{
    for (size_t f = 0; f < fit->cloud.f + fit->gp->d; f++)
        fit->point[f] = fit->cloud.z[f * fit->cloud.stride + i];
}

/* Lower triangles of the covariance (into `inverse`) and of -dk / d(squared distance). */
static void fill_covariance(struct fit *fit, const double *theta)
{
    struct muster_covariance covariance = covariance_of(fit);
    size_t n = fit->n;

    muster_gp_warp_cloud(fit->gp, theta, fit->plain, &fit->cloud, n);
    muster_cloud_refresh(&fit->cloud, &covariance, 0, n);
    for (size_t i = 0; i < n; i++) {
        double *row = fit->inverse + i * n;
        point_of(fit, i);
        muster_kernel_row(&fit->cloud, &covariance, fit->point, i, row, fit->slope + i * n);
        row[i] = fit->scales.variance * (1 + MUSTER_GP_JITTER) + fit->scales.noise * fit->ratio[i];
    }
}

/* With L in `inverse`: alpha, and y' K^-1 y / 2 + log |L| + n log(2 pi) / 2 of the residual y. */
static double likelihood(struct fit *fit)
{
    const struct muster_solver *solver = fit->gp->solver;
    size_t n = fit->n;
    double top = 0, bottom = 0, value = 0.91893853320467274178 * (double)n;

    for (size_t i = 0; i < n; i++) {
        fit->pair[2 * i] = fit->y[i];
        fit->pair[2 * i + 1] = 1;
    }
    solver->forward(solver->context, n, fit->inverse, 2, fit->pair);
    for (size_t i = 0; i < n; i++) {
        top += fit->pair[2 * i] * fit->pair[2 * i + 1];
        bottom += fit->pair[2 * i + 1] * fit->pair[2 * i + 1];
    }
    for (size_t i = 0; i < n; i++) {
        double v = fit->pair[2 * i] - top / bottom * fit->pair[2 * i + 1];
        fit->alpha[i] = v;
        value += 0.5 * v * v + log(fit->inverse[i * n + i]);
    }
    solver->backward(solver->context, n, fit->inverse, 1, fit->alpha);
    return value;
}

/* gradient of the additive part: its length scales [d], then its amplitude; `trace`: half that of
 * K^-1 - alpha alpha', whose lower triangle stands in `inverse`. */
static void additive_gradient(struct fit *fit, double trace, double *gradient)
{
    struct muster_covariance covariance = covariance_of(fit);
    size_t n = fit->n, d = fit->gp->d;
    double level = (double)d * trace;

    memset(fit->level, 0, n * sizeof *fit->level);
    for (size_t j = 0; j < d; j++) {
        double sum = 0;
        memset(fit->scale, 0, n * sizeof *fit->scale);
        for (size_t i = 0; i < n; i++) {
            fit->point[fit->cloud.f + j] = fit->cloud.z[(fit->cloud.f + j) * n + i];
            muster_kernel_axis(&fit->cloud, &covariance, fit->point, j, fit->inverse + i * n, i,
                               fit->level, fit->scale);
        }
        for (size_t i = 0; i < n; i++)
            sum += fit->scale[i];
        gradient[j] = covariance.share * sum;
    }
    for (size_t i = 0; i < n; i++)
        level += fit->level[i];
    gradient[d] = covariance.share * level;
}

/* gradient[p] from K^-1, alpha and slope; `explained` = alpha' K alpha. */
static void likelihood_gradient(struct fit *fit, const double *theta, double explained,
                                double *gradient)
{
    size_t n = fit->n, d = fit->gp->d;
    double trace = 0, noisy = 0, additive = 0, noise = fit->scales.noise;

    memset(gradient, 0, fit->p * sizeof *gradient);
    for (size_t i = 0; i < n; i++) {
        double diagonal = 0.5 * (fit->inverse[i * n + i] - fit->alpha[i] * fit->alpha[i]);
        trace += diagonal;
        noisy += fit->ratio[i] * diagonal;
        for (size_t j = 0; j < i; j++) {
            fit->inverse[i * n + j] -= fit->alpha[i] * fit->alpha[j];
            fit->slope[i * n + j] *= 2 * fit->inverse[i * n + j];
        }
    }
    for (size_t f = 0; f < fit->cloud.f; f++) {
        const double *z = fit->cloud.z + f * fit->cloud.stride;
        double sum = 0;
        memset(fit->total, 0, n * sizeof *fit->total);
        for (size_t i = 0; i < n; i++)
            muster_kernel_spread(&fit->cloud, f, z[i], fit->slope + i * n, i, fit->total);
        for (size_t i = 0; i < n; i++)
            sum += fit->total[i];
        gradient[fit->cloud.features[f].param] += fit->scales.weights[f] * sum;
    }
    if (fit->gp->model.additive) {
        additive_gradient(fit, trace * (1 + MUSTER_GP_JITTER), gradient + d + 2);
        additive = gradient[muster_gp_warp_at(fit->gp) - 1];
    }
    gradient[d] = 0.5 * ((double)n - explained) - noise * noisy - additive;
    gradient[d + 1] = noise * noisy;
    struct muster_warp_sums sums = {n,           fit->inverse, fit->slope,
                                    &fit->cloud, fit->plain,   covariance_of(fit)};
    muster_gp_warp_gradient(fit->gp, theta, &sums, fit->point,
                            gradient + muster_gp_warp_at(fit->gp));
}

static enum muster_status posterior(struct fit *fit, const double *theta, double *value,
                                    double *gradient)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_solver *solver = fit->gp->solver;
    double explained = 0;

    muster_gp_scales(fit->gp, theta, &fit->scales);
    fill_covariance(fit, theta);
    MUSTER_TRY(solver->factor(solver->context, fit->n, fit->inverse));
    *value = likelihood(fit);
    if (gradient != NULL) {
        MUSTER_TRY(solver->inverse(solver->context, fit->n, fit->inverse));
        for (size_t i = 0; i < fit->n; i++) /* residual = y - mean, and alpha sums to zero */
            explained += fit->alpha[i] * fit->y[i];
        likelihood_gradient(fit, theta, explained, gradient);
    }
    *value += muster_gp_prior_add(fit->gp, theta, gradient);
done:
    return status;
}

/* A line search may try parameters at which no factor exists: a wall, not an error. */
static double evaluate(struct fit *fit, const double *theta, double *gradient)
{
    double value;
    if (posterior(fit, theta, &value, gradient) == MUSTER_OK && isfinite(value))
        return value;
    muster_error_clear();
    if (gradient != NULL)
        memset(gradient, 0, fit->p * sizeof *gradient);
    return infeasible;
}

/* ---- fit ----------------------------------------------------------------------------------- */

static void fit_clear(struct fit *fit)
{
    muster_free(fit->cloud.z);
    muster_free(fit->cloud.up);
    muster_free(fit->cloud.down);
    muster_free(fit->ratio);
    muster_free(fit->level);
    muster_free(fit->scale);
    muster_free(fit->y);
    muster_free(fit->inverse);
    muster_free(fit->slope);
    muster_free(fit->pair);
    muster_free(fit->alpha);
    muster_free(fit->total);
    muster_free(fit->point);
    muster_free(fit->plain);
    muster_free(fit->scales.weights);
    muster_free(fit->scales.rates);
    muster_free(fit->best);
    *fit = (struct fit){0};
}

/* Observations of a large set take part evenly spaced in order, the last one among them. */
static void choose_observations(struct fit *fit)
{
    const struct muster_gp *gp = fit->gp;
    for (size_t i = 0; i < fit->n; i++) {
        size_t from = (i + 1) * gp->observed / fit->n - 1;
        fit->y[i] = gp->y[from];
        fit->ratio[i] = gp->ratio[from];
        for (size_t f = 0; f < gp->cloud.f + gp->d; f++)
            fit->cloud.z[f * fit->n + i] = gp->cloud.z[f * gp->cloud.stride + from];
        for (size_t j = 0; j < gp->d; j++)
            fit->plain[j * fit->n + i] = gp->plain[j * gp->cloud.stride + from];
    }
}

static enum muster_status fit_create(struct fit *fit, struct muster_gp *gp)
{
    enum muster_status status = MUSTER_OK;
    size_t n = gp->observed < MOST ? gp->observed : MOST;

    *fit = (struct fit){.gp = gp, .n = n, .p = gp->p, .best_value = INFINITY};
    fit->cloud = (struct muster_cloud){
        .f = gp->cloud.f, .features = gp->features, .hamming = gp->hamming, .stride = n};
    MUSTER_NEW(fit->cloud.z, (gp->cloud.f + gp->d) * n);
    MUSTER_NEW(fit->cloud.up, gp->d * n);
    MUSTER_NEW(fit->cloud.down, gp->d * n);
    MUSTER_NEW(fit->ratio, n);
    MUSTER_NEW(fit->level, n);
    MUSTER_NEW(fit->scale, n);
    MUSTER_NEW(fit->y, n);
    MUSTER_NEW(fit->inverse, n * n);
    MUSTER_NEW(fit->slope, n * n);
    MUSTER_NEW(fit->pair, 2 * n);
    MUSTER_NEW(fit->alpha, n);
    MUSTER_NEW(fit->total, n);
    MUSTER_NEW(fit->point, gp->cloud.f + gp->d);
    MUSTER_NEW(fit->plain, gp->d * n);
    MUSTER_NEW(fit->scales.weights, gp->cloud.f);
    MUSTER_NEW(fit->scales.rates, gp->d);
    MUSTER_NEW(fit->best, fit->p);
    choose_observations(fit);
done:
    if (status != MUSTER_OK)
        fit_clear(fit);
    return status;
}

enum muster_status muster_gp_objective(struct muster_gp *gp, const double *parameters,
                                       double *value, double *gradient)
{
    struct fit fit;
    enum muster_status status = fit_create(&fit, gp);
    if (status != MUSTER_OK)
        return status;
    *value = evaluate(&fit, parameters, gradient);
    fit_clear(&fit);
    return MUSTER_OK;
}

/* NLopt's view of the objective; keeps the best point, which a failed line search would lose. */
static double objective(unsigned p, const double *theta, double *gradient, void *context)
{
    struct fit *fit = context;
    double value = evaluate(fit, theta, gradient);
    if (value < fit->best_value) {
        fit->best_value = value;
        memcpy(fit->best, theta, p * sizeof *theta);
    }
    return value;
}

static enum muster_status descend(struct fit *fit, double *theta)
{
    enum muster_status status = MUSTER_OK;
    nlopt_opt opt = nlopt_create(NLOPT_LD_LBFGS, (unsigned)fit->p);
    double value;

    if (opt == NULL || nlopt_set_min_objective(opt, objective, fit) < 0) {
        status =
            muster_error(MUSTER_NO_MEMORY, "no memory for an optimizer of %zu parameters", fit->p);
        goto done;
    }
    for (size_t i = 0; i < fit->p; i++) {
        struct muster_gp_prior prior = muster_gp_prior_of(fit->gp, i);
        nlopt_set_lower_bound(opt, (int)i, prior.low);
        nlopt_set_upper_bound(opt, (int)i, prior.high);
        theta[i] = fmin(fmax(theta[i], prior.low), prior.high);
    }
    nlopt_set_maxeval(opt, fit->n <= FEW ? EVALUATIONS_OF_FEW : EVALUATIONS);
    nlopt_set_ftol_abs(opt, 1e-5);
    if (nlopt_optimize(opt, theta, &value) == NLOPT_OUT_OF_MEMORY)
        status = muster_error(MUSTER_NO_MEMORY, "no memory to fit %zu kernel parameters", fit->p);
done:
    nlopt_destroy(opt);
    return status;
}

enum muster_status muster_gp_fit(struct muster_gp *gp)
{
    enum muster_status status = MUSTER_OK;
    struct fit fit = {0};
    double *here = NULL, *start = NULL;

    MUSTER_TRY(fit_create(&fit, gp));
    MUSTER_NEW(here, fit.p);
    MUSTER_NEW(start, fit.p);
    muster_gp_get(gp, here);
    muster_gp_prior_start(gp, start);
    bool moved = memcmp(here, start, fit.p * sizeof *here) != 0;
    bool start_better = evaluate(&fit, start, NULL) < evaluate(&fit, here, NULL);
    if (fit.n <= FEW || !start_better)
        MUSTER_TRY(descend(&fit, here));
    if ((fit.n <= FEW && moved) || start_better)
        MUSTER_TRY(descend(&fit, start));
    if (fit.best_value < infeasible)
        muster_gp_set(gp, fit.best);
    gp->rows = 0;
    MUSTER_TRY(muster_gp_condition(gp));
done:
    fit_clear(&fit);
    muster_free(here);
    muster_free(start);
    return status;
}
