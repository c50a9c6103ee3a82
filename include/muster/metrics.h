/* metrics: scores as pure functions on arrays, by scikit-learn's definitions of the same names. */
#ifndef MUSTER_METRICS_H
#define MUSTER_METRICS_H

#include "muster/base.h"

extern const struct muster_registry muster_metrics;

/* What a metric looks at. Classification: classes and probabilities; regression: values. */
struct muster_scored {
    size_t n;                /* rows, > 0 */
    size_t outputs;          /* classes, or targets a row */
    const int32_t *classes;  /* [n]; NULL for regression */
    const float *targets;    /* [n][outputs]; NULL for classification */
    const float *prediction; /* [n][outputs]: probabilities (rows sum to 1), or values */
};

struct muster_metric {
    struct muster_plugin plugin; /* first */
    bool maximize;
    bool classification, regression; /* tasks it is for */
    /* NaN where the metric is undefined on these rows. */
    double (*score)(const struct muster_scored *scored);
};

/* NULL when there is none of that name. */
const struct muster_metric *muster_metric_find(const char *name);

/* counts [outputs][outputs]: row true class, column predicted (first of equal maxima). */
void muster_metric_confusion(const struct muster_scored *scored, int64_t *counts);

/* Precision-recall and ROC curve of one class against the rest, as scikit-learn's
 * precision_recall_curve and roc_curve (drop_intermediate false): rows of 3 numbers
 * {precision, recall, threshold} (the last row 1, 0, +inf) and {fpr, tpr, threshold} (the first row
 * 0, 0, +inf). `curve` has room for (n + 1) * 3 numbers; *m rows are written.
 * MUSTER_NO_MEMORY only. */
enum muster_status muster_metric_pr_curve(const struct muster_scored *scored, size_t positive,
                                          double *curve, size_t *m);
enum muster_status muster_metric_roc_curve(const struct muster_scored *scored, size_t positive,
                                           double *curve, size_t *m);

#endif
