/* Trials of several steps, and folds that are lost in a race: the same table on any number of
 * ranks, in groups of any size, and after any stop; and what stands in it. */
#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* `rest` stands in `search:`. */
static const char *study_of(const char *method, const char *rest, const char *sleep, int size)
{
    static char text[1024];
    char group[16] = "auto";
    if (size > 0)
        snprintf(group, sizeof group, "%d", size);
    snprintf(text, sizeof text,
             "seed: 5\n"
             "space: {a: {float: [-5, 10]}, b: {float: [0, 15]}}\n"
             "objective: {function: branin, epochs: 9, folds: 4, noise: 5, fail_every: 11,\n"
             "            sleep: {lognormal: [%s, 1]}}\n"
             "search: {method: %s, trials: 26, window: 5, %s}\n"
             "parallel: {group_size: %s}\n",
             sleep, method, rest, group);
    return text;
}

static const struct {
    const char *method, *rest;
} kinds[] = {
    {"random", "fidelity: {method: hyperband, min_epochs: 1}"},
    {"bayes", "fidelity: {method: hyperband, min_epochs: 1, eta: 2}"},
    {"random", "fidelity: {method: asha, min_epochs: 1}"},
    {"random", "fidelity: {method: asha, of: folds, eta: 2}"},
    {"random", "fidelity: {method: hyperband, of: rows, min_rows: 0.1}"},
    {"random", "racing: forgiving"},
    {"random", "racing: paired"},
    {"random", "racing: forgiving, fidelity: {method: asha, min_epochs: 1}"},
    {"random", "fidelity: {method: asha, min_epochs: 1}, stop: {stall: 7}"},
    {"auto", "fidelity: {method: freeze_thaw, min_epochs: 1}"},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static void check_layout(const char *study, const char *told, const char *reference)
{
    struct bench bench = {.study = study, .out = bench_path("out.h5"), .fresh = true};
    if (bench_do(world, &bench) != MUSTER_OK)
        fail_msg("%s: %s", told, muster_error_text());
    assert_false(bench.summary.nothing_to_do);
    bench_attribute(bench.out, "status", "complete");
    bench_attribute(bench.out, "reproducible", "any layout");
    char *table = bench_table(bench.out);
    if (table != NULL) {
        assert_true(strstr(table, "pruned") != NULL && strstr(table, "complete") != NULL);
        assert_string_equal(table, reference);
    }
    muster_free(table);
    bench.fresh = false;
    bench.resume = true;
    assert_int_equal(bench_do(world, &bench), MUSTER_OK);
    assert_true(bench.summary.nothing_to_do); /* a run that is over is seen to be */
}

static void the_table_does_not_depend_on_the_layout(void **state)
{
    const int most = muster_comm_size(world) > 2 ? 2 : 0;
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        const char *method = kinds[i].method, *rest = kinds[i].rest;
        char *reference = bench_reference(study_of(method, rest, "-8", 0));
        for (int size = 0; size <= most; size += 2)
            check_layout(study_of(method, rest, "-8", size), rest, reference);
        muster_free(reference);
    }
}

/* Stopped twice on the way. The reference sleeps less, which no result shows. */
static void a_stop_changes_nothing(void **state)
{
    static const size_t chosen[] = {1, 3, 7, 9};
    int stops = 0;
    (void)state;
    for (size_t i = 0; i < sizeof chosen / sizeof *chosen; i++) {
        const char *method = kinds[chosen[i]].method, *rest = kinds[chosen[i]].rest;
        struct bench bench = {.out = bench_path("stop.h5"), .resume = true};
        enum muster_status status = MUSTER_STOPPED;
        for (int64_t at = 3; status == MUSTER_STOPPED; at += at < 10 ? 12 : 100) {
            bench.signal_after = at;
            bench.study = study_of(method, rest, "-4", 1);
            status = bench_do(world, &bench);
            stops += status == MUSTER_STOPPED;
        }
        assert_int_equal(status, MUSTER_OK);
        bench_same(bench_table(bench.out), bench_reference(study_of(method, rest, "-9", 1)));
        bench_remove(bench.out);
    }
    assert_true(stops >= 2);
}

/* Branin's least value is 0.397887; the bound is a model's, and holds for this seed. It
 * depends on the prefix alone: stopped again and again, the run ends where it would have. */
static void a_regret_bound_ends_the_search(void **state)
{
    static const char study[] = "seed: 3\n"
                                "space: {a: {float: [-5, 10]}, b: {float: [0, 15]}}\n"
                                "objective: {function: branin}\n"
                                "search: {method: bayes, trials: 200, window: 4,\n"
                                "         stop: {regret: 0.2}}\n";
    struct bench bench = {.study = study, .out = bench_path("regret.h5"), .resume = true};
    enum muster_status status;
    int stops = -1;
    (void)state;
    do {
        bench.signal_after = 6 * (++stops + 1);
        status = bench_do(world, &bench);
    } while (status == MUSTER_STOPPED && stops < 40);
    assert_int_equal(status, MUSTER_OK);
    assert_true(stops >= 1);
    bench.signal_after = 0;
    if (muster_comm_rank(world) == 0) {
        assert_true(strstr(bench.summary.stopped_because, "stop.regret: of ") != NULL);
        assert_true(bench.summary.state.best - 0.397887 < 0.2);
        bench_attribute(bench.out, "stopped_because", bench.summary.stopped_because);
    }
    char *table = bench_table(bench.out);
    assert_true(bench_rows(table) < 200);
    bench_same(table, bench_reference(study));
    assert_int_equal(bench_do(world, &bench), MUSTER_OK);
    assert_true(bench.summary.nothing_to_do);
    bench_remove(bench.out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_does_not_depend_on_the_layout),
        cmocka_unit_test(a_stop_changes_nothing),
        cmocka_unit_test(a_regret_bound_ends_the_search),
    };
    return bench_run(tests);
}
