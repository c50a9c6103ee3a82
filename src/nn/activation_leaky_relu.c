/* The leaky rectified linear unit (Maas, Hannun, Ng, ICML 2013), with PyTorch's slope 0.01 below
 * zero. */
#include "nn/activation_impl.h"

#define LEAK 0.01f

VECTOR_INLINE vfloat value(vfloat x, vfloat *slope)
{
    (void)slope;
    return vselect((vint)(x > 0.0f), x, LEAK * x);
}

VECTOR_INLINE vfloat chain(vfloat dy, vfloat y)
{
    return vselect((vint)(y > 0.0f), dy, LEAK * dy);
}

static void forward(const struct muster_forward_strip *strip)
{
    strip_forward(strip, value);
}

static void backward(const struct muster_backward_strip *strip)
{
    strip_backward(strip, chain);
}

const struct muster_activation muster_activation_leaky_relu = {
    .plugin = {.name = "leaky_relu", .help = "x above 0, 0.01 x below"},
    .rectifier = true,
    .forward = forward,
    .backward = backward,
};
