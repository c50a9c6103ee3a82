/* `/best/model` of the result file: the refitted network with its preparation. */
#include <stdio.h>
#include <string.h>

#include "muster/data.h"
#include "muster/nn.h"
#include "run/run_impl.h"

static const struct muster_data *data_of(const struct run_draft *draft)
{
    return muster_trainer_data(muster_objective_trainer(draft->job->objective));
}

/* ---- model ----------------------------------------------------------------------------------- */

/* Array i of a layer. */
static enum muster_status write_array(const struct run_draft *draft, const struct muster_net *net,
                                      size_t layer, size_t i)
{
    enum muster_status status = MUSTER_OK;
    struct muster_net_array array;
    char *name = NULL;
    float *values = NULL;
    size_t n = 1;
    muster_net_layer_array(net, layer, i, &array);
    for (size_t r = 0; r < array.rank; r++)
        n *= array.dims[r];
    MUSTER_NEW(values, n);
    muster_net_layer_read(net, layer, i, values);
    name = muster_format("/best/model/%s/%s", muster_net_layer_path(net, layer), array.name);
    MUSTER_TRY(name != NULL ? MUSTER_OK : MUSTER_NO_MEMORY);
    muster_file_array(draft->file, name, MUSTER_F32, array.rank, array.dims, values, false);
done:
    muster_free(name);
    muster_free(values);
    return status;
}

static enum muster_status write_layer(const struct run_draft *draft, const struct muster_net *net,
                                      size_t layer)
{
    enum muster_status status = MUSTER_OK;
    struct muster_net_array array;
    char *path = muster_format("/best/model/%s", muster_net_layer_path(net, layer));
    MUSTER_TRY(path != NULL ? MUSTER_OK : MUSTER_NO_MEMORY);
    muster_file_group(draft->file, path);
    if (muster_net_layer_gates(net, layer) != NULL)
        muster_file_attr_text(draft->file, path, "gates", muster_net_layer_gates(net, layer));
    for (size_t i = 0; muster_net_layer_array(net, layer, i, &array); i++)
        MUSTER_TRY(write_array(draft, net, layer, i));
done:
    muster_free(path);
    return status;
}

/* One input on its way into the file. */
struct input {
    struct muster_file *file;
    const char *path; /* "/best/model/input", or "/best/model/input/table" of several */
    const struct muster_data *data;
    const struct muster_prep *prep;
};

/* Names of inputs are short. */
enum { FOLDER = 128, PATH = FOLDER + 64 };

static void write_array_of(const struct input *input, const char *name, enum muster_field_type type,
                           size_t n, const void *values)
{
    char path[PATH];
    snprintf(path, sizeof path, "%s/%s", input->path, name);
    muster_file_array(input->file, path, type, 1, &n, values, false);
}

static void write_strings_of(const struct input *input, const char *name, const char *const *items,
                             size_t n)
{
    char path[PATH];
    snprintf(path, sizeof path, "%s/%s", input->path, name);
    muster_file_strings(input->file, path, items, n);
}

/* How a row of the file becomes one of `mean` and `scale`, where it is not the row as it stands. */
static void write_columns(const struct input *input)
{
    const struct muster_data_columns *columns = muster_data_columns(input->data);
    if (columns == NULL)
        return;
    muster_file_attr_text(
        input->file, input->path, "columns",
        "columns without levels, gaps filled; one column for each level of the "
        "others with at most one_hot, 1 where the row has it; one for each column with an "
        "indicator, 1 where it is missing; columns of more levels as codes, -1 where missing");
    muster_file_attr_i64(input->file, input->path, "one_hot", (int64_t)columns->one_hot);
    write_array_of(input, "fill", MUSTER_F64, columns->n, muster_prep_fill(input->prep));
    write_array_of(input, "levels", MUSTER_I64, columns->n, columns->levels);
    write_array_of(input, "indicator", MUSTER_U8, columns->n, columns->gaps);
    write_strings_of(input, "names", columns->names, columns->width);
}

