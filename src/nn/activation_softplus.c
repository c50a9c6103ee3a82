/* The softplus ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|) (Dugas et al., NeurIPS 2000); its
 * derivative, the logistic function, is 1 - e^-y. Where PyTorch takes x itself above 20, this is
 * exact. */
#include "nn/activation_impl.h"

VECTOR_INLINE vfloat value(vfloat x, vfloat *slope)
{
    (void)slope;
    return vselect((vint)(x < 0.0f), vset(0.0f), x) + vlog_one_more(vexp_negative(-vabs(x)));
}

VECTOR_INLINE vfloat chain(vfloat dy, vfloat y)
{
    return -dy * vexp_less_one(-y);
}

static void forward(const struct muster_forward_strip *strip)
{
    strip_forward(strip, value);
}

static void backward(const struct muster_backward_strip *strip)
{
    strip_backward(strip, chain);
}

const struct muster_activation muster_activation_softplus = {
    .plugin = {.name = "softplus", .help = "ln(1 + exp(x))"},
    .forward = forward,
    .backward = backward,
};
