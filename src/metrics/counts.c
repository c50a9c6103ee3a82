/* Predicted classes and what is counted of them: tallies by class, the confusion matrix. */
#include "metrics/metrics_impl.h"

#include <string.h>

size_t muster_metric_guess(const struct muster_scored *scored, size_t i)
{
    const float *p = scored->prediction + i * scored->outputs;
    size_t best = 0;
    for (size_t c = 1; c < scored->outputs; c++) {
        if (p[c] > p[best])
            best = c;
    }
    return best;
}

static void count_labels(struct tally *tally, const struct muster_scored *scored)
{
    for (size_t i = 0; i < scored->n; i++)
        for (size_t c = 0; c < tally->classes; c++) {
            bool truth = muster_metric_is(scored, i, c), guess = muster_metric_says(scored, i, c);
            tally->truth[c] += truth;
            tally->guess[c] += guess;
            tally->hit[c] += truth && guess;
            tally->hits += truth && guess;
        }
}

bool tally_fill(struct tally *tally, const struct muster_scored *scored)
{
    size_t classes = scored->outputs;
    int64_t *block = muster_alloc(3 * classes, sizeof *block);
    if (block == NULL)
        return false;
    *tally = (struct tally){classes, block, block + classes, block + 2 * classes, 0};
    if (scored->classes == NULL) {
        count_labels(tally, scored);
        return true;
    }
    for (size_t i = 0; i < scored->n; i++) {
        size_t truth = (size_t)scored->classes[i], guess = muster_metric_guess(scored, i);
        tally->truth[truth]++;
        tally->guess[guess]++;
        if (truth == guess) {
            tally->hit[truth]++;
            tally->hits++;
        }
    }
    return true;
}

void tally_clear(struct tally *tally)
{
    muster_free(tally->truth);
    *tally = (struct tally){0};
}

void muster_metric_confusion(const struct muster_scored *scored, int64_t *counts)
{
    size_t classes = scored->outputs;
    memset(counts, 0, classes * classes * sizeof *counts);
    for (size_t i = 0; i < scored->n; i++)
        counts[(size_t)scored->classes[i] * classes + muster_metric_guess(scored, i)]++;
}

void muster_metric_confusions(const struct muster_scored *scored, int64_t *counts)
{
    size_t labels = scored->outputs;
    memset(counts, 0, labels * 4 * sizeof *counts);
    for (size_t i = 0; i < scored->n; i++)
        for (size_t c = 0; c < labels; c++)
            counts[c * 4 + 2 * (size_t)muster_metric_is(scored, i, c) +
                   muster_metric_says(scored, i, c)]++;
}
