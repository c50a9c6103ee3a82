/* The test functions at their known minima and at one point besides. */
#include "../unit.h"

#include <math.h>

#include "objective/objective_impl.h"

static double at(const char *name, const double *x, size_t d)
{
    const struct objective_function *function =
        (const struct objective_function *)muster_registry_find(&muster_functions, name);
    assert_non_null(function);
    assert_true(function->dim == 0 || function->dim == d);
    return function->value(x, d);
}

/* Minima as published; the second values were computed with NumPy from the formulas. */
static const struct {
    const char *name;
    size_t d;
    double x[6], value, tolerance;
} known[] = {
    {"branin", 2, {-M_PI, 12.275}, 0.39788735772973816, 1e-12},
    {"branin", 2, {M_PI, 2.275}, 0.39788735772973816, 1e-12},
    {"branin", 2, {9.42477796076938, 2.475}, 0.39788735772973816, 1e-12},
    {"branin", 2, {0, 0}, 55.602112642270264, 1e-12},
    {"hartmann6", 6, {0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573}, -3.32237, 1e-5},
    {"hartmann6", 6, {0.5, 0.5, 0.5, 0.5, 0.5, 0.5}, -0.5053149917022333, 1e-12},
    {"ackley", 3, {0, 0, 0}, 0, 1e-14},
    {"ackley", 2, {1, 1}, 3.6253849384403627, 1e-12},
    {"levy", 4, {1, 1, 1, 1}, 0, 1e-14},
    {"levy", 1, {-3}, 1, 1e-12},
    {"rosenbrock", 5, {1, 1, 1, 1, 1}, 0, 1e-14},
    {"rosenbrock", 3, {0, 1, 2}, 201, 1e-12},
    {"rastrigin", 3, {0, 0, 0}, 0, 1e-14},
    {"rastrigin", 2, {0.5, 1}, 21.25, 1e-12},
    {"michalewicz", 2, {2.20290552, 1.57079633}, -1.80130341, 1e-7},
    {"michalewicz", 5, {2.202906, 1.570796, 1.284992, 1.923058, 1.720470}, -4.687658, 1e-5},
    {"dummy", 2, {0.5, 1}, 0.625, 1e-15}};

static void values_are_as_published(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        double value = at(known[i].name, known[i].x, known[i].d);
        if (!(fabs(value - known[i].value) <= known[i].tolerance))
            fail_msg("%s: %.12g in place of %.12g", known[i].name, value, known[i].value);
    }
}

/* No function gets lower in the neighbourhood of its published minimum. */
static void minima_are_minima(void **state)
{
    (void)state;
    struct muster_stream stream = muster_stream_of(1, -1, -1, MUSTER_FOR_NOISE);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        for (uint64_t n = 0; known[i].tolerance > 1e-12 && n < 200; n++) {
            double x[6];
            for (size_t j = 0; j < known[i].d; j++)
                x[j] = known[i].x[j] + 0.02 * muster_random_normal(stream, 8 * n + j);
            assert_true(at(known[i].name, x, known[i].d) > known[i].value - 1e-5);
        }
}

static void every_function_explains_itself(void **state)
{
    (void)state;
    assert_int_equal(muster_functions.n, 8);
    for (size_t i = 0; i < muster_functions.n; i++)
        assert_non_null(muster_functions.items[i]->help);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(values_are_as_published),
                                       cmocka_unit_test(minima_are_minima),
                                       cmocka_unit_test(every_function_explains_itself)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
