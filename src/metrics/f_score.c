/* Precision, recall and F1: of class 1 where there are two classes, else the mean over classes;
 * `macro_` and `micro_` choose the mean over classes and the pooled counts. As scikit-learn's, with
 * zero_division = 0 and, for the mean, the classes that occur in truth or prediction. Of several
 * labels a row, as scikit-learn's of indicator matrices: the mean over all labels, or pooled. */
#include "metrics/metrics_impl.h"

#include <math.h>

enum average { BY_CLASSES, MACRO, MICRO };

typedef double ratio(int64_t hit, int64_t truth, int64_t guess);

static double share(int64_t part, int64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

static double precision(int64_t hit, int64_t truth, int64_t guess)
{
    (void)truth;
    return share(hit, guess);
}

static double recall(int64_t hit, int64_t truth, int64_t guess)
{
    (void)guess;
    return share(hit, truth);
}

static double f1(int64_t hit, int64_t truth, int64_t guess)
{
    return share(2 * hit, truth + guess);
}

static double mean_ratio(const struct tally *tally, ratio *of, bool all)
{
    double sum = 0;
    size_t present = 0;
    for (size_t c = 0; c < tally->classes; c++) {
        if (all || tally->truth[c] + tally->guess[c] > 0) {
            sum += of(tally->hit[c], tally->truth[c], tally->guess[c]);
            present++;
        }
    }
    return sum / (double)present;
}

static int64_t total(const struct tally *tally, const int64_t *counts)
{
    int64_t sum = 0;
    for (size_t c = 0; c < tally->classes; c++)
        sum += counts[c];
    return sum;
}

static double average_of(const struct muster_scored *scored, ratio *of, enum average how)
{
    struct tally tally;
    const bool labels = scored->classes == NULL;
    if (!tally_fill(&tally, scored))
        return NAN;
    double score;
    if (how == MICRO)
        score = of(tally.hits, total(&tally, tally.truth), total(&tally, tally.guess));
    else if (how == BY_CLASSES && tally.classes == 2 && !labels)
        score = of(tally.hit[1], tally.truth[1], tally.guess[1]);
    else
        score = mean_ratio(&tally, of, labels);
    tally_clear(&tally);
    return score;
}

#define RATIO_METRIC(id, of, how, text)                                                           \
    static double score_##id(const struct muster_scored *s)                                       \
    {                                                                                             \
        return average_of(s, of, how);                                                            \
    }                                                                                             \
    const struct muster_metric muster_metric_##id = {                                             \
        {.name = #id, .help = text}, .maximize = true,    .classification = true, .pooled = true, \
        .score = score_##id,         .labels = score_##id};

RATIO_METRIC(precision, precision, BY_CLASSES,
             "precision of class 1, or the mean over more than two classes")
RATIO_METRIC(recall, recall, BY_CLASSES,
             "recall of class 1, or the mean over more than two classes")
RATIO_METRIC(f1, f1, BY_CLASSES, "F1 of class 1, or the mean over more than two classes")
RATIO_METRIC(macro_precision, precision, MACRO, "mean precision over classes")
RATIO_METRIC(macro_recall, recall, MACRO, "mean recall over classes")
RATIO_METRIC(macro_f1, f1, MACRO, "mean F1 over classes")
RATIO_METRIC(micro_precision, precision, MICRO, "precision of the counts of all classes together")
RATIO_METRIC(micro_recall, recall, MICRO, "recall of the counts of all classes together")
RATIO_METRIC(micro_f1, f1, MICRO, "F1 of the counts of all classes together")
