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
 * stays in the second, with a group of panels. WIDEST: columns of any kernel. STRIP: rows of a
 * panel of C that are passed on at a time, whole tiles of any kernel; the last time up to three
 * more. */
enum { DEPTH = 256, HEIGHT = 264, WIDEST = 32, GROUP = 8, STRIP = 48, TALLEST = 12 };

/* What is not copied: B where its rows together are so many floats, or so few rows of A use them; A
 * where its rows together are so many, or so few columns of B use them. */
enum { B_IS_NEAR = 4096, FEW_ROWS = 24, A_IS_NEAR = 8192, FEW_COLUMNS = 64 };

/* What is not fetched ahead: arrays of so many floats; A and C together. */
enum { C_IS_NEAR = 16384, BOTH_ARE_NEAR = 32768 };

static _Thread_local struct {
    float a[HEIGHT * DEPTH] __attribute__((aligned(64)));
    float b[GROUP * DEPTH * WIDEST] __attribute__((aligned(64)));
    float strip[(STRIP + 3 * TALLEST) * WIDEST] __attribute__((aligned(64)));
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

/* Even parts of at most `most`, of whole units but for the last. */
static size_t part_of(size_t n, size_t most, size_t unit)
{
    const size_t parts = (n + most - 1) / most;
    return parts > 1 ? ((n + parts - 1) / parts + unit - 1) / unit * unit : most;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Rows of a whole panel, of a size that the compiler knows. */
static void copy_rows(size_t k, const float *from, size_t ld, float *to, size_t columns)
{
    for (size_t i = 0; i < k; i++, from += ld, to += columns)
        memcpy(to, from, MUSTER_PANEL * sizeof *to);
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
    else if (n == MUSTER_PANEL)
        copy_rows(k, of->b + p * of->ldb + j, of->ldb, to, columns);
    else
        for (size_t i = 0; i < k; i++)
            memcpy(to + i * columns, of->b + (p + i) * of->ldb + j, n * sizeof *to);
}

/* The same of the transpose of B [n][k] in panels. It jumps from one to the next; what of each the
 * panel behind this one will be made of is asked for meanwhile. */
static void turn_panel(const struct muster_product *of, size_t columns, size_t p, size_t k,
                       size_t j, float *to)
{
    const size_t n = least(of->n - j, columns);
    const bool fetch = of->k * of->n > C_IS_NEAR;
    if (n < columns)
        memset(to, 0, k * columns * sizeof *to);
    for (size_t at = p, end; at < p + k; at = end) {
        const size_t skip = at % MUSTER_PANEL;
        const float *from = of->packed + (at - skip) * of->n + j * MUSTER_PANEL;
        end = least(at - skip + MUSTER_PANEL, p + k);
        for (size_t i = 0; i < columns && fetch; i++)
            __builtin_prefetch(from + (columns + i) * MUSTER_PANEL);
        muster_stranspose(n, end - at, from + skip, MUSTER_PANEL, to + (at - p) * columns, columns);
    }
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
    panel->gap_b = columns / 2;
    if (of->packed != NULL && !of->transpose_b) {
        panel->b = of->packed + j / MUSTER_PANEL * MUSTER_PANEL * of->k + p * MUSTER_PANEL +
                   j % MUSTER_PANEL;
        panel->ldb = MUSTER_PANEL;
        if (columns > MUSTER_PANEL) /* what is read twice is not stored */
            panel->gap_b = panel->n > MUSTER_PANEL ? MUSTER_PANEL * of->k : 0;
    } else if (of->packed == NULL && near && !of->transpose_b && panel->n == columns) {
        panel->b = of->b + p * of->ldb + j;
        panel->ldb = of->ldb;
    } else {
        panel->b = space.b + j % group * k;
        const size_t end = near ? j + columns : j / group * group + group;
        if (near || j % group == 0)
            for (size_t at = j; at < least(of->n, end); at += columns)
                (of->packed != NULL ? turn_panel : pack_panel)(of, columns, p, k, at,
                                                               space.b + at % group * k);
    }
}

/* A panel of the product into panels of C, some rows at a time, which go on from there once the sum
 * is complete. Where it is so at once C itself is not used; kernels of half a panel need it, to put
 * the halves together. */
static void strips(const struct muster_kernel *by, const struct muster_product *of, size_t i,
                   size_t j, bool complete, struct muster_panel *panel)
{
    const struct muster_follow *then = complete ? of->then : NULL;
    const bool aside = then != NULL && panel->k == of->k && by->columns >= MUSTER_PANEL;
    const size_t m = panel->m, whole = of->m * MUSTER_PANEL, base = j / MUSTER_PANEL * whole;
    const float *a = panel->a;
    const bool fetch = then != NULL && of->m * of->n > C_IS_NEAR;
    panel->ldc = MUSTER_PANEL;
    panel->gap_c = by->columns / 2;
    for (size_t r = 0; r < m; r += panel->m) {
        const size_t at = base + (i + r) * MUSTER_PANEL;
        panel->m = m - r > STRIP + 3 * TALLEST ? STRIP : m - r;
        panel->a = a + r * (panel->side == MUSTER_ALONG    ? panel->lda
                            : panel->side == MUSTER_PACKED ? panel->k
                                                           : 1);
        float *to = aside ? space.strip : of->c + at;
        const size_t next = aside ? panel->m * MUSTER_PANEL : whole;
        panel->c = to + j % MUSTER_PANEL;
        if (by->columns > MUSTER_PANEL)
            panel->gap_c = next;
        for (size_t s = 0; s < MUSTER_AHEAD && fetch; s++)
            panel->ahead[s] = then->ahead[s] != NULL ? then->ahead[s] + at : NULL;
        by->panel(panel);
        if (then != NULL && (j + panel->n) % MUSTER_PANEL == 0)
            for (size_t q = 0; q < (panel->n + MUSTER_PANEL - 1) / MUSTER_PANEL; q++)
                then->take(then->context, at + q * whole, panel->m * MUSTER_PANEL, to + q * next);
    }
    panel->m = m;
    panel->a = a;
}

/* One block of op(A) against all of op(B). */
static void block(const struct muster_kernel *by, const struct muster_product *of, size_t i,
                  size_t m, size_t p, size_t k)
{
    struct muster_panel panel = {.m = m,
                                 .k = k,
                                 .alpha = of->alpha,
                                 .beta = p > 0 ? 1.0f : of->beta,
                                 .ldc = of->ldc,
                                 .gap_c = by->columns / 2,
                                 .far = of->m * (of->k + of->n) > BOTH_ARE_NEAR,
                                 .finish = p + k == of->k ? of->finish : NULL,
                                 .row = i};
    place_block(by, of, i, p, &panel);
    for (size_t j = 0; j < of->n; j += by->columns) {
        panel.n = least(of->n - j, by->columns);
        panel.column = j;
        place_panel(by, of, p, j, &panel);
        if (of->panels) {
            strips(by, of, i, j, p + k == of->k, &panel);
        } else {
            panel.c = of->c + i * of->ldc + j;
            by->panel(&panel);
        }
    }
}

void muster_product_run(const struct muster_kernel *by, const struct muster_product *of)
{
    const size_t depth = part_of(of->k, DEPTH, 8), height = part_of(of->m, HEIGHT, TALLEST);
    size_t p = 0;
    do { /* once where k is 0: C = beta C */
        for (size_t i = 0; i < of->m; i += height)
            block(by, of, i, least(of->m - i, height), p, least(of->k - p, depth));
        p += depth;
    } while (p < of->k);
}

/* ---- the room's face ------------------------------------------------------------------------ */

size_t muster_spack_size(size_t k, size_t n)
{
    return k * muster_packed_columns(n);
}

void muster_spack(bool transpose_b, size_t k, size_t n, const float *b, size_t ldb, float *packed)
{
    const struct muster_product product = {
        .transpose_b = transpose_b, .n = n, .k = k, .b = b, .ldb = ldb};
    for (size_t j = 0; j < n; j += MUSTER_PANEL)
        pack_panel(&product, MUSTER_PANEL, 0, k, j, packed + j * k);
}

void muster_sunpack(bool transpose_b, size_t k, size_t n, const float *packed, float *b, size_t ldb)
{
    for (size_t j = 0; j < n; j += MUSTER_PANEL) {
        const size_t some = least(n - j, MUSTER_PANEL);
        const float *from = packed + j * k;
        if (transpose_b)
            muster_stranspose(k, some, from, MUSTER_PANEL, b + j * ldb, ldb);
        else
            for (size_t i = 0; i < k; i++)
                memcpy(b + i * ldb + j, from + i * MUSTER_PANEL, some * sizeof *b);
    }
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

/* Sums start at 0; the product of no rows leaves them so. */
static void run_finished(const struct muster_product *product, const struct muster_finish *finish)
{
    struct muster_product finished = *product;
    finished.alpha = 1.0f;
    finished.finish = finish;
    if (finish != NULL && finish->sums != NULL)
        memset(finish->sums, 0, muster_packed_columns(product->n) * sizeof *finish->sums);
    muster_product_run(muster_kernel_chosen(), &finished);
}

void muster_sgemm_packed_finish(size_t m, size_t n, size_t k, const float *a, size_t lda,
                                const float *packed, float *c, size_t ldc,
                                const struct muster_finish *finish)
{
    const struct muster_product product = {
        .m = m, .n = n, .k = k, .a = a, .lda = lda, .packed = packed, .c = c, .ldc = ldc};
    run_finished(&product, finish);
}

void muster_sgemm_packed_back(size_t m, size_t n, size_t k, const float *a, size_t lda,
                              const float *packed, float *c, size_t ldc,
                              const struct muster_finish *finish)
{
    struct muster_product product = {
        .m = m, .n = n, .k = k, .a = a, .lda = lda, .packed = packed, .c = c, .ldc = ldc};
    product.transpose_b = true;
    run_finished(&product, finish);
}

void muster_sgemm_into_packed(size_t m, size_t n, size_t k, const float *a, size_t lda,
                              const float *b, size_t ldb, float *room, float *c,
                              const struct muster_follow *then)
{
    struct muster_product product = {.transpose_a = true,
                                     .m = m,
                                     .n = n,
                                     .k = k,
                                     .alpha = 1.0f,
                                     .a = a,
                                     .lda = lda,
                                     .b = b,
                                     .ldb = ldb,
                                     .c = c,
                                     .panels = true,
                                     .then = then};
    if (k * ldb > B_IS_NEAR) { /* once for all blocks of A */
        muster_spack(false, k, n, b, ldb, room);
        product.packed = room;
    }
    muster_product_run(muster_kernel_chosen(), &product);
}
