/* Mixup (Zhang, Cisse, Dauphin, Lopez-Paz, ICLR 2018): each row of a batch and its target become
 * lambda times itself and 1 - lambda times the next row, the last one's next being the first; since
 * batches are drawn at random, so are the pairs. lambda ~ Beta(alpha, alpha), one a batch, is the
 * share of one of two gamma variates (Marsaglia, Tsang, ACM TOMS 26, 2000). */
#include <math.h>
#include <string.h>

#include "train_impl.h"

/* Numbers of the stream that a batch may use, above those of single rows. Nineteen in twenty tries
 * succeed: so many never fail together. */
#define BATCHES ((uint64_t)1 << 62)
enum { TRIES = 64, VARIATE = 2 * TRIES + 1 };

/* What cannot be mixed of an input; NULL: nothing. */
static const char *unmixable(const struct muster_data *input)
{
    const struct muster_data_info *info = muster_data_info(input);
    const struct muster_data_columns *columns = muster_data_columns(input);
    return info->tokens    ? "tokens"
           : info->lengths ? "sequences of several lengths (data.length: none)"
           : columns != NULL && columns->n_codes > 0
               ? "columns of codes that are embedded (a greater data.one_hot)"
               : NULL;
}

enum muster_status mixup_check(const struct fit *fit)
{
    const struct muster_study *study = fit->trainer->study;
    const struct muster_data *data = fit->trainer->data;
    const char *what = NULL;
    for (size_t i = 0; i < muster_data_inputs(data) && what == NULL; i++)
        what = unmixable(muster_data_input(data, i).data);
    if (fit->augment.mixup <= 0 || what == NULL)
        return MUSTER_OK;
    return muster_error(MUSTER_BAD_STUDY, "%s: train.augment.mixup cannot mix %s",
                        muster_study_place(study, "train.augment.mixup"), what);
}

/* Gamma(shape), shape >= 1. */
static double gamma_variate(struct muster_stream stream, uint64_t first, double shape)
{
    const double d = shape - 1.0 / 3.0, c = 1 / sqrt(9 * d);
    for (uint64_t i = 0; i < TRIES; i++) {
        const double x = muster_random_normal(stream, first + 2 * i);
        const double u = muster_random_uniform(stream, first + 2 * i + 1), v = 1 + c * x;
        if (v > 0 && log(u) < 0.5 * x * x + d - d * v * v * v + d * log(v * v * v))
            return d * v * v * v;
    }
    return d;
}

double mixup_share(struct muster_stream stream, uint64_t step, double alpha)
{
    double variates[2];
    for (uint64_t k = 0; k < 2; k++) {
        const uint64_t first = BATCHES + (2 * step + k) * VARIATE;
        variates[k] = gamma_variate(stream, first, alpha + 1) *
                      pow(muster_random_uniform(stream, first + VARIATE - 1), 1 / alpha);
    }
    const double sum = variates[0] + variates[1];
    return sum > 0 ? variates[0] / sum : 1;
}

/* rows [n][width] of `values`, each with the next. */
static void mix(float *values, size_t n, size_t width, float share, float *first)
{
    memcpy(first, values, width * sizeof *first);
    for (size_t i = 0; i < n; i++) {
        float *restrict row = values + i * width;
        const float *restrict next = i + 1 < n ? row + width : first;
        for (size_t j = 0; j < width; j++)
            row[j] = share * row[j] + (1 - share) * next[j];
    }
}

void mixup_batch(struct fit *fit, size_t n, struct muster_targets *y)
{
    const struct muster_data_info *info = trainer_info(fit->trainer);
    if (fit->augment.mixup <= 0)
        return;
    const float share =
        (float)mixup_share(fit->augment.stream, (uint64_t)fit->step, fit->augment.mixup);
    mix(fit->x, n, info->width, share, fit->augment.copy);
    if (fit->values != NULL)
        mix(fit->values, n, info->outputs, share, fit->augment.targets);
    for (size_t i = 0; i < n && fit->others != NULL; i++)
        fit->others[i] = fit->classes[(i + 1) % n];
    y->others = fit->others;
    y->share = 1 - share;
}
