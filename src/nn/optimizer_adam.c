/* Adam (Kingma, Ba, ICLR 2015, algorithm 1) in PyTorch's form: epsilon is added to the
 * bias-corrected root, and weight_decay w to the gradient. */
#include "nn/adam_impl.h"

#include <math.h>

enum { BETA1, BETA2, EPSILON, WEIGHT_DECAY };

const struct muster_option muster_adam_options[] = {
    [BETA1] = MUSTER_OPTION_BETA1,     [BETA2] = MUSTER_OPTION_BETA2,
    [EPSILON] = MUSTER_OPTION_EPSILON, [WEIGHT_DECAY] = MUSTER_OPTION_WEIGHT_DECAY,
    [WEIGHT_DECAY + 1] = {0},
};

void muster_adam_step(struct muster_optimizer *optimizer, float *weights, const float *gradients,
                      float scale, double rate, bool decoupled)
{
    const double *value = optimizer->value;
    const double steps = (double)optimizer->steps;
    const float beta1 = (float)value[BETA1], rest1 = (float)(1 - value[BETA1]);
    const float beta2 = (float)value[BETA2], rest2 = (float)(1 - value[BETA2]);
    const float stride = (float)(rate / (1 - pow(value[BETA1], steps)));
    const float root = (float)(1 / sqrt(1 - pow(value[BETA2], steps)));
    const float epsilon = (float)value[EPSILON];
    const float pull = decoupled ? 0.0f : (float)value[WEIGHT_DECAY];
    const float keep = decoupled ? (float)(1 - rate * value[WEIGHT_DECAY]) : 1.0f;
    float *restrict w = weights, *restrict m = optimizer->state;
    float *restrict v = m + optimizer->n;
    const float *restrict g = gradients;
    for (size_t i = 0; i < optimizer->n; i++) {
        float slope = scale * g[i] + pull * w[i];
        m[i] = beta1 * m[i] + rest1 * slope;
        v[i] = beta2 * v[i] + rest2 * (slope * slope);
        w[i] = keep * w[i] - stride * m[i] / (sqrtf(v[i]) * root + epsilon);
    }
}

static void step(struct muster_optimizer *optimizer, float *weights, const float *gradients,
                 float scale, double rate)
{
    muster_adam_step(optimizer, weights, gradients, scale, rate, false);
}

const struct muster_optimizer_kind muster_optimizer_adam = {
    .plugin = {.name = "adam",
               .help = "steps scaled by running moments of the gradient",
               .options = muster_adam_options},
    .moments = 2,
    .step = step,
};
