/* The exponential linear unit (Clevert, Unterthiner, Hochreiter, ICLR 2016) with alpha = 1; its
 * derivative is 1 above zero and y + 1 below. */
#include "nn/activation_impl.h"

VECTOR_INLINE vfloat value(vfloat x, vfloat *slope)
{
    (void)slope;
    return vselect((vint)(x > 0.0f), x, vexp_less_one(x));
}

VECTOR_INLINE vfloat chain(vfloat dy, vfloat y)
{
    return vselect((vint)(y > 0.0f), dy, dy * (y + 1.0f));
}

static void forward(const struct muster_forward_strip *strip)
{
    strip_forward(strip, value);
}

static void backward(const struct muster_backward_strip *strip)
{
    strip_backward(strip, chain);
}

const struct muster_activation muster_activation_elu = {
    .plugin = {.name = "elu", .help = "x above 0, exp(x) - 1 below"},
    .rectifier = true,
    .forward = forward,
    .backward = backward,
};
