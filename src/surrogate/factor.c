/* The factor of a Gaussian process' covariance: whole for the observations that stand when kernel
 * parameters are set, row by row for every point behind them. A row depends on the points before it
 * alone, so the bits are the same whether points come one at a time or all at once. */
#include <math.h>
#include <string.h>

#include "surrogate/surrogate_impl.h"

static void point_of(const struct muster_gp *gp, size_t i, double *z)
{
    for (size_t f = 0; f < gp->cloud.f + gp->d; f++)
        z[f] = gp->cloud.z[f * gp->cloud.stride + i];
}

/* Row i of the covariance, entries 0 .. i, into `row`. */
static void covariance_row(const struct muster_gp *gp, size_t i, double jitter, double *row)
{
    struct muster_covariance covariance = muster_gp_covariance(gp);
    double *point = muster_gp_scratch(gp).z;
    point_of(gp, i, point);
    muster_kernel_row(&gp->cloud, &covariance, point, i, row, NULL);
    row[i] = gp->variance * (1 + jitter) + gp->noise * gp->ratio[i];
}

/* Rows of `from` entries become rows of `to`, in place. */
static void respread(double *l, size_t rows, size_t from, size_t to)
{
    if (to > from)
        for (size_t i = rows; i-- > 0;)
            memmove(l + i * to, l + i * from, (i + 1) * sizeof *l);
    else if (to < from)
        for (size_t i = 0; i < rows; i++)
            memmove(l + i * to, l + i * from, (i + 1) * sizeof *l);
}

/* Jitter grows until the factor stands; at 1 (a noise as large as the signal) it must. */
static enum muster_status factor_whole(struct muster_gp *gp)
{
    enum muster_status status = MUSTER_INTERNAL;
    size_t n = gp->observed;
    for (double jitter = MUSTER_GP_JITTER; status == MUSTER_INTERNAL && jitter <= 1; jitter *= 10) {
        for (size_t i = 0; i < n; i++)
            covariance_row(gp, i, jitter, gp->factor + i * n);
        muster_error_clear();
        status = gp->solver->factor(gp->solver->context, n, gp->factor);
    }
    gp->rows = status == MUSTER_OK ? n : 0;
    gp->ld = n;
    return status;
}

static enum muster_status append_row(struct muster_gp *gp)
{
    enum muster_status status = MUSTER_INTERNAL;
    size_t i = gp->rows;
    for (double jitter = MUSTER_GP_JITTER; status == MUSTER_INTERNAL && jitter <= 1; jitter *= 10) {
        covariance_row(gp, i, jitter, gp->factor + i * gp->ld);
        muster_error_clear();
        status = muster_cholesky_append(i, gp->factor, gp->ld);
    }
    gp->rows += status == MUSTER_OK;
    return status;
}

static enum muster_status factor_all(struct muster_gp *gp)
{
    enum muster_status status = MUSTER_OK;

    MUSTER_TRY(muster_grow(&gp->factor, &gp->factor_capacity, gp->n * gp->n, sizeof *gp->factor));
    if (gp->rows == 0 && gp->observed > 0)
        MUSTER_TRY(factor_whole(gp));
    if (gp->rows > gp->n)
        gp->rows = gp->n;
    respread(gp->factor, gp->rows, gp->ld, gp->n);
    gp->ld = gp->n;
    while (gp->rows < gp->n)
        MUSTER_TRY(append_row(gp));
done:
    return status;
}

/* mean (unless it is given) and alpha: L v = [y 1], mean = v1.vy / v1.v1, L^T alpha = vy - mean v1,
 * where entries of believed points are zero. */
