/* The fused gather, one kernel per kind of number: rows picked from the window leave it converted
 * to float and scaled, in one pass. Single precision shifts a value by at most half a unit in the
 * last place that the data themselves have there. */
#include "data/data_impl.h"

/* Rows come in random order, so that no hardware prefetcher knows the next one; this many are
 * fetched ahead. */
#define AHEAD ((size_t)4)
#define LINE ((size_t)64)

static inline void fetch(const char *row, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += LINE)
        __builtin_prefetch(row + at);
}

#define KIND(name, type, real)                                                                     \
    static void widen_##name(const void *from, size_t n, double *to)                               \
    {                                                                                              \
        const type *values = from;                                                                 \
        for (size_t i = 0; i < n; i++)                                                             \
            to[i] = (double)values[i];                                                             \
    }                                                                                              \
    static void gather_##name(const struct muster_data *data, const struct muster_prep *prep,      \
                              const int64_t *rows, size_t n, float *out)                           \
    {                                                                                              \
        const size_t width = prep->width;                                                          \
        const type *all = data->x;                                                                 \
        const real *restrict shift = prep->shift, *restrict factor = prep->factor;                 \
        for (size_t i = 0; i < n; i++) {                                                           \
            const type *restrict row = all + (size_t)rows[i] * width;                              \
            float *restrict to = out + i * width;                                                  \
            if (i + AHEAD < n)                                                                     \
                fetch((const char *)(all + (size_t)rows[i + AHEAD] * width), width * sizeof *row); \
            for (size_t j = 0; j < width; j++)                                                     \
                to[j] = (float)(((real)row[j] - shift[j]) * factor[j]);                            \
        }                                                                                          \
    }
DATA_KINDS(KIND)
#undef KIND

const struct data_numbers data_numbers[] = {
#define KIND(name, type, real) \
    [DATA_##name] = {sizeof(type), sizeof(real) == sizeof(float), widen_##name, gather_##name},
    DATA_KINDS(KIND)
#undef KIND
};
