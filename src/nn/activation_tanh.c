/* The hyperbolic tangent; its derivative is 1 - y^2. */
#include "nn/activation_impl.h"

VECTOR_INLINE vfloat value(vfloat x, vfloat *slope)
{
    (void)slope;
    return vtanh(x);
}

VECTOR_INLINE vfloat chain(vfloat dy, vfloat y)
{
    return dy * (1.0f - y * y);
}

static void forward(const struct muster_forward_strip *strip)
{
    strip_forward(strip, value);
}

static void backward(const struct muster_backward_strip *strip)
{
    strip_backward(strip, chain);
}

const struct muster_activation muster_activation_tanh = {
    .plugin = {.name = "tanh", .help = "hyperbolic tangent"},
    .forward = forward,
    .backward = backward,
};
