/* Cholesky on LAPACK: the lower triangle of a row-major matrix is the upper one of the same bytes
 * read column-major, so LAPACK's upper routines work on it without LAPACKE's transposed copies. */
#include "muster/linalg.h"

#include <assert.h>
#include <cblas.h>
#include <lapacke.h>
#include <limits.h>
#include <math.h>

static lapack_int order(size_t n)
{
    assert(n <= INT_MAX);
    return (lapack_int)n;
}

static enum muster_status not_positive(size_t pivot, size_t n)
{
    return muster_error(MUSTER_INTERNAL,
                        "the matrix is not positive definite at pivot %zu of %zu (a larger "
                        "diagonal would be right)",
                        pivot, n);
}

static enum muster_status factor(void *context, size_t n, double *a)
{
    (void)context;
    if (n == 0)
        return MUSTER_OK;
    lapack_int info = LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'U', order(n), a, order(n));
    assert(info >= 0);
    if (info > 0)
        return not_positive((size_t)info, n);
    for (size_t i = 0; i < n; i++) /* a NaN passes LAPACK's comparison with zero */
        if (!isfinite(a[i * n + i]))
            return not_positive(i + 1, n);
    return MUSTER_OK;
}

/* Right-hand sides up to which the factor is read for each of them: dtrsm packs it first. */
enum { FEW = 2 };

static void solve(enum CBLAS_TRANSPOSE transpose, size_t n, const double *l, size_t m, double *b)
{
    if (n == 0 || m == 0)
        return;
    if (m <= FEW)
        for (size_t c = 0; c < m; c++)
            cblas_dtrsv(CblasRowMajor, CblasLower, transpose, CblasNonUnit, order(n), l, order(n),
                        b + c, order(m));
    else
        cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, transpose, CblasNonUnit, order(n),
                    order(m), 1.0, l, order(n), b, order(m));
}

static void forward(void *context, size_t n, const double *l, size_t m, double *b)
{
    (void)context;
    solve(CblasNoTrans, n, l, m, b);
}

static void backward(void *context, size_t n, const double *l, size_t m, double *b)
{
    (void)context;
    solve(CblasTrans, n, l, m, b);
}

static enum muster_status inverse(void *context, size_t n, double *l)
{
    (void)context;
    if (n == 0)
        return MUSTER_OK;
    lapack_int info = LAPACKE_dpotri_work(LAPACK_COL_MAJOR, 'U', order(n), l, order(n));
    assert(info >= 0);
    if (info > 0)
        return muster_error(MUSTER_INTERNAL, "the factor's diagonal is zero at %zu of %zu",
                            (size_t)info, n);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            l[j * n + i] = l[i * n + j];
    return MUSTER_OK;
}

const struct muster_solver muster_solver_lapack = {
    .name = "lapack",
    .factor = factor,
    .forward = forward,
    .backward = backward,
    .inverse = inverse,
};

enum muster_status muster_cholesky_append(size_t n, double *l, size_t ld)
{
    double *row = l + n * ld, square = row[n];
    if (n > 0) {
        cblas_dtrsv(CblasRowMajor, CblasLower, CblasNoTrans, CblasNonUnit, order(n), l, order(ld),
                    row, 1);
        square -= cblas_ddot(order(n), row, 1, row, 1);
    }
    if (!(square > 0.0) || !isfinite(square))
        return not_positive(n + 1, n + 1);
    row[n] = sqrt(square);
    return MUSTER_OK;
}
