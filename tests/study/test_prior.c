/* Priors of parameters: what a range says, densities, and draws that follow them. */
#include "fixture.h"

static const char text[] =
    "space:\n"
    "  rate: {float: [1e-4, 1], log: true, prior: {value: 0.01, weight: 0.6}}\n"
    "  edge: {float: [0, 2], prior: {value: 2}}\n"
    "  units: {int: [1, 20], prior: {value: 4, weight: 0.9}}\n"
    "  kind: {choice: [a, b, c, d], prior: {value: c, weight: 0.8}}\n"
    "  free: {float: [0, 1]}\n";

static void ranges_say_it(void **state)
{
    (void)state;
    struct muster_study *study = fixture_parse(text);
    struct muster_text echo = {0};
    const struct muster_space *space = muster_study_space(study);
    assert_true(muster_space_has_prior(space));
    assert_true(space->params[0].prior == 0.01 && space->params[0].prior_weight == 0.6);
    assert_true(space->params[1].prior_weight == 0.5);
    assert_true(space->params[3].prior == 2 && space->params[4].prior_weight == 0);
    muster_study_echo(study, &echo);
    assert_non_null(strstr(echo.data, "space.rate = {float: [0.0001, 1], log: true, prior: {value: "
                                      "0.01, weight: 0.6}}"));
    assert_non_null(strstr(echo.data, "prior: {value: c, weight: 0.8}"));
    muster_text_free(&echo);
    muster_study_destroy(&study);
}

/* The density integrates to 1, its slope is its logarithm's derivative, and a draw's share below u
 * is the integral up to u. */
static void densities_and_draws_agree(void **state)
{
    (void)state;
    enum { CELLS = 20000 };
    struct muster_study *study = fixture_parse(text);
    for (size_t j = 0; j < 5; j++) {
        const struct muster_param *param = &muster_study_space(study)->params[j];
        double sum = 0, slope;
        for (int i = 0; i < CELLS; i++) {
            double u = (i + 0.5) / CELLS, h = 1e-6;
            double share = exp(muster_param_prior(param, u, &slope));
            double difference =
                (muster_param_prior(param, u + h, NULL) - muster_param_prior(param, u - h, NULL)) /
                (2 * h);
            if (isinf(muster_param_count(param)))
                assert_true(fabs(slope - difference) < 1e-5 * (1 + fabs(slope)));
            else
                assert_true(slope == 0);
            sum += share / CELLS;
            if (i % 1000 == 999 && isinf(muster_param_count(param))) {
                double drawn = muster_param_encode(param, muster_param_draw(param, sum));
                assert_true(fabs(drawn - (i + 1.0) / CELLS) < 1e-5);
            }
        }
        assert_true(fabs(sum - 1) < 1e-6);
    }
    muster_study_destroy(&study);
}

/* Shares of evenly spread draws. */
static void values_come_as_often_as_they_should(void **state)
{
    (void)state;
    enum { N = 100000 };
    struct muster_study *study = fixture_parse(text);
    const struct muster_param *params = muster_study_space(study)->params;
    int near = 0, c = 0, a = 0, four = 0;
    double last = 0;
    for (int i = 0; i < N; i++) {
        double p = (i + 0.5) / N, rate = muster_param_draw(&params[0], p);
        assert_true(rate >= last && rate >= 1e-4 && rate <= 1);
        last = rate;
        near += fabs(log10(rate) + 2) < 0.4; /* a standard deviation: 0.1 of four decades */
        c += muster_param_draw(&params[3], p) == 2;
        a += muster_param_draw(&params[3], p) == 0;
        four += muster_param_draw(&params[2], p) == 4;
        assert_true(muster_param_draw(&params[4], p) == p);
    }
    assert_true(fabs(near / (double)N - (0.4 * 0.2 + 0.6 * 0.682689)) < 1e-3);
    assert_true(fabs(c / (double)N - (0.2 / 4 + 0.8)) < 1e-3);
    assert_true(fabs(a / (double)N - 0.2 / 4) < 1e-3);
    assert_true(four / (double)N > 0.15); /* evenly: 0.05 */
    muster_study_destroy(&study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ranges_say_it),
                                       cmocka_unit_test(densities_and_draws_agree),
                                       cmocka_unit_test(values_come_as_often_as_they_should)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
