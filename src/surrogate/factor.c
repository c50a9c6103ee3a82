/* The factor of a Gaussian process' covariance: whole for the observations that stand when kernel
 * parameters are set, row by row for every point behind them. A row depends on the points before it
 * alone, so the bits are the same whether points come one at a time or all at once. */
#include <math.h>
#include <string.h>

#include "surrogate/surrogate_impl.h"

static void point_of(const struct muster_gp *gp, size_t i, double *z)
{
    for (size_t f = 0; f < gp->cloud.f; f++)
        z[f] = gp->cloud.z[f * gp->cloud.stride + i];
}

/* Row i of the covariance, entries 0 .. i, into `row`. */
static void covariance_row(const struct muster_gp *gp, size_t i, double jitter, double *row)
{
    double *point = muster_gp_scratch(gp).z;
    point_of(gp, i, point);
    muster_kernel_row(&gp->cloud, gp->weights, gp->amplitude, point, i, row, NULL);
    row[i] = gp->amplitude * (1 + jitter) + gp->noise;
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

/* mean and alpha: L v = [y 1], mean = v1.vy / v1.v1, L^T alpha = vy - mean v1, where entries of
 * believed points are zero. */
static void solve_alpha(struct muster_gp *gp)
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
    gp->mean = bottom > 0 ? top / bottom : 0;
    for (size_t i = 0; i < gp->n; i++)
        gp->alpha[i] = i < gp->observed ? pair[2 * i] - gp->mean * pair[2 * i + 1] : 0;
    gp->solver->backward(gp->solver->context, gp->n, gp->factor, 1, gp->alpha);
}

enum muster_status muster_gp_condition(struct muster_gp *gp)
{
    enum muster_status status = MUSTER_OK;

    MUSTER_TRY(factor_all(gp));
    if (gp->n > 0)
        solve_alpha(gp);
done:
    return status;
}
