/* model: see model.h. Layers come from their YAML by the same reader as a study's, weights by the
 * names that the network gives its arrays: nothing of the study's data is needed. */
#include <math.h>
#include <string.h>

#include "model_impl.h"

static const char folder[] = MODEL_FOLDER;

static enum muster_status read_output(const struct model_source *source, struct cli_model *model)
{
    enum muster_status status = MUSTER_OK;

    if (model->next_token)
        return MUSTER_OK;
    if (!model->classification && !model->multi_label) {
        MUSTER_TRY(model_vector(source, "output/mean", model->outputs, NULL, &model->target_mean));
        MUSTER_TRY(
            model_vector(source, "output/scale", model->outputs, NULL, &model->target_scale));
    } else if (muster_reader_has(source->reader, "/best/model/class_names")) {
        MUSTER_TRY(muster_reader_strings(source->reader, "/best/model/class_names", &model->n_names,
                                         &model->class_names));
        if (model->n_names != model->outputs)
            status = model_contradicts(source->results, "class_names");
    }
done:
    return status;
}

/* ---- network ------------------------------------------------------------------------------- */

/* A study of nothing but the stored layers. */
static enum muster_status parse_layers(const char *results, const char *layers,
                                       const struct cli_catalog *catalog,
                                       struct muster_study **study)
{
    char *text = muster_format("network:\n%s", layers);
    enum muster_status status = MUSTER_NO_MEMORY;

    if (text != NULL)
        status = muster_study_parse(text, results, NULL, 0, &catalog->catalog, study);
    muster_free(text);
    if (status == MUSTER_BAD_STUDY)
        return model_contradicts(results, "the attribute layers");
    return status;
}

static enum muster_status net_input(const struct model_source *source,
                                    const struct cli_model_input *of, struct muster_net_input *out)
{
    const struct muster_input *input = &of->prepare;

    *out = (struct muster_net_input){.name = of->name,
                                     .input.rank = input->rank,
                                     .vocabulary = input->vocabulary,
                                     .n_codes = of->n_codes,
                                     .levels = of->embedded,
                                     .lengths = input->lengths};
    memcpy(out->input.dims, input->dims, sizeof out->input.dims);
    if (input->rank == 1)
        out->input.dims[0] = input->width; /* encoded */
    if (muster_shape_size(&out->input) != input->width)
        return model_contradicts(source->results, "input/mean");
    return MUSTER_OK;
}

static enum muster_status create_net(const struct model_source *source,
                                     const struct muster_config *config, size_t pass,
                                     struct cli_model *model)
{
    enum muster_status status = MUSTER_OK;
    struct muster_net_input *inputs = NULL;

    MUSTER_NEW(inputs, model->n_inputs);
    for (size_t i = 0; i < model->n_inputs; i++)
        MUSTER_TRY(net_input(source, &model->inputs[i], &inputs[i]));
    const struct muster_net_setup setup = {.input = inputs[0].input,
                                           .task = model->classification ? MUSTER_CLASSIFICATION
                                                   : model->multi_label  ? MUSTER_MULTI_LABEL
                                                   : model->next_token   ? MUSTER_NEXT_TOKEN
                                                                         : MUSTER_REGRESSION,
                                           .vocabulary = inputs[0].vocabulary,
                                           .n_codes = inputs[0].n_codes,
                                           .levels = inputs[0].levels,
                                           .n_inputs = model->n_inputs > 1 ? model->n_inputs : 0,
                                           .inputs = inputs,
                                           .outputs = model->outputs,
                                           .batch = pass,
                                           .layers = config->layers,
                                           .n_layers = config->n_layers};
    status = muster_net_create(&setup, &model->net);
    if (status == MUSTER_BAD_STUDY)
        status = model_contradicts(source->results, "the attribute layers");
done:
    muster_free(inputs);
    return status;
}

/* Array i of a layer, which must be stored in the shape that the network gives it. */
static enum muster_status read_array(const struct model_source *source, struct muster_net *net,
                                     size_t layer, size_t i)
{
    enum muster_status status;
    struct muster_net_array array;
    size_t rank, dims[4], n = 1;
    double *values = NULL;
    float *singles = NULL;
    char *path;

    muster_net_layer_array(net, layer, i, &array);
    path = muster_format("%s/%s/%s", folder, muster_net_layer_path(net, layer), array.name);
    MUSTER_TRY(path != NULL ? MUSTER_OK : MUSTER_NO_MEMORY);
    MUSTER_TRY(muster_reader_f64(source->reader, path, &rank, dims, &values));
    if (rank != array.rank || memcmp(dims, array.dims, rank * sizeof *dims) != 0)
        MUSTER_TRY(model_contradicts(source->results, path));
    for (size_t r = 0; r < rank; r++)
        n *= dims[r];
    MUSTER_NEW(singles, n);
    for (size_t k = 0; k < n; k++)
        singles[k] = (float)values[k];
    muster_net_layer_write(net, layer, i, singles);
done:
    muster_free(path);
    muster_free(singles);
    muster_free(values);
    return status;
}

