/* What --resume may and may not do: a finished run is left alone, a wider budget goes on, another
 * study is refused by name, an output is never overwritten silently. */
#include "bench.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char study[1024];

static const char *make(int seed, int trials, const char *rest)
{
    snprintf(study, sizeof study,
             "seed: %d\n"
             "space: {a: {float: [0, 1]}, b: {int: [1, 50]}}\n"
             "objective: {function: dummy}\n"
             "search: {method: bayes, trials: %d%s}\n",
             seed, trials, rest);
    return study;
}

static void says(const char *word)
{
    if (strstr(muster_error_text(), word) == NULL)
        fail_msg("'%s' is not in: %s", word, muster_error_text());
}

static void an_output_that_exists_is_refused(void **state)
{
    (void)state;
    struct bench bench = {.study = make(1, 12, ""), .out = bench_path("out.h5")};
    assert_int_equal(bench_do(world, &bench), MUSTER_OK);
    assert_int_equal(bench_do(world, &bench), MUSTER_USAGE);
    says("--resume");
    says("--fresh");
    bench.fresh = true;
    assert_int_equal(bench_do(world, &bench), MUSTER_OK);
    bench_remove(bench.out);
}

static void a_complete_run_is_left_alone(void **state)
{
    (void)state;
    struct bench bench = {.study = make(1, 12, ""), .out = bench_path("out.h5"), .resume = true};
    assert_int_equal(bench_do(world, &bench), MUSTER_OK);
    assert_false(bench.summary.nothing_to_do);
    assert_int_equal(bench_do(world, &bench), MUSTER_OK);
    assert_true(bench.summary.nothing_to_do);
    bench_same(bench_table(bench.out), bench_reference(bench.study));
    if (muster_comm_rank(world) == 0)
        unlink(bench.out); /* it is made again */
    muster_barrier(world);
    assert_int_equal(bench_do(world, &bench), MUSTER_OK);
    assert_false(bench.summary.nothing_to_do);
    bench_same(bench_table(bench.out), bench_reference(bench.study));
    bench_remove(bench.out);
}

/* Also where the window follows from the trials: it stays what it was. */
static void a_wider_budget_goes_on(void **state)
{
    (void)state;
    struct bench bench = {.study = make(1, 12, ""), .out = bench_path("out.h5"), .resume = true};
    assert_int_equal(bench_do(world, &bench), MUSTER_OK);
    bench.study = make(1, 90, "");
    assert_int_equal(bench_do(world, &bench), MUSTER_OK);
    bench_same(bench_table(bench.out), bench_reference(make(1, 90, ", window: 8")));
    bench_remove(bench.out);
}

static void a_fixed_design_keeps_its_budget(void **state)
{
    (void)state;
    static const char text[] = "space: {a: {float: [0, 1]}, b: {int: [1, 50]}}\n"
                               "objective: {function: dummy}\n"
                               "search: {method: lhs, trials: %d}\n";
    char few[256], more[256];
    snprintf(few, sizeof few, text, 12);
    snprintf(more, sizeof more, text, 20);
    struct bench bench = {.study = few, .out = bench_path("out.h5"), .resume = true};
    assert_int_equal(bench_do(world, &bench), MUSTER_OK);
    bench.study = more;
    assert_int_equal(bench_do(world, &bench), MUSTER_USAGE);
    says("was: search.trials = 12  # the method's design is made for this number");
    says("now: search.trials = 20");
    bench_same(bench_table(bench.out), bench_reference(few));
    bench_remove(bench.out);
}

static void another_study_is_refused_by_name(void **state)
{
    (void)state;
    struct bench bench = {.study = make(1, 12, ""), .out = bench_path("out.h5"), .resume = true};
    assert_int_equal(bench_do(world, &bench), MUSTER_OK);
    bench.study = make(2, 12, "");
    assert_int_equal(bench_do(world, &bench), MUSTER_USAGE);
    says("was: seed");
    says("now: seed");
    says("another study");
    bench.version = "later";
    assert_int_equal(bench_do(world, &bench), MUSTER_USAGE);
    says("another version of muster");
    says("was: muster test");
    says("now: muster later");
    bench.study = make(1, 12, ", stop: {score: -1, stall: 1000}");
    assert_int_equal(bench_do(world, &bench), MUSTER_OK);
    bench_remove(bench.out);
}

static void fresh_spares_what_is_not_ours(void **state)
{
    (void)state;
    struct bench bench = {.study = make(1, 12, ""), .out = bench_path("notes"), .fresh = true};
    if (muster_comm_rank(world) == 0) {
        FILE *file = fopen(bench.out, "w");
        fputs("not a result file\n", file);
        fclose(file);
    }
    muster_barrier(world);
    assert_int_equal(bench_do(world, &bench), MUSTER_USAGE);
    assert_int_equal(access(bench.out, F_OK), 0);
    bench_remove(bench.out);
}

static void a_missing_folder_is_an_io_error(void **state)
{
    (void)state;
    struct bench bench = {.study = make(1, 12, ""), .out = bench_path("no/such/out.h5")};
    assert_int_equal(bench_do(world, &bench), MUSTER_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_output_that_exists_is_refused),
        cmocka_unit_test(a_complete_run_is_left_alone),
        cmocka_unit_test(a_wider_budget_goes_on),
        cmocka_unit_test(a_fixed_design_keeps_its_budget),
        cmocka_unit_test(another_study_is_refused_by_name),
        cmocka_unit_test(fresh_spares_what_is_not_ours),
        cmocka_unit_test(a_missing_folder_is_an_io_error),
    };
    return bench_run(tests);
}
