/* Scores worked out by hand, and what happens where a score is not defined. */
#include <float.h>
#include <math.h>

#include "../unit.h"
#include "muster/metrics.h"

static double score(const char *metric, const struct muster_scored *scored)
{
    return muster_metric_find(metric)->score(scored);
}

static void near(double value, double expected)
{
    if (!(fabs(value - expected) < 1e-12))
        fail_msg("%.17g, not %.17g", value, expected);
}

/* Of class 1: two hits, one missed, one false alarm; six rows. */
static void two_classes(void **state)
{
    (void)state;
    const int32_t y[6] = {1, 1, 1, 0, 0, 0};
    const float p[12] = {0.25f, 0.75f, 0.5f,   0.5f,   0.375f, 0.625f,
                         0.25f, 0.75f, 0.875f, 0.125f, 0.75f,  0.25f};
    const struct muster_scored scored = {.n = 6, .outputs = 2, .classes = y, .prediction = p};
    near(score("accuracy", &scored), 4 / 6.);
    near(score("precision", &scored), 2 / 3.);
    near(score("recall", &scored), 2 / 3.);
    near(score("f1", &scored), 2 / 3.);
    near(score("micro_f1", &scored), 4 / 6.);
    near(score("mcc", &scored), (2 * 2 - 1) / 9.);
    near(score("log_loss", &scored), -log(0.75 * 0.5 * 0.625 * 0.25 * 0.875 * 0.75) / 6);
    near(score("brier", &scored), (0.0625 + 0.25 + 0.375 * 0.375 + 0.5625 + 0.015625 + 0.0625) / 6);
    /* 9 pairs: the false alarm ties with one positive and beats two. */
    near(score("roc_auc", &scored), 6.5 / 9);
    near(score("pr_auc", &scored), 1 / 3. * 1 / 2 + 1 / 3. * 2 / 3 + 1 / 3. * 3 / 4);
}

/* A tie goes to the first class, as with numpy's argmax. */
static void ties(void **state)
{
    (void)state;
    const int32_t y[2] = {0, 1};
    const float p[6] = {0.5f, 0.5f, 0, 0.5f, 0.5f, 0};
    const struct muster_scored scored = {.n = 2, .outputs = 3, .classes = y, .prediction = p};
    int64_t counts[9];
    muster_metric_confusion(&scored, counts);
    assert_true(counts[0] == 1 && counts[3] == 1 && counts[4] == 0);
}

static void a_sure_mistake_is_bounded(void **state)
{
    (void)state;
    const int32_t y[1] = {0};
    const float p[2] = {0, 1};
    const struct muster_scored scored = {.n = 1, .outputs = 2, .classes = y, .prediction = p};
    near(score("log_loss", &scored), -log((double)FLT_EPSILON));
}

static void undefined_is_nan(void **state)
{
    (void)state;
    const int32_t ones[2] = {1, 1};
    const float p[4] = {0.25f, 0.75f, 0.5f, 0.5f}, t[1] = {3}, broken[2] = {NAN, NAN};
    const struct muster_scored same = {.n = 2, .outputs = 2, .classes = ones, .prediction = p},
                               row = {.n = 1, .outputs = 1, .targets = t, .prediction = t};
    const struct muster_scored lost = {.n = 1, .outputs = 2, .classes = ones, .prediction = broken};
    assert_true(isnan(score("roc_auc", &same)));
    assert_true(isnan(score("pr_auc", &same)));
    assert_true(isnan(score("r2", &row)));
    assert_true(isnan(score("log_loss", &lost)));
    assert_true(isnan(score("brier", &lost)));
    assert_true(isnan(score("roc_auc", &lost)));
}

static void values(void **state)
{
    (void)state;
    const float t[4] = {1, 2, 3, 4}, p[4] = {1, 2, 3, 8};
    const struct muster_scored scored = {.n = 4, .outputs = 1, .targets = t, .prediction = p};
    near(score("mse", &scored), 4);
    near(score("rmse", &scored), 2);
    near(score("mae", &scored), 1);
    near(score("mape", &scored), 0.25);
    near(score("pinball", &scored), 0.5);
    near(score("r2", &scored), 1 - 16 / 5.);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(two_classes), cmocka_unit_test(ties),
                                       cmocka_unit_test(a_sure_mistake_is_bounded),
                                       cmocka_unit_test(undefined_is_nan),
                                       cmocka_unit_test(values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
