/* Lion (Chen et al., Symbolic Discovery of Optimization Algorithms, NeurIPS 2023, program 1): w
 * falls by rate (sign(beta1 m + (1 - beta1) g) + weight_decay w), then m = beta2 m + (1 - beta2) g;
 * beta2 is 0.99 where Adam's is 0.999. Rates 3 to 10 times smaller than Adam's are right. */
#include "nn/optimizer_impl.h"

enum { BETA1, BETA2, WEIGHT_DECAY };

struct lion {
    float scale, rate, keep, beta1, rest1, beta2, rest2;
};

static void begin(struct muster_optimizer *optimizer, float scale, double rate)
{
    const double *value = optimizer->value;
    const struct lion by = {.scale = scale,
                            .rate = (float)rate,
                            .keep = (float)(1 - rate * value[WEIGHT_DECAY]),
                            .beta1 = (float)value[BETA1],
                            .rest1 = (float)(1 - value[BETA1]),
                            .beta2 = (float)value[BETA2],
                            .rest2 = (float)(1 - value[BETA2])};
    STEP_SET(optimizer, by);
}

static void range(struct muster_optimizer *optimizer, size_t first, size_t n, float *weights,
                  const float *gradients)
{
    struct lion by;
    float *restrict w = weights, *restrict m = optimizer->state + first;
    const float *restrict g = gradients;
    STEP_GET(optimizer, by);
    for (size_t i = 0; i < n; i++) {
        float slope = by.scale * g[i], mixed = by.beta1 * m[i] + by.rest1 * slope;
        float up = mixed > 0.0f ? by.rate : 0.0f, down = mixed < 0.0f ? by.rate : 0.0f;
        /* A mixture that is NaN is no direction, but must not be hidden. */
        w[i] = by.keep * w[i] - (mixed == mixed ? up - down : mixed);
        m[i] = by.beta2 * m[i] + by.rest2 * slope;
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
    .begin = begin,
    .range = range,
};