/* What the codes of a column stand for, by its number: names may be alike. */
static enum muster_status write_level_names(const struct input *input, size_t column)
{
    enum muster_status status = MUSTER_OK;
    const char **items = NULL;
    char name[40];
    size_t n = 0;
    const char *text = muster_data_level_names(input->data, column, &n);
    MUSTER_NEW(items, n);
    for (size_t i = 0; i < n; i++, text += strlen(text) + 1)
        items[i] = text;
    snprintf(name, sizeof name, "level_names/%zu", column);
    if (n > 0)
        write_strings_of(input, name, items, n);
done:
    muster_free(items);
    return status;
}

/* How a table names its columns and their levels: rows to predict have to agree. */
static enum muster_status write_names(const struct input *input)
{
    enum muster_status status = MUSTER_OK;
    size_t n;
    const char *const *names = muster_data_feature_names(input->data, &n);
    if (names == NULL)
        return MUSTER_OK;
    write_strings_of(input, "feature_names", names, n);
    for (size_t j = 0; j < n; j++)
        MUSTER_TRY(write_level_names(input, j));
done:
    return status;
}

/* The shape of a row as it stands in the file, channels last. */
static void write_shape(const struct input *input)
{
    const struct muster_data_info *info = muster_data_info(input->data);
    const struct muster_data_columns *columns = muster_data_columns(input->data);
    int64_t shape[3] = {0};
    for (size_t i = 0; i < info->rank; i++)
        shape[i] = (int64_t)(columns != NULL ? columns->n : info->dims[i]);
    write_array_of(input, "shape", MUSTER_I64, info->rank, shape);
}

/* What the tokens of a row stand for; `where` they are numbered. */
static void write_words(const struct input *input, const char *where)
{
    const struct muster_data_info *info = muster_data_info(input->data);
    const struct input at = {.file = input->file, .path = where};
    size_t n;
    const char *const *words = muster_data_words(input->data, &n);
    const int64_t *codes = muster_data_word_codes(input->data, &n);
    if (info->vocabulary == 0)
        return;
    muster_file_attr_i64(input->file, where, "vocabulary", (int64_t)info->vocabulary);
    if (words != NULL)
        write_strings_of(&at, "vocabulary", words, n);
    if (codes != NULL)
        write_array_of(&at, "vocabulary", MUSTER_I64, n, codes);
}

static enum muster_status write_input(const struct input *input)
{
    const struct muster_data_info *info = muster_data_info(input->data);
    muster_file_attr_text(input->file, input->path, "kind", info->scale);
    if (info->rank > 1)
        muster_file_attr_text(input->file, input->path, "of",
                              "mean and scale are of channels, repeated for every step or pixel");
    muster_file_attr_i64(input->file, input->path, "lengths", info->lengths);
    write_array_of(input, "mean", MUSTER_F64, info->width, muster_prep_mean(input->prep));
    write_array_of(input, "scale", MUSTER_F64, info->width, muster_prep_scale(input->prep));
    write_shape(input);
    write_columns(input);
    return write_names(input);
}

/* Several inputs have a group each, and stand in a row in the order of `inputs`. */
static enum muster_status write_inputs(const struct run_draft *draft,
                                       const struct muster_refit *refit)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_data *data = data_of(draft);
    const size_t n = muster_data_inputs(data);
    const char **names = NULL;
    MUSTER_NEW(names, n);
    for (size_t i = 0; i < n; i++) {
        const struct muster_data_input of = muster_data_input(data, i);
        char path[FOLDER];
        snprintf(path, sizeof path, "/best/model/input%s%s", of.name != NULL ? "/" : "",
                 of.name != NULL ? of.name : "");
        names[i] = of.name;
        const struct input input = {draft->file, path, of.data, muster_prep_input(refit->prep, i)};
        MUSTER_TRY(write_input(&input));
        write_words(&input, of.name != NULL ? path : "/best/model");
        if (of.name != NULL)
            muster_file_attr_text(draft->file, path, "path", of.path);
    }
    if (names[0] != NULL)
        muster_file_strings(draft->file, "/best/model/inputs", names, n);
done:
    muster_free(names);
    return status;
}

static void write_output(const struct run_draft *draft, const struct muster_refit *refit)
{
    const size_t outputs = muster_data_info(data_of(draft))->outputs;
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
    MUSTER_TRY(write_inputs(draft, refit));
    write_output(draft, refit);
    for (size_t layer = 0; layer < muster_net_layers(refit->net); layer++)
        MUSTER_TRY(write_layer(draft, refit->net, layer));
done:
    muster_text_free(&layers);
    return status;
}
