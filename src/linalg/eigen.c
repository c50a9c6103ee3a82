/* Symmetric eigenproblems on LAPACK. */
#include "muster/linalg.h"

#include <assert.h>
#include <lapacke.h>
#include <limits.h>
#include <math.h>

enum muster_status muster_eigen_symmetric(size_t n, double *a, double *values)
{
    assert(n <= INT_MAX);
    if (n == 0)
        return MUSTER_OK;
    for (size_t i = 0; i < n; i++) /* LAPACK may loop over a NaN */
        for (size_t j = 0; j <= i; j++)
            if (!isfinite(a[i * n + j]))
                return muster_error(MUSTER_INTERNAL,
                                    "entry (%zu, %zu) of a symmetric matrix is %g (a finite one "
                                    "would be right)",
                                    i, j, a[i * n + j]);
    /* Eigenvectors come as columns of a column-major matrix: as rows of a row-major one. */
    lapack_int info =
        LAPACKE_dsyev(LAPACK_COL_MAJOR, 'V', 'U', (lapack_int)n, a, (lapack_int)n, values);
    if (info == LAPACK_WORK_MEMORY_ERROR || info == LAPACK_TRANSPOSE_MEMORY_ERROR)
        return muster_error(MUSTER_NO_MEMORY, "no memory for the eigenvectors of %zu rows", n);
    if (info != 0)
        return muster_error(MUSTER_INTERNAL,
                            "the eigenvalues of a matrix of %zu rows do not converge", n);
    return MUSTER_OK;
}
