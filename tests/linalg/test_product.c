/* Products and transposes against plain loops: every combination of transposes, leading dimensions
 * larger than rows, and sizes on both sides of where products are cut into blocks. */
#include "../unit.h"

#include "muster/linalg.h"

#include <math.h>
#include <string.h>

/* op(M)[i][j] of a matrix kept with leading dimension ld. */
static double at(const float *matrix, size_t ld, bool transpose, size_t i, size_t j)
{
    return transpose ? matrix[j * ld + i] : matrix[i * ld + j];
}

static void check(size_t m, size_t n, size_t k, unsigned flags)
{
    const bool ta = flags & 1, tb = flags & 2;
    const float alpha = 0.5f, beta = flags & 4 ? -2.0f : 0.0f;
    const size_t lda = (ta ? m : k) + 3, ldb = (tb ? k : n) + 1, ldc = n + 2;
    const size_t sa = (ta ? k : m) * lda, sb = (tb ? n : k) * ldb, sc = m * ldc;
    float *a = muster_alloc(sa, sizeof *a), *b = muster_alloc(sb, sizeof *b);
    float *c = muster_alloc(sc, sizeof *c), *old = muster_alloc(sc, sizeof *old);
    const struct muster_stream noise = muster_stream_of(1, 0, 0, MUSTER_FOR_NOISE);
    muster_random_fill(noise, 0, -1, 1, a, sa);
    muster_random_fill(noise, sa, -1, 1, b, sb);
    muster_random_fill(noise, sa + sb, -1, 1, c, sc);
    memcpy(old, c, sc * sizeof *c);
    muster_sgemm(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < ldc; j++) {
            double sum = 0;
            for (size_t p = 0; p < k && j < n; p++)
                sum += at(a, lda, ta, i, p) * at(b, ldb, tb, p, j);
            double want = j < n ? alpha * sum + (beta != 0 ? beta * old[i * ldc + j] : 0)
                                : old[i * ldc + j]; /* outside the product: untouched */
            assert_float_equal(c[i * ldc + j], want, 2e-6 * sqrt((double)k) + 1e-6);
        }
    muster_free(a);
    muster_free(b);
    muster_free(c);
    muster_free(old);
}

static void products_of_all_shapes(void **state)
{
    (void)state;
    const size_t shapes[][3] = {{1, 1, 1},      {7, 5, 13},      {16, 64, 64},   {256, 64, 64},
                                {100, 100, 99}, {101, 100, 101}, {130, 129, 60}, {61, 300, 257}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (unsigned flags = 0; flags < 8; flags++)
            check(shapes[s][0], shapes[s][1], shapes[s][2], flags);
}

static void transposes_of_all_shapes(void **state)
{
    (void)state;
    static float a[50 * 60], b[60 * 60];
    for (size_t i = 0; i < 50 * 60; i++)
        a[i] = (float)i;
    for (size_t m = 0; m <= 50; m += m < 18 ? 1 : 16)
        for (size_t n = 0; n <= 50; n += n < 18 ? 1 : 16) {
            memset(b, 0, sizeof b);
            muster_stranspose(m, n, a, 60, b, 55);
            for (size_t j = 0; j < 60; j++)
                for (size_t i = 0; i < 55; i++)
                    assert_true(b[j * 55 + i] == (j < n && i < m ? a[i * 60 + j] : 0));
        }
}

static void the_blas_has_a_name(void **state)
{
    (void)state;
    muster_blas_threads(1);
    assert_true(strlen(muster_blas_name()) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_of_all_shapes),
        cmocka_unit_test(transposes_of_all_shapes),
        cmocka_unit_test(the_blas_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
