/* Rosenbrock's function (Rosenbrock 1960, summed over neighbours): usually on [-5, 10]^d, minimum 0
 * at (1, ..., 1). */
#include "objective_impl.h"

static double value(const double *x, size_t d)
{
    double sum = 0.0;
    for (size_t i = 0; i + 1 < d; i++) {
        double off = x[i + 1] - x[i] * x[i], rest = 1.0 - x[i];
        sum += 100.0 * off * off + rest * rest;
    }
    return sum;
}

const struct objective_function function_rosenbrock = {
    .plugin = {.name = "rosenbrock", .help = "a bent valley, minimum 0 at (1, ..., 1)"},
    .value = value};
