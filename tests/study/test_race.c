/* When the folds of a step so far discard it: their mean, levels taken off, against a threshold,
 * and against the quantiles of Student's t. */
#include "../unit.h"

#include <math.h>
#include <string.h>

#include "muster/study.h"

enum { K = 5 };

static bool discards(const struct muster_step *step, bool maximize, const double *scores, size_t n)
{
    char reason[200] = "";
    bool says = muster_step_discards(step, maximize, scores, n, K, reason, sizeof reason);
    assert_true(says == (strstr(reason, "racing: after") != NULL));
    return says;
}

static void a_mean_that_is_no_better_than_the_threshold(void **state)
{
    const double scores[K] = {3, 1, 2, 9, 0};
    struct muster_step step = {.threshold = 2};
    (void)state;
    assert_false(discards(&step, false, scores, 0));
    assert_true(discards(&step, false, scores, 1));  /* 3 */
    assert_true(discards(&step, false, scores, 2));  /* 2: as good is no better */
    assert_true(discards(&step, false, scores, 4));  /* 3.75 */
    assert_false(discards(&step, false, scores, 5)); /* all folds: nothing is left to lose */
    assert_false(discards(&step, true, scores, 1));
    assert_true(discards(&step, true, scores, 2));
    assert_false(discards(&step, true, scores, 4));
    step.threshold = 2 + 1e-12;
    assert_false(discards(&step, false, scores, 2));
    step.threshold = NAN;
    assert_false(discards(&step, false, scores, 1));
}

static void levels_are_taken_off(void **state)
{
    const double scores[K] = {3, 1, 2, 9, 0}, level[K] = {1.5, -1.5, 0, 4, -4};
    struct muster_step step = {.threshold = 2, .level = level};
    (void)state;
    assert_false(discards(&step, false, scores, 1)); /* 1.5 */
    assert_true(discards(&step, false, scores, 2));  /* 2 */
    assert_true(discards(&step, true, scores, 1));
    step.first_fold = 1;
    assert_true(discards(&step, false, scores, 1)); /* 2.5 */
    assert_false(discards(&step, true, scores, 1));
}

/* See race_reference.py; the n-th look of four spends n parts in ten of the error 0.1. */
static const struct {
    size_t n;
    int64_t freedom; /* of earlier ones */
    double quantile; /* of t with freedom + n - 1 */
} cases[] = {{2, 1, 4.848732214442598},
             {1, 4, 3.7469473879811366},
             {2, 20, 2.1894272704724047},
             {3, 20, 1.982910883474401},
             {1, 20, 2.527977002740546}};

/* A mean behind the threshold just within or beyond the quantile, spread by 0.4 to both sides. */
static bool at_quantile(size_t c, double times, bool maximize)
{
    const double level[K] = {0.3, -0.1, 0.7, -0.4, -0.5}, sign = maximize ? -1 : 1, pooled = 0.25;
    const size_t n = cases[c].n;
    double scores[K] = {NAN, NAN, NAN, NAN, NAN};
    struct muster_step step = {
        .threshold = 3, .level = level, .variance = pooled, .freedom = cases[c].freedom};
    double squares = n > 1 ? 2 * 0.4 * 0.4 : 0,
           freedom = (double)(cases[c].freedom + (int64_t)n - 1);
    double variance = ((double)cases[c].freedom * pooled + squares) / freedom;
    double mean = times * cases[c].quantile * sqrt(variance * (1.0 / (double)n - 1.0 / K));
    for (size_t i = 0; i < n; i++)
        scores[i] = 3 + level[i] + sign * (mean + (n > 1 && i < 2 ? (i == 0 ? 0.4 : -0.4) : 0));
    return discards(&step, maximize, scores, n);
}

static void differences_beyond_chance(void **state)
{
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (int maximize = 0; maximize < 2; maximize++) {
            assert_false(at_quantile(c, 1 - 1e-9, maximize));
            assert_true(at_quantile(c, 1 + 1e-9, maximize));
            assert_false(at_quantile(c, -100, maximize));
        }
}

/* Without any spread the mean is what it is. */
static void no_spread(void **state)
{
    const double worse[K] = {2, 3, 4, 5, 6}, level[K] = {-2, -1, 0, 1, 2};
    struct muster_step step = {.threshold = 3, .level = level, .freedom = 4};
    (void)state;
    assert_true(discards(&step, false, worse, 1));
    assert_true(discards(&step, false, worse, 2));
    assert_false(discards(&step, true, worse, 2));
    step.threshold = 4;
    assert_false(discards(&step, false, worse, 2));
    assert_false(discards(&step, true, worse, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mean_that_is_no_better_than_the_threshold),
        cmocka_unit_test(levels_are_taken_off),
        cmocka_unit_test(differences_beyond_chance),
        cmocka_unit_test(no_spread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
