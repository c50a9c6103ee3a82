/* Regression targets on the scale of training: zero mean and unit variance over the training rows,
 * so that learning rates and losses mean the same whatever unit a target comes in. Predictions and
 * metrics are on the scale of the file. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "train_impl.h"

/* Adds sum_i (y_i - offset)^power of every target over the rows, chunk by chunk. */
static void add_moments(struct fit *fit, const double *offset, int power, double *sums)
{
    size_t outputs = trainer_info(fit->trainer)->outputs;
    for (size_t first = 0; first < fit->n; first += fit->pass) {
        size_t n = fit->n - first < fit->pass ? fit->n - first : fit->pass;
        muster_data_targets(fit->trainer->data, fit->rows + first, n, NULL, fit->values);
        for (size_t i = 0; i < n * outputs; i++) {
            double centred = (double)fit->values[i] - offset[i % outputs];
            sums[i % outputs] += power == 1 ? centred : centred * centred;
        }
    }
}

void targets_fit(struct fit *fit)
{
    size_t outputs = trainer_info(fit->trainer)->outputs;
    double *mean = fit->target_mean, *scale = fit->target_scale;
    assert(fit->n > 0);
    if (mean == NULL)
        return;
    for (size_t j = 0; j < outputs; j++)
        mean[j] = scale[j] = 0.0;
    /* `scale` is all zeros here: the offset of the first pass. */
    add_moments(fit, scale, 1, mean);
    for (size_t j = 0; j < outputs; j++)
        mean[j] /= (double)fit->n;
    add_moments(fit, mean, 2, scale);
    for (size_t j = 0; j < outputs; j++) {
        double deviation = sqrt(scale[j] / (double)fit->n);
        scale[j] = deviation > 0.0 ? deviation : 1.0;
    }
}

void targets_standardise(const struct fit *fit, size_t n, float *values)
{
    size_t outputs = trainer_info(fit->trainer)->outputs;
    for (size_t i = 0; i < n && fit->target_mean != NULL; i++)
        for (size_t j = 0; j < outputs; j++) {
            float *value = &values[i * outputs + j];
            *value = (float)(((double)*value - fit->target_mean[j]) / fit->target_scale[j]);
        }
}

size_t targets_pack(const int32_t *classes, size_t n, int32_t *to)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i++)
        if (classes[i] >= 0)
            to[at++] = classes[i];
    return at;
}

void targets_pack_predictions(const int32_t *classes, size_t n, size_t outputs, float *prediction)
{
    float *to = prediction;
    for (size_t i = 0; i < n; i++) {
        if (classes[i] < 0)
            continue;
        if (to != prediction + i * outputs)
            memcpy(to, prediction + i * outputs, outputs * sizeof *to);
        to += outputs;
    }
}

void targets_restore(const struct fit *fit, size_t n, float *values)
{
    size_t outputs = trainer_info(fit->trainer)->outputs;
    for (size_t i = 0; i < n && fit->target_mean != NULL; i++)
        for (size_t j = 0; j < outputs; j++) {
            float *value = &values[i * outputs + j];
            *value = (float)((double)*value * fit->target_scale[j] + fit->target_mean[j]);
        }
}
