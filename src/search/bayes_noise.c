/* Noise of scores from their spread over folds: how it differs from result to result.
 *
 * Folds differ in difficulty, which is common to all results and no noise of their differences:
 * each fold's mean over results is taken off first. The spread of a few folds is itself noisy, so
 * that it is drawn towards the median of all (as a variance with a scaled inverse chi-squared
 * prior; Gelman et al. 2013, section 2.6), and what remains are ratios within bounds: the level of
 * the noise stays the process' own to fit. They follow from the results that the model was fitted
 * on, and so stand until the next fit. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/bayes_impl.h"

/* Of results of earlier runs, whose task may be another one. Measured on six-dimensional functions,
 * 40 results after 60 of a source: 30 does no harm where it is the same, and where it is shifted or
 * mirrored its errors no longer stand against what was found here. */
static const double source_ratio = 30;

static const double prior_freedom = 4, least_ratio = 0.2, most_ratio = 5;

void bayes_noise_clear(struct bayes_noise *noise)
{
    muster_free(noise->level);
    muster_free(noise->spread);
    *noise = (struct bayes_noise){0};
}

enum muster_status bayes_noise_create(struct bayes *bayes)
{
    enum muster_status status = MUSTER_OK;
    size_t folds = muster_search_setup_of(bayes->search)->folds;
    const char *word = muster_search_word(bayes->search, bayes->plugin, "noise");

    if (strcmp(word, "folds") != 0 || folds < 2)
        return MUSTER_OK;
    bayes->noise.folds = folds;
    MUSTER_NEW(bayes->noise.level, folds);
done:
    return status;
}

/* The scores of all folds; NULL where one is missing, or was not told. */
static const double *all_folds(const struct bayes *bayes, int64_t id)
{
    const double *folds = id < 0 ? NULL : muster_search_folds(bayes->search, id);
    if (folds == NULL || isnan(bayes_score(bayes, id)))
        return NULL;
    for (size_t k = 0; k < bayes->noise.folds; k++)
        if (!isfinite(folds[k]))
            return NULL;
    return folds;
}

/* The variance over folds of what no fold has in common with other results. */
static double variance_of(const struct bayes_noise *noise, const double *folds)
{
    double mean = 0, sum = 0;
    for (size_t k = 0; k < noise->folds; k++)
        mean += (folds[k] - noise->level[k]) / (double)noise->folds;
    for (size_t k = 0; k < noise->folds; k++)
        sum += pow(folds[k] - noise->level[k] - mean, 2);
    return sum / (double)(noise->folds - 1);
}

static int ascending(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

enum muster_status bayes_noise_learn(struct bayes *bayes)
{
    enum muster_status status = MUSTER_OK;
    struct bayes_noise *noise = &bayes->noise;
    size_t n = 0;

    noise->usual = 0;
    if (noise->folds == 0)
        return MUSTER_OK;
    MUSTER_TRY(muster_grow(&noise->spread, &noise->capacity, bayes->n_base, sizeof *noise->spread));
    memset(noise->level, 0, noise->folds * sizeof *noise->level);
    for (size_t i = 0; i < bayes->n_base; i++) {
        const double *folds = all_folds(bayes, bayes->base[i]);
        for (size_t k = 0; k < noise->folds && folds != NULL; k++)
            noise->level[k] += folds[k];
        n += folds != NULL;
    }
    for (size_t k = 0; k < noise->folds && n > 0; k++)
        noise->level[k] /= (double)n;
    n = 0;
    for (size_t i = 0; i < bayes->n_base; i++) {
        const double *folds = all_folds(bayes, bayes->base[i]);
        if (folds != NULL)
            noise->spread[n++] = variance_of(noise, folds);
    }
    if (n == 0)
        goto done;
    qsort(noise->spread, n, sizeof *noise->spread, ascending);
    noise->usual = 0.5 * (noise->spread[(n - 1) / 2] + noise->spread[n / 2]);
done:
    return status;
}

double bayes_noise_ratio(const struct bayes *bayes, int64_t id)
{
    const struct bayes_noise *noise = &bayes->noise;
    const double *folds = noise->usual > 0 ? all_folds(bayes, id) : NULL;
    double freedom = (double)noise->folds - 1;

    if (id < 0)
        return source_ratio;
    if (folds == NULL)
        return 1;
    double share = variance_of(noise, folds) / noise->usual;
    double ratio = (prior_freedom + freedom * share) / (prior_freedom + freedom);
    return fmin(fmax(ratio, least_ratio), most_ratio);
}
