/* Transposed copies, sixteen by sixteen in registers. */
#include "muster/linalg.h"

#define SIDE ((size_t)16)

typedef float vector __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t lanes __attribute__((vector_size(64)));

/* Rows `step` apart trade halves: one of the four stages of a 16 x 16 transpose. `low` picks from
 * the pair (a, b) what stays in a; what goes to b lies `step` lanes further. */
static inline void trade(vector row[SIDE], size_t step, const lanes *low)
{
    const lanes high = *low + (int32_t)step;
    for (size_t i = 0; i < SIDE; i++)
        if ((i & step) == 0) {
            vector a = row[i], b = row[i + step];
            row[i] = __builtin_shuffle(a, b, *low);
            row[i + step] = __builtin_shuffle(a, b, high);
        }
}

static inline void transpose_square(const float *a, size_t lda, float *b, size_t ldb)
{
    static const lanes eights = {0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23};
    static const lanes fours = {0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27};
    static const lanes twos = {0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29};
    static const lanes ones = {0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30};
    vector row[SIDE];
    for (size_t i = 0; i < SIDE; i++)
        row[i] = *(const vector *)(a + i * lda);
    trade(row, 8, &eights);
    trade(row, 4, &fours);
    trade(row, 2, &twos);
    trade(row, 1, &ones);
    for (size_t i = 0; i < SIDE; i++)
        *(vector *)(b + i * ldb) = row[i];
}

static void transpose_edge(size_t m, size_t n, const float *a, size_t lda, float *b, size_t ldb)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            b[j * ldb + i] = a[i * lda + j];
}

void muster_stranspose(size_t m, size_t n, const float *a, size_t lda, float *b, size_t ldb)
{
    for (size_t i = 0; i < m; i += SIDE)
        for (size_t j = 0; j < n; j += SIDE) {
            size_t rows = m - i < SIDE ? m - i : SIDE, columns = n - j < SIDE ? n - j : SIDE;
            const float *from = a + i * lda + j;
            float *to = b + j * ldb + i;
            if (rows == SIDE && columns == SIDE)
                transpose_square(from, lda, to, ldb);
            else
                transpose_edge(rows, columns, from, lda, to, ldb);
        }
}
