/* Priors of the kernel parameters, all on logarithms: length scales N(sqrt 2 + log(d) / 2, 3)
 * (Hvarfner et al. 2024, arXiv 2402.02229), output scale N(0, 1.5^2), noise N(-4, 1) unless set;
 * length scales of the additive part N(log 0.4, 1), its amplitude N(0, 1.5^2), shapes of warps
 * N(0, 0.75^2). Departures:
 * densities of the logarithms themselves, and an output scale, which measured better than none. */
#include <math.h>

#include "surrogate/surrogate_impl.h"

struct muster_gp_prior muster_gp_prior_of(const struct muster_gp *gp, size_t i)
{
    double unit = gp->model.unit > 0 ? log(gp->model.unit) : 0;
    if (i < gp->d)
        return (struct muster_gp_prior){unit + sqrt(2) + 0.5 * log((double)gp->d), sqrt(3),
                                        unit + log(0.025), unit + log(300)};
    if (i == gp->d)
        return (struct muster_gp_prior){0, 1.5, -4, 8};
    if (i == gp->d + 1)
        return (struct muster_gp_prior){gp->model.noise_mean, gp->model.noise_deviation,
                                        log(gp->model.noise_floor), 0.5};
    if (i >= muster_gp_warp_at(gp))
        return (struct muster_gp_prior){0, 0.75, -2.25, 2.25};
    if (i < muster_gp_warp_at(gp) - 1)
        return (struct muster_gp_prior){log(0.4), 1, log(0.03), log(10)};
    return (struct muster_gp_prior){0, 1.5, -7, 7};
}

void muster_gp_prior_start(const struct muster_gp *gp, double *theta)
{
    for (size_t i = 0; i < gp->d; i++)
        theta[i] = log(0.5 * sqrt((double)gp->d) * (gp->model.unit > 0 ? gp->model.unit : 1));
    theta[gp->d] = 0;
    theta[gp->d + 1] = fmax(gp->model.noise_mean - 3, log(gp->model.noise_floor) + 0.1);
    for (size_t i = gp->d + 2; i < gp->p; i++)
        theta[i] = i + 1 < muster_gp_warp_at(gp) ? log(0.4) : 0;
}

double muster_gp_prior_add(const struct muster_gp *gp, const double *theta, double *gradient)
{
    double value = 0;
    for (size_t i = 0; i < gp->p; i++) {
        struct muster_gp_prior prior = muster_gp_prior_of(gp, i);
        double z = (theta[i] - prior.mean) / prior.deviation;
        value += 0.5 * z * z;
        if (gradient != NULL)
            gradient[i] += z / prior.deviation;
    }
    return value;
}
