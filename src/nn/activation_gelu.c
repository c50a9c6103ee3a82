/* The Gaussian error linear unit x P(X <= x) (Hendrycks, Gimpel, arXiv 1606.08415) in its exact
 * form; its derivative P(X <= x) + x p(x) is worked out on the way and kept. */
#include "nn/activation_impl.h"

VECTOR_INLINE vfloat value(vfloat x, vfloat *slope)
{
    vfloat density, distribution = vnormal(x, &density);
    *slope = distribution + x * density;
    return x * distribution;
}

static void forward(const struct muster_forward_strip *strip)
{
    strip_forward(strip, value);
}

static void backward(const struct muster_backward_strip *strip)
{
    strip_backward(strip, times_slope);
}

const struct muster_activation muster_activation_gelu = {
    .plugin = {.name = "gelu", .help = "x times the normal distribution function of x"},
    .keeps_slope = true,
    .rectifier = true,
    .forward = forward,
    .backward = backward,
};
