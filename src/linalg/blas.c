/* Matrix products and the BLAS beneath them, through CBLAS; OpenBLAS' own calls set the number of
 * threads and tell its version. */
#include "muster/linalg.h"

#include "linalg/product_impl.h"

#include <assert.h>
#include <cblas.h>
#include <limits.h>
#include <stdatomic.h>

static atomic_int blas_threads;

void muster_blas_threads(int threads)
{
    atomic_store(&blas_threads, threads);
    openblas_set_num_threads(threads);
}

const char *muster_blas_name(void)
{
    return openblas_get_config();
}

static int blas_int(size_t n)
{
    assert(n <= INT_MAX);
    return (int)n;
}

static enum CBLAS_TRANSPOSE flag(bool transpose)
{
    return transpose ? CblasTrans : CblasNoTrans;
}

void muster_sgemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha,
                  const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c,
                  size_t ldc)
{
    if (atomic_load_explicit(&blas_threads, memory_order_relaxed) <= 1)
        muster_product_run(muster_kernel_chosen(),
                           &(struct muster_product){.transpose_a = transpose_a,
                                                    .transpose_b = transpose_b,
                                                    .m = m,
                                                    .n = n,
                                                    .k = k,
                                                    .alpha = alpha,
                                                    .a = a,
                                                    .lda = lda,
                                                    .b = b,
                                                    .ldb = ldb,
                                                    .beta = beta,
                                                    .c = c,
                                                    .ldc = ldc});
    else
        cblas_sgemm(CblasRowMajor, flag(transpose_a), flag(transpose_b), blas_int(m), blas_int(n),
                    blas_int(k), alpha, a, blas_int(lda), b, blas_int(ldb), beta, c, blas_int(ldc));
}

void muster_dgemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, double alpha,
                  const double *a, size_t lda, const double *b, size_t ldb, double beta, double *c,
                  size_t ldc)
{
    cblas_dgemm(CblasRowMajor, flag(transpose_a), flag(transpose_b), blas_int(m), blas_int(n),
                blas_int(k), alpha, a, blas_int(lda), b, blas_int(ldb), beta, c, blas_int(ldc));
}
