/* Every metric against scikit-learn on random cases: ties, absent classes, one class, one row,
 * sure mistakes, several and constant targets. */
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
            double score = muster_metric_find(r->expected[k].metric)->score(&r->scored);
            bool same = isnan(expected) ? isnan(score)
                                        : fabs(score - expected) <= 1e-13 * (1 + fabs(expected));
            if (!same)
                fail_msg("case %zu, %s: %.17g, not %.17g", i, r->expected[k].metric, score,
                         expected);
        }
    }
}

/* No metric is left out of the comparison. */
static void all_metrics(void **state)
{
    (void)state;
    for (size_t m = 0; m < muster_metrics.n; m++) {
        size_t cases = 0;
        for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
            for (size_t k = 0; k < references[i].n_expected; k++)
                cases += muster_metric_find(references[i].expected[k].metric) ==
                         (const struct muster_metric *)muster_metrics.items[m];
        }
        if (cases < 5)
            fail_msg("%s is compared in %zu cases", muster_metrics.items[m]->name, cases);
    }
}

static void confusion(void **state)
{
    (void)state;
    int64_t counts[25];
    muster_metric_confusion(&references[2].scored, counts);
    for (size_t i = 0; i < 25; i++)
        assert_int_equal(counts[i], confusion_2[i]);
}

int main(void)
{
    (void)roc_0;
    (void)pr_0;
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_cases), cmocka_unit_test(all_metrics),
                                       cmocka_unit_test(confusion)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
