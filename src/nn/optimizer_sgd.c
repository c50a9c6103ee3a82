/* Stochastic gradient descent with momentum (Polyak 1964; Nesterov 1983) in PyTorch's form: with
 * g' = g + weight_decay w and v = momentum v + g', w falls by rate v, or by
 * rate (g' + momentum v) with Nesterov. */
#include "nn/optimizer_impl.h"

enum { MOMENTUM, NESTEROV, WEIGHT_DECAY };

/* w falls by of_gradient g' + of_velocity v. */
struct sgd {
    float scale, decay, momentum, of_gradient, of_velocity;
};

static void plain(const struct sgd *by, size_t n, float *restrict w, const float *restrict g)
{
    const float rate = by->of_velocity, scale = by->scale, decay = by->decay;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        vstore(w + i, vload(w + i) - rate * (scale * vload(g + i) + decay * vload(w + i)));
    for (; i < n; i++)
        w[i] -= rate * (scale * g[i] + decay * w[i]);
}

VECTOR_INLINE void move(const void *with, struct step_lanes *at)
{
    const struct sgd *by = with;
    const vfloat slope = by->scale * at->g + by->decay * at->w;
    at->m = by->momentum * at->m + slope;
    at->w -= by->of_gradient * slope + by->of_velocity * at->m;
}

static void begin(struct muster_optimizer *optimizer, float scale, double learning_rate)
{
    const float rate = (float)learning_rate, momentum = (float)optimizer->value[MOMENTUM];
    const bool nesterov = optimizer->value[NESTEROV] != 0 && momentum != 0.0f;
    const struct sgd by = {.scale = scale,
                           .decay = (float)optimizer->value[WEIGHT_DECAY],
                           .momentum = momentum,
                           .of_gradient = nesterov ? rate : 0.0f,
                           .of_velocity = nesterov ? rate * momentum : rate};
    STEP_SET(optimizer, by);
}

static void range(struct muster_optimizer *optimizer, size_t first, size_t n, float *weights,
                  const float *gradients)
{
    struct sgd by;
    STEP_GET(optimizer, by);
    if (by.momentum == 0.0f)
        plain(&by, n, weights, gradients);
    else
        step_range(optimizer, first, n, weights, gradients, false, &by, move);
}

static const struct muster_option options[] = {
    [MOMENTUM] = MUSTER_OPTION_MOMENTUM,
    [NESTEROV] = {.name = "nesterov",
                  .type = MUSTER_BOOL,
                  .standard = "false",
                  .help = "look ahead along the velocity"},
    [WEIGHT_DECAY] = MUSTER_OPTION_WEIGHT_DECAY,
    [WEIGHT_DECAY + 1] = {0},
};

const struct muster_optimizer_kind muster_optimizer_sgd = {
    .plugin = {.name = "sgd", .help = "gradient descent with momentum", .options = options},
    .moments = 1,
    .begin = begin,
    .range = range,
};
