/* The Matern kernel of smoothness 5/2, k = a (1 + r + r^2 / 3) exp(-r) with r^2 = 5 sum_f w_f d_f^2
 * (Rasmussen and Williams 2006, eq. 4.17), row by row over features stored one behind the other. */
#include <math.h>
#include <string.h>

#include "surrogate/surrogate_impl.h"

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

void muster_kernel_row(const struct muster_cloud *cloud, const double *weights, double amplitude,
                       const double *point, size_t n, double *k, double *slope)
{
    memset(k, 0, n * sizeof *k);
    for (size_t f = 0; f < cloud->f; f++)
        add_squares(cloud, f, weights[f], point[f], n, k);
    for (size_t i = 0; i < n; i++) {
        double r = sqrt(5 * k[i]), e = amplitude * exp(-r);
        k[i] = e * (1 + r + r * r / 3);
        if (slope != NULL)
            slope[i] = e * (1 + r) * (5.0 / 6);
    }
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
