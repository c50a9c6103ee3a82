/* Ackley's function (Ackley 1987, with a = 20, b = 0.2, c = 2 pi): usually on [-32.768, 32.768]^d,
 * minimum 0 at the origin. */
#include <math.h>

#include "objective_impl.h"

static double value(const double *x, size_t d)
{
    double squares = 0.0, cosines = 0.0;
    for (size_t i = 0; i < d; i++) {
        squares += x[i] * x[i];
        cosines += cos(2.0 * M_PI * x[i]);
    }
    return -20.0 * exp(-0.2 * sqrt(squares / (double)d)) - exp(cosines / (double)d) + 20.0 + M_E;
}

const struct objective_function function_ackley = {
    .plugin = {.name = "ackley", .help = "a funnel with many small dents, minimum 0 at the origin"},
    .value = value};
