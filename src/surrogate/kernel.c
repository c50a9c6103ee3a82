/* Covariances row by row, over features stored one behind the other.
 *
 * Matern of smoothness 5/2: k = a (1 + r + r^2 / 3) exp(-r) with r^2 = 5 sum_f w_f d_f^2 (Rasmussen
 * and Williams 2006, eq. 4.17); squared exponential: k = a exp(-sum_f w_f d_f^2 / 2). The additive
 * part is a mean of Matern kernels of one parameter each (Duvenaud et al. 2011, arXiv 1112.4394, of
 * first order), each with a length scale of its own. On one axis exp(-s |x - v|) is the lesser of
 * exp(-s x) exp(s v) and exp(s x) exp(-s v), so that no entry needs an exponential. */
#include <math.h>
#include <string.h>

#include "surrogate/surrogate_impl.h"

/* exp(-r), r >= 0, by loops that compilers turn into vectors: r = k log 2 + rest, and a Taylor
 * polynomial of the rest, |rest| <= log(2) / 2, to rounding. Below exp(-700) it stays there. */
static inline double decay(double r)
{
    static const double magic = 6755399441055744.0; /* 1.5 2^52: the sum's last bits are k */
    double x = r < 700 ? -r : -700, shifted = x * 1.4426950408889634 + magic, k = shifted - magic;
    double f = x - k * 0.693145751953125 - k * 1.42860682030941723212e-6, p = 1.0 / 479001600;
    uint64_t exponent, bits;

    p = p * f + 1.0 / 39916800;
    p = p * f + 1.0 / 3628800;
    p = p * f + 1.0 / 362880;
    p = p * f + 1.0 / 40320;
    p = p * f + 1.0 / 5040;
    p = p * f + 1.0 / 720;
    p = p * f + 1.0 / 120;
    p = p * f + 1.0 / 24;
    p = p * f + 1.0 / 6;
    p = p * f + 0.5;
    p = p * f + 1;
    p = p * f + 1;
    memcpy(&exponent, &shifted, sizeof exponent);
    memcpy(&bits, &p, sizeof bits);
    bits += exponent << 52;
    memcpy(&p, &bits, sizeof p);
    return p;
}

/* ---- the part over all features ------------------------------------------------------------ */

static void add_squares(const struct muster_cloud *cloud, size_t feature, double weight,
                        double value, size_t n, double *squares)
{
    const double *z = cloud->z + feature * cloud->stride;
    if (cloud->features[feature].kind == MUSTER_FEATURE_HAMMING) {
        for (size_t i = 0; i < n; i++)
            squares[i] += z[i] != value ? weight : 0;
    } else {
        for (size_t i = 0; i < n; i++)
            squares[i] += weight * (z[i] - value) * (z[i] - value);
    }
}

static void matern(double amplitude, size_t n, double *k, double *slope)
{
    if (slope != NULL)
        for (size_t i = 0; i < n; i++) {
            double r = sqrt(5 * k[i]), e = amplitude * decay(r);
            k[i] = e * (1 + r + r * r / 3);
            slope[i] = e * (1 + r) * (5.0 / 6);
        }
    else
        for (size_t i = 0; i < n; i++) {
            double r = sqrt(5 * k[i]);
            k[i] = amplitude * decay(r) * (1 + r + r * r / 3);
        }
}

static void squared_exponential(double amplitude, size_t n, double *k, double *slope)
{
    for (size_t i = 0; i < n; i++)
        k[i] = amplitude * decay(0.5 * k[i]);
    for (size_t i = 0; slope != NULL && i < n; i++)
        slope[i] = 0.5 * k[i];
}

void muster_kernel_spread(const struct muster_cloud *cloud, size_t feature, double value,
                          const double *row, size_t n, double *total)
{
    const double *z = cloud->z + feature * cloud->stride;
    if (cloud->features[feature].kind == MUSTER_FEATURE_HAMMING) {
        for (size_t i = 0; i < n; i++)
            total[i] += z[i] != value ? row[i] : 0;
    } else {
        for (size_t i = 0; i < n; i++)
            total[i] += row[i] * (z[i] - value) * (z[i] - value);
    }
}

/* ---- the additive part ----------------------------------------------------------------------- */

/* A point on an axis. */
struct station {
    const double *v, *up, *down; /* the cloud's, [n] */
    double at, rate, up_at, down_at;
    bool hamming, active;
};

