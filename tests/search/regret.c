/* What remains to be gained: a bound that holds, and of what may be proposed alone. */
#include "drive.h"

enum { TOLD = 24 };

/* Falls along the first parameter; the best is at its upper end, or at the end of what is allowed.
 */
static double slope(const double *x)
{
    return 3 - 2 * x[0] + 0.1 * (x[1] - 0.4) * (x[1] - 0.4);
}

/* The bound from points spread over the part of the space with x[0] up to `end`. */
static double bound_of(const struct muster_space *space, double end)
{
    struct muster_search_setup setup = {.space = space, .seed = 3, .noiseless = true};
    double x[TOLD * 2], score[TOLD], bound = NAN;
    for (int i = 0; i < TOLD; i++) {
        x[2 * i] = end * (double)(i % 6) / 5;
        x[2 * i + 1] = (double)(i / 6) / 3;
        score[i] = slope(x + 2 * i);
    }
    assert_int_equal(muster_search_regret(&setup, x, score, TOLD, &bound), MUSTER_OK);
    return bound;
}

static const struct muster_param two[] = {
    {.name = (char *)"a", .kind = MUSTER_PARAM_FLOAT, .low = 0, .high = 1},
    {.name = (char *)"b", .kind = MUSTER_PARAM_FLOAT, .low = 0, .high = 1}};

static void what_was_not_looked_at_may_be_better(void **state)
{
    (void)state;
    struct muster_space space = {.d = 2, .params = (struct muster_param *)two};
    double half = bound_of(&space, 0.5), all = bound_of(&space, 1);
    if (!(half >= 1))
        fail_msg("%g is thought to remain, 1 does", half);
    if (!(all <= 0.05))
        fail_msg("%g is thought to remain, hardly anything does", all);
}

static void what_is_forbidden_is_no_gain(void **state)
{
    (void)state;
    struct muster_forbidden high = {
        .relation = MUSTER_GREATER, .left = 0, .right = 2, .number = 0.5};
    struct muster_space space = {
        .d = 2, .params = (struct muster_param *)two, .n_forbidden = 1, .forbidden = &high};
    double bound = bound_of(&space, 0.5);
    if (!(bound <= 0.05))
        fail_msg("%g is thought to remain, hardly anything does", bound);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_was_not_looked_at_may_be_better),
                                       cmocka_unit_test(what_is_forbidden_is_no_gain)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
