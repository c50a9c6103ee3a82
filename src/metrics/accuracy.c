/* Accuracy, Hamming loss, balanced accuracy and Matthews' correlation, from counts of rows. */
#include "metrics/metrics_impl.h"

#include <math.h>

static double accuracy(const struct muster_scored *scored)
{
    int64_t hits = 0;
    for (size_t i = 0; i < scored->n; i++)
        hits += muster_metric_guess(scored, i) == (size_t)scored->classes[i];
    return (double)hits / (double)scored->n;
}

static bool all_right(const struct muster_scored *scored, size_t i)
{
    for (size_t c = 0; c < scored->outputs; c++)
        if (muster_metric_is(scored, i, c) != muster_metric_says(scored, i, c))
            return false;
    return true;
}

/* Of rows whose labels are all right, as scikit-learn's (subset accuracy). */
static double accuracy_of_labels(const struct muster_scored *scored)
{
    int64_t hits = 0;
    for (size_t i = 0; i < scored->n; i++)
        hits += all_right(scored, i);
    return (double)hits / (double)scored->n;
}

static double hamming_loss(const struct muster_scored *scored)
{
    return 1 - accuracy(scored);
}

static double hamming_loss_of_labels(const struct muster_scored *scored)
{
    int64_t wrong = 0;
    for (size_t i = 0; i < scored->n; i++)
        for (size_t c = 0; c < scored->outputs; c++)
            wrong += muster_metric_is(scored, i, c) != muster_metric_says(scored, i, c);
    return (double)wrong / (double)(scored->n * scored->outputs);
}

/* Mean recall over the classes that have rows. */
static double balanced_accuracy(const struct muster_scored *scored)
{
    struct tally tally;
    if (!tally_fill(&tally, scored))
        return NAN;
    double sum = 0;
    size_t present = 0;
    for (size_t c = 0; c < tally.classes; c++) {
        if (tally.truth[c] > 0) {
            sum += (double)tally.hit[c] / (double)tally.truth[c];
            present++;
        }
    }
    tally_clear(&tally);
    return sum / (double)present;
}

/* Gorodkin, Comput. Biol. Chem. 28 (2004), from the margins of the confusion matrix; 0 where truth
 * or prediction knows one class only. */
static double mcc(const struct muster_scored *scored)
{
    struct tally tally;
    if (!tally_fill(&tally, scored))
        return NAN;
    double n = (double)scored->n, both = (double)tally.hits * n, truth = n * n, guess = n * n;
    for (size_t c = 0; c < tally.classes; c++) {
        double t = (double)tally.truth[c], g = (double)tally.guess[c];
        both -= t * g;
        truth -= t * t;
        guess -= g * g;
    }
    tally_clear(&tally);
    return truth > 0 && guess > 0 ? both / sqrt(truth * guess) : 0;
}

const struct muster_metric muster_metric_accuracy = {
    {.name = "accuracy", .help = "share of rows with the right class, or all labels right"},
    .maximize = true,
    .classification = true,
    .score = accuracy,
    .labels = accuracy_of_labels};

const struct muster_metric muster_metric_hamming_loss = {
    {.name = "hamming_loss", .help = "share of wrong classes, or of labels that are wrong"},
    .classification = true,
    .score = hamming_loss,
    .labels = hamming_loss_of_labels};

const struct muster_metric muster_metric_balanced_accuracy = {
    {.name = "balanced_accuracy", .help = "mean recall over the classes that have rows"},
    .maximize = true,
    .classification = true,
    .pooled = true,
    .score = balanced_accuracy};

const struct muster_metric muster_metric_mcc = {
    {.name = "mcc", .help = "Matthews correlation of truth and prediction, -1 to 1"},
    .maximize = true,
    .classification = true,
    .pooled = true,
    .score = mcc};
