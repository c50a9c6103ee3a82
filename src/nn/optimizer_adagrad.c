/* AdaGrad (Duchi, Hazan, Singer, JMLR 12, 2011, diagonal form) as PyTorch defines it: with g' = g +
 * weight_decay w and v = v + g'^2, w falls by rate g' / (sqrt(v) + epsilon). Of PyTorch's options
 * lr_decay is left to the schedules and v starts at zero; its epsilon is 1e-10 where ours, shared
 * with the others, is 1e-8. */
#include "nn/nn_impl.h"

#include <math.h>

enum { EPSILON, WEIGHT_DECAY };

static void step(struct muster_optimizer *optimizer, float *weights, const float *gradients,
                 float scale, double learning_rate)
{
    const float rate = (float)learning_rate, decay = (float)optimizer->value[WEIGHT_DECAY];
    const float epsilon = (float)optimizer->value[EPSILON];
    float *restrict w = weights, *restrict v = optimizer->state;
    const float *restrict g = gradients;
    for (size_t i = 0; i < optimizer->n; i++) {
        float slope = scale * g[i] + decay * w[i];
        v[i] += slope * slope;
        w[i] -= rate * slope / (sqrtf(v[i]) + epsilon);
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
    .step = step,
};
