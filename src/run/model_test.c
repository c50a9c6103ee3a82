/* `/best/test` of the result file: the refitted network's one look at the rows that were held out.
 */
#include <stdio.h>
#include <string.h>

#include "muster/data.h"
#include "run/run_impl.h"

/* Curves are written for at most so many classes. */
enum { CURVE_CLASSES = 100 };

static const struct muster_data *data_of(const struct run_draft *draft)
{
    return muster_trainer_data(muster_objective_trainer(draft->job->objective));
}

/* The held-out rows as the metrics see them, and room for what is derived. */
struct exam {
    const struct run_draft *draft;
    const struct muster_data_info *info;
    size_t n;
    int32_t *classes; /* owned; NULL for regression */
    float *values;    /* owned; NULL where there are classes */
    int64_t *labels;  /* owned, [n] */
    struct muster_scored scored;
};

static enum muster_status exam_open(const struct run_draft *draft, const struct muster_refit *refit,
                                    struct exam *exam)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_data *data = data_of(draft);
    exam->draft = draft;
    exam->info = muster_data_info(data);
    exam->n = refit->test_rows;
    if (exam->info->classification) {
        MUSTER_NEW(exam->classes, exam->n);
        MUSTER_NEW(exam->labels, exam->n);
    } else {
        MUSTER_NEW(exam->values, exam->n * exam->info->outputs);
    }
    muster_data_targets(data, muster_data_test_rows(data), exam->n, exam->classes, exam->values);
    exam->scored = (struct muster_scored){.n = exam->n,
                                          .outputs = exam->info->outputs,
                                          .classes = exam->classes,
                                          .targets = exam->values,
                                          .prediction = refit->test_prediction};
done:
    return status;
}

static void exam_close(struct exam *exam)
{
    muster_free(exam->classes);
    muster_free(exam->values);
    muster_free(exam->labels);
}

static void write_metrics(const struct run_draft *draft, const struct muster_refit *refit)
{
    const struct muster_objective_info *info = draft->book->info;
    for (size_t m = 0; m < info->metrics; m++) {
        char path[256];
        snprintf(path, sizeof path, "/best/test/%s", info->metric_names[m]);
        muster_file_array(draft->file, path, MUSTER_F64, 0, NULL, &refit->test_metrics[m], false);
    }
}

/* Row numbers as users count: in /x, or from 0 in a test part of its own. */
static enum muster_status write_row_numbers(const struct run_draft *draft, size_t n)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_data *data = data_of(draft);
    const int64_t first = muster_data_info(data)->test_official ? muster_data_first_test(data) : 0;
    int64_t *rows = NULL;
    MUSTER_NEW(rows, n);
    for (size_t i = 0; i < n; i++)
        rows[i] = muster_data_test_rows(data)[i] - first;
    muster_file_array(draft->file, "/best/test/rows", MUSTER_I64, 1, &n, rows, true);
done:
    muster_free(rows);
    return status;
}

static void write_values(const struct exam *exam)
{
    size_t dims[2] = {exam->n, exam->info->outputs}, rank = exam->info->outputs > 1 ? 2 : 1;
    struct muster_file *file = exam->draft->file;
    muster_file_array(file, "/best/test/target", MUSTER_F32, rank, dims, exam->values, true);
    muster_file_array(file, "/best/test/prediction", MUSTER_F32, rank, dims,
                      exam->scored.prediction, true);
}

int64_t run_winner(const float *probability, size_t classes)
{
    size_t best = 0;
    for (size_t c = 1; c < classes; c++)
        if (probability[c] > probability[best])
            best = c;
    return (int64_t)best;
}

/* A label is predicted by a probability above 1/2. */
static enum muster_status write_flags(const struct exam *exam)
{
    enum muster_status status = MUSTER_OK;
    const size_t dims[2] = {exam->n, exam->info->outputs}, counts[3] = {dims[1], 2, 2};
    struct muster_file *file = exam->draft->file;
    int64_t *flags = NULL;
    MUSTER_NEW(flags, (dims[0] > 4 ? dims[0] : 4) * dims[1]);
    for (size_t i = 0; i < dims[0] * dims[1]; i++)
        flags[i] = exam->values[i] > 0;
    muster_file_array(file, "/best/test/target", MUSTER_I64, 2, dims, flags, true);
    for (size_t i = 0; i < dims[0] * dims[1]; i++)
        flags[i] = muster_metric_says(&exam->scored, i / dims[1], i % dims[1]);
    muster_file_array(file, "/best/test/prediction", MUSTER_I64, 2, dims, flags, true);
    muster_file_array(file, "/best/test/probability", MUSTER_F32, 2, dims, exam->scored.prediction,
                      true);
    muster_metric_confusions(&exam->scored, flags);
    muster_file_array(file, "/best/test/confusion", MUSTER_I64, 3, counts, flags, true);
done:
    muster_free(flags);
    return status;
}

