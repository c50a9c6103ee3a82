/* Early stopping scores a fold at the epoch of its least validation loss; without it the last epoch
 * counts; counted operations follow the epochs run. */
#include "fixture.h"

#include <math.h>

#define NET "network: [{dense: {units: 32, activation: relu}}]\n"

static struct muster_result run(const struct fixture *fixture)
{
    struct muster_step step = fixture_step(0, NULL);
    struct muster_result result = fixture_result(fixture->trainer);
    assert_int_equal(muster_trainer_run(fixture->trainer, world, &step, NULL, &result), MUSTER_OK);
    return result;
}

static void check_fold(const struct muster_result *result, size_t k, int64_t patience)
{
    size_t stride = result->folds * result->epochs, at = k * result->epochs;
    const float *loss = result->curves + stride + at, *score = result->curves + 2 * stride + at;
    int64_t run = result->fold_epochs[k], best = result->best_epochs[k];
    assert_true(best >= 1 && (run == best + patience || run == (int64_t)result->epochs));
    for (int64_t e = 0; e < run; e++)
        assert_true(loss[e] >= loss[best - 1]);
    for (size_t e = (size_t)run; e < result->epochs; e++)
        assert_true(isnan(loss[e]) && isnan(score[e]) && isnan(result->curves[at + e]));
    assert_true((float)result->scores[k] == score[best - 1]);
}

static void the_best_epoch_is_scored(void **state)
{
    (void)state;
    struct fixture fixture =
        fixture_make(FIXTURE_NOISE, NET "train: {epochs: 80, learning_rate: 0.1, early_stopping: "
                                        "{patience: 4}}\nvalidate: {metric: log_loss}\n");
    struct muster_result result = run(&fixture);
    if (muster_comm_rank(world) == 0) {
        for (size_t k = 0; k < result.folds; k++)
            check_fold(&result, k, 4);
        assert_true(result.fold_epochs[0] < 80); /* noise cannot be learned: it must stop */
    }
    muster_result_clear(&result);
    fixture_free(&fixture);
}

static void min_delta_asks_for_more(void **state)
{
    (void)state;
    struct fixture fixture = fixture_make(
        FIXTURE_BLOBS, NET "train: {epochs: 20, early_stopping: {patience: 3, min_delta: 100}}\n");
    struct muster_result result = run(&fixture);
    if (muster_comm_rank(world) == 0)
        for (size_t k = 0; k < result.folds; k++) {
            assert_int_equal(result.best_epochs[k], 1);
            assert_int_equal(result.fold_epochs[k], 4);
        }
    muster_result_clear(&result);
    fixture_free(&fixture);
}

static void all_epochs_run_and_cost_what_was_said(void **state)
{
    (void)state;
    struct fixture fixture = fixture_make(FIXTURE_BLOBS, NET "train: {epochs: 5}\n");
    struct muster_cost cost;
    assert_int_equal(muster_trainer_cost(fixture.trainer, NULL, NULL, &cost), MUSTER_OK);
    assert_int_equal(cost.parameters, 5 * 32 + 32 + 32 * 3 + 3);
    assert_true(cost.bytes > 4 * cost.parameters);
    struct muster_result result = run(&fixture);
    if (muster_comm_rank(world) == 0) {
        assert_true(result.flops > 0 && result.flops == cost.flops);
        for (size_t k = 0; k < result.folds; k++) {
            assert_int_equal(result.fold_epochs[k], 5);
            assert_int_equal(result.best_epochs[k], 5);
        }
    }
    muster_result_clear(&result);
    fixture_free(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_best_epoch_is_scored),
                                       cmocka_unit_test(min_delta_asks_for_more),
                                       cmocka_unit_test(all_epochs_run_and_cost_what_was_said)};
    return fixture_run(tests, sizeof tests / sizeof *tests);
}
