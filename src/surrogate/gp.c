/* A Gaussian process with a constant mean (Rasmussen and Williams 2006,
 * algorithm 2.1; the mean by generalised least squares, section 2.7, its uncertainty left out).
 *
 * A believer stands at its posterior mean, so its residual's weight in alpha is exactly zero: the
 * mean follows from the observations alone, the deviation from all points. */
#include <math.h>
#include <string.h>

#include "surrogate/surrogate_impl.h"

void muster_gp_destroy(struct muster_gp **out)
{
    struct muster_gp *gp = *out;
    if (gp == NULL)
        return;
    muster_free(gp->features);
    muster_free(gp->hamming);
    muster_free(gp->cloud.z);
    muster_free(gp->cloud.up);
    muster_free(gp->cloud.down);
    muster_free(gp->plain);
    muster_free(gp->warped);
    muster_free(gp->theta);
    muster_free(gp->weights);
    muster_free(gp->rates);
    muster_free(gp->y);
    muster_free(gp->ratio);
    muster_free(gp->alpha);
    muster_free(gp->factor);
    muster_free(gp->scratch);
    muster_free(gp);
    *out = NULL;
}

void muster_gp_noise_floor(struct muster_gp *gp, double floor)
{
    gp->model.noise_floor = floor;
}

size_t muster_gp_parameters(const struct muster_gp *gp)
{
    return gp->p;
}

void muster_gp_get(const struct muster_gp *gp, double *parameters)
{
    memcpy(parameters, gp->theta, gp->p * sizeof *parameters);
}

void muster_gp_scales(const struct muster_gp *gp, const double *theta, struct muster_scales *to)
{
    const double *axes = theta + gp->d + 2;
    for (size_t f = 0; f < gp->cloud.f; f++)
        to->weights[f] = exp(-2 * theta[gp->features[f].param]);
    to->amplitude = exp(theta[gp->d]);
    to->noise = exp(theta[gp->d + 1]);
    to->share = gp->model.additive ? exp(axes[gp->d]) / fmax((double)gp->d, 1) : 0;
    to->variance = to->amplitude + to->share * (double)gp->d;
    for (size_t j = 0; gp->model.additive && j < gp->d; j++)
        to->rates[j] = sqrt(5) * exp(-axes[j]);
}

struct muster_covariance muster_gp_covariance(const struct muster_gp *gp)
{
    return (struct muster_covariance){
        gp->model.kernel, gp->d, gp->weights, gp->amplitude, gp->model.additive ? gp->rates : NULL,
        gp->share};
}

void muster_gp_set(struct muster_gp *gp, const double *parameters)
{
    struct muster_scales scales = {.weights = gp->weights, .rates = gp->rates};
    memmove(gp->theta, parameters, gp->p * sizeof *parameters);
    muster_gp_scales(gp, gp->theta, &scales);
    gp->amplitude = scales.amplitude;
    gp->share = scales.share;
    gp->variance = scales.variance;
    gp->noise = scales.noise;
    gp->rows = 0;
    muster_gp_warp_cloud(gp, gp->theta, gp->plain, &gp->cloud, gp->n);
    struct muster_covariance covariance = muster_gp_covariance(gp);
    muster_cloud_refresh(&gp->cloud, &covariance, 0, gp->n);
}

struct muster_gp_scratch muster_gp_scratch(const struct muster_gp *gp)
{
    size_t n = gp->capacity;
    double *at = gp->scratch;
    return (struct muster_gp_scratch){.k = at,
                                      .slope = at + n,
                                      .v = at + 2 * n,
                                      .pair = at + 3 * n,
                                      .block = at + 5 * n,
                                      .z = at + (5 + MUSTER_GP_BATCH) * n,
                                      .x = at + (5 + MUSTER_GP_BATCH) * n + gp->cloud.f + gp->d};
}

static enum muster_status resize(double **array, size_t n)
{
    double *fresh = muster_realloc(*array, n, sizeof *fresh);
    if (fresh == NULL)
        return MUSTER_NO_MEMORY;
    *array = fresh;
    return MUSTER_OK;
}

