/* A run that is stopped, by a signal or the time limit, goes on with --resume into exactly what it
 * would have been. */
#include "bench.h"

#include <string.h>

#define STUDY(trials, sleep)                                               \
    "seed: 5\n"                                                            \
    "space: {a: {float: [0, 1]}, b: {float: [0, 1]}}\n"                    \
    "objective: {function: dummy, sleep: {lognormal: [" sleep ", 0.7]}}\n" \
    "search: {method: bayes, trials: " trials ", window: 6}\n"             \
    "parallel: {group_size: 2}\n"

static void a_signal_stops_and_resume_goes_on(void **state)
{
    (void)state;
    const char *study = STUDY("60", "-4");
    struct bench bench = {.study = study, .out = bench_path("out.h5"), .resume = true};
    int stops = 0;
    enum muster_status status;
    for (int64_t at = 3;; at += 15) {
        bench.signal_after = at;
        status = bench_do(world, &bench);
        if (status != MUSTER_STOPPED)
            break;
        stops++;
        if (muster_comm_rank(world) == 0)
            assert_string_equal(bench.summary.stopped_by, "SIGUSR1");
        bench_attribute(bench.out, "status", "stopped");
    }
    assert_int_equal(status, MUSTER_OK);
    assert_true(muster_comm_size(world) > 4 || stops > 0);
    bench_attribute(bench.out, "status", "complete");
    bench_same(bench_table(bench.out), bench_reference(study));
    bench_remove(bench.out);
}

static void the_time_limit_holds(void **state)
{
    (void)state;
    const char *study = STUDY("200", "-2.5");
    struct bench bench = {.study = study, .out = bench_path("limit.h5"), .time_limit = 1.5};
    double begin = muster_clock();
    assert_int_equal(bench_do(world, &bench), MUSTER_STOPPED);
    assert_true(muster_clock() - begin < 1.5);
    if (muster_comm_rank(world) == 0)
        assert_string_equal(bench.summary.stopped_by, "--time-limit");
    bench_attribute(bench.out, "status", "stopped");
    bench_remove(bench.out);
}

/* The running trial is far longer than the test may take. */
static void running_trials_are_dropped(void **state)
{
    (void)state;
    struct bench bench = {
        .study = STUDY("5", "8"), .out = bench_path("long.h5"), .time_limit = 1.0};
    assert_int_equal(bench_do(world, &bench), MUSTER_STOPPED);
    char *table = bench_table(bench.out);
    assert_int_equal(bench_rows(table), 0);
    muster_free(table);
    bench_remove(bench.out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_stops_and_resume_goes_on),
        cmocka_unit_test(the_time_limit_holds),
        cmocka_unit_test(running_trials_are_dropped),
    };
    return bench_run(tests);
}
