/* Levy's function (Laguna and Marti 2005): usually on [-10, 10]^d, minimum 0 at (1, ..., 1). */
#include <math.h>

#include "objective_impl.h"

static double squared(double x)
{
    return x * x;
}

static double w(double x)
{
    return 1.0 + (x - 1.0) / 4.0;
}

static double value(const double *x, size_t d)
{
    double first = w(x[0]), last = w(x[d - 1]);
    double sum = squared(sin(M_PI * first));
    for (size_t i = 0; i + 1 < d; i++)
        sum += squared(w(x[i]) - 1.0) * (1.0 + 10.0 * squared(sin(M_PI * w(x[i]) + 1.0)));
    return sum + squared(last - 1.0) * (1.0 + squared(sin(2.0 * M_PI * last)));
}

const struct objective_function function_levy = {
    .plugin = {.name = "levy", .help = "wavy, minimum 0 at (1, ..., 1)"}, .value = value};
