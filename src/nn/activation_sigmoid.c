/* The logistic function; its derivative is y (1 - y). */
#include "nn/activation_impl.h"

VECTOR_INLINE vfloat value(vfloat x, vfloat *slope)
{
    (void)slope;
    return vsigmoid(x);
}

VECTOR_INLINE vfloat chain(vfloat dy, vfloat y)
{
    return dy * (y * (1.0f - y));
}

static void forward(const struct muster_forward_strip *strip)
{
    strip_forward(strip, value);
}

static void backward(const struct muster_backward_strip *strip)
{
    strip_backward(strip, chain);
}

const struct muster_activation muster_activation_sigmoid = {
    .plugin = {.name = "sigmoid", .help = "1 / (1 + exp(-x))"},
    .forward = forward,
    .backward = backward,
};
