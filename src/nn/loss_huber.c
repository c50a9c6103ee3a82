/* Huber's loss (Annals of Mathematical Statistics 35, 1964; PyTorch's HuberLoss): with e = z - y,
 * e^2 / 2 where |e| <= delta, else delta (|e| - delta / 2); the mean over outputs. */
#include "nn/loss_regression_impl.h"

enum { DELTA };

VECTOR_INLINE vfloat loss(const struct muster_loss_terms *terms, vfloat error, vfloat *by)
{
    const vfloat delta = vset((float)terms->value[DELTA]);
    const vfloat size = vabs(error), inner = vselect((vint)(size > delta), delta, size);
    *by = vselect((vint)(error < 0.0f), -inner, inner);
    return inner * (size - 0.5f * inner);
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

static const struct muster_option options[] = {
    [DELTA] = {.name = "delta",
               .type = MUSTER_REAL,
               .standard = "1",
               .low = 1e-6,
               .high = 1e6,
               .help = "huber: where it turns linear, in standard deviations of the target"},
    [DELTA + 1] = {0},
};

const struct muster_loss muster_loss_huber = {
    .plugin = {.name = "huber",
               .help = "half the squared error up to delta, linear beyond",
               .options = options},
    .task = MUSTER_REGRESSION,
    .slope = slope,
    .predict = regression_predict,
    .of_prediction = of_prediction,
};
