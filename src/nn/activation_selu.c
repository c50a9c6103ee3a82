/* The scaled exponential linear unit (Klambauer, Unterthiner, Mayr, Hochreiter, NeurIPS 2017):
 * SCALE x above zero, SCALE ALPHA (e^x - 1) below, whose outputs keep zero mean and unit variance
 * from layer to layer. */
#include "nn/activation_impl.h"

#define SCALE 1.05070098735548049342f
#define ALPHA 1.67326324235437728482f

VECTOR_INLINE vfloat value(vfloat x, vfloat *slope)
{
    (void)slope;
    return vselect((vint)(x > 0.0f), SCALE * x, SCALE * ALPHA * vexp_less_one(x));
}

VECTOR_INLINE vfloat chain(vfloat dy, vfloat y)
{
    return dy * vselect((vint)(y > 0.0f), vset(SCALE), y + SCALE * ALPHA);
}

static void forward(const struct muster_forward_strip *strip)
{
    strip_forward(strip, value);
}

static void backward(const struct muster_backward_strip *strip)
{
    strip_backward(strip, chain);
}

const struct muster_activation muster_activation_selu = {
    .plugin = {.name = "selu",
               .help = "self-normalising: 1.0507 x above 0, 1.7581 (exp(x) - 1) below"},
    .forward = forward,
    .backward = backward,
};
