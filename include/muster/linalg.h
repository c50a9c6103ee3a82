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

/* ---- matrices in panels ---------------------------------------------------------------------
 *
 * A matrix that products often read is kept in the order in which they read it: panels of
 * MUSTER_PANEL columns one behind the other, each [rows][MUSTER_PANEL], with zeros behind its last
 * column. The order is the same on every processor. Products with such a B are of the same bits as
 * muster_sgemm's of one thread, and are always done by one. */
enum { MUSTER_PANEL = 16 };

/* Floats that a matrix [k][n] takes in panels. */
size_t muster_spack_size(size_t k, size_t n);
/* op(B) [k][n] into panels. */
void muster_spack(bool transpose_b, size_t k, size_t n, const float *b, size_t ldb, float *packed);
/* B [k][n] in panels into op(B), [k][n] or, transposed, [n][k]. */
void muster_sunpack(bool transpose_b, size_t k, size_t n, const float *packed, float *b,
                    size_t ldb);

/* C[m][n] = alpha A B + beta C for B [k][n] in panels. */
void muster_sgemm_packed(size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
                         const float *packed, float beta, float *c, size_t ldc);

/* What is done to elements of a product while they are still in registers, one of two. Their array
 * and those named here are read and written to whole panels, whatever n. */
struct muster_finish {
    /* On the way up: c + bias, [n], and where it is said 0 in place of what is not above 0. */
    const float *bias;
    bool rectify;
    /* On the way down, where `kept` is not NULL: 0 where kept, [m][ldk], is not above 0; and the
     * sums of each column, [n], as a chain from row 0 on; or NULL. */
    const float *kept;
    size_t ldk;
    float *sums;
};
/* C[m][n] = A B, finished, for B [k][n] in panels. */
void muster_sgemm_packed_finish(size_t m, size_t n, size_t k, const float *a, size_t lda,
                                const float *packed, float *c, size_t ldc,
                                const struct muster_finish *finish);
/* C[m][n] = A B^T for B [n][k] in panels; `finish` may be NULL. */
void muster_sgemm_packed_back(size_t m, size_t n, size_t k, const float *a, size_t lda,
                              const float *packed, float *c, size_t ldc,
                              const struct muster_finish *finish);

/* What is to be done with a product piece by piece while it is still in the nearest cache. */
enum { MUSTER_AHEAD = 3 };
struct muster_follow {
    /* n numbers of the product, which belong from C + at on. */
    void (*take)(void *context, size_t at, size_t n, const float *piece);
    void *context;
    /* Arrays laid out as C whose numbers from `at` on `take` will want, for the processor to fetch;
     * NULL behind the last one. */
    const float *ahead[MUSTER_AHEAD];
};
/* C[m][n] = A^T B, into panels, for A [k][m] and B [k][n], n whole panels. `room`: scratch of
 * muster_spack_size(k, n) floats. With `then` (else NULL) every piece is given to it once, and what
 * C holds afterwards is not specified. */
void muster_sgemm_into_packed(size_t m, size_t n, size_t k, const float *a, size_t lda,
                              const float *b, size_t ldb, float *room, float *c,
                              const struct muster_follow *then);

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
