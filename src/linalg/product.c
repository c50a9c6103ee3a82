/* Single-precision products on one core: op(A) and op(B) are cut into blocks that stay in the cache
 * while one of the kernels (kernel_template.h) runs over them, as Goto and van de Geijn do (ACM
 * TOMS 34(3), 2008) and BLIS (Van Zee, van de Geijn, ACM TOMS 41(3), 2015).
 *
 * An element of C has the same bits whatever surrounds it: k alone decides where its sum is cut.
 * That, and that small and oblong products lose nothing to copies they do not need, is why these
 * are not left to BLAS. */
#include "linalg/product_impl.h"

#include "muster/linalg.h"

#include <stdatomic.h>
#include <string.h>

/* Floats. DEPTH: a panel of B stays in the first cache, with a tile of A. HEIGHT: a block of A
 * stays in the second, with a group of panels. WIDEST: columns of any kernel. */
enum { DEPTH = 192, HEIGHT = 240, WIDEST = 32, GROUP = 8 };

/* What is not copied: B where its rows together are so many floats, or so few rows of A use them; A
 * where its rows together are so many, or so few columns of B use them. */
enum { B_IS_NEAR = 4096, FEW_ROWS = 24, A_IS_NEAR = 8192, FEW_COLUMNS = 64 };

static _Thread_local struct {
    float a[HEIGHT * DEPTH] __attribute__((aligned(64)));
    float b[GROUP * DEPTH * WIDEST] __attribute__((aligned(64)));
} space;

const struct muster_kernel *muster_kernel_chosen(void)
{
    static const struct muster_kernel *_Atomic chosen;
    const struct muster_kernel *kernel = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (kernel != NULL)
        return kernel;
    kernel = &muster_kernel_portable;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
        kernel = &muster_kernel_avx512;
    else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        kernel = &muster_kernel_avx2;
#endif
    atomic_store_explicit(&chosen, kernel, memory_order_relaxed);
    return kernel;
}

/* Even parts of at most DEPTH. */
static size_t depth_of(size_t k)
{
    const size_t parts = (k + DEPTH - 1) / DEPTH;
    return parts > 1 ? ((k + parts - 1) / parts + 7) / 8 * 8 : DEPTH;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Rows p .. p + k, columns j .. j + n of op(B) into to [k][columns], zeros behind n. */
static void pack_panel(const struct muster_product *of, size_t columns, size_t p, size_t k,
                       size_t j, float *to)
{
    const size_t n = least(of->n - j, columns);
    if (n < columns)
        memset(to, 0, k * columns * sizeof *to);
    if (of->transpose_b)
        muster_stranspose(n, k, of->b + j * of->ldb + p, of->ldb, to, columns);
    else
        for (size_t i = 0; i < k; i++)
            memcpy(to + i * columns, of->b + (p + i) * of->ldb + j, n * sizeof *to);
}

/* Where the kernel finds the block of op(A) from (i, p) on. */
static void place_block(const struct muster_kernel *by, const struct muster_product *of, size_t i,
                        size_t p, struct muster_panel *panel)
{
    const size_t rows = of->transpose_a ? panel->k : panel->m;
    panel->lda = of->lda;
    panel->a = of->transpose_a ? of->a + p * of->lda + i : of->a + i * of->lda + p;
    panel->side = of->transpose_a ? MUSTER_ACROSS : MUSTER_ALONG;
    if (rows * of->lda <= A_IS_NEAR || of->n <= FEW_COLUMNS)
        return;
    if (of->transpose_a) {
        by->pack(panel->m, panel->k, panel->a, of->lda, space.a);
        panel->side = MUSTER_PACKED;
    } else {
        for (size_t r = 0; r < panel->m; r++)
            memcpy(space.a + r * panel->k, panel->a + r * of->lda, panel->k * sizeof *space.a);
        panel->lda = panel->k;
    }
    panel->a = space.a;
}

/* Where it finds the panel of op(B) from (p, j) on; copies are made some panels at a time. */
static void place_panel(const struct muster_kernel *by, const struct muster_product *of, size_t p,
                        size_t j, struct muster_panel *panel)
{
    const size_t k = panel->k, columns = by->columns, group = GROUP * columns;
    const bool near = panel->m < FEW_ROWS || k * of->ldb <= B_IS_NEAR;
    panel->ldb = columns;
    if (of->packed != NULL) {
        panel->b = of->packed + p * muster_packed_columns(by, of->n) + j * k;
    } else if (near && !of->transpose_b && panel->n == columns) {
        panel->b = of->b + p * of->ldb + j;
        panel->ldb = of->ldb;
    } else {
        panel->b = space.b + j % group * k;
        const size_t end = near ? j + columns : j / group * group + group;
        if (near || j % group == 0)
            for (size_t at = j; at < least(of->n, end); at += columns)
                pack_panel(of, columns, p, k, at, space.b + at % group * k);
    }
}

/* One block of op(A) against all of op(B). */
static void block(const struct muster_kernel *by, const struct muster_product *of, size_t i,
                  size_t p, size_t k)
{
    struct muster_panel panel = {.m = least(of->m - i, HEIGHT),
                                 .k = k,
                                 .alpha = of->alpha,
                                 .beta = p > 0 ? 1.0f : of->beta,
                                 .ldc = of->ldc};
    place_block(by, of, i, p, &panel);
    for (size_t j = 0; j < of->n; j += by->columns) {
        panel.n = least(of->n - j, by->columns);
        panel.c = of->c + i * of->ldc + j;
        place_panel(by, of, p, j, &panel);
        by->panel(&panel);
    }
}

void muster_product_run(const struct muster_kernel *by, const struct muster_product *of)
{
    const size_t depth = depth_of(of->k);
    size_t p = 0;
    do { /* once where k is 0: C = beta C */
        for (size_t i = 0; i < of->m; i += HEIGHT)
            block(by, of, i, p, least(of->k - p, depth));
        p += depth;
    } while (p < of->k);
}

void muster_product_pack(const struct muster_kernel *by, const struct muster_product *of, float *to)
{
    const size_t depth = depth_of(of->k);
    for (size_t p = 0; p < of->k; p += depth)
        for (size_t j = 0, k = least(of->k - p, depth); j < of->n; j += by->columns)
            pack_panel(of, by->columns, p, k, j, to + p * muster_packed_columns(by, of->n) + j * k);
}

/* ---- the room's face ------------------------------------------------------------------------ */

size_t muster_spack_size(size_t k, size_t n)
{
    return k * muster_packed_columns(muster_kernel_chosen(), n);
}

void muster_spack(bool transpose_b, size_t k, size_t n, const float *b, size_t ldb, float *packed)
{
    muster_product_pack(
        muster_kernel_chosen(),
        &(struct muster_product){.transpose_b = transpose_b, .n = n, .k = k, .b = b, .ldb = ldb},
        packed);
}

void muster_sgemm_packed(size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
                         const float *packed, float beta, float *c, size_t ldc)
{
    const struct muster_product product = {.m = m,
                                           .n = n,
                                           .k = k,
                                           .alpha = alpha,
                                           .a = a,
                                           .lda = lda,
                                           .packed = packed,
                                           .beta = beta,
                                           .c = c,
                                           .ldc = ldc};
    muster_product_run(muster_kernel_chosen(), &product);
}
