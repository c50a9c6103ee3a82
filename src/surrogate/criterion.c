/* Acquisition functions of a normal prediction, each with its derivatives: log expected improvement
 * (Ament et al. 2023, arXiv 2310.20708), log probability of improvement, confidence bound. */
#include <math.h>

#include "surrogate/surrogate_impl.h"

static double log_ei(const struct muster_criterion *c, double mean, double deviation, double *slope)
{
    double z = (c->best - mean) / deviation, pull = muster_log_h_derivative(z);
    slope[0] = -pull / deviation;
    slope[1] = (1 - pull * z) / deviation;
    return muster_log_ei(c->best, mean, deviation);
}

/* d log Phi(z) = phi(z) / Phi(z), by erfcx where Phi is small. */
static double log_pi(const struct muster_criterion *c, double mean, double deviation, double *slope)
{
    double z = (c->best - mean) / deviation, ratio;
    double value = muster_log_normal(z, &ratio);
    slope[0] = -ratio / deviation;
    slope[1] = -ratio * z / deviation;
    return value;
}

double muster_criterion_value(const struct muster_criterion *c, double mean, double deviation,
                              double *by_mean, double *by_deviation)
{
    double slope[2] = {-1, 0}, value = -mean;

    if (c->kind == MUSTER_LOG_EI)
        value = log_ei(c, mean, deviation, slope);
    if (c->kind == MUSTER_LOG_PI)
        value = log_pi(c, mean, deviation, slope);
    if (c->kind == MUSTER_UCB) {
        value = c->kappa * deviation - mean;
        slope[1] = c->kappa;
    }
    if (by_mean != NULL)
        *by_mean = slope[0];
    if (by_deviation != NULL)
        *by_deviation = slope[1];
    return value;
}

double muster_belief(const struct muster_space *space, double weight, const double *u, double *x,
                     double *slope)
{
    double sum = 0, rise;

    if (!(weight > 0))
        return 0;
    muster_space_decode(space, u, x);
    for (size_t j = 0; j < space->d; j++) {
        if (isnan(x[j]))
            continue;
        sum += muster_param_prior(&space->params[j], u[j], &rise);
        if (slope != NULL)
            slope[j] += weight * rise;
    }
    return weight * sum;
}
