/* Rastrigin's function (Rastrigin 1974, A = 10): usually on [-5.12, 5.12]^d, minimum 0 at the
 * origin. */
#include <math.h>

#include "objective_impl.h"

static double value(const double *x, size_t d)
{
    double sum = 10.0 * (double)d;
    for (size_t i = 0; i < d; i++)
        sum += x[i] * x[i] - 10.0 * cos(2.0 * M_PI * x[i]);
    return sum;
}

const struct objective_function function_rastrigin = {
    .plugin = {.name = "rastrigin", .help = "a grid of minima, the lowest 0 at the origin"},
    .value = value};
