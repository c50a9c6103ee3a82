/* The inputs of a stored model and what their rows go through, from `/best/model/input`: of
 * several, whose names are in `/best/model/inputs`, a group each. */
#include <string.h>

#include "model_impl.h"

static const char folder[] = MODEL_FOLDER;
enum { FOLDER = 128 }; /* bytes of the path of an input's group */

enum muster_status model_contradicts(const char *results, const char *what)
{
    return muster_error(MUSTER_BAD_DATA, "%s: %s: %s does not fit the rest of the model", results,
                        folder, what);
}

enum muster_status model_vector(const struct model_source *source, const char *name, size_t wanted,
                                size_t *n, double **values)
{
    enum muster_status status;
    size_t rank, dims[4];
    char path[FOLDER + 32];

    snprintf(path, sizeof path, "%s/%s", source->folder, name);
    MUSTER_TRY(muster_reader_f64(source->reader, path, &rank, dims, values));
    if (rank != 1 || (wanted > 0 ? dims[0] != wanted : dims[0] < 1 || dims[0] > 3))
        status = model_contradicts(source->results, name);
    if (n != NULL)
        *n = dims[0];
done:
    return status;
}

static enum muster_status read_shape(const struct model_source *source, struct muster_input *input)
{
    enum muster_status status;
    double *shape = NULL;

    MUSTER_TRY(model_vector(source, "shape", 0, &input->rank, &shape));
    for (size_t i = 0; i < input->rank; i++) {
        if (!(shape[i] >= 1.0 && shape[i] <= INT32_MAX))
            MUSTER_TRY(model_contradicts(source->results, "input/shape"));
        input->dims[i] = (size_t)shape[i];
    }
done:
    muster_free(shape);
    return status;
}

/* How columns are filled in and encoded, where they are. */
static enum muster_status read_columns(const struct model_source *source,
                                       struct muster_input *input)
{
    enum muster_status status = MUSTER_OK;
    double *fill = NULL, *levels = NULL, *gaps = NULL;
    int64_t *counts = NULL;
    uint8_t *flags = NULL;
    size_t n = input->dims[0];

    char path[FOLDER + 32];

    snprintf(path, sizeof path, "%s/fill", source->folder);
    if (!muster_reader_has(source->reader, path))
        return MUSTER_OK;
    input->one_hot =
        (size_t)muster_reader_attr_f64(source->reader, source->folder, "one_hot", 1024.0);
    MUSTER_TRY(model_vector(source, "fill", n, NULL, &fill));
    input->fill = fill;
    MUSTER_TRY(model_vector(source, "levels", n, NULL, &levels));
    MUSTER_TRY(model_vector(source, "indicator", n, NULL, &gaps));
    MUSTER_NEW(counts, n);
    input->levels = counts;
    MUSTER_NEW(flags, n);
    input->gaps = flags;
    for (size_t j = 0; j < n; j++) {
        counts[j] = (int64_t)levels[j];
        flags[j] = gaps[j] != 0.0;
    }
done:
    if (input->fill != fill)
        muster_free(fill);
    muster_free(levels);
    muster_free(gaps);
    return status;
}

/* The block of a list of strings below the folder; NULL where it is not there. */
static enum muster_status read_strings(const struct model_source *source, const char *name,
                                       size_t wanted, char ***strings)
{
    char path[FOLDER + 64];
    size_t n = 0;
    enum muster_status status = MUSTER_OK;

    snprintf(path, sizeof path, "%s/%s", source->folder, name);
    if (!muster_reader_has(source->reader, path))
        return MUSTER_OK;
    MUSTER_TRY(muster_reader_strings(source->reader, path, &n, strings));
    if (n != wanted)
        status = model_contradicts(source->results, name);
done:
    return status;
}

/* What the columns of a table and their levels are called, as far as the data file said it. */
static enum muster_status read_names(const struct model_source *source, struct cli_model_input *of)
{
    enum muster_status status = MUSTER_OK;
    const size_t n = of->prepare.dims[0];

    MUSTER_TRY(read_strings(source, "feature_names", n, &of->names));
    of->prepare.names = (const char *const *)of->names;
    if (of->names == NULL || of->prepare.levels == NULL)
        goto done;
    MUSTER_NEW(of->level_names, n);
    of->prepare.level_names = (const char *const *const *)of->level_names;
    for (size_t j = 0; j < n; j++) {
        char name[40];
        snprintf(name, sizeof name, "level_names/%zu", j);
        MUSTER_TRY(read_strings(source, name, (size_t)of->prepare.levels[j], &of->level_names[j]));
    }
done:
    return status;
}

