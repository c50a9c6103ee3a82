/* The inner loops of products, once for each width of vectors. */
#ifndef MUSTER_LINALG_KERNEL_IMPL_H
#define MUSTER_LINALG_KERNEL_IMPL_H

#include "muster/linalg.h"

/* How the kernel finds A: rows as they stand, columns as they stand, or tile behind tile, each as
 * [k][rows of the tile]. */
enum muster_side { MUSTER_ALONG, MUSTER_ACROSS, MUSTER_PACKED };

/* C[m][n] = alpha A B + beta C for one panel of B: at most `columns` wide, k rows. */
struct muster_panel {
    size_t m, n, k;
    enum muster_side side;
    const float *a; /* element (i, p) at a[i * lda + p] along, a[p * lda + i] across */
    size_t lda;
    const float *b;    /* row p at b + p * ldb: whole vectors are read, whatever n */
    size_t ldb, gap_b; /* from the left vector of a row to the right one */
    float alpha, beta; /* beta 0: C is not read */
    float *c;
    size_t ldc, gap_c;
    bool far;                           /* A and C are to be fetched ahead */
    const float *ahead[MUSTER_AHEAD];   /* rows of MUSTER_PANEL that are wanted soon, or NULL */
    const struct muster_finish *finish; /* or NULL; then alpha is 1 and n whole vectors */
    size_t row, column;                 /* of the first element of C, as `finish` counts them */
};

/* A kernel computes `rows` rows of C at a time. Every element of C is the chain c = fma(a, b, c)
 * over p = 0 .. k - 1 from 0, then alpha c + beta C: it has the same bits wherever it lies in C,
 * whatever m and n are. */
struct muster_kernel {
    const char *name;
    size_t rows, columns; /* columns: two vectors */
    void (*panel)(const struct muster_panel *panel);
    /* Columns of `a` [k][lda], m of them, as tiles. */
    void (*pack)(size_t m, size_t k, const float *a, size_t lda, float *to);
};

extern const struct muster_kernel muster_kernel_portable;
#if defined(__x86_64__)
extern const struct muster_kernel muster_kernel_avx512, muster_kernel_avx2;
#endif

/* Rows of the next tile of at most `most` where so many are left. What is no whole number of tiles
 * is shared by the last four: a low tile takes as long as a high one, since its few sums wait for
 * each other. */
static inline size_t muster_tile_rows(size_t left, size_t most)
{
    if (left >= 4 * most || left <= most)
        return left < most ? left : most;
    const uint32_t tiles = (uint32_t)((left + most - 1) / most);
    return ((uint32_t)left + tiles - 1) / tiles;
}

#endif
