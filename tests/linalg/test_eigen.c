/* Symmetric eigenproblems: unit eigenvectors as rows that give the matrix back, and refusals. */
#include "../unit.h"

#include "muster/linalg.h"

#include <math.h>
#include <string.h>

enum { MOST = 40 };

static double a[MOST * MOST], axes[MOST * MOST], values[MOST];

/* Of both signs; the upper triangle is left to be nonsense. */
static void make_matrix(size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            a[i * n + j] = a[j * n + i] = cos((double)(i * j)) / (1 + (double)(i - j));
    memcpy(axes, a, sizeof axes);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            axes[i * n + j] = NAN;
}

static void axes_and_values_give_the_matrix_back(void **state)
{
    (void)state;
    for (size_t n = 0; n <= MOST; n += n < 4 ? 1 : 9) {
        make_matrix(n);
        assert_int_equal(muster_eigen_symmetric(n, axes, values), MUSTER_OK);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                double entry = 0, inner = 0;
                for (size_t k = 0; k < n; k++) {
                    entry += axes[k * n + i] * values[k] * axes[k * n + j];
                    inner += axes[i * n + k] * axes[j * n + k];
                }
                assert_float_equal(entry, a[i * n + j], 1e-12);
                assert_float_equal(inner, i == j ? 1 : 0, 1e-12);
            }
        for (size_t k = 1; k < n; k++)
            assert_true(values[k - 1] <= values[k]);
    }
}

static void what_is_not_finite_is_refused(void **state)
{
    (void)state;
    make_matrix(5);
    axes[3 * 5 + 1] = NAN;
    assert_int_equal(muster_eigen_symmetric(5, axes, values), MUSTER_INTERNAL);
    assert_non_null(strstr(muster_error_text(), "finite"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(axes_and_values_give_the_matrix_back),
        cmocka_unit_test(what_is_not_finite_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
