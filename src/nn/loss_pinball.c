/* The pinball loss (Koenker, Bassett, Econometrica 46, 1978), whose least mean is at a quantile q:
 * q (y - z) where z < y, else (1 - q) (z - y); the mean over outputs, the slope at 0 taken as 0. */
#include "nn/loss_regression_impl.h"

enum { QUANTILE };

VECTOR_INLINE vfloat loss(const struct muster_loss_terms *terms, vfloat error, vfloat *by)
{
    const vfloat below = vset(-(float)terms->value[QUANTILE]), above = 1.0f + below;
    *by = vselect((vint)(error < 0.0f), below, (vfloat)((vint)(error > 0.0f) & (vint)above));
    return vselect((vint)(error < 0.0f), below, above) * error;
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
    [QUANTILE] = {.name = "quantile",
                  .type = MUSTER_REAL,
                  .standard = "0.5",
                  .low = 0.001,
                  .high = 0.999,
                  .help = "pinball: the quantile that is predicted"},
    [QUANTILE + 1] = {0},
};

const struct muster_loss muster_loss_pinball = {
    .plugin = {.name = "pinball", .help = "for the prediction of a quantile", .options = options},
    .task = MUSTER_REGRESSION,
    .slope = slope,
    .predict = regression_predict,
    .of_prediction = of_prediction,
};
