/* The expected calibration error (Guo et al., On Calibration of Modern Neural Networks, ICML 2017):
 * rows are put into 15 bins of equal width by the probability of the class that is predicted; the
 * mean over rows of the distance, in their bin, between the mean of these probabilities and the
 * share of right classes. */
#include "metrics/metrics_impl.h"

#include <math.h>

enum { BINS = 15 };

struct bin {
    int64_t right;
    double sure; /* sum of probabilities */
};

/* Bins are open below and closed above, as in the paper. */
static size_t bin_of(double p)
{
    double bin = ceil(p * BINS) - 1;
    return bin < 0 ? 0 : bin < BINS ? (size_t)bin : BINS - 1;
}

static double ece(const struct muster_scored *scored)
{
    struct bin bins[BINS] = {0};
    double sum = 0;
    for (size_t i = 0; i < scored->n; i++) {
        size_t guess = muster_metric_guess(scored, i);
        double p = scored->prediction[i * scored->outputs + guess];
        if (isnan(p))
            return NAN;
        struct bin *bin = &bins[bin_of(p)];
        bin->right += guess == (size_t)scored->classes[i];
        bin->sure += p;
    }
    for (size_t b = 0; b < BINS; b++)
        sum += fabs((double)bins[b].right - bins[b].sure);
    return sum / (double)scored->n;
}

const struct muster_metric muster_metric_ece = {
    {.name = "ece", .help = "expected calibration error, by 15 bins of the winning probability"},
    .classification = true,
    .pooled = true,
    .score = ece};
