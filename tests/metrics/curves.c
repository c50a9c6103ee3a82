/* Curves against scikit-learn's, and their ends. */
#include <math.h>

#include "../unit.h"
#include "metrics_test.h"
#include "reference.h"

typedef enum muster_status curve_of(const struct muster_scored *, size_t, double *, size_t *);

static void compare(curve_of *curve, const double *expected, size_t n_expected)
{
    double rows[41 * 3];
    size_t m;
    assert_int_equal(curve(&references[0].scored, 1, rows, &m), MUSTER_OK);
    assert_int_equal(m * 3, n_expected);
    for (size_t i = 0; i < n_expected; i++)
        assert_true(isinf(expected[i]) ? rows[i] == expected[i]
                                       : fabs(rows[i] - expected[i]) < 1e-15);
}

static void as_scikit_learn(void **state)
{
    (void)state;
    compare(muster_metric_roc_curve, roc_0, sizeof roc_0 / sizeof *roc_0);
    compare(muster_metric_pr_curve, pr_0, sizeof pr_0 / sizeof *pr_0);
}

/* One class alone: no negative, or no positive. */
static void one_class(void **state)
{
    (void)state;
    const int32_t ones[3] = {1, 1, 1};
    const float p[6] = {0.5f, 0.5f, 0.25f, 0.75f, 0.5f, 0.5f};
    const struct muster_scored scored = {.n = 3, .outputs = 2, .classes = ones, .prediction = p};
    double rows[4 * 3];
    size_t m;
    assert_int_equal(muster_metric_roc_curve(&scored, 1, rows, &m), MUSTER_OK);
    assert_int_equal(m, 3);
    assert_true(isnan(rows[0]) && rows[1] == 0 && isinf(rows[2]));
    assert_true(rows[2 * 3 + 1] == 1 && rows[2 * 3 + 2] == 0.5);
    assert_int_equal(muster_metric_pr_curve(&scored, 0, rows, &m), MUSTER_OK);
    assert_int_equal(m, 3);
    assert_true(rows[0] == 0 && rows[1] == 1 && rows[2] == 0.25);
    assert_true(rows[2 * 3] == 1 && rows[2 * 3 + 1] == 0 && isinf(rows[2 * 3 + 2]));
}

static void out_of_memory(void **state)
{
    (void)state;
    double rows[41 * 3];
    size_t m;
    muster_fault_set("alloc:1", 0);
    assert_int_equal(muster_metric_roc_curve(&references[0].scored, 1, rows, &m), MUSTER_NO_MEMORY);
    muster_fault_set("alloc:1", 0);
    assert_int_equal(muster_metric_pr_curve(&references[0].scored, 1, rows, &m), MUSTER_NO_MEMORY);
    muster_fault_set(NULL, 0);
    assert_int_equal(muster_memory_blocks(), 0);
}

int main(void)
{
    (void)confusion_2;
    (void)confusions_last;
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_scikit_learn),
                                       cmocka_unit_test(one_class),
                                       cmocka_unit_test(out_of_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
