/* auto: whose turn it is follows from the results, and a replay goes on as the search would have.
 */
#include <stdlib.h>

#include "drive.h"

enum { STEPS = 90, D = 3 };

static double constant(int64_t id)
{
    (void)id;
    return 1;
}

/* Better from step to step. */
static double falling(int64_t id)
{
    return -(double)id;
}

/* Asks and tells; counts the proposals of bayes (its own words for them) and of others. */
static void run(struct drive *drive, int64_t from, double (*score)(int64_t id), int *first,
                int *other)
{
    for (int64_t i = from; i < STEPS; i++) {
        struct muster_reason why;
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
        muster_search_reason(drive->search, &why);
        bool bred = strcmp(why.source, "evolution") == 0 || strcmp(why.source, "tpe") == 0;
        ++*(bred ? other : first);
        assert_true(!bred || isnan(why.mean));
        struct muster_told told = {.score = score(i), .deviation = NAN};
        assert_int_equal(muster_search_tell(drive->search, i, &told), MUSTER_OK);
    }
}

static void begin(struct drive *drive, const struct muster_space *space)
{
    drive_open(drive, "auto", space, 2, true);
    drive_start(drive);
}

static void others_have_turns_where_nothing_gets_better(void **state)
{
    (void)state;
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_space space = plain_space(D);
    int first = 0, other = 0;
    begin(drive, &space);
    run(drive, 0, constant, &first, &other);
    /* 16 + 2 D results without a better one, then one of four */
    int still = STEPS - 2 - (1 + 16 + 2 * D);
    assert_true(abs(other - still / 4) <= 1);
    drive_close(drive);
    begin(drive, &space);
    first = other = 0;
    run(drive, 0, falling, &first, &other);
    assert_int_equal(other, 0);
    drive_close(drive);
    muster_free(drive);
}

/* Journaled up to a step of either arm, replayed, and asked on. */
static void a_replay_goes_on_alike(void **state)
{
    (void)state;
    struct drive *one = muster_alloc(1, sizeof *one), *two = muster_alloc(1, sizeof *two);
    struct muster_space space = plain_space(D);
    static double fitted[STEPS][32];
    size_t n_fitted[STEPS];
    int first = 0, other = 0;
    begin(one, &space);
    for (int64_t i = 0; i < STEPS; i++) {
        assert_int_equal(drive_ask(one), MUSTER_ASK_STEP);
        const double *now = muster_search_fitted(one->search, &n_fitted[i]);
        assert_true(n_fitted[i] <= 32);
        if (n_fitted[i] > 0)
            memcpy(fitted[i], now, n_fitted[i] * sizeof *now);
        struct muster_told told = {.score = constant(i), .deviation = NAN};
        assert_int_equal(muster_search_tell(one->search, i, &told), MUSTER_OK);
    }
    for (int64_t cut = 60; cut < 66; cut++) {
        begin(two, &space);
        for (int64_t i = 0; i < cut; i++) {
            drive_replay(two, one, i, fitted[i], n_fitted[i]);
            struct muster_told told = {.score = constant(i), .deviation = NAN};
            assert_int_equal(muster_search_tell(two->search, i, &told), MUSTER_OK);
        }
        run(two, cut, constant, &first, &other);
        for (int64_t i = 0; i < STEPS; i++)
            assert_true(same_point(one, two, i));
        drive_close(two);
    }
    assert_true(other > 0 && first > 0);
    drive_close(one);
    muster_free(one);
    muster_free(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(others_have_turns_where_nothing_gets_better),
        cmocka_unit_test(a_replay_goes_on_alike)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
