/* Top-k accuracy: the share of rows whose class is among the k with the greatest probabilities. As
 * scikit-learn's top_k_accuracy_score, which ranks the last of equal ones first. */
#include "metrics/metrics_impl.h"

/* How many classes rank before row i's. */
static size_t rank_of(const struct muster_scored *scored, size_t i)
{
    const float *p = scored->prediction + i * scored->outputs;
    size_t truth = (size_t)scored->classes[i], before = 0;
    for (size_t c = 0; c < scored->outputs; c++)
        before += p[c] > p[truth] || (p[c] == p[truth] && c > truth);
    return before;
}

static double among(const struct muster_scored *scored, size_t k)
{
    int64_t hits = 0;
    for (size_t i = 0; i < scored->n; i++)
        hits += rank_of(scored, i) < k;
    return (double)hits / (double)scored->n;
}

#define TOP_METRIC(k)                                                                 \
    static double score_##k(const struct muster_scored *scored)                       \
    {                                                                                 \
        return among(scored, k);                                                      \
    }                                                                                 \
    const struct muster_metric muster_metric_top_##k##_accuracy = {                   \
        {.name = "top_" #k "_accuracy",                                               \
         .help = "share of rows whose class is among the " #k " most probable ones"}, \
        .maximize = true,                                                             \
        .classification = true,                                                       \
        .score = score_##k};

TOP_METRIC(3)
TOP_METRIC(5)
