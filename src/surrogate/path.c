/* Functions drawn from a Gaussian process, by pathwise conditioning (Matheron's rule; Wilson,
 * Borovitskiy, Terenin, Mostowsky, Deisenroth, JMLR 22, 2021): a function of the prior from random
 * Fourier features (Rahimi and Recht, NIPS 2007), and on it what observations correct,
 *
 *     f(u) + k(u, U) K^-1 (y - mean - f(U) - noise).
 *
 * An unordered choice is a unit vector over sqrt 2, so that different
 * ones are 1 apart; the additive part of a choice or an inactive parameter needs no features: its
 * function is a number for each value. */
#include <math.h>
#include <string.h>

#include "surrogate/waves_impl.h"

/* Frequencies over all features, and on each axis of the additive part. */
enum { WIDE = 512, NARROW = 32 };

struct muster_path {
    const struct muster_gp *gp; /* borrowed */
    struct waves wide;
    size_t *row;          /* owned [f]: the first of a feature's rows: one, or one for each value */
    struct waves *narrow; /* owned [d]; m == 0 where an axis has numbers instead */
    double *number;       /* owned: of choices' values, first of all "inactive" */
    size_t *first;        /* owned [d]: of an axis' numbers */
    double *weight;       /* owned [n] */
    double *angle, *along; /* owned scratch: [WIDE], [d] */
};

/* ---- the prior's function ----------------------------------------------------------------------
 */

/* Numbers of an axis: one for "inactive", and of a choice one for each value. */
static size_t numbers_of(const struct muster_gp *gp, size_t j)
{
    return 1 + (gp->hamming[j] ? gp->space->params[j].n_choices : 0);
}

static bool has_values(const struct muster_gp *gp, size_t f)
{
    return gp->features[f].kind == MUSTER_FEATURE_HAMMING;
}

static void draw_wide(struct muster_path *path, struct muster_stream stream)
{
    const struct muster_gp *gp = path->gp;
    struct waves *wide = &path->wide;

    waves_draw(wide, gp->model.kernel, gp->amplitude, stream, 0);
    for (size_t f = gp->cloud.f; f-- > 0;) {
        size_t rows = has_values(gp, f) ? numbers_of(gp, gp->features[f].param) : 1;
        double edge = sqrt(gp->weights[f] * (has_values(gp, f) ? 0.5 : 1));
        for (size_t row = path->row[f] + rows; row-- > path->row[f];)
            for (size_t r = 0; r < wide->m; r++)
                wide->rate[row * wide->m + r] =
                    edge * wide->rate[r] * waves_normal(stream, r, WAVES_VALUES + row);
    }
}

/* A choice's values have covariance `apart` with each other, as the kernel has it. */
static void draw_axis(struct muster_path *path, size_t j, struct muster_stream stream)
{
    const struct muster_gp *gp = path->gp;
    uint64_t block = (uint64_t)WIDE + j * (NARROW + 1);
    double rate = gp->rates[j], apart = (1 + rate + rate * rate / 3) * exp(-rate);
    double *number = path->number + path->first[j];

    for (size_t i = 0; i < numbers_of(gp, j); i++) {
        double own = waves_normal(stream, block + NARROW, i + 1);
        number[i] = sqrt(gp->share) * own;
        if (gp->hamming[j])
            number[i] = sqrt(gp->share) * (sqrt(apart) * waves_normal(stream, block + NARROW, 0) +
                                           sqrt(1 - apart) * own);
    }
    if (gp->hamming[j])
        return;
    waves_draw(&path->narrow[j], MUSTER_KERNEL_MATERN, gp->share, stream, block);
    for (size_t r = 0; r < NARROW; r++) /* the rate holds sqrt 5 over the length scale */
        path->narrow[j].rate[r] *= rate / sqrt(5) * waves_normal(stream, block + r, WAVES_VALUES);
}

/* The angles of the waves over all features at z. */
static void turn_wide(const struct muster_path *path, const double *z)
{
    const struct muster_gp *gp = path->gp;
    size_t m = path->wide.m;

    memcpy(path->angle, path->wide.phase, m * sizeof *path->angle);
    for (size_t f = 0; f < gp->cloud.f; f++) {
        bool value = has_values(gp, f);
        size_t row = path->row[f] + (value ? (size_t)(z[f] + 1) : 0);
        const double *rate = path->wide.rate + row * m;
        double at = value ? 1 : z[f];
        for (size_t r = 0; r < m; r++)
            path->angle[r] += rate[r] * at;
    }
}

/* The function of one axis at v, and its slope. */
static double axis_at(const struct muster_path *path, size_t j, double v, double *slope)
{
    const struct waves *waves = &path->narrow[j];
    double angle[NARROW];

    *slope = 0;
    if (path->gp->hamming[j] || v < 0)
        return path->number[path->first[j] + (size_t)(v + 1)];
    for (size_t r = 0; r < NARROW; r++)
        angle[r] = waves->phase[r] + waves->rate[r] * v;
    *slope = waves_slope(waves, angle, waves->rate);
    return waves_sum(waves, angle);
}

/* At z [f + d]; slopes of axes into `along` [d], angles stay for those of features. */
static double prior_at(const struct muster_path *path, const double *z)
{
    const struct muster_gp *gp = path->gp;

    turn_wide(path, z);
    double sum = waves_sum(&path->wide, path->angle);
    for (size_t j = 0; gp->model.additive && j < gp->d; j++)
        sum += axis_at(path, j, z[gp->cloud.f + j], &path->along[j]);
    return sum;
}