/* An array of rows with another stride. */
static enum muster_status restride(double **array, size_t rows, size_t from, size_t to)
{
    enum muster_status status = MUSTER_OK;
    double *fresh;
    MUSTER_NEW(fresh, rows * to);
    for (size_t r = 0; r < rows && *array != NULL; r++)
        memcpy(fresh + r * to, *array + r * from, from * sizeof *fresh);
    muster_free(*array);
    *array = fresh;
done:
    return status;
}

/* All of them or none have the new stride; an array that alone got longer rows would be misread. */
static enum muster_status restride_cloud(struct muster_gp *gp, size_t to)
{
    enum muster_status status = MUSTER_OK;
    struct muster_cloud fresh = gp->cloud;
    size_t from = gp->cloud.stride;
    double *up = NULL, *down = NULL, *plain = NULL;

    MUSTER_NEW(up, gp->d * to);
    MUSTER_NEW(down, gp->d * to);
    MUSTER_NEW(plain, gp->d * to);
    MUSTER_TRY(restride(&fresh.z, gp->cloud.f + gp->d, from, to));
    for (size_t j = 0; j < gp->d && from > 0; j++) {
        memcpy(up + j * to, gp->cloud.up + j * from, from * sizeof *up);
        memcpy(down + j * to, gp->cloud.down + j * from, from * sizeof *down);
        memcpy(plain + j * to, gp->plain + j * from, from * sizeof *plain);
    }
    muster_free(gp->cloud.up);
    muster_free(gp->cloud.down);
    muster_free(gp->plain);
    gp->plain = plain;
    fresh.up = up;
    fresh.down = down;
    fresh.stride = to;
    gp->cloud = fresh;
    up = down = plain = NULL;
done:
    muster_free(up);
    muster_free(down);
    muster_free(plain);
    return status;
}

enum muster_status muster_gp_reserve(struct muster_gp *gp, size_t n)
{
    enum muster_status status = MUSTER_OK;
    size_t capacity = gp->capacity;

    if (n <= capacity)
        return MUSTER_OK;
    capacity = n > 2 * capacity ? n + 16 : 2 * capacity;
    MUSTER_TRY(resize(&gp->y, capacity));
    MUSTER_TRY(resize(&gp->ratio, capacity));
    MUSTER_TRY(resize(&gp->alpha, capacity));
    MUSTER_TRY(resize(&gp->scratch, (5 + MUSTER_GP_BATCH) * capacity + gp->cloud.f + 2 * gp->d));
    MUSTER_TRY(restride_cloud(gp, capacity));
    gp->capacity = capacity;
done:
    return status;
}

enum muster_status muster_gp_create(const struct muster_space *space,
                                    const struct muster_solver *solver, struct muster_gp **out)
{
    static const struct muster_gp_model plain = {
        .noise_mean = -4, .noise_deviation = 1, .noise_floor = 1e-8};
    return muster_gp_create_as(space, solver, &plain, out);
}

enum muster_status muster_gp_create_as(const struct muster_space *space,
                                       const struct muster_solver *solver,
                                       const struct muster_gp_model *model, struct muster_gp **out)
{
    enum muster_status status = MUSTER_OK;
    struct muster_gp *gp;

    *out = NULL;
    MUSTER_NEW(gp, 1);
    gp->space = space;
    gp->solver = solver;
    gp->d = space->d;
    gp->model = *model;
    MUSTER_TRY(muster_gp_warp_create(gp));
    gp->p = gp->d + 2 + (model->additive ? gp->d + 1 : 0) + 2 * gp->n_warped;
    gp->scale = 1;
    MUSTER_TRY(muster_features_create(space, &gp->cloud.f, &gp->features, &gp->hamming));
    gp->cloud.features = gp->features;
    gp->cloud.hamming = gp->hamming;
    MUSTER_NEW(gp->theta, gp->p);
    MUSTER_NEW(gp->weights, gp->cloud.f);
    MUSTER_NEW(gp->rates, gp->d);
    MUSTER_TRY(muster_gp_reserve(gp, 1));
    muster_gp_prior_start(gp, gp->theta);
    muster_gp_set(gp, gp->theta);
done:
    if (status != MUSTER_OK)
        muster_gp_destroy(&gp);
    *out = gp;
    return status;
}

