/* Encode and decode: every discrete value survives the way through the unit interval, cells are as
 * large as they should be, nothing leaves its bounds. */
#include "fixture.h"

static const char spaces[] = "space:\n"
                             "  int: {int: [-3, 9]}\n"
                             "  one: {int: [4, 4]}\n"
                             "  even: {int: [2, 17], step: 4}\n"
                             "  log: {int: [1, 1024], log: true}\n"
                             "  far: {int: [1, 1000000000000], log: true}\n"
                             "  wide: {int: [-1000000000000, 1000000000000]}\n"
                             "  logstep: {int: [3, 99], step: 8, log: true}\n"
                             "  tenth: {float: [0.1, 0.9], step: 0.1}\n"
                             "  grid: {float: [1.0e-3, 1], step: 1.0e-3, log: true}\n"
                             "  odd: {float: [-1, 1], step: 0.3}\n"
                             "  choice: {choice: [a, b, c, d, e]}\n"
                             "  number: {choice: [1, 2, 4, 8.5]}\n"
                             "  real: {float: [-2, 5]}\n"
                             "  reallog: {float: [1.0e-6, 10], log: true}\n"
                             "  point: {float: [0.3, 0.3]}\n";

/* Up to 2000 values spread over a discrete parameter, through the law of its cells. */
static void check_discrete(const struct muster_param *param, double n)
{
    double before = -INFINITY;

    for (double k = 0; k < 2000; k++) {
        double i = floor(k * n / 2000), u = (i + 0.5) / n;
        if (param->log)
            u = (k + 0.5) / 2000;
        double value = muster_param_decode(param, u);
        double code = muster_param_encode(param, value);
        assert_true(value >= param->low && value <= param->high && value >= before);
        assert_true(code > 0 && code < 1);
        assert_true(muster_param_decode(param, code) == value);
        if (!param->log)
            assert_true(fabs(code - u) < 1e-12 || n > 1e9);
        before = value;
    }
}

/* Cells fill [0, 1] one behind the other, and decode to their values from edge to edge. */
static void check_cells(const struct muster_param *param, double n)
{
    double end = 0, low, high;

    for (double i = 0; i < n; i++) {
        muster_param_cell(param, i, &low, &high);
        assert_true(low < high && fabs(low - end) < 1e-12);
        double value = muster_param_decode(param, low + 1e-9 * (high - low));
        assert_true(muster_param_decode(param, high - 1e-9 * (high - low)) == value);
        assert_true(muster_param_index(param, value) == i);
        assert_true(fabs(muster_param_encode(param, value) - (low + high) / 2) < 1e-12);
        end = high;
    }
    assert_true(fabs(end - 1) < 1e-12);
}

static void discrete_values_survive(void **state)
{
    (void)state;
    struct muster_study *study = fixture_parse(spaces);
    const struct muster_space *space = muster_study_space(study);
    size_t checked = 0;

    for (size_t p = 0; p < space->d; p++) {
        double n = muster_param_count(&space->params[p]);
        if (isfinite(n)) {
            check_discrete(&space->params[p], n);
            if (n < 1e6)
                check_cells(&space->params[p], n);
            checked++;
        }
    }
    assert_int_equal(checked, 13);
    muster_study_destroy(&study);
}

static void reals_survive_within_rounding(void **state)
{
    static const char *const names[] = {"real", "reallog"};
    (void)state;
    struct muster_study *study = fixture_parse(spaces);

    for (size_t p = 0; p < 2; p++) {
        const struct muster_param *param = fixture_param(study, names[p]);
        for (int k = 0; k <= 1000; k++) {
            double value = muster_param_decode(param, k / 1000.0);
            double again = muster_param_decode(param, muster_param_encode(param, value));
            assert_true(value >= param->low && value <= param->high);
            assert_true(fabs(again - value) <= 1e-14 * (fabs(value) + 1));
        }
        assert_true(muster_param_decode(param, 0) == param->low);
        assert_true(muster_param_decode(param, 1) == param->high);
    }
    muster_study_destroy(&study);
}

static void anything_decodes_into_the_bounds(void **state)
{
    static const double wild[] = {-1, -0.0, 0, 1, 2, 1e300, -INFINITY, INFINITY, NAN, 1e-320};
    (void)state;
    struct muster_study *study = fixture_parse(spaces);
    const struct muster_space *space = muster_study_space(study);

    for (size_t p = 0; p < space->d; p++)
        for (size_t i = 0; i < sizeof wild / sizeof *wild; i++) {
            const struct muster_param *param = &space->params[p];
            double value = muster_param_decode(param, wild[i]);
            double code = muster_param_encode(param, wild[i]);
            assert_true(value >= param->low && value <= param->high);
            assert_true(code >= 0 && code <= 1);
        }
    muster_study_destroy(&study);
}

/* Share of the unit interval that gives a value, by counting. */
static double share(const struct muster_param *param, double value)
{
    int hits = 0;

    for (int k = 0; k < 100000; k++)
        hits += muster_param_decode(param, (k + 0.5) / 100000) == value;
    return hits / 100000.0;
}

static void cells_are_as_large_as_they_should_be(void **state)
{
    (void)state;
    struct muster_study *study = fixture_parse(spaces);
    const struct muster_param *log_int = fixture_param(study, "log");
    double span = log(1024.5 / 0.5);

    assert_true(fabs(share(fixture_param(study, "choice"), 3) - 0.2) < 1e-4);
    assert_true(fabs(share(fixture_param(study, "even"), 14) - 0.25) < 1e-4);
    assert_true(fabs(share(log_int, 1) - log(3.0) / span) < 1e-4);
    assert_true(fabs(share(log_int, 8) - log(8.5 / 7.5) / span) < 1e-4);
    assert_true(fabs(share(log_int, 1024) - log(1024.5 / 1023.5) / span) < 1e-4);
    muster_study_destroy(&study);
}

static void steps_are_short_decimals(void **state)
{
    (void)state;
    struct muster_study *study = fixture_parse(spaces);
    const struct muster_param *tenth = fixture_param(study, "tenth");
    const struct muster_param *odd = fixture_param(study, "odd");

    assert_true(muster_param_count(tenth) == 9);
    assert_true(muster_param_decode(tenth, 2.5 / 9) == 0.3);
    assert_true(muster_param_decode(tenth, 1) == 0.9);
    assert_true(muster_param_count(odd) == 7);
    assert_true(muster_param_decode(odd, 1) == 0.8);
    assert_true(muster_param_count(fixture_param(study, "grid")) == 1000);
    assert_true(muster_param_count(fixture_param(study, "point")) == 1);
    assert_true(isinf(muster_param_count(fixture_param(study, "real"))));
    muster_study_destroy(&study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(discrete_values_survive),
        cmocka_unit_test(reals_survive_within_rounding),
        cmocka_unit_test(anything_decodes_into_the_bounds),
        cmocka_unit_test(cells_are_as_large_as_they_should_be),
        cmocka_unit_test(steps_are_short_decimals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
