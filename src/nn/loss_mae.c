/* Absolute error: loss = mean over outputs of |z - y|, its slope at 0 taken as 0 (PyTorch's
 * L1Loss). */
#include "nn/loss_regression_impl.h"

VECTOR_INLINE vfloat loss(const struct muster_loss_terms *terms, vfloat error, vfloat *by)
{
    (void)terms;
    *by = vselect((vint)(error > 0.0f), vset(1.0f),
                  (vfloat)((vint)(error < 0.0f) & (vint)vset(-1.0f)));
    return vabs(error);
}

static double slope(const struct muster_loss_rows *of, const float *z, struct muster_targets y,
                    float *d)
{
    return regression_slope(of, z, y.values, d, loss);
}

static double of_prediction(const struct muster_loss_rows *of, const float *prediction,
                            struct muster_targets y)
{
    return regression_of_prediction(of, prediction, y.values, loss);
}

const struct muster_loss muster_loss_mae = {
    .plugin = {.name = "mae", .help = "absolute error"},
    .task = MUSTER_REGRESSION,
    .slope = slope,
    .predict = regression_predict,
    .of_prediction = of_prediction,
};
