/* Stop rules look at the prefix in id order, so that they stop at the same trial on any layout; and
 * failures that pile up pause the run. */
#include "bench.h"

#include <stdio.h>
#include <string.h>

static char study[1024];

static const char *make(const char *search, const char *objective)
{
    snprintf(study, sizeof study,
             "seed: 3\n"
             "space: {a: {float: [0, 1]}, b: {float: [0, 1]}}\n"
             "objective: {function: dummy, %s}\n"
             "search: {method: random, %s}\n"
             "parallel: {group_size: 1}\n",
             objective, search);
    return study;
}

/* Rows of the table after a run that has to end complete, as it does on one rank. */
static size_t rows_of(const char *text)
{
    struct bench bench = {.study = text, .out = bench_path("out.h5"), .fresh = true};
    assert_int_equal(bench_do(world, &bench), MUSTER_OK);
    bench_attribute(bench.out, "status", "complete");
    char *table = bench_table(bench.out);
    size_t rows = bench_rows(table);
    bench_same(table, bench_reference(text));
    return rows;
}

static void a_score_ends_the_search(void **state)
{
    (void)state;
    size_t rows = rows_of(
        make("trials: 200, stop: {score: 0.05}", "sleep: {lognormal: [-6, 1.5]}, fail_every: 4"));
    if (muster_comm_rank(world) == 0)
        assert_in_range(rows, 2, 199);
}

static void a_stall_ends_the_search(void **state)
{
    (void)state;
    size_t rows = rows_of(make("trials: 200, stop: {stall: 12}", "sleep: {lognormal: [-6, 1.5]}"));
    if (muster_comm_rank(world) == 0)
        assert_in_range(rows, 13, 199);
}

/* Lifting the rule goes on with what the stop had kept out. */
static void a_lifted_rule_goes_on(void **state)
{
    (void)state;
    struct bench bench = {.study = make("trials: 40, stop: {stall: 5}", "fail_every: 5"),
                          .out = bench_path("lift.h5")};
    assert_int_equal(bench_do(world, &bench), MUSTER_OK);
    bench.study = make("trials: 40", "fail_every: 5");
    bench.resume = true;
    assert_int_equal(bench_do(world, &bench), MUSTER_OK);
    assert_false(bench.summary.nothing_to_do);
    bench_same(bench_table(bench.out), bench_reference(study));
    bench_remove(bench.out);
}

/* Groups were already done with what a rule kept out of the file: here by the file of the stop
 * beside the journal of all. */
static void a_lifted_rule_leaves_nothing_out(void **state)
{
    (void)state;
    struct bench bench = {.study = make("trials: 40, stop: {stall: 5}", "fail_every: 5"),
                          .out = bench_path("lift.h5")};
    const char *aside = bench_path("aside.h5");
    const bool root = muster_comm_rank(world) == 0;
    assert_int_equal(bench_do(world, &bench), MUSTER_OK);
    if (root)
        assert_int_equal(rename(bench.out, aside), 0);
    bench.study = make("trials: 40", "fail_every: 5");
    bench.resume = true;
    assert_int_equal(bench_do(world, &bench), MUSTER_OK);
    if (root)
        assert_int_equal(rename(aside, bench.out), 0);
    assert_int_equal(bench_do(world, &bench), MUSTER_OK);
    assert_false(bench.summary.nothing_to_do);
    bench_attribute(bench.out, "stopped_because", "");
    bench_same(bench_table(bench.out), bench_reference(study));
    assert_int_equal(bench_do(world, &bench), MUSTER_OK);
    assert_true(bench.summary.nothing_to_do);
    bench_remove(bench.out);
}

static void time_ends_the_study(void **state)
{
    (void)state;
    struct bench bench = {
        .study = make("trials: 10000, stop: {time: 0.5}", "sleep: {lognormal: [-4, 0.5]}"),
        .out = bench_path("time.h5")};
    assert_int_equal(bench_do(world, &bench), MUSTER_OK);
    bench_attribute(bench.out, "status", "complete");
    bench_attribute(bench.out, "reproducible", "replay");
    bench.resume = true;
    assert_int_equal(bench_do(world, &bench), MUSTER_OK);
    assert_true(bench.summary.nothing_to_do);
    bench_remove(bench.out);
}

static void nothing_but_failures_pause_the_run(void **state)
{
    (void)state;
    struct bench bench = {.study = make("trials: 120", "fail_every: 1"),
                          .out = bench_path("fail.h5")};
    assert_int_equal(bench_do(world, &bench), MUSTER_STOPPED);
    assert_non_null(strstr(muster_error_text(), "fail_every"));
    assert_non_null(strstr(muster_error_text(), "--fresh"));
    bench.resume = true;
    assert_int_equal(bench_do(world, &bench), MUSTER_STOPPED);
    assert_int_equal(bench_do(world, &bench), MUSTER_OK); /* the rest: fewer than fifty */
    bench_remove(bench.out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_score_ends_the_search),
        cmocka_unit_test(a_stall_ends_the_search),
        cmocka_unit_test(a_lifted_rule_goes_on),
        cmocka_unit_test(a_lifted_rule_leaves_nothing_out),
        cmocka_unit_test(time_ends_the_study),
        cmocka_unit_test(nothing_but_failures_pause_the_run),
    };
    return bench_run(tests);
}
