/* How many points a space has, and grids of any size. */
#include "drive.h"

static double points_of(const struct muster_space *space)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    drive_open(drive, "random", space, 1, true);
    drive_start(drive);
    double points = muster_search_points(drive->search);
    drive_close(drive);
    muster_free(drive);
    return points;
}

static void counting(void **state)
{
    struct muster_param params[4] = {
        {.kind = MUSTER_PARAM_INT, .low = 1, .high = 1000},
        {.kind = MUSTER_PARAM_CHOICE, .n_choices = 3, .high = 2},
        {.kind = MUSTER_PARAM_INT, .low = 0, .high = 4},
        {.kind = MUSTER_PARAM_FLOAT, .high = 1, .step = 0.25},
    };
    double some[] = {3, 5, 7000}, first[] = {0};
    struct muster_condition if_some = {0, 3, some}, if_both[] = {{0, 1, some}, {1, 1, first}};
    struct muster_space space = {4, params};
    (void)state;
    assert_true(points_of(&space) == 1000.0 * 3 * 5 * 5);
    params[1].n_conditions = 1; /* the choice at 3 and 5 only; 7000 never is */
    params[1].conditions = &if_some;
    assert_true(points_of(&space) == (998 + 2 * 3) * 5.0 * 5);
    params[2].n_conditions = 2; /* the integer at 3 with the first choice */
    params[2].conditions = if_both;
    assert_true(points_of(&space) == (998 + 3 + (2 + 5)) * 5.0);
    params[3].step = 0;
    assert_true(isinf(points_of(&space)));
    assert_true(points_of(&finite_space) == FINITE_POINTS);
    space.d = 0;
    assert_true(points_of(&space) == 1);
}

static void grid_of_a_billion_points_is_lazy(void **state)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_space space = plain_space(19); /* 3^19 = 1.2e9 */
    (void)state;
    drive_open(drive, "grid", &space, 1, true);
    int64_t before = muster_memory_bytes();
    drive_start(drive);
    for (int i = 0; i < 100; i++)
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
    assert_true(muster_memory_bytes() - before < 1000000);
    assert_true(drive->x[0][18] == 0 && drive->x[1][18] == 0.5 && drive->x[2][18] == 1);
    assert_true(drive->x[2][17] == 0 && drive->x[3][17] == 0.5 && drive->x[3][18] == 0);
    drive_close(drive);
    muster_free(drive);
}

static void grid_takes_ends_and_ends(void **state)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_param params[2] = {{.kind = MUSTER_PARAM_INT, .low = 10, .high = 20},
                                     {.kind = MUSTER_PARAM_CHOICE, .n_choices = 4, .high = 3}};
    struct muster_space space = {2, params};
    (void)state;
    drive_open(drive, "grid", &space, 1, true);
    drive_start(drive);
    for (int i = 0; i < 12; i++) {
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
        assert_true(drive->x[i][0] == 10 + 5 * (i / 4) && drive->x[i][1] == i % 4);
    }
    assert_int_equal(drive_ask(drive), MUSTER_ASK_DONE);
    drive_close(drive);
    muster_free(drive);
}

/* Cells of a logarithmic integer differ in width, yet each value comes once. */
static void a_logarithmic_space_is_walked_through(void **state)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_param param = {.kind = MUSTER_PARAM_INT, .low = 1, .high = 300, .log = true};
    struct muster_space space = {1, &param};
    bool taken[301] = {false};
    (void)state;
    drive_open(drive, "random", &space, 1, true);
    drive_start(drive);
    for (int i = 0; i < 300; i++) {
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
        assert_false(taken[(int)drive->x[i][0]]);
        taken[(int)drive->x[i][0]] = true;
    }
    assert_int_equal(drive_ask(drive), MUSTER_ASK_DONE);
    drive_close(drive);
    muster_free(drive);
}

static void bayes_improves_on_random(void **state)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    double best[2] = {INFINITY, INFINITY};
    const char *methods[2] = {"random", "bayes"};
    (void)state;
    for (int m = 0; m < 2; m++) {
        drive_open(drive, methods[m], &mixed_space, 1, true);
        drive_start(drive);
        for (int64_t i = 0; i < 50; i++) {
            assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
            double score = value_at(&mixed_space, drive->x[i]);
            struct muster_told told = {.score = score, .deviation = NAN};
            best[m] = fmin(best[m], score);
            assert_int_equal(muster_search_tell(drive->search, i, &told), MUSTER_OK);
        }
        drive_close(drive);
    }
    assert_true(best[1] < best[0] - 0.01);
    muster_free(drive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counting),
        cmocka_unit_test(grid_of_a_billion_points_is_lazy),
        cmocka_unit_test(grid_takes_ends_and_ends),
        cmocka_unit_test(a_logarithmic_space_is_walked_through),
        cmocka_unit_test(bayes_improves_on_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
