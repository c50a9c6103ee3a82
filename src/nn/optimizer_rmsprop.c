/* RMSprop (Tieleman, Hinton, lecture 6.5 of Neural Networks for Machine Learning, 2012; centred:
 * Graves, arXiv 1308.0850) as PyTorch defines it: with g' = g + weight_decay w, v = alpha v + (1 -
 * alpha) g'^2 and, where centred, a = alpha a + (1 - alpha) g', the step is s = g' / (sqrt(v - a^2)
 * + epsilon); w falls by rate s, or by rate b with b = momentum b + s. */
#include "nn/optimizer_impl.h"

#include <math.h>

enum { ALPHA, MOMENTUM, CENTERED, EPSILON, WEIGHT_DECAY };

struct rmsprop {
    float scale, rate, decay, alpha, rest, momentum, epsilon;
};

static void begin(struct muster_optimizer *optimizer, float scale, double rate)
{
    const double *value = optimizer->value;
    const struct rmsprop by = {.scale = scale,
                               .rate = (float)rate,
                               .decay = (float)value[WEIGHT_DECAY],
                               .alpha = (float)value[ALPHA],
                               .rest = (float)(1 - value[ALPHA]),
                               .momentum = (float)value[MOMENTUM],
                               .epsilon = (float)value[EPSILON]};
    STEP_SET(optimizer, by);
}

/* One loop for all; called with constants, so that what is not asked for costs nothing. `state` is
 * [3][stride]. */
VECTOR_INLINE void run(const struct rmsprop by, size_t n, float *restrict w,
                       const float *restrict g, float *state, size_t stride, bool has_momentum,
                       bool centred)
{
    float *restrict v = state;
    float *restrict b = v + stride, *restrict a = b + stride;
    for (size_t i = 0; i < n; i++) {
        float slope = by.scale * g[i] + by.decay * w[i];
        v[i] = by.alpha * v[i] + by.rest * (slope * slope);
        float square = v[i];
        if (centred) {
            a[i] = by.alpha * a[i] + by.rest * slope;
            square -= a[i] * a[i];
            square = square < 0.0f ? 0.0f : square; /* by rounding; NaN stays */
        }
        float move = slope / (sqrtf(square) + by.epsilon);
        if (has_momentum)
            move = b[i] = by.momentum * b[i] + move;
        w[i] -= by.rate * move;
    }
}

static void range(struct muster_optimizer *optimizer, size_t first, size_t n, float *weights,
                  const float *gradients)
{
    const bool centred = optimizer->value[CENTERED] != 0;
    const size_t stride = optimizer->n;
    float *state = optimizer->state + first;
    struct rmsprop by;
    STEP_GET(optimizer, by);
    if (optimizer->value[MOMENTUM] != 0 && centred)
        run(by, n, weights, gradients, state, stride, true, true);
    else if (optimizer->value[MOMENTUM] != 0)
        run(by, n, weights, gradients, state, stride, true, false);
    else if (centred)
        run(by, n, weights, gradients, state, stride, false, true);
    else
        run(by, n, weights, gradients, state, stride, false, false);
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
    .begin = begin,
    .range = range,
};
