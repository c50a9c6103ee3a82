/* Functions of the normal distribution that stay accurate far out in the tail: log EI (Ament et
 * al., NeurIPS 2023, arXiv 2310.20708), scaled complementary error function, quantile.
 *
 * With x = -z > 0, Mills' ratio R(x) = Phi(z) / phi(z) = 1 / (x + T) and Laplace's continued
 * fraction T = 1 / (x + 2 / (x + 3 / (x + ...))), h(z) = phi(z) (1 - x R) = phi(z) T / (x + T):
 * only positive terms, hence no cancellation and none of the paper's three cases for z < -1; and
 * h'(z) / h(z) = 1 / T. */
#include <math.h>

#include "surrogate/surrogate_impl.h"

static const double half_log_2pi = 0.91893853320467274178;
static const double sqrt_half = 0.70710678118654752440;

/* T above, x >= 1, from far enough inside that what is cut off is below rounding; there t changes
 * slowly, hence the start at the fixed point of t = x + n / t. */
static double tail(double x)
{
    if (isnan(x)) /* terms without end */
        return x;
    int terms = 20 + (int)(240 / (x * x));
    double t = 0.5 * (x + hypot(x, 2 * sqrt(terms)));
    for (int n = terms; n >= 2; n--)
        t = x + n / t;
    return 1 / t;
}

static double density(double z)
{
    return exp(-0.5 * z * z - half_log_2pi);
}

double muster_log_h(double z)
{
    if (z > -1)
        return log(density(z) + z * muster_normal_cdf(z));
    double t = tail(-z);
    return -0.5 * z * z - half_log_2pi + log(t) - log(t - z);
}

double muster_log_h_derivative(double z)
{
    if (z > -1)
        return muster_normal_cdf(z) / (density(z) + z * muster_normal_cdf(z));
    return 1 / tail(-z);
}

double muster_erfcx(double x)
{
    if (x > 2) { /* sqrt(2 / pi) R(sqrt(2) x) */
        double s = x / sqrt_half;
        return 0.79788456080286535588 / (s + tail(s));
    }
    if (x < -27)
        return INFINITY;
    double square = x * x, rest = fma(x, x, -square);
    return exp(square) * (1 + rest) * erfc(x);
}

double muster_log_normal(double z, double *ratio)
{
    if (z > -1) {
        double p = muster_normal_cdf(z);
        *ratio = density(z) / p;
        return log(p);
    }
    double mills = muster_erfcx(-z * sqrt_half); /* 2 exp(z^2 / 2) Phi(z) */
    *ratio = 0.79788456080286535588 / mills;
    return -0.5 * z * z + log(0.5 * mills);
}

double muster_log_ei(double best, double mean, double deviation)
{
    if (deviation > 0)
        return log(deviation) + muster_log_h((best - mean) / deviation);
    return best > mean ? log(best - mean) : -INFINITY;
}

/* Newton's method from 0 on Phi, which is concave there: it climbs to the root and never jumps. */
double muster_normal_quantile(double p)
{
    if (p < 0.5)
        return -muster_normal_quantile(1 - p);
    double x = 0;
    for (int i = 0; i < 60; i++) {
        double step = (p - muster_normal_cdf(x)) / density(x);
        x += step;
        if (fabs(step) < 1e-14 * (1 + x))
            break;
    }
    return x;
}

double muster_bounded(double score)
{
    static const double most = 1e150;
    return isfinite(score) ? fmin(fmax(score, -most), most) : score;
}
