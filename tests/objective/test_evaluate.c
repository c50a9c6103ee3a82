/* The objective `function`: values by the parameters' numbers, failures on purpose, sleep that can
 * be cut short, and studies that do not suit. */
#include "objective_test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Status and result of one trial. */
static enum muster_status evaluate(const char *text, int64_t trial, const double *x,
                                   const struct muster_interrupt *interrupt,
                                   struct muster_result *result)
{
    struct muster_study *study = parse(text);
    struct muster_objective *objective;
    struct muster_step step = {
        .trial = trial, .to_epoch = -1, .n_folds = -1, .threshold = NAN, .x = x};
    if (muster_objective_create(study, world, &objective) != MUSTER_OK)
        fail_msg("%s", muster_error_text());
    const struct muster_objective_info *info = muster_objective_info(objective);
    assert_true(info->noiseless && !info->maximize && info->epochs == 0);
    assert_string_equal(info->metric_names[0], "value");
    assert_null(muster_objective_trainer(objective));
    assert_int_equal(muster_result_create(result, info->folds, info->metrics, info->epochs),
                     MUSTER_OK);
    enum muster_status status =
        muster_objective_evaluate(objective, world, &step, interrupt, result);
    muster_objective_destroy(&objective);
    muster_study_destroy(&study);
    return status;
}

#define SPACE "space: {a: {float: [-5, 10]}, b: {choice: [0, 2.275, 15]}}\n"

static void choices_enter_by_their_number(void **state)
{
    (void)state;
    struct muster_result result;
    double x[2] = {M_PI, 1};
    assert_int_equal(evaluate(SPACE "objective: {function: branin}\n", 0, x, NULL, &result),
                     MUSTER_OK);
    if (muster_comm_rank(world) == 0) {
        assert_int_equal(result.state, MUSTER_COMPLETE);
        assert_true(fabs(result.score - 0.397887) < 1e-6 && result.scores[0] == result.score);
    }
    muster_result_clear(&result);
}

static void every_nth_trial_fails(void **state)
{
    (void)state;
    double x[2] = {1, 1};
    for (int64_t trial = 0; trial < 6; trial++) {
        struct muster_result result;
        assert_int_equal(evaluate(SPACE "objective: {function: branin, fail_every: 3}\n", trial, x,
                                  NULL, &result),
                         MUSTER_OK);
        if (muster_comm_rank(world) == 0) {
            assert_int_equal(result.state == MUSTER_FAILED, trial == 2 || trial == 5);
            assert_int_equal(isnan(result.score), trial == 2 || trial == 5);
        }
        muster_result_clear(&result);
    }
}

static bool asked_on_the_last(void *context)
{
    int *polls = context;
    return muster_comm_rank(world) == muster_comm_size(world) - 1 && ++*polls > 2;
}

static bool asked_everywhere(void *context)
{
    return ++*(int *)context > 2;
}

static void sleep_ends_when_asked(void **state)
{
    (void)state;
    struct muster_result result;
    double x[2] = {1, 1};
    int polls = 0;
    struct muster_interrupt all = {asked_everywhere, &polls}, last = {asked_on_the_last, &polls};
    assert_int_equal(evaluate(SPACE "objective: {function: branin, sleep: {lognormal: [12, 1]}}\n",
                              0, x, &all, &result), /* days */
                     MUSTER_STOPPED);
    muster_result_clear(&result);
    polls = 0;
    assert_int_equal(evaluate(SPACE
                              "objective: {function: branin, sleep: {lognormal: [-1.5, 0]}}\n",
                              0, x, &last, &result),
                     MUSTER_STOPPED);
    muster_result_clear(&result);
}

static void studies_that_do_not_suit_are_refused(void **state)
{
    (void)state;
    refuse("space: {a: {float: [0, 1]}}\nobjective: {function: branin}\n", MUSTER_BAD_STUDY,
           "test.yaml:2:13: branin takes 2 parameters, the space has 1");
    refuse(SPACE "objective: {function: levy, dim: 3}\n", MUSTER_BAD_STUDY,
           "dim is 3, but the space has 2");
    refuse(SPACE "objective: {function: levy, sleep: {lognormal: [1]}}\n", MUSTER_BAD_STUDY,
           "not a pair");
    refuse("space: {a: {choice: [u, v]}}\nobjective: {function: levy}\n", MUSTER_BAD_STUDY,
           "not numbers");
    refuse("space: {a: {choice: [1, 2]}, b: {float: [0, 1], when: {a: 1}}}\n"
           "objective: {function: levy}\n",
           MUSTER_BAD_STUDY, "parameter b is conditional");
    refuse("space: {a: {float: [0, 1]}}\n", MUSTER_BAD_STUDY, "nothing to evaluate");
}

int main(void)
{
    if (!open_world())
        return 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(choices_enter_by_their_number),
                                       cmocka_unit_test(every_nth_trial_fails),
                                       cmocka_unit_test(sleep_ends_when_asked),
                                       cmocka_unit_test(studies_that_do_not_suit_are_refused)};
    return close_world(cmocka_run_group_tests(tests, NULL, NULL));
}