static enum muster_status read_weights(const struct model_source *source, struct muster_net *net)
{
    enum muster_status status = MUSTER_OK;
    struct muster_net_array array;

    for (size_t layer = 0; layer < muster_net_layers(net); layer++)
        for (size_t i = 0; muster_net_layer_array(net, layer, i, &array); i++)
            MUSTER_TRY(read_array(source, net, layer, i));
done:
    return status;
}

static enum muster_status read_net(const struct model_source *source, size_t pass,
                                   struct cli_model *model)
{
    char *layers = muster_reader_attr_text(source->reader, folder, "layers");
    struct cli_catalog catalog = {0};
    struct muster_study *study = NULL;
    struct muster_config config = {0};
    enum muster_status status;

    MUSTER_TRY(cli_catalog_create(&catalog));
    if (layers == NULL)
        MUSTER_TRY(model_contradicts(source->results, "the attribute layers"));
    MUSTER_TRY(parse_layers(source->results, layers, &catalog, &study));
    if (muster_study_space(study)->d > 0)
        MUSTER_TRY(model_contradicts(source->results, "the attribute layers"));
    MUSTER_TRY(muster_study_configure(study, NULL, &config));
    MUSTER_TRY(create_net(source, &config, pass, model));
    MUSTER_TRY(read_weights(source, model->net));
done:
    muster_config_clear(&config);
    muster_study_destroy(&study);
    cli_catalog_clear(&catalog);
    muster_free(layers);
    return status;
}

/* ---- model --------------------------------------------------------------------------------- */

static enum muster_status read_head(const struct model_source *source, struct cli_model *model)
{
    const struct muster_reader *reader = source->reader;
    char *task = muster_reader_attr_text(reader, folder, "task");
    double outputs = muster_reader_attr_f64(reader, folder, "outputs", 0.0);
    enum muster_status status = MUSTER_OK;
    double *trial = NULL;
    size_t rank, dims[4];

    if (task == NULL || !(outputs >= 1.0 && outputs <= INT32_MAX))
        MUSTER_TRY(model_contradicts(source->results, "task or outputs"));
    model->classification = strcmp(task, "classification") == 0;
    model->multi_label = strcmp(task, "multi_label") == 0;
    model->next_token = strcmp(task, "next_token") == 0;
    model->outputs = (size_t)outputs;
    model->study = muster_reader_attr_text(reader, "/", "name");
    MUSTER_TRY(muster_reader_f64(reader, "/best/trial", &rank, dims, &trial));
    model->trial = (int64_t)trial[0];
done:
    muster_free(trial);
    muster_free(task);
    return status;
}

/* Why there is none, as far as the file tells. */
static enum muster_status refuse_none(const struct model_source *source)
{
    char *kind = NULL;
    enum muster_status status = muster_reader_attr_find(source->reader, "/", "objective", &kind);
    if (status == MUSTER_OK)
        status = muster_error(MUSTER_BAD_DATA, "%s holds no model (%s)", source->results,
                              kind != NULL && strcmp(kind, "train") != 0
                                  ? "its objective trains no network"
                                  : "a network is refitted when its run is complete and has a best "
                                    "trial: muster run --resume");
    muster_free(kind);
    return status;
}

enum muster_status cli_model_read(const char *results, size_t pass, struct cli_model *model)
{
    struct muster_reader *reader = NULL;
    struct model_source source = {.results = results, .folder = folder};
    enum muster_status status;

    *model = (struct cli_model){0};
    MUSTER_TRY(muster_reader_open(results, &reader));
    source.reader = reader;
    if (!muster_reader_has(reader, "/best") || !muster_reader_has(reader, folder))
        MUSTER_TRY(refuse_none(&source));
    MUSTER_TRY(read_head(&source, model));
    MUSTER_TRY(model_inputs(&source, model));
    MUSTER_TRY(read_output(&source, model));
    MUSTER_TRY(read_net(&source, pass, model));
done:
    muster_reader_close(&reader);
    return status;
}

void cli_model_clear(struct cli_model *model)
{
    muster_net_destroy(&model->net);
    for (size_t i = 0; model->inputs != NULL && i < model->n_inputs; i++)
        model_input_clear(&model->inputs[i]);
    muster_free(model->inputs);
    muster_free(model->target_mean);
    muster_free(model->target_scale);
    muster_free(model->class_names);
    muster_free(model->study);
    *model = (struct cli_model){0};
}

void cli_model_predict(struct cli_model *model, struct muster_inputs x, size_t n, float *out)
{
    size_t m = model->outputs;

    muster_net_predict(model->net, x, n, out);
    for (size_t i = 0; model->target_mean != NULL && i < n * m; i++)
        out[i] = (float)((double)out[i] * model->target_scale[i % m] + model->target_mean[i % m]);
}
