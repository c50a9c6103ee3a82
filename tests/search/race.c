/* What a step may be discarded by, as results become known: the worst fold of the best, how folds
 * differ, and how scores spread; and how a discarded one is told. */
#include "drive.h"

#include "search/search_impl.h"

enum { FOLDS = 4, BEST = 5 };

static const double effects[FOLDS] = {0.5, -1.5, 2.0, -1.0};

static void set_up(struct drive *drive, const char *kind)
{
    drive_open(drive, "random", &mixed_space, 1, true);
    muster_block_set(&drive->block, "racing", NAN, kind);
    drive->setup.folds = FOLDS;
    drive_start(drive);
}

static struct muster_step next_step(struct drive *drive)
{
    enum muster_answer answer;
    struct muster_step step;
    assert_int_equal(muster_search_ask(drive->search, &step, &answer), MUSTER_OK);
    assert_int_equal(answer, MUSTER_ASK_STEP);
    return step;
}

/* The mean of those folds that are there. */
static void tell(struct drive *drive, int64_t id, enum muster_state state, const double *folds)
{
    double sum = 0.0, run = 0.0;
    for (size_t k = 0; k < FOLDS; k++)
        if (!isnan(folds[k])) {
            sum += folds[k];
            run++;
        }
    struct muster_told told = {.state = state, .score = sum / run, .deviation = NAN};
    assert_int_equal(muster_search_tell_folds(drive->search, id, &told, folds, FOLDS), MUSTER_OK);
}

/* A configuration of this mean on folds that differ by their effects, and `spread` of its own. */
static void tell_additive(struct drive *drive, int64_t id, double mean, double spread)
{
    double folds[FOLDS];
    for (size_t k = 0; k < FOLDS; k++)
        folds[k] = mean + effects[k] + (k % 2 == 0 ? spread : -spread);
    tell(drive, id, MUSTER_COMPLETE, folds);
}

/* Window 1: step i knows results 0 .. i - 2. Of one complete configuration nothing is known of how
 * folds differ. What was discarded says nothing. */
static void the_threshold_is_the_worst_fold_of_the_best(void **state)
{
    static const double folds[FOLDS] = {1, 2, 9, 4}, part[FOLDS] = {1, NAN, NAN, NAN};
    struct drive drive;
    (void)state;
    set_up(&drive, "forgiving");
    for (int64_t i = 0; i < 4; i++) {
        struct muster_step step = next_step(&drive);
        assert_true(i < 3 ? isnan(step.threshold) : step.threshold == 9);
        assert_int_equal(step.freedom, 0);
        for (size_t k = 0; k < FOLDS && i == 3; k++)
            assert_true(step.level[k] == 0);
        tell(&drive, i, i == 1 ? MUSTER_COMPLETE : MUSTER_PRUNED, i == 1 ? folds : part);
    }
    drive_close(&drive);
}

static void check_levels(const struct muster_step *step)
{
    for (size_t k = 0; k < FOLDS; k++)
        assert_true(fabs(step->level[k] - effects[k]) < 1e-12);
}

/* Where folds differ alike for all, the worst of them is as good as the mean once that is known. */
static void hard_folds_are_no_excuse(void **state)
{
    static const double means[] = {7, 3, 5};
    struct drive drive;
    struct muster_step step;
    (void)state;
    set_up(&drive, "forgiving");
    for (int64_t i = 0; i < 5; i++) {
        step = next_step(&drive);
        if (i == 2)
            assert_true(step.threshold == 7 + 2.0);
        if (i > 2) {
            assert_true(fabs(step.threshold - 3) < 1e-12);
            check_levels(&step);
        }
        tell_additive(&drive, i, means[i < 3 ? i : 2], 0);
    }
    drive_close(&drive);
}

/* Two that spread by 0.3 to opposite sides: levels are the effects, each fold of the best is 0.3
 * from its own, and sqrt(2) times that from where it would be without the best's own part. */
static void the_worst_fold_by_its_distance_from_its_level(void **state)
{
    struct drive drive;
    struct muster_step step;
    (void)state;
    set_up(&drive, "forgiving");
    for (int64_t i = 0; i < 3; i++) {
        step = next_step(&drive);
        tell_additive(&drive, i, i == 0 ? 2 : 4, i == 0 ? 0.3 : -0.3);
    }
    step = next_step(&drive); /* knows 0 and 1 */
    check_levels(&step);
    assert_true(fabs(step.threshold - (2 + 0.3 * sqrt(2))) < 1e-12);
    drive_close(&drive);
}

/* Paired: a poor configuration of a spread a thousand times as large changes nothing once five
 * better ones are known. */
static void poor_ones_do_not_count(void **state)
{
    struct drive drive;
    struct muster_step step;
    (void)state;
    set_up(&drive, "paired");
    for (int64_t i = 0; i < BEST + 4; i++) {
        step = next_step(&drive);
        assert_int_equal(isnan(step.threshold), i < 3);
        if (i == 4) /* one good and two poor ones */
            assert_true(step.variance > 1000);
        tell_additive(&drive, i, i < 2 ? 100 + (double)i : (double)i, i < 2 ? 80 : i % 2 * 0.1);
    }
    step = next_step(&drive); /* knows 0 .. 7: five good ones */
    assert_int_equal(step.freedom, (BEST - 1) * (FOLDS - 1));
    assert_true(fabs(step.threshold - 2) < 1e-9);
    assert_true(step.variance > 0 && step.variance < 0.01);
    drive_close(&drive);
}

/* A mean of the easiest fold alone would look better than the best configuration. */
static void a_discarded_one_is_told_as_all_folds_would_have_it(void **state)
{
    static const double part[FOLDS] = {NAN, 8.5, NAN, NAN}; /* 10 on level ground */
    struct drive drive;
    (void)state;
    set_up(&drive, "forgiving");
    for (int64_t i = 0; i < 5; i++) {
        next_step(&drive);
        if (i == 2)
            tell(&drive, i, MUSTER_PRUNED, part);
        else
            tell_additive(&drive, i, 9, 0);
    }
    next_step(&drive);
    assert_true(fabs(muster_search_told(drive.search, 2)->score - 10) < 1e-12);
    assert_true(fabs(muster_search_told(drive.search, 1)->score - 9) < 1e-12);
    drive_close(&drive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_threshold_is_the_worst_fold_of_the_best),
        cmocka_unit_test(hard_folds_are_no_excuse),
        cmocka_unit_test(the_worst_fold_by_its_distance_from_its_level),
        cmocka_unit_test(poor_ones_do_not_count),
        cmocka_unit_test(a_discarded_one_is_told_as_all_folds_would_have_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
