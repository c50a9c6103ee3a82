/* What a score depends on: PED-ANOVA against numpy, shares of variance against closed forms,
 * partial dependence against the function itself. */
#include "drive.h"
#include "importance_reference.h"

static double both[] = {0, 1};
static struct muster_condition if_both[] = {{2, 2, both}};
static struct muster_param reference_params[4] = {
    {.kind = MUSTER_PARAM_FLOAT, .low = 0, .high = 1},
    {.kind = MUSTER_PARAM_FLOAT, .low = 1e-3, .high = 1, .log = true},
    {.kind = MUSTER_PARAM_CHOICE, .high = 2, .n_choices = 3},
    {.kind = MUSTER_PARAM_FLOAT, .low = -1, .high = 1, .n_conditions = 1, .conditions = if_both}};
static const struct muster_space reference_space = {.d = 4, .params = reference_params};

static void shares_are_those_of_numpy(void **state)
{
    (void)state;
    double share[4];
    assert_int_equal(muster_importance(&reference_space, trials[0], scores, TRIALS, share),
                     MUSTER_OK);
    for (int j = 0; j < 4; j++)
        if (!(fabs(share[j] - shares[j]) < 1e-9))
            fail_msg("share %d is %.12g, not %.12g", j, share[j], shares[j]);
}

/* Equal scores, and parameters of one value. */
static void nothing_to_tell(void **state)
{
    (void)state;
    struct muster_param one = {.kind = MUSTER_PARAM_INT, .low = 3, .high = 3};
    struct muster_space space = {.d = 1, .params = &one};
    const double x[4] = {3, 3, 3, 3}, score[4] = {1, 1, 1, 1};
    double share;
    struct muster_explanation explanation;
    assert_int_equal(muster_importance(&space, x, score, 4, &share), MUSTER_OK);
    assert_true(share == 0);
    assert_int_equal(muster_explain(&space, x, score, 4, 1, &explanation), MUSTER_OK);
    assert_true(explanation.total[0] == 0 && explanation.first[0] == 0);
    assert_true(fabs(explanation.dependences[0].mean[0] - 1) < 1e-9);
    muster_explanation_clear(&explanation);
}

/* Where many are equally good, shares do not go by which of them came first. */
static void equals_count_alike(void **state)
{
    enum { MANY = 60, GOOD = 24 };
    double x[MANY * 2], back[MANY * 2], score[MANY], level[MANY], share[2], other[2];
    struct muster_space space = plain_space(2);
    (void)state;
    for (int i = 0; i < MANY; i++) {
        double u[2];
        random_point(&space, i, u, x + 2 * i);
        level[i] = 1;
        score[i] = i < GOOD ? 1 : 2 + x[2 * i];
        memcpy(back + 2 * (i < GOOD ? GOOD - 1 - i : i), x + 2 * i, 2 * sizeof *x);
    }
    assert_int_equal(muster_importance(&space, x, level, MANY, share), MUSTER_OK);
    assert_true(share[0] == 0 && share[1] == 0);
    assert_int_equal(muster_importance(&space, x, score, MANY, share), MUSTER_OK);
    assert_int_equal(muster_importance(&space, back, score, MANY, other), MUSTER_OK);
    assert_true(share[0] > 0 && fabs(share[0] - other[0]) < 1e-9);
}

enum { D = 4, N = 250 };

/* Ishigami and Homma (1990), a = 7, b = 0.1, and a fourth parameter that does nothing. */
static double ishigami(const double *x)
{
    double s = sin(x[1]), cube = x[2] * x[2];
    return sin(x[0]) + 7 * s * s + 0.1 * cube * cube * sin(x[0]);
}

static void near(double value, double expected, double tolerance, const char *what)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%s is %g, not %g", what, value, expected);
}

static void explain(struct muster_space *space, struct muster_explanation *explanation)
{
    static double x[N][D], score[N], u[D];
    for (size_t j = 0; j < D; j++)
        space->params[j] =
            (struct muster_param){.kind = MUSTER_PARAM_FLOAT, .low = -M_PI, .high = M_PI};
    for (int64_t i = 0; i < N; i++) {
        random_point(space, i, u, x[i]);
        score[i] = ishigami(x[i]);
    }
    assert_int_equal(muster_explain(space, x[0], score, N, 1, explanation), MUSTER_OK);
}

