/* Squared error: loss = mean over outputs of (z - y)^2. */
#include "nn/loss_regression_impl.h"

VECTOR_INLINE vfloat loss(const struct muster_loss_terms *terms, vfloat error, vfloat *by)
{
    (void)terms;
    *by = 2.0f * error;
    return error * error;
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

const struct muster_loss muster_loss_mse = {
    .plugin = {.name = "mse", .help = "squared error"},
    .task = MUSTER_REGRESSION,
    .slope = slope,
    .predict = regression_predict,
    .of_prediction = of_prediction,
};
