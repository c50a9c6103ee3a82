/* Transposed copies, squares of a register's width at a time. */
#include "muster/linalg.h"

#if defined(__AVX512F__)
#define SIDE ((size_t)16)
#define LANES(f)                                                                                \
    {                                                                                           \
        f(0), f(1), f(2), f(3), f(4), f(5), f(6), f(7), f(8), f(9), f(10), f(11), f(12), f(13), \
            f(14), f(15)                                                                        \
    }
#elif defined(__AVX2__)
#define SIDE ((size_t)8)
#define LANES(f)                                       \
    {                                                  \
        f(0), f(1), f(2), f(3), f(4), f(5), f(6), f(7) \
    }
#else
#define SIDE ((size_t)4)
#define LANES(f)               \
    {                          \
        f(0), f(1), f(2), f(3) \
    }
#endif

typedef float vector __attribute__((vector_size(4 * SIDE), aligned(4), may_alias));
typedef int32_t lanes __attribute__((vector_size(4 * SIDE)));

/* Rows `step` apart trade halves: one of the stages of a transpose. The mask picks from the pair
 * (a, b) what stays in a; what goes to b lies `step` lanes further. */
#define PICK(step, lane) (((lane) & (step)) ? (int32_t)SIDE + (lane) - (step) : (lane))
#define PICK8(lane) PICK(8, lane)
#define PICK4(lane) PICK(4, lane)
#define PICK2(lane) PICK(2, lane)
#define PICK1(lane) PICK(1, lane)

static inline void trade(vector row[SIDE], size_t step, const lanes *low)
{
    const lanes high = *low + (int32_t)step;
#pragma GCC unroll 16
    for (size_t i = 0; i < SIDE; i++)
        if ((i & step) == 0) {
            vector a = row[i], b = row[i + step];
            row[i] = __builtin_shuffle(a, b, *low);
            row[i + step] = __builtin_shuffle(a, b, high);
        }
}

static inline void transpose_square(const float *a, size_t lda, float *b, size_t ldb)
{
    static const lanes fours = LANES(PICK4), twos = LANES(PICK2), ones = LANES(PICK1);
    vector row[SIDE];
#pragma GCC unroll 16
    for (size_t i = 0; i < SIDE; i++)
        row[i] = *(const vector *)(a + i * lda);
#if defined(__AVX512F__)
    static const lanes eights = LANES(PICK8);
    trade(row, 8, &eights);
#endif
    if (SIDE > 4)
        trade(row, 4, &fours);
    trade(row, 2, &twos);
    trade(row, 1, &ones);
#pragma GCC unroll 16
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
    const size_t rows = m / SIDE * SIDE, columns = n / SIDE * SIDE;
    for (size_t i = 0; i < rows; i += SIDE)
        for (size_t j = 0; j < columns; j += SIDE)
            transpose_square(a + i * lda + j, lda, b + j * ldb + i, ldb);
    if (columns < n)
        transpose_edge(rows, n - columns, a + columns, lda, b + columns * ldb, ldb);
    if (rows < m)
        transpose_edge(m - rows, n, a + rows * lda, lda, b + rows, ldb);
}
