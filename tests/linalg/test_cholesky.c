/* Cholesky behind the solver table: factor, triangular solves, inverse, growing by a row, and
 * refusals. */
#include "../unit.h"

#include "muster/linalg.h"

#include <math.h>
#include <string.h>

enum { MOST = 60 };

static const struct muster_solver *const solver = &muster_solver_lapack;
static double a[MOST * MOST], l[MOST * MOST], b[MOST * MOST], kept[MOST * MOST];

/* exp(-|i - j| / 3) with a diagonal of 1.1; the upper triangle is left to be nonsense. */
static void make_matrix(size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            a[i * n + j] = exp(-fabs((double)i - (double)j) / 3) + (i == j ? 0.1 : 0);
    memcpy(l, a, sizeof l);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            l[i * n + j] = NAN;
}

static void the_factor_gives_the_matrix_back(void **state)
{
    (void)state;
    for (size_t n = 0; n <= MOST; n += 5) {
        make_matrix(n);
        assert_int_equal(solver->factor(solver->context, n, l), MUSTER_OK);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j <= i; j++) {
                double sum = 0;
                for (size_t k = 0; k <= j; k++)
                    sum += l[i * n + k] * l[j * n + k];
                assert_float_equal(sum, a[i * n + j], 1e-12);
            }
    }
}

static void solves_undo_products(void **state)
{
    (void)state;
    const size_t n = 33, columns[] = {0, 1, 2, 7};
    make_matrix(n);
    assert_int_equal(solver->factor(solver->context, n, l), MUSTER_OK);
    for (size_t c = 0; c < 4; c++) {
        const size_t m = columns[c];
        for (size_t i = 0; i < n * m; i++)
            kept[i] = b[i] = sin((double)i);
        solver->forward(solver->context, n, l, m, b);
        solver->backward(solver->context, n, l, m, b);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < m; j++) {
                double sum = 0;
                for (size_t k = 0; k < n; k++)
                    sum += a[i * n + k] * b[k * m + j];
                assert_float_equal(sum, kept[i * m + j], 1e-10);
            }
    }
}

static void the_inverse_is_whole(void **state)
{
    (void)state;
    const size_t n = 29;
    make_matrix(n);
    assert_int_equal(solver->factor(solver->context, n, l), MUSTER_OK);
    assert_int_equal(solver->inverse(solver->context, n, l), MUSTER_OK);
    muster_dgemm(false, false, n, n, n, 1.0, a, n, l, n, 0.0, b, n);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            assert_float_equal(b[i * n + j], i == j, 1e-11);
}

static void rows_are_appended(void **state)
{
    (void)state;
    const size_t n = 40, ld = MOST;
    make_matrix(n);
    for (size_t i = 0; i < n; i++) {
        memcpy(b + i * ld, a + i * n, (i + 1) * sizeof *b);
        assert_int_equal(muster_cholesky_append(i, b, ld), MUSTER_OK);
    }
    assert_int_equal(solver->factor(solver->context, n, l), MUSTER_OK);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            assert_float_equal(b[i * ld + j], l[i * n + j], 1e-12);
    memcpy(b + n * ld, b + (n - 1) * ld, n * sizeof *b); /* no new pivot is left */
    b[n * ld + n] = -1;
    assert_int_equal(muster_cholesky_append(n, b, ld), MUSTER_INTERNAL);
}

static void what_is_not_positive_is_refused(void **state)
{
    (void)state;
    const double bad[] = {-1, 0, NAN, INFINITY};
    for (size_t k = 0; k < 4; k++) {
        make_matrix(9);
        l[4 * 9 + 4] = bad[k];
        assert_int_equal(solver->factor(solver->context, 9, l), MUSTER_INTERNAL);
        assert_non_null(strstr(muster_error_text(), "pivot"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_factor_gives_the_matrix_back),
        cmocka_unit_test(solves_undo_products),
        cmocka_unit_test(the_inverse_is_whole),
        cmocka_unit_test(rows_are_appended),
        cmocka_unit_test(what_is_not_positive_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
