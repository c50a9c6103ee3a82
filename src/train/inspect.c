/* Folds looked at before anything is trained: classes that a fold validates on without training on
 * them are warned of, and a metric that no prediction could be scored by is refused, or warned of
 * where it is only reported. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "train_impl.h"

/* Room for one fold at a time. */
struct inspection {
    const struct muster_trainer *trainer; /* borrowed */
    size_t outputs, rows, most;           /* most: rows that a fold validates on */
    int64_t *train;                       /* owned: row numbers of the largest training part */
    int32_t *classes;                     /* owned, [most]; NULL: none */
    float *values, *neutral;              /* owned, [most][outputs] */
    int64_t *all, *in, *out; /* [outputs] rows of each class or label; one block owned by all */
};

static enum muster_status inspection_make(const struct muster_trainer *trainer,
                                          struct inspection *in)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_data_info *info = trainer_info(trainer);
    size_t train;
    *in = (struct inspection){.trainer = trainer, .outputs = info->outputs, .rows = info->rows};
    folds_largest(trainer->folds, &train, &in->most);
    MUSTER_NEW(in->train, train);
    MUSTER_NEW(in->all, 3 * in->outputs);
    in->in = in->all + in->outputs;
    in->out = in->in + in->outputs;
    if (info->classification)
        MUSTER_NEW(in->classes, in->most);
    else
        MUSTER_NEW(in->values, in->most * in->outputs);
    MUSTER_NEW(in->neutral, in->most * in->outputs);
    for (size_t i = 0; i < in->most * in->outputs; i++)
        in->neutral[i] = 1.0f / (float)in->outputs;
done:
    return status;
}

static void inspection_clear(struct inspection *in)
{
    muster_free(in->train);
    muster_free(in->classes);
    muster_free(in->values);
    muster_free(in->neutral);
    muster_free(in->all);
}

/* Leaves the targets of the last `most` rows behind, too. */
static void count(struct inspection *in, const int64_t *rows, size_t n, int64_t *counts)
{
    memset(counts, 0, in->outputs * sizeof *counts);
    for (size_t first = 0; first < n; first += in->most) {
        const size_t some = n - first < in->most ? n - first : in->most;
        muster_data_targets(in->trainer->data, rows + first, some, in->classes, in->values);
        for (size_t i = 0; i < some && in->classes != NULL; i++)
            counts[in->classes[i]]++;
        for (size_t i = 0; i < some * in->outputs && in->classes == NULL; i++)
            counts[i % in->outputs] += in->values[i] > 0;
    }
}

/* What fold k trains on is all but what it validates on, save where time has an order. */
static void count_fold(struct inspection *in, size_t k)
{
    const struct muster_folds *folds = in->trainer->folds;
    const size_t trains = muster_folds_train(folds, k, NULL);
    size_t n;
    const int64_t *valid = muster_folds_valid(folds, k, &n);
    if (trains + n < in->rows) {
        muster_folds_train(folds, k, in->train);
        count(in, in->train, trains, in->in);
    }
    count(in, valid, n, in->out);
    for (size_t c = 0; c < in->outputs && trains + n == in->rows; c++)
        in->in[c] = in->all[c] - in->out[c];
}

/* "class 3 (owl)" */
static const char *class_text(const struct inspection *in, size_t c, char out[128])
{
    size_t n;
    const char *const *names = muster_data_class_names(in->trainer->data, &n);
    const char *name = names != NULL && c < n ? names[c] : "";
    snprintf(out, 128, "%s %zu%s%s%s", trainer_info(in->trainer)->multi_label ? "label" : "class",
             c, *name ? " (" : "", name, *name ? ")" : "");
    return out;
}

/* Where a validated class is not trained on. */
struct gap {
    size_t folds, k, c;
    int64_t rows;
};

