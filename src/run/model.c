/* `/best/model` and `/best/test` of the result file: the refitted network with its preparation, and
 * its one look at the rows that were held out. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "muster/data.h"
#include "muster/nn.h"
#include "run/run_impl.h"

/* Curves are written for at most so many classes. */
enum { CURVE_CLASSES = 100 };

static const struct muster_data *data_of(const struct run_draft *draft)
{
    return muster_trainer_data(muster_objective_trainer(draft->job->objective));
}

/* ---- model
 * ------------------------------------------------------------------------------------------ */

static enum muster_status write_layer(const struct run_draft *draft, const struct muster_net *net,
                                      size_t layer)
{
    enum muster_status status = MUSTER_OK;
    char path[128];
    struct muster_net_array array;
    snprintf(path, sizeof path, "/best/model/%02zu-%s", layer, muster_net_layer_kind(net, layer));
    muster_file_group(draft->file, path);
    if (muster_net_layer_gates(net, layer) != NULL)
        muster_file_attr_text(draft->file, path, "gates", muster_net_layer_gates(net, layer));
    for (size_t i = 0; muster_net_layer_array(net, layer, i, &array); i++) {
        char name[192];
        float *values;
        size_t n = 1;
        for (size_t r = 0; r < array.rank; r++)
            n *= array.dims[r];
        MUSTER_NEW(values, n);
        muster_net_layer_read(net, layer, i, values);
        snprintf(name, sizeof name, "%s/%s", path, array.name);
        muster_file_array(draft->file, name, MUSTER_F32, array.rank, array.dims, values, false);
        muster_free(values);
    }
done:
    return status;
}

/* How a row of the file becomes one of `mean` and `scale`, where it is not the row as it stands. */
static void write_columns(const struct run_draft *draft, const struct muster_prep *prep)
{
    const struct muster_data_columns *columns = muster_data_columns(data_of(draft));
    struct muster_file *file = draft->file;
    if (columns == NULL)
        return;
    muster_file_attr_text(
        file, "/best/model/input", "columns",
        "columns without levels, gaps filled; one column for each level of the "
        "others with at most one_hot, 1 where the row has it; one for each column with an "
        "indicator, 1 where it is missing; columns of more levels as codes, -1 where missing");
    muster_file_attr_i64(file, "/best/model/input", "one_hot", (int64_t)columns->one_hot);
    muster_file_array(file, "/best/model/input/fill", MUSTER_F64, 1, &columns->n,
                      muster_prep_fill(prep), false);
    muster_file_array(file, "/best/model/input/levels", MUSTER_I64, 1, &columns->n, columns->levels,
                      false);
    muster_file_array(file, "/best/model/input/indicator", MUSTER_U8, 1, &columns->n, columns->gaps,
                      false);
    muster_file_strings(file, "/best/model/input/names", columns->names, columns->width);
}

/* The shape of a row as it stands in the file, channels last. */
static void write_shape(const struct run_draft *draft)
{
    const struct muster_data_info *info = muster_data_info(data_of(draft));
    const struct muster_data_columns *columns = muster_data_columns(data_of(draft));
    int64_t shape[3] = {0};
    for (size_t i = 0; i < info->rank; i++)
        shape[i] = (int64_t)(columns != NULL ? columns->n : info->dims[i]);
    muster_file_array(draft->file, "/best/model/input/shape", MUSTER_I64, 1, &info->rank, shape,
                      false);
}

/* What the tokens of a row stand for. */
static void write_words(const struct run_draft *draft)
{
    const struct muster_data_info *info = muster_data_info(data_of(draft));
    size_t n;
    const char *const *words = muster_data_words(data_of(draft), &n);
    const int64_t *codes = muster_data_word_codes(data_of(draft), &n);
    if (info->vocabulary == 0)
        return;
    muster_file_attr_i64(draft->file, "/best/model", "vocabulary", (int64_t)info->vocabulary);
    if (words != NULL)
        muster_file_strings(draft->file, "/best/model/vocabulary", words, n);
    if (codes != NULL)
        muster_file_array(draft->file, "/best/model/vocabulary", MUSTER_I64, 1, &n, codes, true);
}

static void write_input(const struct run_draft *draft, const struct muster_refit *refit)
{
    const struct muster_data_info *info = muster_data_info(data_of(draft));
    size_t outputs = info->outputs;
    muster_file_attr_text(draft->file, "/best/model/input", "kind", info->scale);
    if (info->rank > 1)
        muster_file_attr_text(draft->file, "/best/model/input", "of",
                              "mean and scale are of channels, repeated for every step or pixel");
    muster_file_attr_i64(draft->file, "/best/model/input", "lengths", info->lengths);
    write_words(draft);
    muster_file_array(draft->file, "/best/model/input/mean", MUSTER_F64, 1, &info->width,
                      muster_prep_mean(refit->prep), false);
    muster_file_array(draft->file, "/best/model/input/scale", MUSTER_F64, 1, &info->width,
                      muster_prep_scale(refit->prep), false);
    write_shape(draft);
    write_columns(draft, refit->prep);
    if (refit->target_mean == NULL)
        return;
    muster_file_array(draft->file, "/best/model/output/mean", MUSTER_F64, 1, &outputs,
                      refit->target_mean, false);
    muster_file_array(draft->file, "/best/model/output/scale", MUSTER_F64, 1, &outputs,
                      refit->target_scale, false);
}

enum muster_status run_file_model(const struct run_draft *draft, const struct muster_refit *refit)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_data_info *info = muster_data_info(data_of(draft));
    struct muster_text layers = {0};
    size_t n_names;
    const char *const *names = muster_data_class_names(data_of(draft), &n_names);
    muster_config_layers_yaml(&refit->config, &layers);
    MUSTER_TRY(layers.failed ? MUSTER_NO_MEMORY : MUSTER_OK);
    muster_file_attr_text(draft->file, "/best/model", "layers",
                          layers.data != NULL ? layers.data : "");
    muster_file_attr_text(draft->file, "/best/model", "task",
                          info->next_token       ? "next_token"
                          : info->classification ? "classification"
                          : info->multi_label    ? "multi_label"
                                                 : "regression");
    muster_file_attr_i64(draft->file, "/best/model", "outputs", (int64_t)info->outputs);
    muster_file_attr_i64(draft->file, "/best/model", "epochs", refit->epochs);
    muster_file_attr_i64(draft->file, "/best/model", "parameters",
                         (int64_t)muster_net_parameters(refit->net));
    if (names != NULL)
        muster_file_strings(draft->file, "/best/model/class_names", names, n_names);
    write_input(draft, refit);
    for (size_t layer = 0; layer < muster_net_layers(refit->net); layer++)
        MUSTER_TRY(write_layer(draft, refit->net, layer));
done:
    muster_text_free(&layers);
    return status;
}

/* ---- test
 * --------------------------------------------------------------------------------------------- */

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
    muster_file_array(draft->file, "/best/test/rows", MUSTER_I64, 1, &refit->test_rows,
                      muster_data_test_rows(data_of(draft)), true);
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

/* ---- precision-recall and ROC curves
 * -------------------------------------------------------------------- */

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
    if (muster_data_info(data_of(draft))->next_token)
        status = run_file_tokens(draft->file, data_of(draft), refit);
    else
        status = write_rows(draft, refit, &exam);
    exam_close(&exam);
    return status;
}
