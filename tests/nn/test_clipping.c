/* What is done to a gradient before the step: L1, clipping by value and by norm, in that order, at
 * lengths that fit no vector; nothing where nothing is asked for. */
#include "nn_test.h"

enum { N = 1061 };

static float weights[N], sums[N], gradients[N];
static const double scale = 0.125;

static double shape(double l1, double clip_value, double clip_norm)
{
    const struct muster_gradient_rules rules = {l1, clip_value, clip_norm};
    muster_random_fill(noise(40), 0, -1, 1, weights, N);
    muster_random_fill(noise(41), 0, -3, 3, sums, N);
    weights[5] = 0;
    memcpy(gradients, sums, sizeof sums);
    return muster_gradients_shape(&rules, N, weights, gradients, scale);
}

/* gradients * found against the rules one by one in double. */
static void check(double l1, double clip_value, double clip_norm)
{
    const double found = shape(l1, clip_value, clip_norm);
    double expected[N], norm = 0;
    for (size_t i = 0; i < N; i++) {
        double g = scale * sums[i] + l1 * ((weights[i] > 0) - (weights[i] < 0));
        if (clip_value > 0)
            g = fmin(fmax(g, -clip_value), clip_value);
        expected[i] = g;
        norm += g * g;
    }
    const double factor = clip_norm > 0 ? fmin(clip_norm / (sqrt(norm) + 1e-6), 1) : 1;
    for (size_t i = 0; i < N; i++)
        assert_float_equal(found * gradients[i], factor * expected[i], 2e-7);
}

static void rules_are_applied_in_order(void **state)
{
    (void)state;
    check(0.01, 0, 0);
    check(0, 0.2, 0);
    check(0, 0, 0.5);
    check(0, 0, 1e9);
    check(0.05, 0.2, 0.5);
}

static void nothing_is_touched_unasked(void **state)
{
    (void)state;
    assert_true(shape(0, 0, 0) == scale);
    assert_memory_equal(gradients, sums, sizeof sums);
    assert_true(shape(0, 0, 2) < scale); /* the norm is applied by the step */
    assert_memory_equal(gradients, sums, sizeof sums);
}

static void what_is_not_finite_shows(void **state)
{
    (void)state;
    const struct muster_gradient_rules rules = {0.1, 0.5, 1};
    const float bad[] = {NAN, INFINITY};
    for (int i = 0; i < 2; i++) {
        float w[] = {1, 1, 1}, g[] = {1, bad[i], 0};
        double by = muster_gradients_shape(&rules, 3, w, g, 1);
        assert_true(isfinite(by) && by > 0);
        assert_true(i == 0 ? isnan(g[1]) : g[1] == 0.5f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_are_applied_in_order),
        cmocka_unit_test(nothing_is_touched_unasked),
        cmocka_unit_test(what_is_not_finite_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
