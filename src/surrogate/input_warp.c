/* Input warping: continuous parameters enter the kernel through the distribution function of
 * Kumaraswamy, w(u) = 1 - (1 - u^a)^b (Snoek, Swersky, Zemel, Adams, ICML 2014, who take a beta
 * distribution's), so that an objective that changes faster near one border looks even. The
 * logarithms of a and b stand behind the kernel's parameters and are fitted with them. */
#include <math.h>

#include "surrogate/surrogate_impl.h"

/* The warp is that of the nearest point at least so far from a border, where slopes are finite. */
static const double margin = 1e-6;

static double inside(double u)
{
    return fmin(fmax(u, margin), 1 - margin);
}

/* w at u, and where not NULL its slopes: by u, log a and log b. */
static double kumaraswamy(double u, double log_a, double log_b, double *slope)
{
    double a = exp(log_a), b = exp(log_b), at = log(inside(u)), power = exp(a * at);
    double rest = log1p(-power), w = -expm1(b * rest);
    if (slope != NULL) {
        double steep = a * b * exp((b - 1) * rest) * power;
        slope[0] = steep / inside(u);
        slope[1] = steep * at;
        slope[2] = -b * exp(b * rest) * rest;
    }
    return w;
}

enum muster_status muster_gp_warp_create(struct muster_gp *gp)
{
    enum muster_status status = MUSTER_OK;
    MUSTER_NEW(gp->warped, gp->d);
    for (size_t j = 0; gp->model.warp_inputs && j < gp->d; j++)
        if (muster_param_is_continuous(&gp->space->params[j]))
            gp->warped[gp->n_warped++] = j;
done:
    return status;
}

size_t muster_gp_warp_at(const struct muster_gp *gp)
{
    return gp->p - 2 * gp->n_warped;
}

/* The slopes at `plain` of warped parameter k, see above. */
static double warp(const struct muster_gp *gp, const double *theta, size_t k, double plain,
                   double *slope)
{
    const double *shapes = theta + muster_gp_warp_at(gp);
    return kumaraswamy(plain, shapes[k], shapes[gp->n_warped + k], slope);
}

/* A coordinate as a feature, and how the feature grows with it. */
static double feature_of(enum muster_feature_kind kind, double w, double *slope)
{
    *slope = kind == MUSTER_FEATURE_COS ? -sin(w) : kind == MUSTER_FEATURE_SIN ? cos(w) : 1;
    return kind == MUSTER_FEATURE_COS ? cos(w) : kind == MUSTER_FEATURE_SIN ? sin(w) : w;
}

/* The warped parameter's coordinate and features among z, entries `stride` apart. */
static void put(const struct muster_gp *gp, size_t j, double w, double *z, size_t stride)
{
    double slope;
    z[(gp->cloud.f + j) * stride] = w;
    for (size_t f = 0; f < gp->cloud.f; f++)
        if (gp->features[f].param == j)
            z[f * stride] = feature_of(gp->features[f].kind, w, &slope);
}

void muster_gp_warp_point(const struct muster_gp *gp, double *z)
{
    for (size_t k = 0; k < gp->n_warped; k++) {
        double plain = z[gp->cloud.f + gp->warped[k]];
        if (plain >= 0)
            put(gp, gp->warped[k], warp(gp, gp->theta, k, plain, NULL), z, 1);
    }
}

void muster_gp_map(const struct muster_gp *gp, const double *u, double *x, double *z)
{
    muster_features_map(gp->space, gp->features, gp->cloud.f, u, x, z);
    muster_gp_warp_point(gp, z);
}

void muster_gp_warp_cloud(const struct muster_gp *gp, const double *theta, const double *plain,
                          struct muster_cloud *cloud, size_t n)
{
    for (size_t k = 0; k < gp->n_warped; k++) {
        const double *from = plain + gp->warped[k] * cloud->stride;
        for (size_t i = 0; i < n; i++)
            if (from[i] >= 0)
                put(gp, gp->warped[k], warp(gp, theta, k, from[i], NULL), cloud->z + i,
                    cloud->stride);
    }
}

double muster_gp_axis_rise(const struct muster_gp *gp, size_t j, const double *u)
{
    double slope[3];
    for (size_t k = 0; k < gp->n_warped; k++)
        if (gp->warped[k] == j) {
            warp(gp, gp->theta, k, u[j], slope);
            return slope[0];
        }
    return muster_param_is_continuous(&gp->space->params[j]) ? 1 : 0;
}

double muster_gp_feature_rise(const struct muster_gp *gp, size_t f, const double *x,
                              const double *z, const double *u)
{
    const struct muster_feature *feature = &gp->features[f];
    double slope;
    if (feature->kind == MUSTER_FEATURE_HAMMING || feature->discrete || isnan(x[feature->param]))
        return 0;
    feature_of(feature->kind, z[gp->cloud.f + feature->param], &slope);
    return slope * muster_gp_axis_rise(gp, feature->param, u);
}

/* ---- fit ------------------------------------------------------------------------------------- */

/* A symmetric matrix from its strict lower triangle, its diagonal zero. */
static void mirror(size_t n, double *a)
{
    for (size_t i = 0; i < n; i++) {
        a[i * n + i] = 0;
        for (size_t k = 0; k < i; k++)
            a[k * n + i] = a[i * n + k];
    }
}

/* How the objective grows with the warped coordinate j of point i. */
static double pull(const struct muster_gp *gp, const struct muster_warp_sums *sums, size_t j,
                   size_t i, double *point)
{
    const struct muster_cloud *cloud = sums->cloud;
    const double *slope = sums->slope + i * sums->n;
    double total = 0, rise;

    point[cloud->f + j] = cloud->z[(cloud->f + j) * cloud->stride + i];
    if (gp->model.additive)
        total += muster_kernel_axis_slope(cloud, &sums->covariance, point, j,
                                          sums->level + i * sums->n, sums->n);
    for (size_t f = 0; f < cloud->f; f++) {
        const double *z = cloud->z + f * cloud->stride;
        double sum = 0;
        if (gp->features[f].param != j)
            continue;
        for (size_t k = 0; k < sums->n; k++)
            sum += slope[k] * (z[i] - z[k]);
        feature_of(gp->features[f].kind, point[cloud->f + j], &rise);
        total -= sums->covariance.weights[f] * sum * rise;
    }
    return total;
}

void muster_gp_warp_gradient(const struct muster_gp *gp, const double *theta,
                             const struct muster_warp_sums *sums, double *point, double *gradient)
{
    if (gp->n_warped == 0)
        return;
    mirror(sums->n, sums->level);
    mirror(sums->n, sums->slope);
    for (size_t k = 0; k < gp->n_warped; k++) {
        const double *plain = sums->plain + gp->warped[k] * sums->cloud->stride;
        for (size_t i = 0; i < sums->n; i++) {
            double slope[3];
            if (plain[i] < 0)
                continue;
            double total = pull(gp, sums, gp->warped[k], i, point);
            warp(gp, theta, k, plain[i], slope);
            gradient[k] += total * slope[1];
            gradient[gp->n_warped + k] += total * slope[2];
        }
    }
}
