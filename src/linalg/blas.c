/* Matrix products and the BLAS beneath them, through CBLAS; OpenBLAS' own calls set the number of
 * threads and tell its version. */
#include "muster/linalg.h"

#include <assert.h>
#include <cblas.h>
#include <limits.h>
#include <string.h>

/* OpenBLAS (0.3.17 and later) has kernels without packing for single-precision products of at most
 * 100^3 multiplications, on the cores named below (kernel/x86_64/sgemm_small_kernel_permit_*.c).
 * They reach 117 GFLOP/s where the packing ones reach 100 (Zen 4, peak 117), so a larger product
 * whose B is not transposed is cut into row blocks that fall under the limit, as long as a block
 * keeps enough rows to reuse what it reads of B. */
#define SMALL_PRODUCT 1000000.0
#define ROWS_OF_A_BLOCK 12

static const char *const small_kernel_cores[] = {"SkylakeX", "Cooperlake", "SapphireRapids"};

static bool has_small_kernels(void)
{
    static int known = -1;
    if (known < 0) {
        const char *core = openblas_get_corename();
        known = 0;
        for (size_t i = 0; i < sizeof small_kernel_cores / sizeof *small_kernel_cores; i++)
            known |= strcmp(core, small_kernel_cores[i]) == 0;
    }
    return known != 0;
}

void muster_blas_threads(int threads)
{
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

/* How many rows of C to compute at a time. */
static size_t rows_of_a_block(bool transpose_b, size_t m, size_t n, size_t k)
{
    double product_of_a_row = (double)n * (double)k;
    if (transpose_b || (double)m * product_of_a_row <= SMALL_PRODUCT ||
        ROWS_OF_A_BLOCK * product_of_a_row > SMALL_PRODUCT || !has_small_kernels())
        return m;
    size_t most = (size_t)(SMALL_PRODUCT / product_of_a_row) / 4 * 4;
    size_t blocks = (m + most - 1) / most;
    size_t even = (m + blocks - 1) / blocks;
    return (even + 3) / 4 * 4;
}

void muster_sgemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha,
                  const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c,
                  size_t ldc)
{
    size_t block = rows_of_a_block(transpose_b, m, n, k);
    for (size_t i = 0; i < m; i += block) {
        size_t rows = m - i < block ? m - i : block;
        cblas_sgemm(CblasRowMajor, flag(transpose_a), flag(transpose_b), blas_int(rows),
                    blas_int(n), blas_int(k), alpha, transpose_a ? a + i : a + i * lda,
                    blas_int(lda), b, blas_int(ldb), beta, c + i * ldc, blas_int(ldc));
    }
}

void muster_dgemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, double alpha,
                  const double *a, size_t lda, const double *b, size_t ldb, double beta, double *c,
                  size_t ldc)
{
    cblas_dgemm(CblasRowMajor, flag(transpose_a), flag(transpose_b), blas_int(m), blas_int(n),
                blas_int(k), alpha, a, blas_int(lda), b, blas_int(ldb), beta, c, blas_int(ldc));
}
