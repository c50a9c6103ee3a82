/* What holds for every metric of the list: the right answer is the best one, the direction flag
 * says so, ordinary input has an ordinary score, the order of rows does not matter, nothing is left
 * allocated, and out of memory is NaN. */
#include <math.h>
#include <string.h>

#include "../unit.h"
#include "muster/metrics.h"

enum { N = 60, C = 7, ROUNDS = 20 };

struct rows {
    size_t outputs;
    int32_t classes[N];
    float targets[N * C], prediction[N * C];
};

static double uniform(uint64_t at)
{
    return muster_random_uniform(muster_stream_of(1, -1, -1, MUSTER_FOR_NOISE), at);
}

static struct muster_scored scored_of(const struct rows *rows, const struct muster_metric *metric)
{
    return (struct muster_scored){.n = N,
                                  .outputs = rows->outputs,
                                  .classes = metric->classification ? rows->classes : NULL,
                                  .targets = metric->classification ? NULL : rows->targets,
                                  .prediction = rows->prediction};
}

/* `noise` 0: the prediction is the truth. */
static void make_rows(struct rows *rows, const struct muster_metric *metric, size_t outputs,
                      uint64_t seed, double noise)
{
    rows->outputs = outputs;
    for (size_t i = 0; i < N; i++) {
        double sum = 0;
        float *p = rows->prediction + i * outputs;
        rows->classes[i] = (int32_t)(i % outputs);
        for (size_t c = 0; c < outputs; c++) {
            uint64_t at = (seed * N + i) * C + c;
            rows->targets[i * outputs + c] = (float)(1 + 10 * uniform(at));
            double truth = metric->classification ? c == i % outputs : 10 * uniform(at) + 1;
            p[c] = (float)(truth + noise * uniform(at + 1000000));
            sum += p[c];
        }
        for (size_t c = 0; c < outputs && metric->classification; c++)
            p[c] = (float)(p[c] / sum);
    }
}

static void reverse(struct rows *rows)
{
    struct rows old = *rows;
    size_t o = rows->outputs;
    for (size_t i = 0; i < N; i++) {
        rows->classes[i] = old.classes[N - 1 - i];
        memcpy(rows->targets + i * o, old.targets + (N - 1 - i) * o, o * sizeof(float));
        memcpy(rows->prediction + i * o, old.prediction + (N - 1 - i) * o, o * sizeof(float));
    }
}

static void check(const struct muster_metric *metric, size_t outputs)
{
    struct rows rows;
    make_rows(&rows, metric, outputs, 0, 0);
    struct muster_scored scored = scored_of(&rows, metric);
    double best = metric->score(&scored);
    assert_true(isfinite(best));
    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        make_rows(&rows, metric, outputs, seed, 2);
        double score = metric->score(&scored);
        if (!isfinite(score) || (metric->maximize ? score > best : score < best))
            fail_msg("%s: %g, perfect is %g", metric->plugin.name, score, best);
        reverse(&rows);
        assert_true(fabs(metric->score(&scored) - score) <= 1e-12 * (1 + fabs(score)));
    }
    make_rows(&rows, metric, outputs, 1, 8);
    double poor = metric->score(&scored);
    /* Of a few classes, all are among the best five. */
    assert_true((metric->maximize ? poor < best : poor > best) || (outputs < C && poor == best));
}

/* A row has label c where its target is above the middle. */
static void check_labels(const struct muster_metric *metric)
{
    struct rows rows;
    struct muster_scored scored = {
        .n = N, .outputs = C, .targets = rows.targets, .prediction = rows.prediction};
    rows.outputs = C;
    for (size_t i = 0; i < N * C; i++) {
        rows.targets[i] = uniform(i) > 0.5;
        rows.prediction[i] = rows.targets[i];
    }
    const double best = metric->labels(&scored);
    for (size_t i = 0; i < N * C; i++)
        rows.prediction[i] = (float)((double)rows.prediction[i] * 0.4 + 0.6 * uniform(i + 10000));
    const double poor = metric->labels(&scored);
    assert_true(isfinite(best) && (metric->maximize ? poor < best : poor > best));
    assert_true(muster_metric_score(metric, &scored) == poor);
    reverse(&rows);
    assert_true(fabs(metric->labels(&scored) - poor) <= 1e-12 * (1 + fabs(poor)));
}

static void every_metric(void **state)
{
    (void)state;
    for (size_t m = 0; m < muster_metrics.n; m++) {
        const struct muster_metric *metric = (const void *)muster_metrics.items[m];
        assert_true(metric->classification || metric->regression);
        assert_true(strlen(metric->plugin.help) > 10);
        assert_ptr_equal(muster_metric_find(metric->plugin.name), metric);
        if (metric->classification && metric->regression)
            continue; /* what a network cost */
        for (size_t outputs = metric->classification ? 2 : 1; outputs <= C; outputs++)
            check(metric, outputs);
        if (metric->labels != NULL)
            check_labels(metric);
        assert_int_equal(muster_memory_blocks(), 0);
    }
    assert_null(muster_metric_find("acuracy"));
}

static void costs(void **state)
{
    (void)state;
    const struct muster_scored scored = {.n = 1, .flops = 12e9, .parameters = 345, .seconds = 1.5};
    assert_true(muster_metric_score(muster_metric_find("seconds"), &scored) == 1.5);
    assert_true(muster_metric_score(muster_metric_find("flops"), &scored) == 12e9);
    assert_true(muster_metric_score(muster_metric_find("parameters"), &scored) == 345);
}

static void without_memory(void **state)
{
    (void)state;
    struct rows rows;
    for (size_t m = 0; m < muster_metrics.n; m++) {
        const struct muster_metric *metric = (const void *)muster_metrics.items[m];
        make_rows(&rows, metric, 2, 0, 1);
        struct muster_scored scored = scored_of(&rows, metric);
        double score = metric->score(&scored);
        muster_fault_set("alloc:1", 0);
        double failed = metric->score(&scored);
        muster_fault_set(NULL, 0);
        assert_true(isnan(failed) || failed == score); /* some allocate nothing */
        assert_int_equal(muster_memory_blocks(), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_metric), cmocka_unit_test(costs),
                                       cmocka_unit_test(without_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
