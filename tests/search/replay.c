/* Replay: a journal of steps, results and fitted parameters restores a search to the bit, quickly.
 */
#include "journal.h"

enum { N = 90, ASKS = 2 };

static void check_method(const char *method, bool strict, bool noiseless)
{
    struct drive *whole = muster_alloc(1, sizeof *whole);
    drive_open(whole, method, &mixed_space, JOURNAL_LAG + 2, strict);
    whole->setup.noiseless = noiseless;
    check_replays(whole, 0, N);
    muster_free(whole);
}

static void strict_replay(void **state)
{
    (void)state;
    for (size_t i = 0; i < muster_search_methods.n; i++)
        check_method(muster_search_methods.items[i]->name, true, true);
}

static void arrival_replay(void **state)
{
    (void)state;
    for (size_t i = 0; i < muster_search_methods.n; i++)
        check_method(muster_search_methods.items[i]->name, false, false);
}

static void wrong_steps_are_refused(void **state)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    double x[MIXED], u[MIXED], odd[3] = {0};
    (void)state;
    random_point(&mixed_space, 1, u, x);
    drive_open(drive, "bayes", &mixed_space, 1, true);
    muster_block_set(&drive->block, "bayes.design", MIXED + 1, NULL);
    drive_start(drive);
    struct muster_step step = {.id = 1, .x = x};
    assert_int_equal(muster_search_replay(drive->search, &step, NULL, 0), MUSTER_INTERNAL);
    step.id = 0;
    assert_int_equal(muster_search_replay(drive->search, &step, odd, 3), MUSTER_INTERNAL);
    double rate = x[1];
    x[1] = 7;
    assert_int_equal(muster_search_replay(drive->search, &step, NULL, 0), MUSTER_INTERNAL);
    x[1] = NAN;
    assert_int_equal(muster_search_replay(drive->search, &step, NULL, 0), MUSTER_INTERNAL);
    x[1] = rate;
    assert_int_equal(muster_search_replay(drive->search, &step, NULL, 0), MUSTER_OK);
    for (step.id = 1; step.id < MIXED + 2; step.id++)
        assert_int_equal(muster_search_replay(drive->search, &step, NULL, 0), MUSTER_OK);
    /* Step 11 of window 1 rests on results 0 to 9. */
    assert_int_equal(muster_search_replay(drive->search, &step, NULL, 0), MUSTER_INTERNAL);
    drive_close(drive);
    muster_free(drive);
}

static void many_replays_are_quick(void **state)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    double x[MIXED], u[MIXED];
    (void)state;
    drive_open(drive, "bayes", &mixed_space, 100, true);
    drive_start(drive);
    for (int64_t i = 0; i < 100000; i++) {
        random_point(&mixed_space, i, u, x);
        struct muster_step step = {.id = i, .trial = i, .x = x};
        struct muster_told told = {.score = value_at(&mixed_space, x), .deviation = NAN};
        assert_int_equal(muster_search_replay(drive->search, &step, NULL, 0), MUSTER_OK);
        assert_int_equal(muster_search_tell(drive->search, i, &told), MUSTER_OK);
    }
    drive_close(drive);
    muster_free(drive);
}

/* The model of a search that stands at `many` steps is restored. */
static void check_model_of(int64_t many, int64_t window)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    double x[ASKS][MIXED], at[MIXED], u[MIXED], fitted[FITTED];
    struct muster_step step;
    enum muster_answer answer;
    size_t n_fitted = 0;
    for (int asks = ASKS; asks > 0; asks--) { /* first all are asked, then the first is replayed */
        drive_open(drive, "bayes", &mixed_space, window, true);
        drive_start(drive);
        for (int64_t i = 0; i < many + ASKS; i++) {
            bool real = i >= many + ASKS - asks;
            if (i < many)
                random_point(&mixed_space, i, u, at);
            step = (struct muster_step){.id = i, .x = i < many ? at : x[i - many]};
            if (real)
                assert_int_equal(muster_search_ask(drive->search, &step, &answer), MUSTER_OK);
            else
                assert_int_equal(
                    muster_search_replay(drive->search, &step, fitted, i == many ? n_fitted : 0),
                    MUSTER_OK);
            if (asks == ASKS && real)
                memcpy(x[i - many], step.x, sizeof x[0]);
            if (asks == ASKS && i == many) {
                const double *now = muster_search_fitted(drive->search, &n_fitted);
                assert_true(n_fitted <= FITTED);
                memcpy(fitted, now, n_fitted * sizeof *fitted);
            }
            assert_true(i < many || muster_space_equal(&mixed_space, step.x, x[i - many]));
            struct muster_told told = {.score = value_at(&mixed_space, step.x), .deviation = NAN};
            assert_int_equal(muster_search_tell(drive->search, i, &told), MUSTER_OK);
        }
        drive_close(drive);
    }
    assert_int_equal(n_fitted, 2 * MIXED + 3);
    muster_free(drive);
}

/* Beyond the results that a model holds, what it was thinned to is restored too. */
static void replay_of_a_thinned_model(void **state)
{
    (void)state;
    check_model_of(1600, 5);
}

/* With more pending points than are believed, results enter in blocks. */
static void replay_with_many_pending(void **state)
{
    (void)state;
    check_model_of(447, 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strict_replay),
        cmocka_unit_test(arrival_replay),
        cmocka_unit_test(wrong_steps_are_refused),
        cmocka_unit_test(many_replays_are_quick),
        cmocka_unit_test(replay_of_a_thinned_model),
        cmocka_unit_test(replay_with_many_pending),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
