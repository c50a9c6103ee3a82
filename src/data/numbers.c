/* The fused gather, one kernel per kind of number: rows picked from the window leave it converted
 * to float, filled in, encoded and scaled, in one pass; behind a row's used steps they are 0.
 * Single precision shifts a value by at most half a unit in the last place that the data themselves
 * have there. */
#include <math.h>
#include <string.h>

#include "data/prep_impl.h"

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
    static void whole_##name(const void *from, size_t n, int32_t *to)                              \
    {                                                                                              \
        const type *values = from;                                                                 \
        for (size_t i = 0; i < n; i++)                                                             \
            to[i] = (int32_t)values[i];                                                            \
    }                                                                                              \
    static void gather_##name(const struct muster_data *data, const struct muster_prep *prep,      \
                              const int64_t *rows, size_t n, float *out)                           \
    {                                                                                              \
        const size_t width = prep->width;                                                          \
        const int32_t *lengths = data->lengths;                                                    \
        const type *all = data->x;                                                                 \
        const real *restrict shift = prep->shift, *restrict factor = prep->factor;                 \
        for (size_t i = 0; i < n; i++) {                                                           \
            const type *restrict row = all + (size_t)rows[i] * width;                              \
            float *restrict to = out + i * prep->apart;                                            \
            if (i + AHEAD < n)                                                                     \
                fetch((const char *)(all + (size_t)rows[i + AHEAD] * width), width * sizeof *row); \
            const size_t used =                                                                    \
                lengths == NULL ? width : data_used(&data->head, lengths, (size_t)rows[i]);        \
            for (size_t j = 0; j < used; j++)                                                      \
                to[j] = (float)(((real)row[j] - shift[j]) * factor[j]);                            \
            for (size_t j = used; j < width; j++)                                                  \
                to[j] = 0;                                                                         \
        }                                                                                          \
    }                                                                                              \
    static void encode_##name(const struct muster_data *data, const struct muster_prep *prep,      \
                              const int64_t *rows, size_t n, float *out)                           \
    {                                                                                              \
        const struct data_columns *columns = &data->columns;                                       \
        const size_t d = columns->info.n, plain_n = columns->plain_n, gaps_n = columns->gaps_n;    \
        const size_t rest = prep->width - plain_n, codes_n = columns->info.n_codes;                \
        const size_t *restrict plain = columns->plain, *restrict first = columns->first;           \
        const type *all = data->x;                                                                 \
        const real *restrict shift = prep->shift, *restrict factor = prep->factor;                 \
        const float *restrict filled = prep->filled;                                               \
        for (size_t i = 0; i < n; i++) {                                                           \
            const type *restrict row = all + (size_t)rows[i] * d;                                  \
            float *restrict to = out + i * prep->apart;                                            \
            if (i + AHEAD < n)                                                                     \
                fetch((const char *)(all + (size_t)rows[i + AHEAD] * d), d * sizeof *row);         \
            for (size_t k = 0; k < plain_n; k++) {                                                 \
                real x = (real)row[plain[k]];                                                      \
                to[k] = isnan(x) ? filled[k] : (float)((x - shift[k]) * factor[k]);                \
            }                                                                                      \
            memset(to + plain_n, 0, rest * sizeof *to);                                            \
            for (size_t k = 0; k < columns->coded_n; k++) {                                        \
                real code = (real)row[columns->coded[k]];                                          \
                if (!isnan(code))                                                                  \
                    to[first[k] + (size_t)code] = 1;                                               \
            }                                                                                      \
            for (size_t k = 0; k < gaps_n; k++)                                                    \
                to[prep->width - codes_n - gaps_n + k] =                                           \
                    isnan((real)row[columns->gapped[k]]) ? 1.f : 0.f;                              \
            for (size_t k = 0; k < codes_n; k++) {                                                 \
                real code = (real)row[columns->kept[k]];                                           \
                to[prep->width - codes_n + k] = isnan(code) ? -1.f : (float)code;                  \
            }                                                                                      \
        }                                                                                          \
    }
DATA_KINDS(KIND)
#undef KIND

const struct data_numbers data_numbers[] = {
#define KIND(name, type, real)                                     \
    [DATA_##name] = {sizeof(type),  sizeof(real) == sizeof(float), \
                     widen_##name,  whole_##name,                  \
                     gather_##name, encode_##name},
    DATA_KINDS(KIND)
#undef KIND
};
