/* The rectified linear unit, max(x, 0). */
#include "nn/activation_impl.h"

VECTOR_INLINE vfloat value(vfloat x, vfloat *slope)
{
    (void)slope;
    return (vfloat)(~(vint)(x <= 0.0f) & (vint)x); /* so that NaN stays NaN */
}

VECTOR_INLINE vfloat chain(vfloat dy, vfloat y)
{
    return (vfloat)((vint)(y > 0.0f) & (vint)dy);
}

static void forward(const struct muster_forward_strip *strip)
{
    strip_forward(strip, value);
}

static void backward(const struct muster_backward_strip *strip)
{
    strip_backward(strip, chain);
}

const struct muster_activation muster_activation_relu = {
    .plugin = {.name = "relu", .help = "max(x, 0)"},
    .rectifier = true,
    .forward = forward,
    .backward = backward,
};
