/* What a step may be discarded by, as results become known: the threshold of forgiving racing. */
#include "drive.h"

enum { FOLDS = 3, ROUNDS = 5 };

static void set_up(struct drive *drive)
{
    drive_open(drive, "random", &mixed_space, 1, true);
    muster_block_set(&drive->block, "racing", NAN, "forgiving");
    drive->setup.folds = FOLDS;
    drive_start(drive);
}

/* The threshold that the next step carries. */
static double threshold_of(struct drive *drive)
{
    enum muster_answer answer;
    struct muster_step step;
    assert_int_equal(muster_search_ask(drive->search, &step, &answer), MUSTER_OK);
    assert_int_equal(answer, MUSTER_ASK_STEP);
    return step.threshold;
}

static void tell(struct drive *drive, int64_t id, enum muster_state state, const double *folds)
{
    double sum = 0.0;
    for (size_t k = 0; k < FOLDS; k++)
        sum += folds[k];
    struct muster_told told = {.state = state, .score = sum / FOLDS, .deviation = NAN};
    assert_int_equal(muster_search_tell_folds(drive->search, id, &told, folds, FOLDS), MUSTER_OK);
}

/* Window 1: step i knows results 0 .. i - 2. What was discarded is no rival, and a better
 * worst fold of a worse mean says nothing. */
static void the_threshold_is_the_worst_fold_of_the_best(void **state)
{
    static const struct {
        enum muster_state state;
        double folds[FOLDS], then; /* NAN: none yet */
    } rounds[ROUNDS] = {{MUSTER_PRUNED, {1, NAN, NAN}, NAN},
                        {MUSTER_COMPLETE, {1, 2, 9}, 9},
                        {MUSTER_COMPLETE, {4, 5, 4}, 9},
                        {MUSTER_COMPLETE, {1, 1, 8}, 8},
                        {MUSTER_COMPLETE, {3, 2, 3}, 3}};
    struct drive drive;
    (void)state;
    set_up(&drive);
    for (int64_t i = 0; i < ROUNDS + 1; i++) {
        double threshold = threshold_of(&drive), known = i < 2 ? NAN : rounds[i - 2].then;
        assert_true(isnan(known) ? isnan(threshold) : threshold == known);
        if (i < ROUNDS)
            tell(&drive, i, rounds[i].state, rounds[i].folds);
    }
    assert_true(threshold_of(&drive) == rounds[ROUNDS - 1].then);
    drive_close(&drive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_threshold_is_the_worst_fold_of_the_best)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
