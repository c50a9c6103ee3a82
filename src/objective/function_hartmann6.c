/* Hartmann's function in six dimensions (Hartman 1973; constants of Dixon and Szego 1978): usually
 * on [0, 1]^6, minimum -3.32237 at (0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573). */
#include <math.h>

#include "objective_impl.h"

static const double weight[4] = {1.0, 1.2, 3.0, 3.2};
static const double a[4][6] = {{10, 3, 17, 3.5, 1.7, 8},
                               {0.05, 10, 17, 0.1, 8, 14},
                               {3, 3.5, 1.7, 10, 17, 8},
                               {17, 8, 0.05, 10, 0.1, 14}};
static const double p[4][6] = {{0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886},
                               {0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991},
                               {0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650},
                               {0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381}};

static double value(const double *x, size_t d)
{
    double sum = 0.0;
    for (size_t i = 0; i < 4; i++) {
        double distance = 0.0;
        for (size_t j = 0; j < d; j++)
            distance += a[i][j] * (x[j] - p[i][j]) * (x[j] - p[i][j]);
        sum += weight[i] * exp(-distance);
    }
    return -sum;
}

const struct objective_function function_hartmann6 = {
    .plugin = {.name = "hartmann6", .help = "6 parameters, six minima in [0, 1]^6"},
    .dim = 6,
    .value = value};
