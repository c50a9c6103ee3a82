/* The sigmoid linear unit x s(x), s the logistic function (Elfwing, Uchibe, Doya, Neural Networks
 * 107, 2018), also called swish; its derivative s (1 + x (1 - s)) is worked out on the way and
 * kept. */
#include "nn/activation_impl.h"

VECTOR_INLINE vfloat value(vfloat x, vfloat *slope)
{
    const vint below = (vint)(x < 0.0f);
    vfloat e = vexp_negative(-vabs(x)), large = 1.0f / (1.0f + e), small = e * large;
    vfloat s = vselect(below, small, large), rest = vselect(below, large, small); /* 1 - s */
    *slope = s + x * (s * rest);
    return x * s;
}

static void forward(const struct muster_forward_strip *strip)
{
    strip_forward(strip, value);
}

static void backward(const struct muster_backward_strip *strip)
{
    strip_backward(strip, times_slope);
}

const struct muster_activation muster_activation_silu = {
    .plugin = {.name = "silu", .help = "x / (1 + exp(-x)), also called swish"},
    .keeps_slope = true,
    .rectifier = true,
    .forward = forward,
    .backward = backward,
};
