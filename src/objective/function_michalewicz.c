/* Michalewicz' function (Michalewicz 1992, m = 10): usually on [0, pi]^d, minimum -1.8013 in 2,
 * -4.687658 in 5 and -9.66015 in 10 dimensions. */
#include <math.h>

#include "objective_impl.h"

static double value(const double *x, size_t d)
{
    double sum = 0.0;
    for (size_t i = 0; i < d; i++)
        sum += sin(x[i]) * pow(sin((double)(i + 1) * x[i] * x[i] / M_PI), 20.0);
    return -sum;
}

const struct objective_function function_michalewicz = {
    .plugin = {.name = "michalewicz", .help = "steep valleys, d! local minima in [0, pi]^d"},
    .value = value};
