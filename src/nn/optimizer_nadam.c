/* NAdam (Dozat, Incorporating Nesterov Momentum into Adam, ICLR workshop 2016) as PyTorch
 * documents it (release 1.13 multiplies P_t mu_t+1 by mu_t once more, later ones do not): with mu_t
 * = beta1 (1 - 0.96^(t momentum_decay) / 2), P_t their product up to t, and Adam's m and v, w falls
 * by rate ((1 - mu_t) / (1 - P_t) g' + mu_t+1 / (1 - P_t mu_t+1) m) / (sqrt(v / (1 - beta2^t)) +
 * epsilon). */
#include "nn/optimizer_impl.h"

#include <math.h>

enum { BETA1, BETA2, MOMENTUM_DECAY, EPSILON, WEIGHT_DECAY };

static double momentum_at(const double *value, double t)
{
    return value[BETA1] * (1 - 0.5 * pow(0.96, t * value[MOMENTUM_DECAY]));
}

struct nadam {
    float scale, decay, beta1, rest1, beta2, rest2, of_gradient, of_mean, root, epsilon;
};

/* The scalar it keeps is 1 - P, which is zero at first as a state has to be. */
static void begin(struct muster_optimizer *optimizer, float scale, double rate)
{
    const double *value = optimizer->value, t = (double)optimizer->steps;
    float *kept = optimizer->state + 2 * optimizer->n;
    const double mu = momentum_at(value, t), next = momentum_at(value, t + 1);
    const double product = (1 - (double)*kept) * mu;
    *kept = (float)(1 - product);
    const struct nadam by = {.scale = scale,
                             .decay = (float)value[WEIGHT_DECAY],
                             .beta1 = (float)value[BETA1],
                             .rest1 = (float)(1 - value[BETA1]),
                             .beta2 = (float)value[BETA2],
                             .rest2 = (float)(1 - value[BETA2]),
                             .of_gradient = (float)(rate * (1 - mu) / (1 - product)),
                             .of_mean = (float)(rate * next / (1 - product * next)),
                             .root = (float)(1 / sqrt(1 - pow(value[BETA2], t))),
                             .epsilon = (float)value[EPSILON]};
    STEP_SET(optimizer, by);
}

static void range(struct muster_optimizer *optimizer, size_t first, size_t n, float *weights,
                  const float *gradients)
{
    struct nadam by;
    float *restrict w = weights, *restrict m = optimizer->state + first;
    float *restrict v = m + optimizer->n;
    const float *restrict g = gradients;
    STEP_GET(optimizer, by);
    for (size_t i = 0; i < n; i++) {
        float slope = by.scale * g[i] + by.decay * w[i];
        m[i] = by.beta1 * m[i] + by.rest1 * slope;
        v[i] = by.beta2 * v[i] + by.rest2 * (slope * slope);
        w[i] -= (by.of_gradient * slope + by.of_mean * m[i]) / (sqrtf(v[i]) * by.root + by.epsilon);
    }
}

static const struct muster_option options[] = {
    [BETA1] = MUSTER_OPTION_BETA1,
    [BETA2] = MUSTER_OPTION_BETA2,
    [MOMENTUM_DECAY] = {.name = "momentum_decay",
                        .type = MUSTER_REAL,
                        .standard = "0.004",
                        .low = 0,
                        .high = 1,
                        .help = "nadam: how fast its momentum rises from beta1 / 2 to beta1"},
    [EPSILON] = MUSTER_OPTION_EPSILON,
    [WEIGHT_DECAY] = MUSTER_OPTION_WEIGHT_DECAY,
    [WEIGHT_DECAY + 1] = {0},
};

const struct muster_optimizer_kind muster_optimizer_nadam = {
    .plugin = {.name = "nadam", .help = "Adam with Nesterov's momentum", .options = options},
    .moments = 2,
    .scalars = 1,
    .begin = begin,
    .range = range,
};
