/* metrics: scores as pure functions on arrays, by scikit-learn's definitions of the same names. */
#ifndef MUSTER_METRICS_H
#define MUSTER_METRICS_H

#include "muster/base.h"

extern const struct muster_registry muster_metrics;
extern const struct muster_option muster_metric_bounds[]; /* constraints.NAME, for each of them */

/* What a metric looks at. Classification: classes and probabilities; several labels a row: flags
 * and probabilities; regression: values. */
struct muster_scored {
    size_t n;               /* rows, > 0 */
    size_t outputs;         /* classes, labels, or targets a row */
    const int32_t *classes; /* [n]; NULL unless a row is of one class */
    const float *targets;   /* [n][outputs]: values, or 0 and 1; NULL where there are classes */
    const float
        *prediction;   /* [n][outputs]: probabilities (of classes: rows sum to 1), or values */
    double flops;      /* counted operations of the training that led here */
    size_t parameters; /* trained numbers of the network */
    double seconds;    /* that this training took */
};

struct muster_metric {
    struct muster_plugin plugin; /* first */
    bool maximize;
    bool classification, regression; /* tasks it is for */
    /* It says little of a single row: leave-one-out takes it of all folds' predictions together. */
    bool pooled;
    bool measured; /* it differs from run to run */
    /* NaN where the metric is undefined on these rows. */
    double (*score)(const struct muster_scored *scored);
    /* The same for rows with any of several labels; NULL: it is not for them. */
    double (*labels)(const struct muster_scored *scored);
};

/* NULL when there is none of that name. */
const struct muster_metric *muster_metric_find(const char *name);
/* By the function that suits the rows. */
double muster_metric_score(const struct muster_metric *metric, const struct muster_scored *scored);

/* True where row i is of class, or has label, c. */
static inline bool muster_metric_is(const struct muster_scored *scored, size_t i, size_t c)
{
    return scored->classes != NULL ? (size_t)scored->classes[i] == c
                                   : scored->targets[i * scored->outputs + c] > 0.5f;
}
/* True where a label is predicted: by a probability above 1/2. */
static inline bool muster_metric_says(const struct muster_scored *scored, size_t i, size_t c)
{
    return scored->prediction[i * scored->outputs + c] > 0.5f;
}

/* counts [outputs][outputs]: row true class, column predicted (first of equal maxima). */
void muster_metric_confusion(const struct muster_scored *scored, int64_t *counts);

/* counts [outputs][2][2] of each label: row whether it is there, column whether it is predicted, as
 * scikit-learn's multilabel_confusion_matrix. */
void muster_metric_confusions(const struct muster_scored *scored, int64_t *counts);

/* Precision-recall and ROC curve of one label, or class against the rest, as scikit-learn's
 * precision_recall_curve and roc_curve (drop_intermediate false): rows of 3 numbers
 * {precision, recall, threshold} (the last row 1, 0, +inf) and {fpr, tpr, threshold} (the first row
 * 0, 0, +inf). `curve` has room for (n + 1) * 3 numbers; *m rows are written.
 * MUSTER_NO_MEMORY only. */
enum muster_status muster_metric_pr_curve(const struct muster_scored *scored, size_t positive,
                                          double *curve, size_t *m);
enum muster_status muster_metric_roc_curve(const struct muster_scored *scored, size_t positive,
                                           double *curve, size_t *m);

#endif
