/* No activation at all: y = x. */
#include "nn/activation_impl.h"

VECTOR_INLINE vfloat value(vfloat x, vfloat *slope)
{
    (void)slope;
    return x;
}

VECTOR_INLINE vfloat chain(vfloat dy, vfloat y)
{
    (void)y;
    return dy;
}

static void forward(const struct muster_forward_strip *strip)
{
    strip_forward(strip, value);
}

static void backward(const struct muster_backward_strip *strip)
{
    strip_backward(strip, chain);
}

const struct muster_activation muster_activation_identity = {
    .plugin = {.name = "identity", .help = "x itself"},
    .forward = forward,
    .backward = backward,
};
