/* A Gaussian process with constant mean and a Matern-5/2 kernel (Rasmussen and Williams 2006,
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
    muster_free(gp->cloud.z);
    muster_free(gp->theta);
    muster_free(gp->weights);
    muster_free(gp->y);
    muster_free(gp->alpha);
    muster_free(gp->factor);
    muster_free(gp->scratch);
    muster_free(gp);
    *out = NULL;
}

void muster_gp_noise_floor(struct muster_gp *gp, double floor)
{
    gp->noise_floor = floor;
}

size_t muster_gp_parameters(const struct muster_gp *gp)
{
    return gp->d + 2;
}

void muster_gp_get(const struct muster_gp *gp, double *parameters)
{
    memcpy(parameters, gp->theta, (gp->d + 2) * sizeof *parameters);
}

void muster_gp_weights(const struct muster_gp *gp, const double *theta, double *weights)
{
    for (size_t f = 0; f < gp->cloud.f; f++)
        weights[f] = exp(-2 * theta[gp->features[f].param]);
}

void muster_gp_set(struct muster_gp *gp, const double *parameters)
{
    memmove(gp->theta, parameters, (gp->d + 2) * sizeof *parameters);
    muster_gp_weights(gp, gp->theta, gp->weights);
    gp->amplitude = exp(gp->theta[gp->d]);
    gp->noise = exp(gp->theta[gp->d + 1]);
    gp->rows = 0;
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
                                      .x = at + (5 + MUSTER_GP_BATCH) * n + gp->cloud.f};
}

static enum muster_status resize(double **array, size_t n)
{
    double *fresh = muster_realloc(*array, n, sizeof *fresh);
    if (fresh == NULL)
        return MUSTER_NO_MEMORY;
    *array = fresh;
    return MUSTER_OK;
}

/* z with another stride: one feature of all points behind the other. */
static enum muster_status restride(struct muster_gp *gp, size_t stride)
{
    enum muster_status status = MUSTER_OK;
    double *z;
    MUSTER_NEW(z, gp->cloud.f * stride);
    for (size_t f = 0; f < gp->cloud.f && gp->cloud.z != NULL; f++)
        memcpy(z + f * stride, gp->cloud.z + f * gp->cloud.stride, gp->cloud.stride * sizeof *z);
    muster_free(gp->cloud.z);
    gp->cloud.z = z;
    gp->cloud.stride = stride;
done:
    return status;
}

static enum muster_status reserve(struct muster_gp *gp, size_t n)
{
    enum muster_status status = MUSTER_OK;
    size_t capacity = gp->capacity;

    if (n <= capacity)
        return MUSTER_OK;
    capacity = n > 2 * capacity ? n + 16 : 2 * capacity;
    MUSTER_TRY(resize(&gp->y, capacity));
    MUSTER_TRY(resize(&gp->alpha, capacity));
    MUSTER_TRY(resize(&gp->scratch, (5 + MUSTER_GP_BATCH) * capacity + gp->cloud.f + gp->d));
    MUSTER_TRY(restride(gp, capacity));
    gp->capacity = capacity;
done:
    return status;
}

enum muster_status muster_gp_create(const struct muster_space *space,
                                    const struct muster_solver *solver, struct muster_gp **out)
{
    enum muster_status status = MUSTER_OK;
    struct muster_gp *gp;

    *out = NULL;
    MUSTER_NEW(gp, 1);
    gp->space = space;
    gp->solver = solver;
    gp->d = space->d;
    gp->noise_floor = 1e-8;
    gp->scale = 1;
    MUSTER_TRY(muster_features_create(space, &gp->cloud.f, &gp->features));
    gp->cloud.features = gp->features;
    MUSTER_NEW(gp->theta, gp->d + 2);
    MUSTER_NEW(gp->weights, gp->cloud.f);
    MUSTER_TRY(reserve(gp, 1));
    muster_gp_prior_start(gp, gp->theta);
    muster_gp_set(gp, gp->theta);
done:
    if (status != MUSTER_OK)
        muster_gp_destroy(&gp);
    *out = gp;
    return status;
}

/* Takes u as point i; the factor's rows from i on are void unless the point was there already. */
static void place(struct muster_gp *gp, size_t i, const double *u)
{
    struct muster_gp_scratch scratch = muster_gp_scratch(gp);
    bool same = i < gp->rows;
    muster_features_map(gp->space, gp->features, gp->cloud.f, u, scratch.x, scratch.z);
    for (size_t f = 0; f < gp->cloud.f; f++) {
        double *z = &gp->cloud.z[f * gp->cloud.stride + i];
        same = same && *z == scratch.z[f];
        *z = scratch.z[f];
    }
    if (!same && i < gp->rows)
        gp->rows = i;
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
    enum muster_status status = MUSTER_OK;

    MUSTER_TRY(reserve(gp, n));
    gp->n = n;
    gp->observed = 0;
    while (gp->observed < n && !isnan(y[gp->observed]))
        gp->observed++;
    for (size_t i = 0; i < n; i++)
        place(gp, i, u + i * gp->d);
    standardise(gp, y);
    MUSTER_TRY(muster_gp_condition(gp));
done:
    return status;
}

enum muster_status muster_gp_believe(struct muster_gp *gp, const double *u)
{
    enum muster_status status = MUSTER_OK;

    MUSTER_TRY(reserve(gp, gp->n + 1));
    place(gp, gp->n, u);
    gp->y[gp->n++] = NAN;
    MUSTER_TRY(muster_gp_condition(gp));
done:
    return status;
}
