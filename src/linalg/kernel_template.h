/* The inner loops of a product on registers of WIDTH floats: tiles of up to ROWS x 2 registers of C
 * stay in registers while k runs. Included by the file of each kernel after it has defined WIDTH
 * and ROWS; that file exports `panel`. The loops over a tile are unrolled by hand of the pragma:
 * only then its array becomes registers. */
#include "linalg/kernel_impl.h"

#include <string.h>

#pragma GCC diagnostic ignored "-Wpsabi"

/* Checking each access of each unrolled tile would take minutes of compiling; AddressSanitizer
 * watches them all the same. */
#define TILE_INLINE static inline __attribute__((always_inline, no_sanitize("undefined")))

typedef float vector __attribute__((vector_size(4 * WIDTH), aligned(4), may_alias));
typedef int32_t lanes __attribute__((vector_size(4 * WIDTH), aligned(4), may_alias));

enum { COLUMNS = 2 * WIDTH, LINE = 16 };

/* c = A B for a tile of `rows`, from row i on. Both are constants where this is inlined, and so is
 * `side`. On the way it asks for the lines of A that the next tile will need. */
TILE_INLINE void accumulate(const struct muster_panel *of, size_t i, size_t rows,
                            enum muster_side side, vector c[ROWS][2])
{
    const size_t ldb = of->ldb, lda = side == MUSTER_PACKED ? rows : of->lda;
    const float *b = of->b, *row[ROWS], *a = of->a + i * (side == MUSTER_PACKED ? of->k : 1);
#pragma GCC unroll 16
    for (size_t r = 0; r < rows; r++) {
        row[r] = of->a + (i + r) * lda;
        c[r][0] = c[r][1] = (vector){0};
    }
    for (size_t p = 0, end; p < of->k; p = end) {
        end = p + LINE < of->k ? p + LINE : of->k;
        if (of->far && side != MUSTER_ACROSS)
#pragma GCC unroll 16
            for (size_t r = 0; r < rows; r++)
                __builtin_prefetch(side == MUSTER_ALONG ? row[r] + rows * lda + p
                                                        : a + rows * of->k + r * LINE);
        for (size_t q = p; q < end; q++, b += ldb, a += lda) {
            const vector left = *(const vector *)b, right = *(const vector *)(b + of->gap_b);
#pragma GCC unroll 16
            for (size_t r = 0; r < rows; r++) {
                const vector one = (side == MUSTER_ALONG ? row[r][q] : a[r]) - (vector){0};
                c[r][0] += one * left;
                c[r][1] += one * right;
            }
        }
    }
}

/* The first n columns of a vector into C. */
static __attribute__((noinline, no_sanitize("undefined"))) void put_some(
    const struct muster_panel *of, vector c, size_t n, float *to)
{
    float row[WIDTH];
    *(vector *)row = of->alpha * c;
    for (size_t j = 0; j < n; j++)
        to[j] = of->beta != 0.0f ? of->beta * to[j] + row[j] : row[j];
}

/* One vector of columns of a tile, from `column` of all on: what struct muster_finish says. */
TILE_INLINE void finish_up(const struct muster_finish *by, size_t column, size_t rows, size_t half,
                           vector c[ROWS][2])
{
    const vector bias = *(const vector *)(by->bias + column);
#pragma GCC unroll 16
    for (size_t r = 0; r < rows; r++)
        c[r][half] += bias;
    if (!by->rectify)
        return;
#pragma GCC unroll 16
    for (size_t r = 0; r < rows; r++)
        c[r][half] = (vector)(~(lanes)(c[r][half] <= 0.0f) & (lanes)c[r][half]);
}

TILE_INLINE void finish_down(const struct muster_finish *by, size_t row, size_t column, size_t rows,
                             size_t half, vector c[ROWS][2])
{
    const float *kept = by->kept + row * by->ldk + column;
#pragma GCC unroll 16
    for (size_t r = 0; r < rows; r++)
        c[r][half] =
            (vector)((lanes)(*(const vector *)(kept + r * by->ldk) > 0.0f) & (lanes)c[r][half]);
    if (by->sums == NULL)
        return;
    vector sum = *(vector *)(by->sums + column);
#pragma GCC unroll 16
    for (size_t r = 0; r < rows; r++)
        sum += c[r][half];
    *(vector *)(by->sums + column) = sum;
}

TILE_INLINE void put_half(const struct muster_panel *of, size_t i, size_t rows, size_t half,
                          vector c[ROWS][2], float *to)
{
    const size_t column = of->column + half * WIDTH;
    if (of->beta != 0.0f)
#pragma GCC unroll 16
        for (size_t r = 0; r < rows; r++)
            c[r][half] += of->beta * *(const vector *)(to + r * of->ldc);
    if (of->finish->kept == NULL)
        finish_up(of->finish, column, rows, half, c);
    else
        finish_down(of->finish, of->row + i, column, rows, half, c);
#pragma GCC unroll 16
    for (size_t r = 0; r < rows; r++)
        *(vector *)(to + r * of->ldc) = c[r][half];
}

