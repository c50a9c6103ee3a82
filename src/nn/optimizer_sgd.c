/* Stochastic gradient descent with momentum (Polyak 1964; Nesterov 1983) in PyTorch's form: with
 * g' = g + weight_decay w and v = momentum v + g', w falls by rate v, or by
 * rate (g' + momentum v) with Nesterov. */
#include "nn/optimizer_impl.h"

enum { MOMENTUM, NESTEROV, WEIGHT_DECAY };

static void plain(size_t n, float *restrict w, const float *restrict g, float scale,
                  const float by[2])
{
    const float rate = by[0], decay = by[1];
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        vstore(w + i, vload(w + i) - rate * (scale * vload(g + i) + decay * vload(w + i)));
    for (; i < n; i++)
        w[i] -= rate * (scale * g[i] + decay * w[i]);
}

/* w falls by of_gradient g' + of_velocity v. */
struct sgd {
    float scale, decay, momentum, of_gradient, of_velocity;
};

VECTOR_INLINE void move(const void *with, struct step_lanes *at)
{
    const struct sgd *by = with;
    const vfloat slope = by->scale * at->g + by->decay * at->w;
    at->m = by->momentum * at->m + slope;
    at->w -= by->of_gradient * slope + by->of_velocity * at->m;
}

static void step(struct muster_optimizer *optimizer, float *weights, const float *gradients,
                 float scale, double learning_rate)
{
    const float rate = (float)learning_rate, decay = (float)optimizer->value[WEIGHT_DECAY];
    const float momentum = (float)optimizer->value[MOMENTUM];
    const bool nesterov = optimizer->value[NESTEROV] != 0;
    const struct sgd by = {.scale = scale,
                           .decay = decay,
                           .momentum = momentum,
                           .of_gradient = nesterov ? rate : 0.0f,
                           .of_velocity = nesterov ? rate * momentum : rate};
    if (momentum == 0.0f)
        plain(optimizer->n, weights, gradients, scale, (const float[]){rate, decay});
    else
        step_all(optimizer, weights, gradients, false, &by, move);
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
    .step = step,
};
