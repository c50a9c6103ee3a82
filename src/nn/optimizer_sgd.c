/* Stochastic gradient descent with momentum (Polyak 1964; Nesterov 1983) in PyTorch's form: with
 * g' = g + weight_decay w and v = momentum v + g', w falls by rate v, or by
 * rate (g' + momentum v) with Nesterov. */
#include "nn/nn_impl.h"

enum { MOMENTUM, NESTEROV, WEIGHT_DECAY };

static void plain(size_t n, float *restrict w, const float *restrict g, float scale,
                  const float by[2])
{
    const float rate = by[0], decay = by[1];
    for (size_t i = 0; i < n; i++)
        w[i] -= rate * (scale * g[i] + decay * w[i]);
}

static void step(struct muster_optimizer *optimizer, float *weights, const float *gradients,
                 float scale, double learning_rate)
{
    const float rate = (float)learning_rate, decay = (float)optimizer->value[WEIGHT_DECAY];
    const float momentum = (float)optimizer->value[MOMENTUM];
    if (momentum == 0.0f) {
        plain(optimizer->n, weights, gradients, scale, (const float[]){rate, decay});
        return;
    }
    /* w falls by rate (of_gradient g' + of_velocity v) */
    const bool nesterov = optimizer->value[NESTEROV] != 0;
    const float of_gradient = nesterov ? rate : 0.0f;
    const float of_velocity = nesterov ? rate * momentum : rate;
    float *restrict w = weights, *restrict v = optimizer->state;
    const float *restrict g = gradients;
    for (size_t i = 0; i < optimizer->n; i++) {
        float slope = scale * g[i] + decay * w[i];
        v[i] = momentum * v[i] + slope;
        w[i] -= of_gradient * slope + of_velocity * v[i];
    }
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
