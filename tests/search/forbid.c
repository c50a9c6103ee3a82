/* Forbidden combinations: no method ever proposes one, a finite space ends with the last allowed
 * point, and little that is allowed is found. */
#include "drive.h"
#include "search/search_impl.h"

static double values[][3] = {{0}, {2, 3}, {1, 2}};
static struct muster_condition sgd_in_large_batches[] = {{0, 1, values[0]}, {6, 2, values[1]}};
static struct muster_condition adam[] = {{0, 2, values[2]}};
/* Conditions, a comparison with a number that needs one, one of two parameters that may be
 * inactive. */
static struct muster_forbidden forbidden[] = {
    {.n_conditions = 2, .conditions = sgd_in_large_batches, .right = MIXED},
    {.n_conditions = 1,
     .conditions = adam,
     .relation = MUSTER_GREATER_EQUAL,
     .left = 7,
     .right = MIXED,
     .number = 0.3},
    {.relation = MUSTER_LESS, .left = 8, .right = 7},
};

static bool is_allowed(const double *x)
{
    return !(x[0] == 0 && (x[6] == 2 || x[6] == 3)) && !((x[0] == 1 || x[0] == 2) && x[7] >= 0.3) &&
           !(x[8] < x[7]);
}

static struct muster_space mixed_forbidden(void)
{
    struct muster_space space = mixed_space;
    space.n_forbidden = 3;
    space.forbidden = forbidden;
    return space;
}

static void points_are_judged(void **state)
{
    (void)state;
    struct muster_space space = mixed_forbidden();
    double u[MIXED], x[MIXED];
    int counts[2] = {0, 0};
    for (int64_t k = 0; k < 3000; k++) {
        random_point(&space, k, u, x);
        assert_int_equal(muster_space_allows(&space, x), is_allowed(x));
        counts[is_allowed(x)]++;
    }
    assert_true(counts[0] > 500 && counts[1] > 500);
}

/* Asks that a method gets in the time of a test: those that build a model at every one get few. */
static int64_t asks_of(const char *method)
{
    static const struct {
        const char *method;
        int64_t asks;
    } slow[] = {{"bayes", 80}, {"auto", 80}, {"tpe", 400}};
    for (size_t i = 0; i < sizeof slow / sizeof *slow; i++)
        if (strcmp(method, slow[i].method) == 0)
            return slow[i].asks;
    return 10000;
}

/* Asks and tells until the space or the budget is at its end; every point is checked. */
static int64_t ask_all(const char *method, const struct muster_space *space, int64_t most,
                       bool (*allowed)(const double *x))
{
    struct muster_block block;
    struct muster_search_setup setup = {
        .space = space, .options = &block, .seed = 5, .window = 3, .strict = true};
    struct muster_search *search;
    enum muster_answer answer = MUSTER_ASK_STEP;
    int64_t n = 0;

    search_block(&block, method);
    muster_block_set(&block, "trials", (double)most, NULL);
    assert_int_equal(muster_search_create(&setup, &search), MUSTER_OK);
    while (n < most) {
        struct muster_step step;
        assert_int_equal(muster_search_ask(search, &step, &answer), MUSTER_OK);
        if (answer != MUSTER_ASK_STEP)
            break;
        assert_true(is_valid(space, step.x));
        if (!allowed(step.x))
            fail_msg("%s proposed a forbidden point at step %d", method, (int)n);
        struct muster_told told = {.score = value_at(space, step.x), .deviation = NAN};
        assert_int_equal(muster_search_tell(search, step.id, &told), MUSTER_OK);
        n++;
    }
    assert_true(answer != MUSTER_ASK_WAIT);
    muster_search_destroy(&search);
    muster_block_clear(&block);
    return n;
}

static void no_method_proposes_one(void **state)
{
    (void)state;
    struct muster_space space = mixed_forbidden();
    for (size_t i = 0; i < muster_search_methods.n; i++) {
        const char *method = muster_search_methods.items[i]->name;
        int64_t n = ask_all(method, &space, asks_of(method), is_allowed);
        if (n < asks_of(method) && strcmp(method, "grid") != 0)
            fail_msg("%s ended after %d steps", method, (int)n);
    }
}

/* Of a = 0 with b = 1, 2, 3 and a = 1, each with two values of c, two points are ruled out. */
static struct muster_condition first_with_two[] = {{0, 1, values[0]}, {1, 1, values[1]}};
static struct muster_forbidden finite_forbidden[] = {
    {.n_conditions = 2, .conditions = first_with_two, .right = FINITE}};

static bool finite_allowed(const double *x)
{
    return !(x[0] == 0 && x[1] == 2);
}

static void a_finite_space_ends_with_the_last_allowed_point(void **state)
{
    (void)state;
    struct muster_space space = finite_space;
    space.n_forbidden = 1;
    space.forbidden = finite_forbidden;
    for (size_t i = 0; i < muster_search_methods.n; i++) {
        int64_t n = ask_all(muster_search_methods.items[i]->name, &space, 20, finite_allowed);
        if (n != FINITE_POINTS - 2)
            fail_msg("%s: %d points", muster_search_methods.items[i]->name, (int)n);
    }
}

static void allowed_points_are_counted(void **state)
{
    (void)state;
    double points;
    struct muster_space space = finite_space;
    space.n_forbidden = 1;
    space.forbidden = finite_forbidden;
    assert_int_equal(muster_count_points(&space, &points), MUSTER_OK);
    assert_true(points == FINITE_POINTS - 2);
    /* i < j of 1..40, times a parameter that is not tied to them */
    struct muster_param params[3] = {{.kind = MUSTER_PARAM_INT, .low = 1, .high = 40},
                                     {.kind = MUSTER_PARAM_INT, .low = 1, .high = 1000000},
                                     {.kind = MUSTER_PARAM_INT, .low = 1, .high = 40}};
    struct muster_forbidden less = {.relation = MUSTER_GREATER_EQUAL, .left = 0, .right = 2};
    struct muster_space pairs = {3, params, 1, &less};
    assert_int_equal(muster_count_points(&pairs, &points), MUSTER_OK);
    assert_true(points == 40.0 * 39 / 2 * 1e6);
}

/* Both below 0.003: 9e-6 of the space. */
static struct muster_forbidden narrow[] = {
    {.relation = MUSTER_GREATER, .left = 0, .right = 2, .number = 0.003},
    {.relation = MUSTER_GREATER, .left = 1, .right = 2, .number = 0.003},
};

static bool in_the_corner(const double *x)
{
    return x[0] <= 0.003 && x[1] <= 0.003;
}

static void a_small_part_is_found(void **state)
{
    (void)state;
    struct muster_space space = plain_space(2);
    static const char *const methods[] = {"random", "bayes", "sobol"};
    space.n_forbidden = 2;
    space.forbidden = narrow;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(ask_all(methods[i], &space, 25, in_the_corner), 25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_are_judged),
        cmocka_unit_test(no_method_proposes_one),
        cmocka_unit_test(a_finite_space_ends_with_the_last_allowed_point),
        cmocka_unit_test(allowed_points_are_counted),
        cmocka_unit_test(a_small_part_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
