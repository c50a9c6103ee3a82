/* RMSprop (Tieleman, Hinton, lecture 6.5 of Neural Networks for Machine Learning, 2012; centred:
 * Graves, arXiv 1308.0850) as PyTorch defines it: with g' = g + weight_decay w, v = alpha v + (1 -
 * alpha) g'^2 and, where centred, a = alpha a + (1 - alpha) g', the step is s = g' / (sqrt(v - a^2)
 * + epsilon); w falls by rate s, or by rate b with b = momentum b + s. */
#include "nn/nn_impl.h"

#include <math.h>

enum { ALPHA, MOMENTUM, CENTERED, EPSILON, WEIGHT_DECAY };

/* One loop for all; called with constants, so that what is not asked for costs nothing. */
VECTOR_INLINE void run(struct muster_optimizer *optimizer, float *restrict w,
                       const float *restrict g, const float by[2], bool has_momentum, bool centred)
{
    const double *value = optimizer->value;
    const float scale = by[0], rate = by[1], decay = (float)value[WEIGHT_DECAY];
    const float alpha = (float)value[ALPHA], rest = (float)(1 - value[ALPHA]);
    const float momentum = (float)value[MOMENTUM], epsilon = (float)value[EPSILON];
    float *restrict v = optimizer->state;
    float *restrict b = v + optimizer->n, *restrict a = b + optimizer->n;
    for (size_t i = 0; i < optimizer->n; i++) {
        float slope = scale * g[i] + decay * w[i];
        v[i] = alpha * v[i] + rest * (slope * slope);
        float square = v[i];
        if (centred) {
            a[i] = alpha * a[i] + rest * slope;
            square -= a[i] * a[i];
            square = square < 0.0f ? 0.0f : square; /* by rounding; NaN stays */
        }
        float move = slope / (sqrtf(square) + epsilon);
        if (has_momentum)
            move = b[i] = momentum * b[i] + move;
        w[i] -= rate * move;
    }
}

static void step(struct muster_optimizer *optimizer, float *weights, const float *gradients,
                 float scale, double rate)
{
    const float by[] = {scale, (float)rate};
    const bool centred = optimizer->value[CENTERED] != 0;
    if (optimizer->value[MOMENTUM] != 0 && centred)
        run(optimizer, weights, gradients, by, true, true);
    else if (optimizer->value[MOMENTUM] != 0)
        run(optimizer, weights, gradients, by, true, false);
    else if (centred)
        run(optimizer, weights, gradients, by, false, true);
    else
        run(optimizer, weights, gradients, by, false, false);
}

static const struct muster_option options[] = {
    [ALPHA] = {.name = "alpha",
               .type = MUSTER_REAL,
               .standard = "0.99",
               .low = 0,
               .high = 0.999999,
               .help = "rmsprop: memory of the gradient's square"},
    [MOMENTUM] = MUSTER_OPTION_MOMENTUM,
    [CENTERED] = {.name = "centered",
                  .type = MUSTER_BOOL,
                  .standard = "false",
                  .help = "rmsprop: the gradient's variance instead of its square"},
    [EPSILON] = MUSTER_OPTION_EPSILON,
    [WEIGHT_DECAY] = MUSTER_OPTION_WEIGHT_DECAY,
    [WEIGHT_DECAY + 1] = {0},
};

const struct muster_optimizer_kind muster_optimizer_rmsprop = {
    .plugin = {.name = "rmsprop",
               .help = "steps scaled by the running root mean square of the gradient",
               .options = options},
    .moments = 3,
    .step = step,
};
