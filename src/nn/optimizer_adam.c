/* Adam (Kingma, Ba, ICLR 2015, algorithm 1) in PyTorch's form: epsilon is added to the
 * bias-corrected root, and weight_decay w to the gradient. */
#include "nn/adam_impl.h"
#include "nn/optimizer_impl.h"

#include <math.h>

enum { BETA1, BETA2, EPSILON, WEIGHT_DECAY };

const struct muster_option muster_adam_options[] = {
    [BETA1] = MUSTER_OPTION_BETA1,     [BETA2] = MUSTER_OPTION_BETA2,
    [EPSILON] = MUSTER_OPTION_EPSILON, [WEIGHT_DECAY] = MUSTER_OPTION_WEIGHT_DECAY,
    [WEIGHT_DECAY + 1] = {0},
};

struct adam {
    float scale, beta1, rest1, beta2, rest2, stride, root, epsilon, pull, keep;
};

VECTOR_INLINE void move(const void *with, struct step_lanes *at)
{
    const struct adam *by = with;
    const vfloat slope = by->scale * at->g + by->pull * at->w;
    at->m = by->beta1 * at->m + by->rest1 * slope;
    at->v = by->beta2 * at->v + by->rest2 * (slope * slope);
    at->w = by->keep * at->w - by->stride * at->m / (vsqrt(at->v) * by->root + by->epsilon);
}

void muster_adam_begin(struct muster_optimizer *optimizer, float scale, double rate, bool decoupled)
{
    const double *value = optimizer->value, t = (double)optimizer->steps;
    const double decay = value[WEIGHT_DECAY];
    const struct adam by = {.scale = scale,
                            .beta1 = (float)value[BETA1],
                            .rest1 = (float)(1 - value[BETA1]),
                            .beta2 = (float)value[BETA2],
                            .rest2 = (float)(1 - value[BETA2]),
                            .stride = (float)(rate / (1 - pow(value[BETA1], t))),
                            .root = (float)(1 / sqrt(1 - pow(value[BETA2], t))),
                            .epsilon = (float)value[EPSILON],
                            .pull = decoupled ? 0.0f : (float)decay,
                            .keep = decoupled ? (float)(1 - rate * decay) : 1.0f};
    STEP_SET(optimizer, by);
}

void muster_adam_range(struct muster_optimizer *optimizer, size_t first, size_t n, float *weights,
                       const float *gradients)
{
    struct adam by;
    STEP_GET(optimizer, by);
    step_range(optimizer, first, n, weights, gradients, true, &by, move);
}

static void begin(struct muster_optimizer *optimizer, float scale, double rate)
{
    muster_adam_begin(optimizer, scale, rate, false);
}

const struct muster_optimizer_kind muster_optimizer_adam = {
    .plugin = {.name = "adam",
               .help = "steps scaled by running moments of the gradient",
               .options = muster_adam_options},
    .moments = 2,
    .begin = begin,
    .range = muster_adam_range,
};
