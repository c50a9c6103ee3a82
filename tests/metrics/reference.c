/* Every metric against scikit-learn on random cases: ties, absent classes, one class, one row,
 * sure mistakes, several labels a row, of which some stand in none or all, several and constant
 * targets. */
#include <math.h>

#include "../unit.h"
#include "metrics_test.h"
#include "reference.h"

static void all_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
        const struct reference *r = &references[i];
        for (size_t k = 0; k < r->n_expected; k++) {
            double expected = r->expected[k].value;
            double score =
                muster_metric_score(muster_metric_find(r->expected[k].metric), &r->scored);
            bool same = isnan(expected) ? isnan(score)
                                        : fabs(score - expected) <= 1e-13 * (1 + fabs(expected));
            if (!same)
                fail_msg("case %zu, %s: %.17g, not %.17g", i, r->expected[k].metric, score,
                         expected);
        }
    }
}

static size_t cases_of(const struct muster_metric *metric, bool labels)
{
    size_t cases = 0;
    for (size_t i = 0; i < sizeof references / sizeof *references; i++)
        for (size_t k = 0; k < references[i].n_expected; k++)
            cases += muster_metric_find(references[i].expected[k].metric) == metric &&
                     labels == (metric->classification && references[i].scored.classes == NULL);
    return cases;
}

/* No metric is left out of the comparison, but what a network cost, which says nothing of rows. */
static void all_metrics(void **state)
{
    (void)state;
    for (size_t m = 0; m < muster_metrics.n; m++) {
        const struct muster_metric *metric = (const void *)muster_metrics.items[m];
        const bool cost = metric->classification && metric->regression;
        const size_t cases = cases_of(metric, false), labels = cases_of(metric, true);
        if (!cost && (cases < 5 || labels != (metric->labels != NULL ? 6 : 0)))
            fail_msg("%s is compared in %zu cases, %zu of labels", metric->plugin.name, cases,
                     labels);
    }
}

static void confusion(void **state)
{
    (void)state;
    int64_t counts[25];
    muster_metric_confusion(&references[2].scored, counts);
    for (size_t i = 0; i < 25; i++)
        assert_int_equal(counts[i], confusion_2[i]);
    muster_metric_confusions(&references[sizeof references / sizeof *references - 1].scored,
                             counts);
    for (size_t i = 0; i < 12; i++)
        assert_int_equal(counts[i], confusions_last[i]);
}

int main(void)
{
    (void)roc_0;
    (void)pr_0;
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_cases), cmocka_unit_test(all_metrics),
                                       cmocka_unit_test(confusion)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
