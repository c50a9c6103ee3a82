/* Weights of the classes in the loss, given or balanced, and the running mean of a network's
 * weights (Polyak, Juditsky, SIAM J. Control Optim. 30, 1992; exponential as in PyTorch's
 * AveragedModel with get_ema_avg_fn, which starts at the weights after the first step). */
#include <string.h>

#include "train_impl.h"

enum muster_status class_weights_create(struct fit *fit)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_study *study = fit->trainer->study;
    const struct muster_value *asked = muster_block_get(fit->train, "class_weight");
    const struct muster_data_info *info = trainer_info(fit->trainer);
    if (!asked->set)
        return MUSTER_OK;
    if (trainer_task(fit->trainer) == MUSTER_REGRESSION)
        return muster_error(MUSTER_BAD_STUDY, "%s: train.class_weight is for classification only",
                            muster_study_place(study, "train.class_weight"));
    if (asked->text == NULL && asked->n != info->outputs)
        return muster_error(MUSTER_BAD_STUDY,
                            "%s: train.class_weight has %zu numbers (one for each of the data's "
                            "%zu %s, or `balanced`)",
                            muster_study_place(study, "train.class_weight"), asked->n,
                            info->outputs, info->multi_label ? "labels" : "classes");
    MUSTER_NEW(fit->class_weights, info->outputs);
    double sum = 0.0;
    for (size_t k = 0; asked->text == NULL && k < info->outputs; k++)
        sum += fit->class_weights[k] = (float)asked->numbers[k];
    if (asked->text == NULL && sum == 0.0)
        status = muster_error(MUSTER_BAD_STUDY,
                              "%s: train.class_weight is 0 for every class (more than 0 for some)",
                              muster_study_place(study, "train.class_weight"));
done:
    return status;
}

static void count_targets(const struct fit *fit, size_t n, int64_t *counts)
{
    const size_t outputs = trainer_info(fit->trainer)->outputs;
    const size_t targets = muster_net_targets(fit->net);
    for (size_t i = 0; i < n * targets && fit->classes != NULL; i++)
        if (fit->classes[i] >= 0)
            counts[fit->classes[i]]++;
    for (size_t i = 0; i < n * outputs && fit->values != NULL; i++)
        counts[i % outputs] += fit->values[i] > 0;
}

/* Of a class with so many of n rows, as scikit-learn's class_weight="balanced", and 0 for none; of
 * a label's positives, so that they weigh as much as the rest, and 1 for none. */
static double balanced_weight(const struct fit *fit, double n, int64_t count)
{
    const double classes = (double)trainer_info(fit->trainer)->outputs;
    if (fit->classes != NULL)
        return count > 0 ? n / (classes * (double)count) : 0;
    return count > 0 ? (n - (double)count) / (double)count : 1;
}

static enum muster_status balance(struct fit *fit)
{
    enum muster_status status = MUSTER_OK;
    const size_t classes = trainer_info(fit->trainer)->outputs;
    int64_t *counts = NULL;
    double all = 0;
    MUSTER_NEW(counts, classes);
    for (size_t first = 0; first < fit->n; first += fit->pass) {
        const size_t n = fit->n - first < fit->pass ? fit->n - first : fit->pass;
        muster_data_targets(fit->trainer->data, fit->rows + first, n, fit->classes, fit->values);
        count_targets(fit, n, counts);
    }
    for (size_t k = 0; k < classes; k++)
        all += (double)counts[k];
    for (size_t k = 0; k < classes; k++)
        fit->class_weights[k] =
            (float)balanced_weight(fit, fit->classes != NULL ? all : (double)fit->n, counts[k]);
done:
    muster_free(counts);
    return status;
}

enum muster_status class_weights_fit(struct fit *fit)
{
    enum muster_status status = MUSTER_OK;
    if (fit->class_weights != NULL && muster_block_text(fit->train, "class_weight") != NULL)
        MUSTER_TRY(balance(fit));
    muster_net_weigh(fit->net, fit->class_weights);
done:
    return status;
}

void average_weights(struct fit *fit)
{
    size_t n;
    const float *restrict weights = muster_net_weights(fit->net, &n);
    float *restrict average = fit->average;
    const float rest = (float)(1 - fit->memory);
    if (fit->step == 1)
        memcpy(average, weights, n * sizeof *average);
    for (size_t i = 0; i < n; i++)
        average[i] += rest * (weights[i] - average[i]);
}

void fit_swap(struct fit *fit)
{
    size_t n;
    float *restrict weights = muster_net_weights(fit->net, &n);
    float *restrict average = fit->average;
    for (size_t i = 0; average != NULL && i < n; i++) {
        const float other = average[i];
        average[i] = weights[i];
        weights[i] = other;
    }
}
