/* Leave-one-out takes metrics that say little of a single row of all predictions together; folds
 * that no prediction could be scored on are refused before anything is trained. */
#include "fixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NET "network: [{dense: {units: 8, activation: relu}}]\n"

static struct muster_result run(struct fixture *fixture, enum fixture_data data, const char *rest)
{
    *fixture = fixture_make(data, rest);
    struct muster_step step = fixture_step(0, NULL);
    struct muster_result result = fixture_result(fixture->trainer);
    if (muster_trainer_run(fixture->trainer, world, &step, NULL, &result) != MUSTER_OK)
        fail_msg("%s", muster_error_text());
    return result;
}

static void pooled_under_leave_one_out(void **state)
{
    (void)state;
    struct fixture fixture;
    struct muster_result result =
        run(&fixture, FIXTURE_BLOBS,
            NET "train: {epochs: 6, optimizer: adam}\n"
                "validate: {folds: loo, metric: roc_auc, report: [accuracy, micro_f1, ece]}\n");
    const size_t k = result.folds;
    double hits = 0;
    assert_int_equal(k, 192);
    for (size_t i = 0; i < k && muster_comm_rank(world) == 0; i++) {
        assert_true(result.scores[i] == result.scores[0]);
        assert_true(result.scores[2 * k + i] == result.scores[2 * k]);
        assert_true(result.scores[k + i] == 0 || result.scores[k + i] == 1);
        hits += result.scores[k + i];
    }
    if (muster_comm_rank(world) == 0) {
        assert_int_equal(result.state, MUSTER_COMPLETE);
        assert_true(result.score == result.scores[0] && isnan(result.score_std));
        assert_true(result.score > 0.9 && result.score <= 1);
        /* A mean over rows is the same, pooled or not. */
        assert_float_equal(result.scores[2 * k], hits / (double)k, 1e-12);
        assert_true(isfinite(result.scores[3 * k]));
    }
    muster_result_clear(&result);
    fixture_free(&fixture);
}

/* The score depends on the ranks no more than the others do: r2 by hand of what one rank says. */
static void of_any_ranks(void **state)
{
    (void)state;
    double scores[2];
    struct muster_comm *alone;
    assert_int_equal(muster_comm_split(world, muster_comm_rank(world), &alone), MUSTER_OK);
    struct fixture fixture = fixture_make(
        FIXTURE_LINEAR, NET "train: {epochs: 2}\nvalidate: {folds: loo, metric: r2}\n");
    struct muster_step step = fixture_step(0, NULL);
    step.n_folds = 20;
    for (int i = 0; i < 2; i++) {
        struct muster_result result = fixture_result(fixture.trainer);
        assert_int_equal(
            muster_trainer_run(fixture.trainer, i == 0 ? alone : world, &step, NULL, &result),
            MUSTER_OK);
        scores[i] = result.score;
        assert_true(isnan(result.scores[20]));
        muster_result_clear(&result);
    }
    if (muster_comm_rank(world) == 0)
        assert_true(isfinite(scores[0]) && scores[0] == scores[1]);
    fixture_free(&fixture);
    muster_comm_destroy(&alone);
}

static void undefined_metrics_are_refused(void **state)
{
    (void)state;
    struct muster_study *study;
    struct muster_trainer *trainer;
    assert_int_equal(
        fixture_parse(FIXTURE_LINEAR, NET "validate: {folds: 160, metric: r2}\n", &study),
        MUSTER_OK);
    assert_int_equal(muster_trainer_create(study, world, &trainer), MUSTER_BAD_STUDY);
    if (strstr(muster_error_text(), "validate.metric: r2 is undefined on fold 1, which has one "
                                    "row (fewer folds, or another metric)") == NULL)
        fail_msg("%s", muster_error_text());
    muster_study_destroy(&study);
    struct fixture fixture = fixture_make(
        FIXTURE_LINEAR, NET "validate: {folds: 160, metric: mae, report: [r2]}\n"); /* warns */
    fixture_free(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pooled_under_leave_one_out),
                                       cmocka_unit_test(of_any_ranks),
                                       cmocka_unit_test(undefined_metrics_are_refused)};
    return fixture_run(tests, sizeof tests / sizeof *tests);
}