static void solve_alpha(struct muster_gp *gp, bool mean_given)
{
    double *pair = muster_gp_scratch(gp).pair, top = 0, bottom = 0;
    for (size_t i = 0; i < gp->n; i++) {
        pair[2 * i] = i < gp->observed ? gp->y[i] : 0;
        pair[2 * i + 1] = 1;
    }
    gp->solver->forward(gp->solver->context, gp->n, gp->factor, 2, pair);
    for (size_t i = 0; i < gp->observed; i++) {
        top += pair[2 * i] * pair[2 * i + 1];
        bottom += pair[2 * i + 1] * pair[2 * i + 1];
    }
    if (!mean_given)
        gp->mean = bottom > 0 ? top / bottom : 0;
    for (size_t i = 0; i < gp->n; i++)
        gp->alpha[i] = i < gp->observed ? pair[2 * i] - gp->mean * pair[2 * i + 1] : 0;
    gp->solver->backward(gp->solver->context, gp->n, gp->factor, 1, gp->alpha);
}

static enum muster_status condition(struct muster_gp *gp, bool mean_given)
{
    enum muster_status status = MUSTER_OK;

    MUSTER_TRY(factor_all(gp));
    if (gp->n > 0)
        solve_alpha(gp, mean_given);
done:
    return status;
}

enum muster_status muster_gp_condition(struct muster_gp *gp)
{
    return condition(gp, false);
}

/* ---- neighbours ------------------------------------------------------------------------------ */

/* The m-th largest of k[n], by selection in place (Hoare). */
static double mth_largest(double *k, size_t n, size_t m)
{
    size_t low = 0, high = n - 1, want = m - 1;
    while (low < high) {
        double pivot = k[low + (high - low) / 2];
        size_t i = low, j = high;
        for (;;) {
            while (k[i] > pivot)
                i++;
            while (k[j] < pivot)
                j--;
            if (i >= j)
                break;
            double swap = k[i];
            k[i++] = k[j];
            k[j--] = swap;
        }
        if (want <= j)
            high = j;
        else
            low = j + 1;
    }
    return k[want];
}

/* Point i of gp as the next one of `near`. */
static void copy_point(const struct muster_gp *gp, size_t i, struct muster_gp *near)
{
    size_t to = near->n++;
    for (size_t f = 0; f < gp->cloud.f + gp->d; f++)
        near->cloud.z[f * near->cloud.stride + to] = gp->cloud.z[f * gp->cloud.stride + i];
    for (size_t j = 0; gp->model.additive && j < gp->d; j++) {
        near->cloud.up[j * near->cloud.stride + to] = gp->cloud.up[j * gp->cloud.stride + i];
        near->cloud.down[j * near->cloud.stride + to] = gp->cloud.down[j * gp->cloud.stride + i];
    }
    for (size_t j = 0; j < gp->d; j++)
        near->plain[j * near->cloud.stride + to] = gp->plain[j * gp->cloud.stride + i];
    near->y[to] = gp->y[i];
    near->ratio[to] = gp->ratio[i];
    near->observed += i < gp->observed;
}

enum muster_status muster_gp_near(const struct muster_gp *gp, const double *u, size_t m,
                                  struct muster_gp *near)
{
    enum muster_status status = MUSTER_OK;
    struct muster_gp_scratch scratch = muster_gp_scratch(gp);
    struct muster_covariance covariance = muster_gp_covariance(gp);

    MUSTER_TRY(muster_gp_reserve(near, m));
    muster_gp_map(gp, u, scratch.x, scratch.z);
    muster_kernel_row(&gp->cloud, &covariance, scratch.z, gp->n, scratch.k, NULL);
    memcpy(scratch.v, scratch.k, gp->n * sizeof *scratch.v);
    double least = gp->n > m ? mth_largest(scratch.v, gp->n, m) : -INFINITY;
    muster_gp_set(near, gp->theta);
    near->n = near->observed = 0;
    near->shift = gp->shift;
    near->scale = gp->scale;
    near->mean = gp->mean;
    size_t ties = m;
    for (size_t i = 0; i < gp->n; i++)
        ties -= scratch.k[i] > least;
    for (size_t i = 0; i < gp->n; i++) {
        if (scratch.k[i] < least || (scratch.k[i] == least && ties == 0))
            continue;
        ties -= scratch.k[i] == least;
        copy_point(gp, i, near);
    }
    MUSTER_TRY(condition(near, true));
done:
    return status;
}