/* The levels of columns that stay codes. */
static enum muster_status find_codes(struct cli_model_input *of)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_input *input = &of->prepare;

    MUSTER_NEW(of->embedded, input->dims[0]);
    for (size_t j = 0; j < input->dims[0] && input->levels != NULL; j++)
        if (input->levels[j] > (int64_t)input->one_hot)
            of->embedded[of->n_codes++] = input->levels[j];
done:
    return status;
}

/* The only input's tokens are counted where the model is. */
static enum muster_status read_vocabulary(const struct model_source *source,
                                          const struct cli_model_input *of,
                                          struct muster_input *input)
{
    double vocabulary = muster_reader_attr_f64(
        source->reader, of->name != NULL ? source->folder : folder, "vocabulary", 0.0);

    if (!(vocabulary >= 0.0 && vocabulary <= INT32_MAX))
        return model_contradicts(source->results, "vocabulary");
    input->vocabulary = (size_t)vocabulary;
    return MUSTER_OK;
}

static enum muster_status read_input(const struct model_source *source, struct cli_model_input *of)
{
    enum muster_status status;
    struct muster_input *input = &of->prepare;
    size_t rank, dims[4];
    double *mean = NULL, *scale = NULL;
    char path[FOLDER + 32];

    MUSTER_TRY(read_vocabulary(source, of, input));
    MUSTER_TRY(read_shape(source, input));
    snprintf(path, sizeof path, "%s/mean", source->folder);
    MUSTER_TRY(muster_reader_f64(source->reader, path, &rank, dims, &mean));
    input->mean = mean;
    if (rank != 1)
        MUSTER_TRY(model_contradicts(source->results, "input/mean"));
    input->width = dims[0];
    input->lengths = muster_reader_attr_f64(source->reader, source->folder, "lengths", 0.0) != 0.0;
    status = model_vector(source, "scale", input->width, NULL, &scale);
    input->scale = scale;
    if (status == MUSTER_OK)
        status = read_columns(source, input);
    if (status == MUSTER_OK)
        status = find_codes(of);
    if (status == MUSTER_OK && input->rank == 1)
        status = read_names(source, of);
done:
    return status;
}

/* One of several inputs, whose name is set. */
static enum muster_status read_named(const struct model_source *source, struct cli_model_input *of)
{
    char path[FOLDER];
    struct model_source at = {source->results, source->reader, path};

    snprintf(path, sizeof path, "%s/input/%.64s", folder, of->name);
    of->path = muster_reader_attr_text(source->reader, path, "path");
    if (of->path == NULL)
        return model_contradicts(source->results, "an input's path");
    return read_input(&at, of);
}

enum muster_status model_inputs(const struct model_source *source, struct cli_model *model)
{
    enum muster_status status = MUSTER_OK;
    static const char one[] = "/best/model/input", several[] = "/best/model/inputs";
    const struct model_source only = {source->results, source->reader, one};
    char **names = NULL;

    model->n_inputs = 1;
    if (muster_reader_has(source->reader, several))
        MUSTER_TRY(muster_reader_strings(source->reader, several, &model->n_inputs, &names));
    MUSTER_NEW(model->inputs, model->n_inputs);
    for (size_t i = 0; i < model->n_inputs; i++) {
        struct cli_model_input *of = &model->inputs[i];
        of->name = names != NULL ? muster_strdup(names[i]) : NULL;
        MUSTER_TRY(names != NULL && of->name == NULL ? MUSTER_NO_MEMORY : MUSTER_OK);
        MUSTER_TRY(of->name != NULL ? read_named(source, of) : read_input(&only, of));
        of->at = model->width;
        model->width += of->prepare.width;
        model->lengths = model->lengths || of->prepare.lengths;
    }
    for (size_t i = 0; i < model->n_inputs; i++)
        model->inputs[i].prepare.apart = model->width;
done:
    muster_free(names);
    return status;
}

void model_input_clear(struct cli_model_input *of)
{
    muster_free((void *)(uintptr_t)of->prepare.mean);
    muster_free((void *)(uintptr_t)of->prepare.scale);
    muster_free((void *)(uintptr_t)of->prepare.fill);
    muster_free((void *)(uintptr_t)of->prepare.levels);
    muster_free((void *)(uintptr_t)of->prepare.gaps);
    muster_free(of->embedded);
    for (size_t j = 0; of->level_names != NULL && j < of->prepare.dims[0]; j++)
        muster_free(of->level_names[j]);
    muster_free(of->level_names);
    muster_free(of->names);
    muster_free(of->name);
    muster_free(of->path);
}
