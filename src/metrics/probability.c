/* Scores of probabilities: log loss and the Brier score. */
#include "metrics/metrics_impl.h"

#include <float.h>
#include <math.h>

/* Keeps NaN, which fmin and fmax would drop. */
static double clip(double p)
{
    const double low = FLT_EPSILON;
    return p < low ? low : p > 1 - low ? 1 - low : p;
}

/* As scikit-learn 1.2 on float32 probabilities: clipped to [eps, 1 - eps] with the eps of float32
 * (1.19e-7), so that a sure mistake costs 15.9, and divided by their sum; but summed in double. */
static double log_loss(const struct muster_scored *scored)
{
    double loss = 0;
    for (size_t i = 0; i < scored->n; i++) {
        const float *p = scored->prediction + i * scored->outputs;
        double sum = 0;
        for (size_t c = 0; c < scored->outputs; c++)
            sum += clip(p[c]);
        loss -= log(clip(p[scored->classes[i]]) / sum);
    }
    return loss / (double)scored->n;
}

/* Brier, Monthly Weather Review 78 (1950): squared distance from the one-hot truth, summed over
 * classes; for two classes the half of it, (p1 - y)^2, as scikit-learn's brier_score_loss. */
static double brier(const struct muster_scored *scored)
{
    double sum = 0;
    for (size_t i = 0; i < scored->n; i++) {
        const float *p = scored->prediction + i * scored->outputs;
        size_t truth = (size_t)scored->classes[i];
        for (size_t c = scored->outputs == 2; c < scored->outputs; c++) {
            double miss = (double)p[c] - (c == truth);
            sum += miss * miss;
        }
    }
    return sum / (double)scored->n;
}

const struct muster_metric muster_metric_log_loss = {
    {.name = "log_loss", .help = "mean -log of the right class's probability (cross-entropy)"},
    .classification = true,
    .score = log_loss};

const struct muster_metric muster_metric_brier = {
    {.name = "brier", .help = "mean squared error of the probabilities"},
    .classification = true,
    .score = brier};