void muster_gp_place(struct muster_gp *gp, size_t i, const double *u, double ratio)
{
    struct muster_gp_scratch scratch = muster_gp_scratch(gp);
    struct muster_covariance covariance = muster_gp_covariance(gp);
    bool same = i < gp->rows && gp->ratio[i] == ratio;
    muster_features_map(gp->space, gp->features, gp->cloud.f, u, scratch.x, scratch.z);
    for (size_t j = 0; j < gp->d; j++)
        gp->plain[j * gp->cloud.stride + i] = scratch.z[gp->cloud.f + j];
    muster_gp_warp_point(gp, scratch.z);
    for (size_t f = 0; f < gp->cloud.f + gp->d; f++) {
        double *z = &gp->cloud.z[f * gp->cloud.stride + i];
        same = same && *z == scratch.z[f];
        *z = scratch.z[f];
    }
    gp->ratio[i] = ratio;
    if (!same && i < gp->rows)
        gp->rows = i;
    if (!same)
        muster_cloud_refresh(&gp->cloud, &covariance, i, i + 1);
}

static void standardise(struct muster_gp *gp, const double *y)
{
    double sum = 0, squares = 0, m = (double)gp->observed;
    for (size_t i = 0; i < gp->observed; i++)
        sum += y[i];
    gp->shift = gp->observed > 0 ? sum / m : 0;
    for (size_t i = 0; i < gp->observed; i++)
        squares += (y[i] - gp->shift) * (y[i] - gp->shift);
    double deviation = gp->observed > 0 ? sqrt(squares / m) : 0;
    gp->scale = deviation > 0 && isfinite(deviation) ? deviation : 1;
    for (size_t i = 0; i < gp->n; i++)
        gp->y[i] = (y[i] - gp->shift) / gp->scale;
}

enum muster_status muster_gp_observe(struct muster_gp *gp, const double *u, const double *y,
                                     size_t n)
{
    return muster_gp_observe_noisy(gp, u, y, NULL, n);
}

enum muster_status muster_gp_observe_noisy(struct muster_gp *gp, const double *u, const double *y,
                                           const double *ratio, size_t n)
{
    enum muster_status status = MUSTER_OK;

    MUSTER_TRY(muster_gp_reserve(gp, n));
    gp->n = n;
    gp->observed = 0;
    while (gp->observed < n && !isnan(y[gp->observed]))
        gp->observed++;
    for (size_t i = 0; i < n; i++)
        muster_gp_place(gp, i, u + i * gp->d, ratio != NULL ? ratio[i] : 1);
    standardise(gp, y);
    MUSTER_TRY(muster_gp_condition(gp));
done:
    return status;
}

enum muster_status muster_gp_observe_doubting(struct muster_gp *gp, const double *u, double *y,
                                              const double *ratio, size_t n)
{
    enum muster_status status = MUSTER_OK;
    double *mean = NULL, *deviation;
    size_t first = 0;

    while (first < n && !isnan(y[first]))
        first++;
    MUSTER_NEW(mean, 2 * (n - first) + 1);
    deviation = mean + (n - first);
    MUSTER_TRY(muster_gp_observe_noisy(gp, u, y, ratio, first));
    muster_gp_predict_many(gp, u + first * gp->d, n - first, mean, deviation);
    for (size_t i = first; i < n; i++)
        y[i] = mean[i - first] + deviation[i - first];
    MUSTER_TRY(muster_gp_observe_noisy(gp, u, y, ratio, n));
done:
    muster_free(mean);
    return status;
}

enum muster_status muster_gp_believe(struct muster_gp *gp, const double *u)
{
    enum muster_status status = MUSTER_OK;

    MUSTER_TRY(muster_gp_reserve(gp, gp->n + 1));
    muster_gp_place(gp, gp->n, u, 1);
    gp->y[gp->n++] = NAN;
    MUSTER_TRY(muster_gp_condition(gp));
done:
    return status;
}