static void find_gap(const struct inspection *in, size_t k, struct gap *gap)
{
    for (size_t c = 0; c < in->outputs; c++) {
        if (in->out[c] == 0 || in->in[c] > 0)
            continue;
        if (gap->folds++ == 0)
            *gap = (struct gap){1, k, c, in->out[c]};
        return;
    }
}

static void warn_of_gap(const struct inspection *in, const struct gap *gap)
{
    char text[128];
    const struct muster_study *study = in->trainer->study;
    if (gap->folds > 0)
        muster_log(
            MUSTER_WARNINGS,
            "%s: validate.folds: %zu of %zu folds validate on classes that they do not train "
            "on; fold %zu on %lld row%s of %s (groups, the order of time or validate.stratify: "
            "false keep them together)",
            muster_study_place(study, "validate.folds"), gap->folds,
            muster_trainer_folds(in->trainer), gap->k + 1, (long long)gap->rows,
            gap->rows == 1 ? "" : "s", class_text(in, gap->c, text));
}

/* True where metric m has no value on fold k, whose targets are at hand, whatever is predicted. */
static bool undefined(const struct inspection *in, size_t m, size_t n)
{
    const struct muster_scored scored = {.n = n,
                                         .outputs = in->outputs,
                                         .classes = in->classes,
                                         .targets = in->values,
                                         .prediction = in->neutral};
    return !pools(in->trainer, m) && isnan(muster_metric_score(in->trainer->metrics[m], &scored));
}

static enum muster_status complain(const struct inspection *in, size_t m, size_t k, size_t n)
{
    const char *name = in->trainer->metrics[m]->plugin.name;
    const char *path = m == 0 ? "validate.metric" : "validate.report";
    char text[128], why[256];
    size_t c = 0;
    while (in->classes != NULL && c + 1 < in->outputs && in->out[c] == 0)
        c++;
    if (n == 1)
        snprintf(why, sizeof why, "which has one row");
    else if (in->classes != NULL)
        snprintf(why, sizeof why, "whose %zu rows are all of %s", n, class_text(in, c, text));
    else
        snprintf(why, sizeof why, "whose %zu rows do not differ", n);
    if (m > 0) {
        muster_log(MUSTER_WARNINGS, "%s: %s: %s is undefined on fold %zu, %s: nan stands for it",
                   muster_study_place(in->trainer->study, path), path, name, k + 1, why);
        return MUSTER_OK;
    }
    return muster_error(MUSTER_BAD_STUDY,
                        "%s: %s: %s is undefined on fold %zu, %s (fewer folds, or another metric)",
                        muster_study_place(in->trainer->study, path), path, name, k + 1, why);
}

/* Each metric is complained of once. */
static enum muster_status check_metrics(const struct inspection *in, size_t k, size_t n, bool *said)
{
    enum muster_status status = MUSTER_OK;
    for (size_t m = 0; m < in->trainer->n_metrics; m++) {
        if (said[m] || !undefined(in, m, n))
            continue;
        said[m] = true;
        MUSTER_TRY(complain(in, m, k, n));
    }
done:
    return status;
}

enum muster_status folds_inspect(const struct muster_trainer *trainer)
{
    enum muster_status status;
    struct inspection in = {0};
    struct gap gap = {0};
    bool *said = NULL;
    size_t n;
    if (trainer_task(trainer) == MUSTER_NEXT_TOKEN) /* a row has no class */
        return MUSTER_OK;
    MUSTER_TRY(inspection_make(trainer, &in));
    MUSTER_NEW(said, trainer->n_metrics);
    count(&in, muster_data_rows(trainer->data), in.rows, in.all);
    for (size_t k = 0; k < muster_trainer_folds(trainer); k++) {
        count_fold(&in, k);
        if (trainer_task(trainer) != MUSTER_REGRESSION)
            find_gap(&in, k, &gap);
        muster_folds_valid(trainer->folds, k, &n);
        MUSTER_TRY(check_metrics(&in, k, n, said));
    }
    warn_of_gap(&in, &gap);
done:
    inspection_clear(&in);
    muster_free(said);
    return status;
}
