/* Tail functions against 60-digit references, and half-rank warping by hand. */
#include "test.h"
#include "muster/surrogate.h"

#include "normal_reference.h"

static double relative(double got, double want)
{
    return fabs(got - want) / fmax(fabs(want), 1e-300);
}

static void log_h_everywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof log_h_reference / sizeof *log_h_reference; i++) {
        const double *row = log_h_reference[i];
        /* Near z = 0.9 log h is 0: there the absolute error counts. */
        double error = fabs(muster_log_h(row[0]) - row[1]) / fmax(fabs(row[1]), 1);
        assert_true(error < 1e-15);
        assert_true(relative(muster_log_h_derivative(row[0]), row[2]) < 1e-15);
    }
    assert_true(muster_log_h(-1e200) == -INFINITY); /* -5e399 */
    assert_true(relative(muster_log_h_derivative(-1e200), 1e200) < 1e-15);
}

static void erfcx_everywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof erfcx_reference / sizeof *erfcx_reference; i++)
        assert_true(relative(muster_erfcx(erfcx_reference[i][0]), erfcx_reference[i][1]) < 1e-15);
    assert_true(isinf(muster_erfcx(-30)));
    assert_true(muster_erfcx(INFINITY) == 0);
}

static void quantiles(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof quantile_reference / sizeof *quantile_reference; i++) {
        double got = muster_normal_quantile(quantile_reference[i][0]);
        assert_true(fabs(got - quantile_reference[i][1]) < 1e-14);
    }
}

static void expected_improvement_at_its_edges(void **state)
{
    (void)state;
    assert_true(fabs(muster_log_ei(1, 1, 2) - log(2 * 0.39894228040143268)) < 1e-15);
    assert_true(muster_log_ei(3, 1, 0) == log(2));
    assert_true(muster_log_ei(1, 3, 0) == -INFINITY);
    assert_true(isfinite(muster_log_ei(0, 1e6, 1e-6)));
    assert_true(muster_log_ei(0, 1, 1e-3) > muster_log_ei(0, 2, 1e-3));
}

static void half_rank(void **state)
{
    double y[5] = {1, 100, 3, 1e9, 2}, same[4] = {7, 7, 7, 9}, ties[6] = {0, 1, 2, 5, 5, 5};
    (void)state;
    assert_int_equal(muster_warp_half_rank(y, 5), MUSTER_OK);
    assert_true(y[0] == 1 && y[4] == 2 && y[2] == 3);
    double spread = sqrt(5.0 / 3); /* of 1, 2, 3 about 3 */
    assert_true(fabs(y[1] - (3 + spread * muster_normal_quantile(0.5 + 0.5 / 3))) < 1e-14);
    assert_true(fabs(y[3] - (3 + spread * muster_normal_quantile(0.5 + 1.0 / 3))) < 1e-14);
    assert_int_equal(muster_warp_half_rank(same, 4), MUSTER_OK);
    assert_true(same[0] == 7 && same[3] == 9);
    assert_int_equal(muster_warp_half_rank(ties, 6), MUSTER_OK);
    assert_true(ties[3] == ties[4] && ties[4] == ties[5] && ties[3] > ties[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_h_everywhere), cmocka_unit_test(erfcx_everywhere),
        cmocka_unit_test(quantiles),        cmocka_unit_test(expected_improvement_at_its_edges),
        cmocka_unit_test(half_rank),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
