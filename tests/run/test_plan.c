/* The plan follows from study and ranks: every rank trains, groups are as large as asked for where
 * that can be had, and automatic ones leave no share of the ranks idle that another size would use.
 */
#include "bench.h"

#include <stdio.h>

static struct muster_plan plan_of(const char *size, int64_t window, size_t folds, int ranks)
{
    char study[512];
    struct muster_objective_info info = {.folds = folds};
    struct muster_plan plan;
    snprintf(study, sizeof study,
             "space: {a: {float: [0, 1]}}\n"
             "objective: {function: dummy}\n"
             "search: {trials: 1000, window: %lld}\n"
             "parallel: {group_size: %s}\n",
             (long long)window, size);
    struct muster_study *parsed = bench_parse(study);
    assert_int_equal(muster_plan_make(parsed, &info, ranks, &plan), MUSTER_OK);
    muster_study_destroy(&parsed);
    assert_int_equal(plan.ranks, ranks);
    assert_int_equal(plan.window, window);
    assert_true(plan.groups * plan.group_size >= plan.workers);
    assert_true((plan.groups - 1) * plan.group_size < plan.workers);
    return plan;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_rank_trains_alone),
        cmocka_unit_test(given_sizes_are_kept),
        cmocka_unit_test(automatic_sizes_keep_ranks_busy),
    };
    return bench_run(tests);
}
