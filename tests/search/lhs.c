/* lhs: every stratum of every dimension once, points apart, and an end with the budget. */
#include "drive.h"
#include "search/lhs_impl.h"

enum { D = 5 };

static struct muster_lhs *design_of(uint64_t seed, size_t n, size_t d)
{
    struct muster_lhs *lhs;
    struct muster_stream stream = muster_stream_of(seed, -1, -1, MUSTER_FOR_SEARCH);
    assert_int_equal(muster_lhs_create(stream, n, d, &lhs), MUSTER_OK);
    return lhs;
}

static void check_strata(size_t n)
{
    struct muster_lhs *lhs = design_of(n, n, D);
    bool *held = muster_alloc(n * D, sizeof *held);
    for (size_t i = 0; i < n; i++) {
        double u[D];
        muster_lhs_point(lhs, i, u);
        for (size_t j = 0; j < D; j++) {
            assert_true(u[j] > 0 && u[j] < 1);
            size_t cell = (size_t)(u[j] * (double)n) * D + j;
            assert_false(held[cell]);
            held[cell] = true;
        }
    }
    muster_free(held);
    muster_lhs_destroy(&lhs);
}

static void each_stratum_holds_one_point(void **state)
{
    const size_t sizes[] = {1, 2, 3, 7, 64, 100, 512, 513, 1024, 5000}; /* held, and not */
    (void)state;
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
        check_strata(sizes[k]);
}

static double least_distance(struct muster_lhs *lhs, size_t n)
{
    double least = INFINITY;
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < a; b++) {
            double p[D], q[D], sum = 0;
            muster_lhs_point(lhs, a, p);
            muster_lhs_point(lhs, b, q);
            for (size_t j = 0; j < D; j++)
                sum += (p[j] - q[j]) * (p[j] - q[j]);
            least = fmin(least, sqrt(sum));
        }
    muster_lhs_destroy(&lhs);
    return least;
}

/* The first n points of a design of thousands are independent of each other: what the improved one
 * is compared with. */
static void points_are_kept_apart(void **state)
{
    double improved = 0, plain = 0;
    (void)state;
    for (uint64_t seed = 0; seed < 10; seed++) {
        improved += least_distance(design_of(seed, 60, D), 60) / 10;
        plain += least_distance(design_of(seed, 100000, D), 60) / 10;
    }
    assert_true(improved > 1.8 * plain);
}

static void the_budget_is_the_end(void **state)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_space space = plain_space(2);
    double initial[] = {0.5, 0.5, 0.25, 0.75, 0.1, 0.2};
    (void)state;
    for (int trials = 2; trials <= 13; trials += 11) {
        bool held[10] = {false};
        drive_open(drive, "lhs", &space, 1, true);
        muster_block_set(&drive->block, "trials", trials, NULL);
        drive->setup.initial = initial;
        drive->setup.n_initial = 3;
        drive_start(drive);
        for (int i = 0; i < (trials > 3 ? trials : 3); i++) {
            assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
            if (i >= 3) { /* the design is what is left: ten points */
                assert_false(held[(int)(10 * drive->x[i][0])]);
                held[(int)(10 * drive->x[i][0])] = true;
            }
        }
        assert_int_equal(drive_ask(drive), MUSTER_ASK_DONE);
        drive_close(drive);
    }
    muster_free(drive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_stratum_holds_one_point),
        cmocka_unit_test(points_are_kept_apart),
        cmocka_unit_test(the_budget_is_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