/* A finished tile into C. */
TILE_INLINE void put_finished(const struct muster_panel *of, size_t i, size_t rows,
                              vector c[ROWS][2], float *to)
{
    put_half(of, i, rows, 0, c, to);
    if (of->n > WIDTH)
        put_half(of, i, rows, 1, c, to + of->gap_c);
}

TILE_INLINE void scale(float alpha, size_t rows, vector c[ROWS][2])
{
#pragma GCC unroll 16
    for (size_t r = 0; r < rows; r++) {
        c[r][0] *= alpha;
        c[r][1] *= alpha;
    }
}

/* A tile into C of whole vectors: what there is to decide is decided once. */
TILE_INLINE void put_whole(const struct muster_panel *of, size_t rows, vector c[ROWS][2], float *to)
{
    const size_t ldc = of->ldc, gap = of->gap_c;
    const float alpha = of->alpha, beta = of->beta;
    if (beta == 0.0f) {
        if (alpha != 1.0f)
            scale(alpha, rows, c);
#pragma GCC unroll 16
        for (size_t r = 0; r < rows; r++) {
            *(vector *)(to + r * ldc) = c[r][0];
            *(vector *)(to + r * ldc + gap) = c[r][1];
        }
        return;
    }
#pragma GCC unroll 16
    for (size_t r = 0; r < rows; r++) {
        vector *left = (vector *)(to + r * ldc), *right = (vector *)(to + r * ldc + gap);
        *left = beta * *left + alpha * c[r][0];
        *right = beta * *right + alpha * c[r][1];
    }
}

TILE_INLINE void put(const struct muster_panel *of, const vector c[2], float *to)
{
    put_some(of, c[0], of->n < WIDTH ? of->n : WIDTH, to);
    if (of->n > WIDTH)
        put_some(of, c[1], of->n - WIDTH, to + of->gap_c);
}

TILE_INLINE void tile(const struct muster_panel *of, size_t i, size_t rows, enum muster_side side)
{
    vector c[ROWS][2];
    float *to = of->c + i * of->ldc;
    if (of->far)
#pragma GCC unroll 16
        for (size_t r = 0; r < rows; r++)
            __builtin_prefetch(to + r * of->ldc, 1);
    for (size_t s = 0; s < MUSTER_AHEAD && of->ahead[s] != NULL; s++)
#pragma GCC unroll 16
        for (size_t r = 0; r < rows; r++)
            __builtin_prefetch(of->ahead[s] + (i + r) * MUSTER_PANEL, 1);
    accumulate(of, i, rows, side, c);
    if (of->finish != NULL) {
        put_finished(of, i, rows, c, to);
        return;
    }
    if (of->n >= COLUMNS) {
        put_whole(of, rows, c, to);
        return;
    }
#pragma GCC unroll 16
    for (size_t r = 0; r < rows; r++)
        put(of, c[r], to + r * of->ldc);
}

#if ROWS > 6
#define EACH_ROWS(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)
#elif ROWS > 4
#define EACH_ROWS(X) X(1) X(2) X(3) X(4) X(5) X(6)
#else
#define EACH_ROWS(X) X(1) X(2) X(3) X(4)
#endif

#define TILE(n)               \
    case n:                   \
        tile(of, i, n, side); \
        break;

TILE_INLINE void tiles(const struct muster_panel *of, enum muster_side side)
{
    for (size_t i = 0, rows; i < of->m; i += rows) {
        rows = muster_tile_rows(of->m - i, ROWS);
        switch (rows) {
            EACH_ROWS(TILE)
        }
    }
}

/* Rows p of `a` are k, each `n` wide, lda apart. */
TILE_INLINE void pack_tile(size_t k, size_t n, const float *a, size_t lda, float *to)
{
    for (size_t p = 0; p < k; p++, a += lda, to += n)
        memcpy(to, a, n * sizeof *to);
}

#define PACK(n)                      \
    case n:                          \
        pack_tile(k, n, a, lda, to); \
        break;

static __attribute__((no_sanitize("undefined"))) void pack(size_t m, size_t k, const float *a,
                                                           size_t lda, float *to)
{
    for (size_t rows; m > 0; m -= rows, a += rows, to += rows * k) {
        rows = muster_tile_rows(m, ROWS);
        switch (rows) {
            EACH_ROWS(PACK)
        }
    }
}

static __attribute__((no_sanitize("undefined"))) void panel(const struct muster_panel *of)
{
    switch (of->side) {
    case MUSTER_ALONG:
        tiles(of, MUSTER_ALONG);
        break;
    case MUSTER_ACROSS:
        tiles(of, MUSTER_ACROSS);
        break;
    case MUSTER_PACKED:
        tiles(of, MUSTER_PACKED);
        break;
    }
}
