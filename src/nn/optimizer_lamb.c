/* LAMB (You et al., Large Batch Optimization for Deep Learning, ICLR 2020, algorithm 2): w falls by
 * rate |w| / |u| u with u = m' / (sqrt(v') + epsilon) + weight_decay w, Adam's bias-corrected step
 * and the decay. The norms are taken over each trainable array; the ratio is 1 where either is zero
 * (fresh biases), and phi is the identity. */
#include "nn/nn_impl.h"

#include <math.h>

enum { BETA1, BETA2, EPSILON, WEIGHT_DECAY };
enum { BLOCK = 512 }; /* numbers of u at a time: its norm comes before its use */

/* What is the same for every number of a step. */
struct lamb {
    float scale, beta1, rest1, beta2, rest2;
    float lift, root; /* bias corrections of m and sqrt(v) */
    float epsilon, decay;
};

static void direction(const struct lamb *by, size_t n, const float *restrict w,
                      const float *restrict m, const float *restrict v, float *restrict u)
{
    for (size_t i = 0; i < n; i++)
        u[i] = by->lift * m[i] / (sqrtf(v[i]) * by->root + by->epsilon) + by->decay * w[i];
}

/* Moves the moments of one array; its trust ratio. */
static double look(const struct lamb *by, size_t n, const float *w, const float *gradients,
                   float *const moments[2])
{
    float u[BLOCK];
    double of_weights = 0.0, of_step = 0.0;
    for (size_t first = 0; first < n; first += BLOCK) {
        const size_t some = n - first < BLOCK ? n - first : BLOCK;
        float *restrict m = moments[0] + first, *restrict v = moments[1] + first;
        const float *restrict g = gradients + first;
        for (size_t i = 0; i < some; i++) {
            float slope = by->scale * g[i];
            m[i] = by->beta1 * m[i] + by->rest1 * slope;
            v[i] = by->beta2 * v[i] + by->rest2 * (slope * slope);
        }
        direction(by, some, w + first, m, v, u);
        of_weights += vsquares(w + first, some);
        of_step += vsquares(u, some);
    }
    return of_weights == 0.0 || of_step == 0.0 ? 1.0 : sqrt(of_weights / of_step);
}

static void move(const struct lamb *by, size_t n, float stride, float *weights,
                 float *const moments[2])
{
    float u[BLOCK];
    for (size_t first = 0; first < n; first += BLOCK) {
        const size_t some = n - first < BLOCK ? n - first : BLOCK;
        float *restrict w = weights + first;
        direction(by, some, w, moments[0] + first, moments[1] + first, u);
        for (size_t i = 0; i < some; i++)
            w[i] -= stride * u[i];
    }
}

static void step(struct muster_optimizer *optimizer, float *weights, const float *gradients,
                 float scale, double rate)
{
    const double *value = optimizer->value, t = (double)optimizer->steps;
    const struct lamb by = {.scale = scale,
                            .beta1 = (float)value[BETA1],
                            .rest1 = (float)(1 - value[BETA1]),
                            .beta2 = (float)value[BETA2],
                            .rest2 = (float)(1 - value[BETA2]),
                            .lift = (float)(1 / (1 - pow(value[BETA1], t))),
                            .root = (float)(1 / sqrt(1 - pow(value[BETA2], t))),
                            .epsilon = (float)value[EPSILON],
                            .decay = (float)value[WEIGHT_DECAY]};
    for (size_t a = 0; a < optimizer->n_arrays; a++) {
        const size_t first = optimizer->starts[a], n = optimizer->starts[a + 1] - first;
        float *const moments[] = {optimizer->state + first,
                                  optimizer->state + optimizer->n + first};
        double ratio = look(&by, n, weights + first, gradients + first, moments);
        move(&by, n, (float)(rate * ratio), weights + first, moments);
    }
}

static const struct muster_option options[] = {
    [BETA1] = MUSTER_OPTION_BETA1,     [BETA2] = MUSTER_OPTION_BETA2,
    [EPSILON] = MUSTER_OPTION_EPSILON, [WEIGHT_DECAY] = MUSTER_OPTION_WEIGHT_DECAY,
    [WEIGHT_DECAY + 1] = {0},
};

const struct muster_optimizer_kind muster_optimizer_lamb = {
    .plugin = {.name = "lamb",
               .help = "Adam whose step is in proportion to each array's weights",
               .options = options},
    .moments = 2,
    .step = step,
};
