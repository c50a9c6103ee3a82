/* linalg: GEMM and small kernels, Cholesky and triangular solves; serial, row-major unless said.
 * The one room that includes <cblas.h> and <lapacke.h>. */
#ifndef MUSTER_LINALG_H
#define MUSTER_LINALG_H

#include "muster/base.h"

/* BLAS threads of this process from now on, whatever the environment says. */
void muster_blas_threads(int threads);
/* Name and version of the BLAS in use. */
const char *muster_blas_name(void);

/* C[m][n] = alpha op(A) op(B) + beta C, single precision, row-major with leading dimensions; op is
 * the transpose where the flag says so. C is not read where beta is 0.
 *
 * With one thread (the default) the work is done by this room's own kernels, chosen by the
 * processor: an element of C then depends on its row of op(A), its column of op(B) and k alone, and
 * has the same bits whatever m, n and its place in C are. With more threads it is BLAS', which
 * promises no such thing; sizes are then checked against its int by assert. */
void muster_sgemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha,
                  const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c,
                  size_t ldc);

/* For a B that many products share: op(B) [k][n] copied once into `packed`, of muster_spack_size
 * floats, in the order in which the kernels read it; then C[m][n] = alpha A B + beta C of the same
 * bits as muster_sgemm's of one thread, on one thread. */
size_t muster_spack_size(size_t k, size_t n);
void muster_spack(bool transpose_b, size_t k, size_t n, const float *b, size_t ldb, float *packed);
void muster_sgemm_packed(size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
                         const float *packed, float beta, float *c, size_t ldc);

/* Double precision, for surrogates. */
void muster_dgemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, double alpha,
                  const double *a, size_t lda, const double *b, size_t ldb, double beta, double *c,
                  size_t ldc);

/* B[n][m] = A[m][n] transposed; A and B do not overlap. */
void muster_stranspose(size_t m, size_t n, const float *a, size_t lda, float *b, size_t ldb);

/* Factorisations of symmetric positive definite systems behind one table, so that a distributed one
 * can take the serial one's place. A is [n][n] row-major, lower triangle used. */
struct muster_solver {
    const char *name;
    /* A = L L^T in place (lower triangle). MUSTER_OK, or MUSTER_INTERNAL with the message naming
     * the pivot where A is not positive definite: callers add jitter. */
    enum muster_status (*factor)(void *context, size_t n, double *a);
    /* B [n][m] row-major: L^-1 B and L^-T B in place. */
    void (*forward)(void *context, size_t n, const double *l, size_t m, double *b);
    void (*backward)(void *context, size_t n, const double *l, size_t m, double *b);
    /* The lower triangle and the upper one of A^-1 from L, in place. */
    enum muster_status (*inverse)(void *context, size_t n, double *l);
    void *context;
};

extern const struct muster_solver muster_solver_lapack;

/* Grows a factor by one row: l is [n + 1][ld], its first n rows the factor, row n the new row of A
 * (n + 1 entries); O(n^2). MUSTER_INTERNAL when the new pivot is not positive. */
enum muster_status muster_cholesky_append(size_t n, double *l, size_t ld);

/* Symmetric A [n][n], lower triangle used: its eigenvalues, ascending, and in place of A unit
 * eigenvectors as rows. MUSTER_INTERNAL where an entry is not finite. */
enum muster_status muster_eigen_symmetric(size_t n, double *a, double *values);

#endif
