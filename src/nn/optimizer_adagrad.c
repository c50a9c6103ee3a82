/* AdaGrad (Duchi, Hazan, Singer, JMLR 12, 2011, diagonal form) as PyTorch defines it: with g' = g +
 * weight_decay w and v = v + g'^2, w falls by rate g' / (sqrt(v) + epsilon). Of PyTorch's options
 * lr_decay is left to the schedules and v starts at zero; its epsilon is 1e-10 where ours, shared
 * with the others, is 1e-8. */
#include "nn/optimizer_impl.h"

#include <math.h>

enum { EPSILON, WEIGHT_DECAY };

struct adagrad {
    float scale, rate, decay, epsilon;
};

static void begin(struct muster_optimizer *optimizer, float scale, double rate)
{
    const struct adagrad by = {.scale = scale,
                               .rate = (float)rate,
                               .decay = (float)optimizer->value[WEIGHT_DECAY],
                               .epsilon = (float)optimizer->value[EPSILON]};
    STEP_SET(optimizer, by);
}

static void range(struct muster_optimizer *optimizer, size_t first, size_t n, float *weights,
                  const float *gradients)
{
    struct adagrad by;
    float *restrict w = weights, *restrict v = optimizer->state + first;
    const float *restrict g = gradients;
    STEP_GET(optimizer, by);
    for (size_t i = 0; i < n; i++) {
        float slope = by.scale * g[i] + by.decay * w[i];
        v[i] += slope * slope;
        w[i] -= by.rate * slope / (sqrtf(v[i]) + by.epsilon);
    }
}

static const struct muster_option options[] = {
    [EPSILON] = MUSTER_OPTION_EPSILON,
    [WEIGHT_DECAY] = MUSTER_OPTION_WEIGHT_DECAY,
    [WEIGHT_DECAY + 1] = {0},
};

const struct muster_optimizer_kind muster_optimizer_adagrad = {
    .plugin = {.name = "adagrad",
               .help = "steps scaled by the sum of all squares of the gradient so far",
               .options = options},
    .moments = 1,
    .begin = begin,
    .range = range,
};
