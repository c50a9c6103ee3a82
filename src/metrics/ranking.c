/* Curves over all thresholds of one class against the rest, and the areas under them. As
 * scikit-learn's roc_curve (drop_intermediate false), precision_recall_curve, roc_auc_score and
 * average_precision_score. For more than two classes the mean over one-vs-rest areas, for several
 * labels over theirs; one without rows, or with all of them, has no area and is left out where
 * scikit-learn refuses. */
#include "metrics/metrics_impl.h"

#include <math.h>
#include <stdlib.h>

/* Rows scored at or above `threshold`; before the sweep, one row each. */
struct step {
    float threshold;
    int64_t positive, negative;
};

struct sweep {
    size_t m;           /* distinct thresholds, falling */
    struct step *steps; /* owned */
};

static int falling(const void *left, const void *right)
{
    float a = ((const struct step *)left)->threshold, b = ((const struct step *)right)->threshold;
    return (a < b) - (a > b);
}

/* A row whose score is not a number ranks last. */
static enum muster_status sweep_make(const struct muster_scored *scored, size_t positive,
                                     struct sweep *sweep)
{
    struct step *steps = muster_alloc(scored->n, sizeof *steps);
    if (steps == NULL)
        return MUSTER_NO_MEMORY;
    for (size_t i = 0; i < scored->n; i++) {
        float score = scored->prediction[i * scored->outputs + positive];
        bool hit = muster_metric_is(scored, i, positive);
        steps[i] = (struct step){isnan(score) ? -INFINITY : score, hit, !hit};
    }
    qsort(steps, scored->n, sizeof *steps, falling);
    size_t last = 0;
    for (size_t i = 1; i < scored->n; i++) {
        struct step row = steps[i];
        if (row.threshold < steps[last].threshold) {
            steps[last + 1] = steps[last];
            last++;
        }
        steps[last].threshold = row.threshold;
        steps[last].positive += row.positive;
        steps[last].negative += row.negative;
    }
    *sweep = (struct sweep){last + 1, steps};
    return MUSTER_OK;
}

static double part(int64_t count, int64_t all, double otherwise)
{
    return all > 0 ? (double)count / (double)all : otherwise;
}

enum muster_status muster_metric_roc_curve(const struct muster_scored *scored, size_t positive,
                                           double *curve, size_t *m)
{
    struct sweep sweep;
    enum muster_status status = sweep_make(scored, positive, &sweep);
    if (status != MUSTER_OK)
        return status;
    struct step all = sweep.steps[sweep.m - 1];
    *m = sweep.m + 1;
    curve[0] = part(0, all.negative, NAN);
    curve[1] = part(0, all.positive, NAN);
    curve[2] = INFINITY;
    for (size_t i = 0; i < sweep.m; i++) {
        double *row = curve + (i + 1) * 3;
        row[0] = part(sweep.steps[i].negative, all.negative, NAN);
        row[1] = part(sweep.steps[i].positive, all.positive, NAN);
        row[2] = sweep.steps[i].threshold;
    }
    muster_free(sweep.steps);
    return MUSTER_OK;
}

enum muster_status muster_metric_pr_curve(const struct muster_scored *scored, size_t positive,
                                          double *curve, size_t *m)
{
    struct sweep sweep;
    enum muster_status status = sweep_make(scored, positive, &sweep);
    if (status != MUSTER_OK)
        return status;
    struct step all = sweep.steps[sweep.m - 1];
    *m = sweep.m + 1;
    for (size_t i = 0; i < sweep.m; i++) {
        struct step step = sweep.steps[sweep.m - 1 - i];
        curve[i * 3] = part(step.positive, step.positive + step.negative, 0);
        curve[i * 3 + 1] = part(step.positive, all.positive, 1);
        curve[i * 3 + 2] = step.threshold;
    }
    double *end = curve + sweep.m * 3;
    end[0] = 1;
    end[1] = 0;
    end[2] = INFINITY;
    muster_free(sweep.steps);
    return MUSTER_OK;
}

/* The area under the ROC curve by trapezoids, which counts a tie as half. */
static double roc_area(const struct sweep *sweep)
{
    struct step all = sweep->steps[sweep->m - 1], before = {0};
    double twice = 0;
    for (size_t i = 0; i < sweep->m; i++) {
        struct step step = sweep->steps[i];
        twice +=
            (double)(step.negative - before.negative) * (double)(step.positive + before.positive);
        before = step;
    }
    return twice / 2 / ((double)all.positive * (double)all.negative);
}

/* Average precision: precision summed over steps of recall, without interpolation. */
static double pr_area(const struct sweep *sweep)
{
    struct step all = sweep->steps[sweep->m - 1], before = {0};
    double area = 0;
    for (size_t i = 0; i < sweep->m; i++) {
        struct step step = sweep->steps[i];
        area += part(step.positive - before.positive, all.positive, 0) *
                part(step.positive, step.positive + step.negative, 0);
        before = step;
    }
    return area;
}

static bool has_nan(const struct muster_scored *scored)
{
    for (size_t i = 0; i < scored->n * scored->outputs; i++) {
        if (isnan(scored->prediction[i]))
            return true;
    }
    return false;
}

static double mean_area(const struct muster_scored *scored, double (*area)(const struct sweep *))
{
    double sum = 0;
    size_t counted = 0;
    if (has_nan(scored))
        return NAN;
    for (size_t c = scored->outputs == 2 && scored->classes != NULL; c < scored->outputs; c++) {
        struct sweep sweep;
        if (sweep_make(scored, c, &sweep) != MUSTER_OK)
            return NAN;
        struct step all = sweep.steps[sweep.m - 1];
        if (all.positive > 0 && all.negative > 0) {
            sum += area(&sweep);
            counted++;
        }
        muster_free(sweep.steps);
    }
    return counted > 0 ? sum / (double)counted : NAN;
}

static double roc_auc(const struct muster_scored *scored)
{
    return mean_area(scored, roc_area);
}

static double pr_auc(const struct muster_scored *scored)
{
    return mean_area(scored, pr_area);
}

const struct muster_metric muster_metric_roc_auc = {
    {.name = "roc_auc", .help = "area under the ROC curve; mean one-vs-rest for several classes"},
    .maximize = true,
    .classification = true,
    .pooled = true,
    .score = roc_auc,
    .labels = roc_auc};

const struct muster_metric muster_metric_pr_auc = {
    {.name = "pr_auc", .help = "average precision; mean one-vs-rest for several classes"},
    .maximize = true,
    .classification = true,
    .pooled = true,
    .score = pr_auc,
    .labels = pr_auc};
