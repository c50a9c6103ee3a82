/* Branin's function (Branin 1972; constants of Dixon and Szego 1978): usually on [-5, 10] x [0,
 * 15], where it has three minima of 0.397887, among them (pi, 2.275). */
#include <math.h>

#include "objective_impl.h"

static double value(const double *x, size_t d)
{
    (void)d;
    double curve = x[1] - 5.1 / (4.0 * M_PI * M_PI) * x[0] * x[0] + 5.0 / M_PI * x[0] - 6.0;
    return curve * curve + 10.0 * (1.0 - 1.0 / (8.0 * M_PI)) * cos(x[0]) + 10.0;
}

const struct objective_function function_branin = {
    .plugin = {.name = "branin", .help = "2 parameters, three equal minima in [-5, 10] x [0, 15]"},
    .dim = 2,
    .value = value};