static struct station station_of(const struct muster_cloud *cloud,
                                 const struct muster_covariance *c, const double *point, size_t j)
{
    double at = point[cloud->f + j], rate = c->rates[j];
    return (struct station){.v = cloud->z + (cloud->f + j) * cloud->stride,
                            .up = cloud->up + j * cloud->stride,
                            .down = cloud->down + j * cloud->stride,
                            .at = at,
                            .rate = rate,
                            .up_at = exp(rate * at),
                            .down_at = exp(-rate * at),
                            .hamming = cloud->hamming[j],
                            .active = at >= 0};
}

/* The kernel of two values of a choice. */
static double apart(double rate)
{
    return (1 + rate + rate * rate / 3) * exp(-rate);
}

/* Correlation is 1 between equal choices, 0 between an inactive parameter and an active one. */
static void add_axis(const struct station *s, double share, size_t n, double *k)
{
    if (s->hamming || !s->active) {
        double other = s->hamming ? share * apart(s->rate) : 0;
        for (size_t i = 0; i < n; i++)
            k[i] += s->v[i] == s->at ? share : other;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        double a = s->down_at * s->up[i], b = s->up_at * s->down[i], e = a < b ? a : b;
        double r = s->rate * fabs(s->at - s->v[i]);
        k[i] += share * e * (1 + r + r * r / 3);
    }
}

void muster_kernel_axis(const struct muster_cloud *cloud, const struct muster_covariance *c,
                        const double *point, size_t j, const double *row, size_t n, double *level,
                        double *scale)
{
    struct station s = station_of(cloud, c, point, j);
    if (s.hamming || !s.active) {
        double e = s.hamming ? exp(-s.rate) : 0, other = s.hamming ? apart(s.rate) : 0;
        double steep = s.rate * s.rate * (1 + s.rate) * e / 3;
        for (size_t i = 0; i < n; i++) {
            level[i] += row[i] * (s.v[i] == s.at ? 1 : other);
            scale[i] += s.v[i] == s.at ? 0 : row[i] * steep;
        }
        return;
    }
    for (size_t i = 0; i < n; i++) {
        double a = s.down_at * s.up[i], b = s.up_at * s.down[i], e = row[i] * (a < b ? a : b);
        double r = s.rate * fabs(s.at - s.v[i]);
        level[i] += e * (1 + r + r * r / 3);
        scale[i] += e * r * r * (1 + r) / 3;
    }
}

double muster_kernel_axis_slope(const struct muster_cloud *cloud, const struct muster_covariance *c,
                                const double *point, size_t j, const double *weight, size_t n)
{
    struct station s = station_of(cloud, c, point, j);
    double sum = 0;
    if (s.hamming || !s.active)
        return 0;
    for (size_t i = 0; i < n; i++) {
        double a = s.down_at * s.up[i], b = s.up_at * s.down[i], e = a < b ? a : b;
        double r = s.rate * fabs(s.at - s.v[i]);
        sum -= weight[i] * e * (1 + r) * (s.at - s.v[i]);
    }
    return c->share * s.rate * s.rate / 3 * sum;
}

void muster_cloud_refresh(struct muster_cloud *cloud, const struct muster_covariance *c,
                          size_t first, size_t end)
{
    for (size_t j = 0; c->rates != NULL && j < c->d; j++) {
        const double *v = cloud->z + (cloud->f + j) * cloud->stride;
        double *up = cloud->up + j * cloud->stride, *down = cloud->down + j * cloud->stride;
        for (size_t i = first; i < end; i++) {
            up[i] = v[i] < 0 ? 0 : exp(c->rates[j] * v[i]);
            down[i] = v[i] < 0 ? 0 : exp(-c->rates[j] * v[i]);
        }
    }
}

/* ---- both ------------------------------------------------------------------------------------ */

void muster_kernel_row(const struct muster_cloud *cloud, const struct muster_covariance *c,
                       const double *point, size_t n, double *k, double *slope)
{
    memset(k, 0, n * sizeof *k);
    for (size_t f = 0; f < cloud->f; f++)
        add_squares(cloud, f, c->weights[f], point[f], n, k);
    if (c->kind == MUSTER_KERNEL_MATERN)
        matern(c->amplitude, n, k, slope);
    else
        squared_exponential(c->amplitude, n, k, slope);
    for (size_t j = 0; c->rates != NULL && j < c->d; j++) {
        struct station s = station_of(cloud, c, point, j);
        add_axis(&s, c->share, n, k);
    }
}