static void variance_is_that_of_the_closed_form(void **state)
{
    (void)state;
    struct muster_param params[D];
    struct muster_space space = {.d = D, .params = params};
    struct muster_explanation e;
    const double a = 7, b = 0.1, pi4 = pow(M_PI, 4), pi8 = pi4 * pi4;
    double alone = 0.5 * (1 + b * pi4 / 5) * (1 + b * pi4 / 5), second = a * a / 8;
    double pair = b * b * pi8 * (1.0 / 18 - 1.0 / 50), all = alone + second + pair;
    explain(&space, &e);
    near(e.first[0], alone / all, 0.05, "first 0");
    near(e.first[1], second / all, 0.05, "first 1");
    near(e.first[2], 0, 0.05, "first 2");
    near(e.total[0], (alone + pair) / all, 0.05, "total 0");
    near(e.total[1], second / all, 0.05, "total 1");
    near(e.total[2], pair / all, 0.05, "total 2");
    near(e.total[3], 0, 0.02, "total 3");
    near(e.pairs[0 * D + 2], pair / all, 0.05, "pair 0, 2");
    near(e.pairs[2 * D + 0], pair / all, 0.05, "pair 2, 0");
    near(e.pairs[0 * D + 1], 0, 0.03, "pair 0, 1");
    near(e.unexplained, 0, 0.05, "unexplained");
    muster_explanation_clear(&e);
}

static void dependence_follows_the_function(void **state)
{
    (void)state;
    struct muster_param params[D];
    struct muster_space space = {.d = D, .params = params};
    struct muster_explanation e;
    explain(&space, &e);
    /* on x1 with the others averaged: 7 sin^2 x1; sin x0 and its like average to 0 */
    const struct muster_dependence *one = &e.dependences[1];
    assert_true(one->n_params == 1 && one->param[0] == 1 && one->n[0] == 21 && one->n[1] == 1);
    for (size_t i = 1; i + 1 < one->n[0]; i++) {
        double s = sin(one->at[i]);
        near(one->mean[i], 7 * s * s, 0.8, "dependence on x1");
        assert_true(one->deviation[i] > 0 && one->deviation[i] < 3);
    }
    /* and on x0 and x2 together, which interact most */
    const struct muster_dependence *two = &e.dependences[D];
    assert_true(e.n_dependences > D && two->n_params == 2 && two->param[0] == 0 &&
                two->param[1] == 2);
    for (size_t i = 1; i + 1 < two->n[0]; i++)
        for (size_t j = 1; j + 1 < two->n[1]; j++) {
            double p = two->at[i], q = two->at[two->n[0] + j];
            near(two->mean[i * two->n[1] + j], 3.5 + sin(p) * (1 + 0.1 * q * q * q * q), 2,
                 "dependence on x0 and x2");
        }
    muster_explanation_clear(&e);
}

/* Every kind of parameter, few trials, ties. */
static void any_space_is_explained(void **state)
{
    (void)state;
    static double x[40][MIXED], score[40], u[MIXED];
    for (size_t n = 2; n <= 40; n += 19) {
        struct muster_explanation e;
        for (size_t i = 0; i < n; i++) {
            random_point(&mixed_space, (int64_t)i, u, x[i]);
            score[i] = i % 3 == 0 ? 1 : value_at(&mixed_space, x[i]);
        }
        assert_int_equal(muster_explain(&mixed_space, x[0], score, n, 1, &e), MUSTER_OK);
        assert_true(e.n_dependences >= MIXED);
        for (size_t j = 0; j < MIXED; j++) {
            assert_true(e.value[j] >= 0 && e.value[j] <= 1 && e.total[j] >= 0 && e.total[j] <= 1);
            const struct muster_dependence *one = &e.dependences[j];
            for (size_t i = 0; i < one->n[0]; i++)
                assert_true(isfinite(one->mean[i]) && one->deviation[i] >= 0 &&
                            one->at[i] >= mixed_params[j].low &&
                            one->at[i] <= mixed_params[j].high);
        }
        muster_explanation_clear(&e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(shares_are_those_of_numpy),
                                       cmocka_unit_test(nothing_to_tell),
                                       cmocka_unit_test(equals_count_alike),
                                       cmocka_unit_test(variance_is_that_of_the_closed_form),
                                       cmocka_unit_test(dependence_follows_the_function),
                                       cmocka_unit_test(any_space_is_explained)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