/* Adds the slopes along continuous parameters of what prior_at was asked last, at u. */
static void add_slopes(const struct muster_path *path, const double *u, double *slope)
{
    const struct muster_gp *gp = path->gp;
    struct muster_gp_scratch scratch = muster_gp_scratch(gp);

    for (size_t f = 0; f < gp->cloud.f; f++) {
        double inner = muster_gp_feature_rise(gp, f, scratch.x, scratch.z, u);
        const double *rate = path->wide.rate + path->row[f] * path->wide.m;
        if (inner != 0)
            slope[gp->features[f].param] +=
                gp->scale * inner * waves_slope(&path->wide, path->angle, rate);
    }
    for (size_t j = 0; gp->model.additive && j < gp->d; j++)
        slope[j] += gp->scale * path->along[j] * muster_gp_axis_rise(gp, j, u);
}

/* ---- conditioning ------------------------------------------------------------------------------
 */

/* K^-1 (y - mean - f - noise). */
static void condition(struct muster_path *path, struct muster_stream stream)
{
    const struct muster_gp *gp = path->gp;
    uint64_t block = (uint64_t)WIDE + gp->d * (NARROW + 1);
    double *z = muster_gp_scratch(gp).z;

    for (size_t i = 0; i < gp->n; i++) {
        for (size_t f = 0; f < gp->cloud.f + gp->d; f++)
            z[f] = gp->cloud.z[f * gp->cloud.stride + i];
        double noise = sqrt(gp->noise * gp->ratio[i]) * waves_normal(stream, block, i);
        path->weight[i] = gp->y[i] - gp->mean - prior_at(path, z) - noise;
    }
    gp->solver->forward(gp->solver->context, gp->n, gp->factor, 1, path->weight);
    gp->solver->backward(gp->solver->context, gp->n, gp->factor, 1, path->weight);
}

void muster_path_destroy(struct muster_path **out)
{
    struct muster_path *path = *out;
    if (path == NULL)
        return;
    for (size_t j = 0; path->narrow != NULL && j < path->gp->d; j++)
        waves_clear(&path->narrow[j]);
    waves_clear(&path->wide);
    muster_free(path->row);
    muster_free(path->narrow);
    muster_free(path->number);
    muster_free(path->first);
    muster_free(path->weight);
    muster_free(path->angle);
    muster_free(path->along);
    muster_free(path);
    *out = NULL;
}

static enum muster_status allocate(struct muster_path *path)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_gp *gp = path->gp;
    size_t rows = 0, numbers = 0;

    MUSTER_NEW(path->row, gp->cloud.f);
    MUSTER_NEW(path->first, gp->d);
    MUSTER_NEW(path->narrow, gp->d);
    MUSTER_NEW(path->weight, gp->n);
    MUSTER_NEW(path->angle, WIDE);
    MUSTER_NEW(path->along, gp->d);
    for (size_t f = 0; f < gp->cloud.f; f++) {
        path->row[f] = rows;
        rows += has_values(gp, f) ? numbers_of(gp, gp->features[f].param) : 1;
    }
    for (size_t j = 0; gp->model.additive && j < gp->d; j++) {
        path->first[j] = numbers;
        numbers += numbers_of(gp, j);
        if (!gp->hamming[j])
            MUSTER_TRY(waves_create(&path->narrow[j], NARROW, 1));
    }
    MUSTER_NEW(path->number, numbers);
    MUSTER_TRY(waves_create(&path->wide, WIDE, rows > 0 ? rows : 1));
done:
    return status;
}

enum muster_status muster_path_create(const struct muster_gp *gp, struct muster_stream stream,
                                      struct muster_path **out)
{
    enum muster_status status = MUSTER_OK;
    struct muster_path *path;

    *out = NULL;
    MUSTER_NEW(path, 1);
    path->gp = gp;
    if (gp->n != gp->observed) {
        status = muster_error(MUSTER_INTERNAL,
                              "a function was to be drawn from a process with %zu "
                              "pending points",
                              gp->n - gp->observed);
        goto done;
    }
    MUSTER_TRY(allocate(path));
    draw_wide(path, stream);
    for (size_t j = 0; gp->model.additive && j < gp->d; j++)
        draw_axis(path, j, stream);
    condition(path, stream);
done:
    if (status != MUSTER_OK)
        muster_path_destroy(&path);
    *out = path;
    return status;
}

double muster_path_at(const struct muster_path *path, const double *u, double *slope)
{
    const struct muster_gp *gp = path->gp;
    struct muster_gp_scratch scratch = muster_gp_scratch(gp);
    struct muster_covariance covariance = muster_gp_covariance(gp);
    double sum = 0;

    muster_gp_map(gp, u, scratch.x, scratch.z);
    muster_kernel_row(&gp->cloud, &covariance, scratch.z, gp->n, scratch.k,
                      slope != NULL ? scratch.slope : NULL);
    for (size_t i = 0; i < gp->n; i++)
        sum += scratch.k[i] * path->weight[i];
    sum += prior_at(path, scratch.z);
    if (slope != NULL) {
        memset(slope, 0, gp->d * sizeof *slope);
        muster_gp_add_gradient(gp, u, path->weight, gp->scale, slope);
        add_slopes(path, u, slope);
    }
    return gp->shift + gp->scale * (gp->mean + sum);
}
