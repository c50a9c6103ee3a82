/* Lion (Chen et al., Symbolic Discovery of Optimization Algorithms, NeurIPS 2023, program 1): w
 * falls by rate (sign(beta1 m + (1 - beta1) g) + weight_decay w), then m = beta2 m + (1 - beta2) g;
 * beta2 is 0.99 where Adam's is 0.999. Rates 3 to 10 times smaller than Adam's are right. */
#include "nn/nn_impl.h"

enum { BETA1, BETA2, WEIGHT_DECAY };

static void step(struct muster_optimizer *optimizer, float *weights, const float *gradients,
                 float scale, double learning_rate)
{
    const double *value = optimizer->value;
    const float beta1 = (float)value[BETA1], rest1 = (float)(1 - value[BETA1]);
    const float beta2 = (float)value[BETA2], rest2 = (float)(1 - value[BETA2]);
    const float rate = (float)learning_rate;
    const float keep = (float)(1 - learning_rate * value[WEIGHT_DECAY]);
    float *restrict w = weights, *restrict m = optimizer->state;
    const float *restrict g = gradients;
    for (size_t i = 0; i < optimizer->n; i++) {
        float slope = scale * g[i], mixed = beta1 * m[i] + rest1 * slope;
        float up = mixed > 0.0f ? rate : 0.0f, down = mixed < 0.0f ? rate : 0.0f;
        /* A mixture that is NaN is no direction, but must not be hidden. */
        w[i] = keep * w[i] - (mixed == mixed ? up - down : mixed);
        m[i] = beta2 * m[i] + rest2 * slope;
    }
}

static const struct muster_option options[] = {
    [BETA1] = {.name = "lion.beta1",
               .type = MUSTER_REAL,
               .standard = "0.9",
               .low = 0,
               .high = 0.9999,
               .help = "memory of the mean whose sign is the step"},
    [BETA2] = {.name = "lion.beta2",
               .type = MUSTER_REAL,
               .standard = "0.99",
               .low = 0,
               .high = 0.9999,
               .help = "memory of the mean that is kept"},
    [WEIGHT_DECAY] = MUSTER_OPTION_WEIGHT_DECAY,
    [WEIGHT_DECAY + 1] = {0},
};

const struct muster_optimizer_kind muster_optimizer_lion = {
    .plugin = {.name = "lion",
               .help = "steps of equal size along the sign of the gradient's mean",
               .options = options},
    .moments = 1,
    .step = step,
};
