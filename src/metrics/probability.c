/* Scores of probabilities: log loss, its exponential, the Brier score. Of several labels a row: the
 * mean over labels of what each is by itself, a problem of two classes. (scikit-learn's log_loss
 * takes the labels of an indicator matrix for classes, of which a row has one.) */
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

static double log_loss_of_labels(const struct muster_scored *scored)
{
    double loss = 0;
    for (size_t i = 0; i < scored->n * scored->outputs; i++) {
        double p = clip(scored->prediction[i]);
        loss -= log(scored->targets[i] > 0.5f ? p : 1 - p);
    }
    return loss / (double)(scored->n * scored->outputs);
}

/* Jelinek et al., J. Acoust. Soc. Am. 62 (1977): the number of equally likely classes that would be
 * as hard to guess. */
static double perplexity(const struct muster_scored *scored)
{
    return exp(log_loss(scored));
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

static double brier_of_labels(const struct muster_scored *scored)
{
    double sum = 0;
    for (size_t i = 0; i < scored->n * scored->outputs; i++) {
        double miss = (double)scored->prediction[i] - (scored->targets[i] > 0.5f);
        sum += miss * miss;
    }
    return sum / (double)(scored->n * scored->outputs);
}

const struct muster_metric muster_metric_log_loss = {
    {.name = "log_loss", .help = "mean -log of the right class's probability (cross-entropy)"},
    .classification = true,
    .score = log_loss,
    .labels = log_loss_of_labels};

const struct muster_metric muster_metric_perplexity = {
    {.name = "perplexity", .help = "exp(log_loss): as hard as so many equally likely classes"},
    .classification = true,
    .pooled = true,
    .score = perplexity};

const struct muster_metric muster_metric_brier = {
    {.name = "brier", .help = "mean squared error of the probabilities"},
    .classification = true,
    .score = brier,
    .labels = brier_of_labels};
