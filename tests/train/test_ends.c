/* How a trial ends otherwise: divergence is an outcome of the lowest failing fold, an interrupt or
 * an error on any one rank ends it on all. */
#include "fixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NET "network: [{dense: {units: 16, activation: relu}}]\n"

static void divergence_is_an_outcome(void **state)
{
    (void)state;
    struct fixture fixture =
        fixture_make(FIXTURE_LINEAR, NET "train: {epochs: 9, learning_rate: 1000}\n");
    struct muster_step step = fixture_step(0, NULL);
    struct muster_result result = fixture_result(fixture.trainer);
    assert_int_equal(muster_trainer_run(fixture.trainer, world, &step, NULL, &result), MUSTER_OK);
    if (muster_comm_rank(world) == 0) {
        assert_int_equal(result.state, MUSTER_FAILED);
        assert_string_equal(result.reason, "diverged in epoch 1 of fold 1");
        assert_true(isnan(result.score) && isnan(result.scores[0]));
        assert_int_equal(result.fold_epochs[0], 1);
        assert_int_equal(result.best_epochs[0], 0);
        for (size_t k = 1; k < result.folds; k++)
            assert_true(result.fold_epochs[k] == 0 && isnan(result.curves[k * result.epochs]));
    }
    muster_result_clear(&result);
    struct muster_refit refit;
    assert_int_equal(muster_trainer_refit(fixture.trainer, NULL, 0, 5, NULL, &refit),
                     MUSTER_BAD_DATA);
    fixture_free(&fixture);
}

/* A net of gigabytes is measured, not made: neither here nor when the space is looked over. */
static void more_than_the_budget_is_an_outcome(void **state)
{
    (void)state;
    struct fixture fixture =
        fixture_make(FIXTURE_BLOBS, "network: [{dense: {repeat: 2, units: {int: [4, 65536]}}}]\n"
                                    "train: {epochs: 2, memory: 2MB}\n");
    const int64_t before = muster_memory_bytes();
    const double small = 4, large = 65536;
    struct muster_result result = fixture_result(fixture.trainer);
    struct muster_step step = fixture_step(0, &large);
    struct muster_cost cost;
    char needed[32], reason[128];
    assert_int_equal(muster_trainer_run(fixture.trainer, world, &step, NULL, &result), MUSTER_OK);
    assert_int_equal(muster_trainer_cost(fixture.trainer, &large, NULL, &cost), MUSTER_OK);
    snprintf(reason, sizeof reason, "needs %s, train.memory is 2 MB",
             muster_bytes_text((double)cost.bytes, needed));
    if (muster_comm_rank(world) == 0) {
        assert_int_equal(result.state, MUSTER_FAILED);
        assert_string_equal(result.reason, reason);
        assert_true(isnan(result.score) && result.flops == 0 && result.fold_epochs[0] == 0);
    }
    muster_result_clear(&result);
    result = fixture_result(fixture.trainer);
    step = fixture_step(1, &small);
    assert_int_equal(muster_trainer_run(fixture.trainer, world, &step, NULL, &result), MUSTER_OK);
    assert_int_equal(result.state, MUSTER_COMPLETE);
    muster_result_clear(&result);
    assert_int_equal(muster_memory_bytes(), before);
    fixture_free(&fixture);
}

static bool asked_on_the_last(void *context)
{
    int *polls = context;
    return muster_comm_rank(world) == muster_comm_size(world) - 1 && ++*polls > 3;
}

static void an_interrupt_on_one_rank_ends_it_on_all(void **state)
{
    (void)state;
    struct fixture fixture = fixture_make(FIXTURE_BLOBS, NET "train: {epochs: 20}\n");
    struct muster_step step = fixture_step(0, NULL);
    struct muster_result result = fixture_result(fixture.trainer);
    int polls = 0;
    struct muster_interrupt interrupt = {.asked = asked_on_the_last, .context = &polls};
    assert_int_equal(muster_trainer_run(fixture.trainer, world, &step, &interrupt, &result),
                     MUSTER_STOPPED);
    muster_result_clear(&result);
    fixture_free(&fixture);
}

/* Every allocation of a run in turn fails on the last rank. */
static void memory_out_on_one_rank_ends_it_on_all(void **state)
{
    (void)state;
    struct fixture fixture = fixture_make(FIXTURE_BLOBS, NET "train: {epochs: 1}\n");
    struct muster_step step = fixture_step(0, NULL);
    enum muster_status status = MUSTER_NO_MEMORY;
    int n = 0;
    while (status != MUSTER_OK && ++n < 500) {
        struct muster_result result = fixture_result(fixture.trainer);
        char fault[64];
        snprintf(fault, sizeof fault, "alloc:%d@%d", n, muster_comm_size(world) - 1);
        assert_int_equal(muster_fault_set(fault, muster_comm_rank(world)), MUSTER_OK);
        status = muster_trainer_run(fixture.trainer, world, &step, NULL, &result);
        muster_fault_set("", 0);
        assert_true(status == MUSTER_OK || status == MUSTER_NO_MEMORY);
        double seen = status;
        assert_int_equal(muster_reduce_max(world, &seen, 1), MUSTER_OK);
        assert_true(seen == (double)status);
        muster_result_clear(&result);
    }
    assert_in_range(n, 10, 499);
    fixture_free(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(divergence_is_an_outcome),
                                       cmocka_unit_test(more_than_the_budget_is_an_outcome),
                                       cmocka_unit_test(an_interrupt_on_one_rank_ends_it_on_all),
                                       cmocka_unit_test(memory_out_on_one_rank_ends_it_on_all)};
    return fixture_run(tests, sizeof tests / sizeof *tests);
}