static void write_labels(const struct exam *exam)
{
    size_t dims[2] = {exam->n, exam->info->outputs};
    struct muster_file *file = exam->draft->file;
    for (size_t i = 0; i < exam->n; i++)
        exam->labels[i] = exam->classes[i];
    muster_file_array(file, "/best/test/target", MUSTER_I64, 1, dims, exam->labels, true);
    for (size_t i = 0; i < exam->n; i++)
        exam->labels[i] = run_winner(exam->scored.prediction + i * dims[1], dims[1]);
    muster_file_array(file, "/best/test/prediction", MUSTER_I64, 1, dims, exam->labels, true);
    muster_file_array(file, "/best/test/probability", MUSTER_F32, 2, dims, exam->scored.prediction,
                      true);
}

static enum muster_status write_confusion(const struct exam *exam)
{
    enum muster_status status = MUSTER_OK;
    size_t dims[2] = {exam->info->outputs, exam->info->outputs};
    int64_t *counts;
    MUSTER_NEW(counts, dims[0] * dims[1]);
    muster_metric_confusion(&exam->scored, counts);
    muster_file_array(exam->draft->file, "/best/test/confusion", MUSTER_I64, 2, dims, counts, true);
    muster_free(counts);
done:
    return status;
}

/* ---- precision-recall and ROC curves --------------------------------------------------------- */

static const struct {
    const char *path;
    enum muster_status (*compute)(const struct muster_scored *scored, size_t positive,
                                  double *curve, size_t *m);
} curve_kinds[] = {{"/best/test/pr_curve", muster_metric_pr_curve},
                   {"/best/test/roc_curve", muster_metric_roc_curve}};
enum { N_CURVE_KINDS = sizeof curve_kinds / sizeof *curve_kinds };

/* The dataset of one class: named by its name, or its number; a name may hold no slash. */
static void name_curve(const struct exam *exam, const char *group, size_t class, char *path,
                       size_t size)
{
    size_t n, at = strlen(group) + 1;
    const char *const *names = muster_data_class_names(data_of(exam->draft), &n);
    if (exam->info->outputs == 2 && exam->info->classification)
        snprintf(path, size, "%s", group);
    else if (names == NULL || class >= n || names[class][0] == '\0' || names[class][0] == '.')
        snprintf(path, size, "%s/%zu", group, class);
    else {
        snprintf(path, size, "%s/%s", group, names[class]);
        for (char *c = path + at; *c != '\0'; c++)
            if (*c == '/')
                *c = '_';
    }
}

static enum muster_status write_test_curves(const struct exam *exam)
{
    enum muster_status status = MUSTER_OK;
    const bool two = exam->info->outputs == 2 && exam->info->classification;
    size_t first = two, last = exam->info->outputs;
    double *curve = NULL;
    if (last > CURVE_CLASSES)
        return MUSTER_OK;
    MUSTER_NEW(curve, (exam->n + 1) * 3);
    for (size_t class = first; class < last; class ++)
        for (size_t kind = 0; kind < N_CURVE_KINDS; kind++) {
            char path[256];
            size_t dims[2] = {0, 3};
            MUSTER_TRY(curve_kinds[kind].compute(&exam->scored, class, curve, &dims[0]));
            name_curve(exam, curve_kinds[kind].path, class, path, sizeof path);
            muster_file_array(exam->draft->file, path, MUSTER_F64, 2, dims, curve, true);
        }
done:
    muster_free(curve);
    return status;
}

static enum muster_status write_rows(const struct run_draft *draft,
                                     const struct muster_refit *refit, struct exam *exam)
{
    enum muster_status status = MUSTER_OK;
    MUSTER_TRY(exam_open(draft, refit, exam));
    if (exam->info->classification) {
        write_labels(exam);
        MUSTER_TRY(write_confusion(exam));
        MUSTER_TRY(write_test_curves(exam));
    } else if (exam->info->multi_label) {
        MUSTER_TRY(write_flags(exam));
        MUSTER_TRY(write_test_curves(exam));
    } else {
        write_values(exam);
    }
done:
    return status;
}

enum muster_status run_file_test(const struct run_draft *draft, const struct muster_refit *refit)
{
    enum muster_status status;
    struct exam exam = {0};
    if (refit->test_rows == 0)
        return MUSTER_OK;
    write_metrics(draft, refit);
    status = write_row_numbers(draft, refit->test_rows);
    if (status != MUSTER_OK)
        return status;
    if (muster_data_info(data_of(draft))->next_token)
        status = run_file_tokens(draft->file, data_of(draft), refit);
    else
        status = write_rows(draft, refit, &exam);
    exam_close(&exam);
    return status;
}
