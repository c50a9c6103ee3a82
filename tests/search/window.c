/* S_i: what a proposal may know, in what order, and who waits for it. */
#include "drive.h"
#include "search/search_impl.h"

enum { W = 4, N = 60 };

/* The results of ids up to `last` that were not told yet, the newest first. */
static void tell_to(struct drive *drive, bool *told, int64_t last)
{
    for (int64_t k = last; k >= 0; k--)
        if (!told[k]) {
            drive_tell(drive, k);
            told[k] = true;
        }
}

/* Tells in a scrambled order, as far ahead of the window as possible, or as late as possible. */
static void run_scrambled(struct drive *drive, bool late)
{
    const char *name = muster_block_text(&drive->block, "method");
    const struct muster_plugin *plugin = muster_registry_find(&muster_search_methods, name);
    bool barriers = ((const struct muster_method *)plugin)->barrier != NULL; /* embedded first */
    bool told[N] = {false};
    for (int64_t i = 0; i < N; i++) {
        if (drive_ask(drive) == MUSTER_ASK_STEP)
            goto answered;
        assert_true(late || barriers);
        tell_to(drive, told, i - W - 1);
        if (drive_ask(drive) == MUSTER_ASK_STEP)
            goto answered;
        assert_true(barriers);
        tell_to(drive, told, i - 1);
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
    answered:
        if (!late && i % 3 == 2)
            tell_to(drive, told, i);
    }
}

static void check_order(const char *method)
{
    struct drive *early = muster_alloc(1, sizeof *early), *late = muster_alloc(1, sizeof *late);
    drive_open(early, method, &mixed_space, W, true);
    drive_open(late, method, &mixed_space, W, true);
    drive_start(early);
    drive_start(late);
    run_scrambled(early, false);
    run_scrambled(late, true);
    for (int64_t i = 0; i < N; i++)
        assert_true(same_point(early, late, i));
    drive_close(early);
    drive_close(late);
    muster_free(early);
    muster_free(late);
}

static void strict_order_of_tells_does_not_matter(void **state)
{
    (void)state;
    for (size_t i = 0; i < muster_search_methods.n; i++)
        check_order(muster_search_methods.items[i]->name);
}

static void bayes_waits_for_exactly_its_window(void **state)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    const int64_t blind = W + MIXED + 1;
    (void)state;
    drive_open(drive, "bayes", &mixed_space, W, true);
    muster_block_set(&drive->block, "bayes.design", MIXED + 1, NULL);
    drive_start(drive);
    for (int64_t i = 0; i < blind; i++)
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
    for (int64_t i = blind - W - 1; i >= 0; i--) {
        assert_int_equal(drive_ask(drive), MUSTER_ASK_WAIT);
        drive_tell(drive, i);
    }
    for (int64_t i = blind; i < N; i++) {
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
        assert_int_equal(drive_ask(drive), MUSTER_ASK_WAIT);
        drive_tell(drive, i - W);
    }
    drive_close(drive);
    muster_free(drive);
}

static void check_initial(const char *method)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    double initial[20 * MIXED], u[MIXED];
    for (int i = 0; i < 20; i++)
        random_point(&mixed_space, i / 2, u, initial + i * MIXED); /* each twice */
    drive_open(drive, method, &mixed_space, 1, true);
    drive->setup.initial = initial;
    drive->setup.n_initial = 20;
    drive_start(drive);
    for (int64_t i = 0; i < 20; i++) {
        size_t fitted;
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
        assert_true(muster_space_equal(&mixed_space, drive->x[i], initial + i * MIXED));
        muster_search_fitted(drive->search, &fitted);
        assert_int_equal(fitted, 0);
    }
    for (int64_t i = 0; i < 20; i++)
        drive_tell(drive, i);
    assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
    drive_close(drive);
    muster_free(drive);
}

static void initial_points_come_first_and_never_wait(void **state)
{
    (void)state;
    for (size_t i = 0; i < muster_search_methods.n; i++)
        check_initial(muster_search_methods.items[i]->name);
}

/* The record can say why: the start is blind, what follows has a prediction. */
static void reasons_come_with_proposals(void **state)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    double initial[MIXED], u[MIXED];
    struct muster_reason reason;
    (void)state;
    random_point(&mixed_space, 3, u, initial);
    drive_open(drive, "bayes", &mixed_space, 1, true);
    drive->setup.initial = initial;
    drive->setup.n_initial = 1;
    muster_block_set(&drive->block, "bayes.design", MIXED + 1, NULL);
    drive_start(drive);
    for (int64_t i = 0; i < MIXED + 6; i++) {
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
        muster_search_reason(drive->search, &reason);
        bool blind = i < MIXED + 2;
        assert_true(isnan(reason.acquisition) == blind && isnan(reason.mean) == blind);
        assert_true(blind || reason.deviation > 0);
        assert_int_equal(strcmp(reason.source, "initial") == 0, i == 0);
        assert_int_equal(strcmp(reason.source, "design") == 0, i > 0 && blind);
        struct muster_told told = {.score = value_at(&mixed_space, drive->x[i]), .deviation = NAN};
        assert_int_equal(muster_search_tell(drive->search, i, &told), MUSTER_OK);
    }
    drive_close(drive);
    muster_free(drive);
}

static void arrival_never_waits(void **state)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    (void)state;
    drive_open(drive, "bayes", &mixed_space, 1, false);
    drive_start(drive);
    for (int64_t i = 0; i < N; i++) {
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
        if (i % 2 == 1)
            drive_tell(drive, i);
    }
    drive_close(drive);
    muster_free(drive);
}

static void wrong_tells_are_refused(void **state)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_told told = {.score = 1};
    (void)state;
    drive_open(drive, "random", &mixed_space, 1, true);
    drive_start(drive);
    assert_int_equal(muster_search_tell(drive->search, 0, &told), MUSTER_INTERNAL);
    assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
    assert_int_equal(muster_search_tell(drive->search, -1, &told), MUSTER_INTERNAL);
    assert_int_equal(muster_search_tell(drive->search, 1, &told), MUSTER_INTERNAL);
    assert_int_equal(muster_search_tell(drive->search, 0, &told), MUSTER_OK);
    assert_int_equal(muster_search_tell(drive->search, 0, &told), MUSTER_INTERNAL);
    drive_close(drive);
    muster_free(drive);
}

static void window_follows_from_trials(void **state)
{
    struct muster_block block;
    (void)state;
    search_block(&block, "bayes");
    assert_int_equal(muster_search_window(&block), 8);
    muster_block_set(&block, "trials", 1000, NULL);
    assert_int_equal(muster_search_window(&block), 125);
    muster_block_set(&block, "trials", 1e6, NULL);
    assert_int_equal(muster_search_window(&block), 4096);
    muster_block_set(&block, "window", 3, NULL);
    assert_int_equal(muster_search_window(&block), 3);
    muster_block_clear(&block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strict_order_of_tells_does_not_matter),
        cmocka_unit_test(bayes_waits_for_exactly_its_window),
        cmocka_unit_test(initial_points_come_first_and_never_wait),
        cmocka_unit_test(reasons_come_with_proposals),
        cmocka_unit_test(arrival_never_waits),
        cmocka_unit_test(wrong_tells_are_refused),
        cmocka_unit_test(window_follows_from_trials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
