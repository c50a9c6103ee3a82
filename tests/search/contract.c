/* What every method of the registry has to keep, whatever the space and the results. */
#include "drive.h"

#include <float.h>

/* Calls check(method's name) for every method. */
static void each_method(void (*check)(const char *method))
{
    assert_true(muster_search_methods.n >= 4);
    for (size_t i = 0; i < muster_search_methods.n; i++)
        check(muster_search_methods.items[i]->name);
}

static void run(struct drive *drive, int64_t n)
{
    for (int64_t i = 0; i < n && drive_ask(drive) == MUSTER_ASK_STEP; i++)
        drive_tell(drive, i);
}

/* Points are checked in drive_ask. */
static void check_bounds(const char *method)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    drive_open(drive, method, &mixed_space, 3, true);
    drive_start(drive);
    run(drive, 120);
    assert_int_equal(muster_search_asked(drive->search), 120);
    drive_close(drive);
    muster_free(drive);
}

static void points_are_in_the_space(void **state)
{
    (void)state;
    each_method(check_bounds);
}

static void check_seed(const char *method)
{
    struct drive *one = muster_alloc(1, sizeof *one), *two = muster_alloc(1, sizeof *two);
    drive_open(one, method, &mixed_space, 4, true);
    drive_open(two, method, &mixed_space, 4, true);
    drive_start(one);
    drive_start(two);
    run(one, 40);
    run(two, 40);
    for (int64_t i = 0; i < 40; i++)
        assert_true(same_point(one, two, i));
    muster_search_destroy(&two->search);
    two->setup.seed = 43;
    drive_start(two);
    run(two, 40);
    bool differs = strcmp(method, "grid") == 0;
    for (int64_t i = 0; i < 40; i++)
        differs = differs || !same_point(one, two, i);
    assert_true(differs);
    drive_close(one);
    drive_close(two);
    muster_free(one);
    muster_free(two);
}

static void the_seed_decides(void **state)
{
    (void)state;
    each_method(check_seed);
}

static void check_finite(const char *method)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    drive_open(drive, method, &finite_space, 2, true);
    drive_start(drive);
    assert_true(muster_search_points(drive->search) == FINITE_POINTS);
    run(drive, FINITE_POINTS);
    assert_int_equal(muster_search_asked(drive->search), FINITE_POINTS);
    for (int64_t i = 0; i < FINITE_POINTS; i++)
        for (int64_t j = 0; j < i; j++)
            assert_false(muster_space_equal(&finite_space, drive->x[i], drive->x[j]));
    assert_int_equal(drive_ask(drive), MUSTER_ASK_DONE);
    assert_int_equal(drive_ask(drive), MUSTER_ASK_DONE);
    drive_close(drive);
    muster_free(drive);
}

static void a_finite_space_is_done_without_repeats(void **state)
{
    (void)state;
    each_method(check_finite);
}

static void check_sizes(const char *method)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    const size_t dimensions[] = {1, PLAIN_MOST, 0};
    for (int k = 0; k < 3; k++) {
        struct muster_space space = plain_space(dimensions[k]);
        drive_open(drive, method, &space, 1, true);
        drive_start(drive);
        run(drive, dimensions[k] == PLAIN_MOST ? 106 : 20);
        assert_true(muster_search_asked(drive->search) >= (dimensions[k] > 0 ? 3 : 1));
        drive_close(drive);
    }
    muster_free(drive);
}

static void one_a_hundred_and_no_dimensions(void **state)
{
    (void)state;
    each_method(check_sizes);
}

/* Parameters of a single value each, with an inactive one: one point, asked once. */
static void check_one_point(const char *method)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    double never[] = {1};
    struct muster_condition if_other = {0, 1, never};
    struct muster_param params[4] = {
        {.kind = MUSTER_PARAM_CHOICE, .n_choices = 1},
        {.kind = MUSTER_PARAM_INT, .low = 4, .high = 4},
        {.kind = MUSTER_PARAM_FLOAT, .low = 0.5, .high = 0.5, .log = true},
        {.kind = MUSTER_PARAM_INT,
         .low = 1,
         .high = 9,
         .n_conditions = 1,
         .conditions = &if_other}};
    struct muster_space space = {.d = 4, .params = params};
    drive_open(drive, method, &space, 1, true);
    drive_start(drive);
    run(drive, 5);
    assert_int_equal(muster_search_asked(drive->search), 1);
    assert_int_equal(drive_ask(drive), MUSTER_ASK_DONE);
    assert_true(drive->x[0][1] == 4 && drive->x[0][2] == 0.5 && isnan(drive->x[0][3]));
    drive_close(drive);
    muster_free(drive);
}

static void one_point_is_asked_once(void **state)
{
    (void)state;
    each_method(check_one_point);
}

static void check_hard_results(const char *method)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    const struct muster_told hard[] = {{.state = MUSTER_FAILED, .score = NAN, .deviation = NAN},
                                       {.score = 1},
                                       {.score = -1e300, .deviation = NAN},
                                       {.score = NAN, .deviation = NAN}};
    for (int k = 0; k < 4; k++) {
        drive_open(drive, method, &mixed_space, 2, true);
        drive->setup.noiseless = k % 2;
        drive_start(drive);
        for (int64_t i = 0; i < 30; i++) {
            assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
            struct muster_told told = hard[k == 2 && i % 3 ? 1 : k];
            assert_int_equal(muster_search_tell(drive->search, i, &told), MUSTER_OK);
        }
        drive_close(drive);
    }
    muster_free(drive);
}

static void failures_ties_and_constants(void **state)
{
    (void)state;
    each_method(check_hard_results);
}

/* Scores whose differences and squares overflow, as of programs that tell the greatest number there
 * is where they fail: as good as any, and nothing takes without end. */
static double huge(const double *x)
{
    static const double told[] = {1e308, -1e308, 1, -DBL_MAX, DBL_MAX, 1e200};
    return told[(int)(x[0] * 97) % 6];
}

static void check_huge(const char *method)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_space space = plain_space(3);
    struct muster_reason reason;
    drive_open(drive, method, &space, 3, true);
    drive->value = huge;
    drive_start(drive);
    for (int64_t i = 0; i < 60 && drive_ask(drive) == MUSTER_ASK_STEP; i++) {
        muster_search_reason(drive->search, &reason);
        bool predicts = !isnan(reason.acquisition) && strcmp(reason.source, "tpe") != 0;
        if (predicts && !(isfinite(reason.mean) && isfinite(reason.deviation)))
            fail_msg("%s: %g and %g predicted", method, reason.mean, reason.deviation);
        struct muster_told told = drive_result(drive, i);
        assert_int_equal(muster_search_tell(drive->search, i, &told), MUSTER_OK);
    }
    drive_close(drive);
    muster_free(drive);
}

static void scores_may_be_huge(void **state)
{
    (void)state;
    each_method(check_huge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_are_in_the_space),
        cmocka_unit_test(the_seed_decides),
        cmocka_unit_test(a_finite_space_is_done_without_repeats),
        cmocka_unit_test(one_a_hundred_and_no_dimensions),
        cmocka_unit_test(one_point_is_asked_once),
        cmocka_unit_test(failures_ties_and_constants),
        cmocka_unit_test(scores_may_be_huge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
