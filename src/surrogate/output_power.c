/* Powers of scores that make them look normal: Box and Cox (1964) where all are positive, Yeo and
 * Johnson (Biometrika 87, 2000) otherwise; the exponent by maximum likelihood, a concave problem of
 * one variable. Box-Cox takes scores over their geometric mean, which changes it by a shift and a
 * factor only and keeps digits; Yeo-Johnson takes them over their standard deviation. */
#include <math.h>

#include "surrogate/surrogate_impl.h"

/* Exponents in question, and halvings of that interval by golden sections: to 1e-8 or so. */
static const double steepest = 5;
enum { SECTIONS = 45 };

/* A spread below this share of the size is rounding error. */
static const double least_spread = 1e-12;

/* ((1 + v)^p - 1) / p of v > -1, given log1p(v). */
static double power(double logarithm, double p)
{
    return fabs(p) < 1e-12 ? logarithm : expm1(p * logarithm) / p;
}

double muster_power_warp(const struct muster_output_warp *warp, double y)
{
    double v = y / warp->scale;
    if (warp->kind == MUSTER_WARP_BOX_COX)
        return power(log(v), warp->lambda);
    return v >= 0 ? power(log1p(v), warp->lambda) : -power(log1p(-v), 2 - warp->lambda);
}

/* The inverse of `power`, as a logarithm; infinite from where no value has it on. */
static double power_back(double t, double p)
{
    if (fabs(p) < 1e-12)
        return t;
    return 1 + p * t > 0 ? log1p(p * t) / p : copysign(INFINITY, -p);
}

double muster_power_back(const struct muster_output_warp *warp, double t)
{
    bool plain = warp->kind == MUSTER_WARP_BOX_COX, low = t < 0 && !plain;
    double p = low ? 2 - warp->lambda : warp->lambda;
    double logarithm = power_back(low ? -t : t, p);
    double value = warp->scale * (plain ? exp(logarithm)
                                  : low ? -expm1(logarithm)
                                        : expm1(logarithm));
    if (p >= 0)
        return value;
    return low ? fmax(value, warp->least) : fmin(value, warp->most); /* it ends there, all but */
}

/* ---- the exponent ---------------------------------------------------------------------------- */

struct sample {
    struct muster_output_warp *warp;
    const double *y;
    const bool *counts; /* NULL: all */
    size_t n, of;       /* values, and those that count */
};

static bool counts(const struct sample *sample, size_t i)
{
    return sample->counts == NULL || sample->counts[i];
}

/* Mean and mean square distance to it of the warped values that count. */
static double variance(const struct sample *sample, double *mean)
{
    double sum = 0, squares = 0, of = (double)sample->of;
    for (size_t i = 0; i < sample->n; i++)
        sum += counts(sample, i) ? muster_power_warp(sample->warp, sample->y[i]) : 0;
    *mean = sum / of;
    for (size_t i = 0; i < sample->n; i++)
        if (counts(sample, i)) {
            double away = muster_power_warp(sample->warp, sample->y[i]) - *mean;
            squares += away * away;
        }
    return squares / of;
}

/* The negative log likelihood per value, but for a constant; `jacobian`: the mean of the logarithms
 * that count for the warp's slope. */
static double unlikeliness(const struct sample *sample, double lambda, double jacobian)
{
    double mean;
    sample->warp->lambda = lambda;
    double spread = variance(sample, &mean);
    if (!(spread > least_spread * mean * mean) || !isfinite(spread))
        return INFINITY;
    return 0.5 * log(spread) - (lambda - 1) * jacobian;
}

/* The likeliest exponent; false where no exponent leaves a spread. */
static bool fit_exponent(const struct sample *sample, double jacobian)
{
    const double golden = 0.5 * (sqrt(5) - 1);
    double low = -steepest, high = steepest, at[2], value[2];

    for (int k = 0; k < 2; k++) {
        at[k] = k == 0 ? high - golden * (high - low) : low + golden * (high - low);
        value[k] = unlikeliness(sample, at[k], jacobian);
    }
    for (int i = 0; i < SECTIONS; i++) {
        int lost = value[0] < value[1] ? 1 : 0; /* the side beyond it is */
        *(lost == 1 ? &high : &low) = at[lost];
        at[lost] = at[1 - lost];
        value[lost] = value[1 - lost];
        at[1 - lost] = lost == 1 ? high - golden * (high - low) : low + golden * (high - low);
        value[1 - lost] = unlikeliness(sample, at[1 - lost], jacobian);
    }
    return isfinite(unlikeliness(sample, 0.5 * (low + high), jacobian));
}

static struct sample sample_of(struct muster_output_warp *warp, const double *y, const bool *which,
                               size_t n)
{
    struct sample sample = {.warp = warp, .y = y, .counts = which, .n = n};
    for (size_t i = 0; i < n; i++)
        sample.of += counts(&sample, i);
    return sample;
}

bool muster_box_cox_fit(struct muster_output_warp *warp, const double *y, const bool *which,
                        size_t n)
{
    struct sample sample = sample_of(warp, y, which, n);
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += counts(&sample, i) ? log(y[i]) : 0;
    warp->kind = MUSTER_WARP_BOX_COX;
    warp->scale = exp(sum / (double)sample.of); /* logarithms then have the mean 0 */
    return sample.of >= 3 && isfinite(warp->scale) && fit_exponent(&sample, 0);
}

bool muster_yeo_johnson_fit(struct muster_output_warp *warp, const double *y, const bool *which,
                            size_t n)
{
    struct sample sample = sample_of(warp, y, which, n);
    double mean = 0, sum = 0;

    warp->kind = MUSTER_WARP_YEO_JOHNSON;
    warp->scale = warp->lambda = 1; /* the identity */
    double spread = sample.of >= 3 ? variance(&sample, &mean) : 0;
    if (!(spread > least_spread * mean * mean) || !isfinite(spread))
        return false;
    warp->scale = sqrt(spread);
    for (size_t i = 0; i < n; i++)
        sum += counts(&sample, i) ? copysign(log1p(fabs(y[i] / warp->scale)), y[i]) : 0;
    return fit_exponent(&sample, sum / (double)sample.of);
}
