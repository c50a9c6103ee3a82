/* Softmax and cross-entropy: loss = log(sum_k e^z_k) - z_y, slope = softmax(z) - onehot(y).
 *
 * Sixteen rows are transposed into work [output][row], so that every step runs over lanes that are
 * rows; rows beyond the last are computed along, inside the padding. */
#include "nn/nn_impl.h"

#include "muster/linalg.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* t [outputs][16]: z in, e^(z - max) out. Their sums, by row; max in place of NULL. */
static vfloat exponentials(size_t outputs, float *t, vfloat *max)
{
    vfloat most = vload(t), sum = {0};
    for (size_t k = 1; k < outputs; k++)
        most = vmax(most, vload(t + k * LANES));
    for (size_t k = 0; k < outputs; k++) {
        vfloat e = vexp_negative(vload(t + k * LANES) - most);
        vstore(t + k * LANES, e);
        sum += e;
    }
    *max = most;
    return sum;
}

static void scale(size_t outputs, float *t, vfloat factor)
{
    for (size_t k = 0; k < outputs; k++)
        vstore(t + k * LANES, vload(t + k * LANES) * factor);
}

/* The logarithms of up to sixteen sums as one: each lies in [1, outputs], so that their product
 * stays far within a double. */
static double loss_of(size_t rows, const float *sum, const float *max, const float *target)
{
    double product = 1.0, rest = 0.0;
    for (size_t i = 0; i < rows; i++) {
        product *= sum[i];
        rest += (double)max[i] - target[i];
    }
    return log(product) + rest;
}

static double slope(const struct muster_loss_rows *of, const float *z, struct muster_targets y,
                    float *d)
{
    double loss = 0.0;
    for (size_t i = 0; i < of->rows; i += LANES) {
        const size_t rows = of->rows - i < LANES ? of->rows - i : LANES;
        float target[LANES], sums[LANES], maxima[LANES];
        for (size_t l = 0; l < rows; l++)
            target[l] = z[(i + l) * of->ld + (size_t)y.classes[i + l]];
        muster_stranspose(LANES, of->ld, z + i * of->ld, of->ld, of->work, LANES);
        vfloat max, sum = exponentials(of->outputs, of->work, &max);
        vstore(sums, sum);
        vstore(maxima, max);
        loss += loss_of(rows, sums, maxima, target);
        scale(of->outputs, of->work, 1.0f / sum);
        for (size_t l = 0; l < rows; l++)
            of->work[(size_t)y.classes[i + l] * LANES + l] -= 1.0f;
        muster_stranspose(of->ld, LANES, of->work, LANES, d + i * of->ld, of->ld);
    }
    return loss;
}

static void predict(const struct muster_loss_rows *of, const float *z, float *out)
{
    for (size_t i = 0; i < of->rows; i += LANES) {
        const size_t rows = of->rows - i < LANES ? of->rows - i : LANES;
        muster_stranspose(LANES, of->ld, z + i * of->ld, of->ld, of->work, LANES);
        vfloat max, sum = exponentials(of->outputs, of->work, &max);
        scale(of->outputs, of->work, 1.0f / sum);
        muster_stranspose(of->outputs, rows, of->work, LANES, out + i * of->outputs, of->outputs);
    }
}

static double of_prediction(size_t rows, size_t outputs, const float *prediction,
                            struct muster_targets y)
{
    double loss = 0.0;
    for (size_t i = 0; i < rows; i++) {
        float p = prediction[i * outputs + (size_t)y.classes[i]];
        loss -= log((double)(p < FLT_MIN ? FLT_MIN : p));
    }
    return loss;
}

const struct muster_loss muster_loss_softmax = {
    .slope = slope,
    .predict = predict,
    .of_prediction = of_prediction,
};
