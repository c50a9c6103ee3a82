/* Transposed copies, squares of a register's width at a time: fours of numbers find their place
 * while they are loaded, so that what is left to shuffle stays within them. */
#include "muster/linalg.h"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define SIDE ((size_t)16)
#define EACH_FOUR(X) X(0) X(4) X(8) X(12)
#elif defined(__AVX2__)
#define SIDE ((size_t)8)
#define EACH_FOUR(X) X(0) X(4)
#else
#define SIDE ((size_t)4)
#define EACH_FOUR(X) X(0)
#endif

typedef float vector __attribute__((vector_size(4 * SIDE), aligned(4), may_alias));
typedef int32_t lanes __attribute__((vector_size(4 * SIDE)));

/* The lower or the upper halves of each four of two registers, by turns: one instruction. */
#define LOW_OF(q) (q), (q) + (int32_t)SIDE, (q) + 1, (q) + 1 + (int32_t)SIDE,
#define HIGH_OF(q) LOW_OF((q) + 2)
static const lanes low = {EACH_FOUR(LOW_OF)}, high = {EACH_FOUR(HIGH_OF)};

/* Four numbers each of the rows 0, 4, 8 .. from a on. */
static inline vector load_fours(const float *a, size_t lda)
{
#if defined(__AVX512F__)
    __m512 row = _mm512_castps128_ps512(_mm_loadu_ps(a));
    row = _mm512_insertf32x4(row, _mm_loadu_ps(a + 4 * lda), 1);
    row = _mm512_insertf32x4(row, _mm_loadu_ps(a + 8 * lda), 2);
    return (vector)_mm512_insertf32x4(row, _mm_loadu_ps(a + 12 * lda), 3);
#elif defined(__AVX2__)
    const __m256 row = _mm256_castps128_ps256(_mm_loadu_ps(a));
    return (vector)_mm256_insertf128_ps(row, _mm_loadu_ps(a + 4 * lda), 1);
#else
    (void)lda;
    return *(const vector *)a;
#endif
}

/* Four registers, of the same columns of `a`, become four rows of b. */
static inline void transpose_square(const float *a, size_t lda, float *b, size_t ldb)
{
#pragma GCC unroll 4
    for (size_t j = 0; j < SIDE; j += 4, a += 4, b += 4 * ldb) {
        const vector first = load_fours(a, lda), second = load_fours(a + lda, lda),
                     third = load_fours(a + 2 * lda, lda), last = load_fours(a + 3 * lda, lda),
                     odd[] = {__builtin_shuffle(first, third, low),
                              __builtin_shuffle(first, third, high)},
                     even[] = {__builtin_shuffle(second, last, low),
                               __builtin_shuffle(second, last, high)};
#pragma GCC unroll 2
        for (size_t h = 0; h < 2; h++) {
            *(vector *)(b + 2 * h * ldb) = __builtin_shuffle(odd[h], even[h], low);
            *(vector *)(b + (2 * h + 1) * ldb) = __builtin_shuffle(odd[h], even[h], high);
        }
    }
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
