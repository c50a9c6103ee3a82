/* Squared error: loss = mean over outputs of (z - y)^2, slope = 2 (z - y) / outputs. */
#include "nn/nn_impl.h"

#include <string.h>

static double slope(const struct muster_loss_rows *of, const float *z, struct muster_targets y,
                    float *d)
{
    const float factor = 2.0f / (float)of->outputs;
    double sum = 0.0;
    for (size_t i = 0; i < of->rows; i++)
        for (size_t k = 0; k < of->outputs; k++) {
            float error = z[i * of->ld + k] - y.values[i * of->outputs + k];
            d[i * of->ld + k] = factor * error;
            sum += (double)error * error;
        }
    return sum / (double)of->outputs;
}

static void predict(const struct muster_loss_rows *of, const float *z, float *out)
{
    for (size_t i = 0; i < of->rows; i++)
        memcpy(out + i * of->outputs, z + i * of->ld, of->outputs * sizeof *out);
}

static double of_prediction(size_t rows, size_t outputs, const float *prediction,
                            struct muster_targets y)
{
    double sum = 0.0;
    for (size_t i = 0; i < rows * outputs; i++) {
        double error = (double)prediction[i] - y.values[i];
        sum += error * error;
    }
    return sum / (double)outputs;
}

const struct muster_loss muster_loss_mse = {
    .slope = slope,
    .predict = predict,
    .of_prediction = of_prediction,
};
