/* The slope of a head's scores: products of slopes and values whose sums, as long as they are in
 * registers, go back through the softmax. Tiles are as high as they may be; the last row stands in
 * for those that are missing. */
#include "nn/attention_impl.h"

enum { VECTORS = LANES == MUSTER_PANEL ? 1 : 2, TILE = LANES == MUSTER_PANEL ? 12 : 6 };

VECTOR_INLINE void finish_row(const struct attention_slope *of, size_t i, size_t j,
                              const vfloat c[VECTORS])
{
#pragma GCC unroll 2
    for (size_t v = 0; v < VECTORS; v++) {
        const size_t at = i * of->ldp + j + v * LANES;
        vfloat dp = c[v];
        if (of->factors != NULL)
            dp = dp * vload(of->factors + at);
        vstore(of->slope + at, of->scale * vload(of->p + at) * (dp - of->mean[i]));
    }
}

VECTOR_INLINE void tile(const struct attention_slope *of, size_t from, size_t j)
{
    const float *values =
        of->values + j / MUSTER_PANEL * MUSTER_PANEL * of->size + j % MUSTER_PANEL;
    const float *row[TILE];
    vfloat c[TILE][VECTORS];
    size_t place[TILE];
#pragma GCC unroll 12
    for (size_t r = 0; r < TILE; r++) {
        place[r] = from + r < of->rows ? from + r : of->rows - 1;
        row[r] = of->dmixed + place[r] * of->ldm;
        for (size_t v = 0; v < VECTORS; v++)
            c[r][v] = (vfloat){0};
    }
    for (size_t k = 0; k < of->size; k++, values += MUSTER_PANEL)
#pragma GCC unroll 12
        for (size_t r = 0; r < TILE; r++) {
            const vfloat one = vset(row[r][k]);
#pragma GCC unroll 2
            for (size_t v = 0; v < VECTORS; v++)
                c[r][v] += one * vload(values + v * LANES);
        }
#pragma GCC unroll 12
    for (size_t r = 0; r < TILE; r++)
        finish_row(of, place[r], j, c[r]);
}

void attention_slope(const struct attention_slope *of)
{
    for (size_t i = 0; i < of->rows; i += TILE)
        for (size_t j = 0; j < of->seen; j += VECTORS * LANES)
            tile(of, i, j);
}
