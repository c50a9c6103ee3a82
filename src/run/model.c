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
