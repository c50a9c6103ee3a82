/* The plan follows from study and ranks: every rank trains, groups are as large as asked for where
 * that can be had, and automatic ones leave no share of the ranks idle that another size would use.
 */
#include "bench.h"

#include <stdio.h>

static struct muster_plan shared_plan_of(const char *size, int64_t window, size_t folds, int ranks,
                                         int shards)
{
    char study[512];
    struct muster_objective_info info = {.kind = "train", .folds = folds};
    struct muster_plan plan;
    snprintf(study, sizeof study,
             "space: {a: {float: [0, 1]}}\n"
             "objective: {function: dummy}\n"
             "search: {trials: 1000, window: %lld}\n"
             "parallel: {group_size: %s, shards: %d}\n",
             (long long)window, size, shards);
    struct muster_study *parsed = bench_parse(study);
    assert_int_equal(muster_plan_make(parsed, &info, ranks, &plan), MUSTER_OK);
    muster_study_destroy(&parsed);
    assert_int_equal(plan.ranks, ranks);
    assert_int_equal(plan.window, window);
    assert_true(plan.groups * plan.group_size >= plan.workers);
    assert_true((plan.groups - 1) * plan.group_size < plan.workers);
    return plan;
}

static struct muster_plan plan_of(const char *size, int64_t window, size_t folds, int ranks)
{
    return shared_plan_of(size, window, folds, ranks, 1);
}

static void one_rank_trains_alone(void **state)
{
    (void)state;
    struct muster_plan plan = plan_of("4", 16, 5, 1);
    assert_int_equal(plan.workers, 1);
    assert_int_equal(plan.groups, 1);
    assert_int_equal(plan.group_size, 1);
}

static void given_sizes_are_kept(void **state)
{
    (void)state;
    assert_int_equal(plan_of("2", 16, 5, 6).groups, 3); /* 2, 2 and 1 ranks */
    assert_int_equal(plan_of("3", 16, 5, 3).group_size, 2);
    assert_int_equal(plan_of("7", 16, 5, 9).group_size, 7);
}

static void automatic_sizes_keep_ranks_busy(void **state)
{
    (void)state;
    assert_int_equal(plan_of("auto", 16, 5, 3).group_size, 1); /* the window feeds both */
    assert_int_equal(plan_of("auto", 1, 5, 6).group_size, 5);  /* one candidate at a time */
    assert_int_equal(plan_of("auto", 8, 5, 41).group_size, 5); /* eight groups of a fold a rank */
    assert_int_equal(plan_of("auto", 4096, 5, 65).group_size, 1);
    assert_int_equal(plan_of("auto", 8, 1, 65).group_size, 1); /* never more ranks than folds */
}

/* Folds are shared where there is nothing else for ranks to do. */
static void automatic_sizes_share_folds(void **state)
{
    (void)state;
    struct muster_plan plan = shared_plan_of("auto", 1, 5, 21, 4);
    assert_int_equal(plan.group_size, 20); /* four ranks a fold */
    assert_int_equal(plan.sharing.least, 4);
    assert_int_equal(shared_plan_of("auto", 1, 5, 21, 2).group_size, 10);
    assert_int_equal(shared_plan_of("auto", 1, 5, 4, 4).group_size, 3); /* fewer ranks than folds */
    assert_int_equal(shared_plan_of("auto", 64, 5, 11, 4).group_size, 5); /* fed well */
    plan = shared_plan_of("12", 1, 5, 13, 2);
    assert_int_equal(plan.sharing.least, 2);
    assert_int_equal(plan.sharing.idle, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_rank_trains_alone),
        cmocka_unit_test(given_sizes_are_kept),
        cmocka_unit_test(automatic_sizes_keep_ranks_busy),
        cmocka_unit_test(automatic_sizes_share_folds),
    };
    return bench_run(tests);
}
