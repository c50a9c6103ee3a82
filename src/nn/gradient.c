/* What is done to a batch's gradient before an optimizer sees it: an L1 penalty's slope, and
 * clipping by value and by norm (Pascanu, Mikolov, Bengio, ICML 2013) in PyTorch's form. */
#include "nn/nn_impl.h"

#include <math.h>

/* As PyTorch: keeps the quotient finite. */
#define NORM_FLOOR 1e-6

static void penalise_and_clip(size_t n, const float *restrict w, float *restrict g,
                              const float by[3])
{
    const float scale = by[0], l1 = by[1], bound = by[2];
    for (size_t i = 0; i < n; i++) {
        float up = w[i] > 0.0f ? l1 : 0.0f, down = w[i] < 0.0f ? l1 : 0.0f;
        float slope = scale * g[i] + (up - down);
        slope = slope > bound ? bound : slope; /* NaN stays */
        g[i] = slope < -bound ? -bound : slope;
    }
}

double muster_gradients_shape(const struct muster_gradient_rules *rules, size_t n,
                              const float *weights, float *gradients, double scale)
{
    if (rules->l1 > 0 || rules->clip_value > 0) {
        const double bound = rules->clip_value > 0 ? rules->clip_value : INFINITY;
        penalise_and_clip(n, weights, gradients,
                          (const float[]){(float)scale, (float)rules->l1, (float)bound});
        scale = 1;
    }
    if (rules->clip_norm > 0) {
        double factor = rules->clip_norm / (scale * sqrt(vsquares(gradients, n)) + NORM_FLOOR);
        scale *= factor < 1 && factor > 0 ? factor : 1;
    }
    return scale;
}
