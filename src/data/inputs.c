/* Several inputs: each is opened as a data set of its own, as if the study's section `data` were
 * about it alone, but for what all have in common: targets, groups, and which rows are used. */
#include <string.h>

#include "data/data_impl.h"

/* ---- the study's word ----------------------------------------------------------------------- */

static const char inputs_prefix[] = "inputs.", test_prefix[] = "test.inputs.";

/* The name in an option "inputs.NAME", of the prefix "inputs."; else NULL. */
static const char *name_in(const struct muster_option *option, const char *prefix)
{
    const size_t length = strlen(prefix);
    const char *name = option->name + length;
    if (strncmp(option->name, prefix, length) != 0 || *name == '*' || strchr(name, '.') != NULL)
        return NULL;
    return name;
}

/* The option `what` of one input, "" for its bare path; NULL: not given. */
static const struct muster_value *given(const struct muster_block *block, const char *before,
                                        const char *name, const char *what)
{
    char *option = muster_format("%s%s%s%s", before, name, *what != '\0' ? "." : "", what);
    const struct muster_value *value = NULL;
    for (size_t i = 0; i < block->n && option != NULL; i++)
        if (strcmp(block->options[i]->name, option) == 0 && block->values[i].set)
            value = &block->values[i];
    muster_free(option);
    return value;
}

static struct muster_value *entry(struct data_view *view, const char *option)
{
    return (struct muster_value *)(uintptr_t)muster_block_get(&view->block, option);
}

/* Options that say something of one input only. */
static enum muster_status check_alone(const struct muster_block *block)
{
    static const char *const own[] = {"tokens", "vocabulary", "categorical", "length"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (muster_block_get(block, own[i])->set)
            return muster_error(MUSTER_BAD_STUDY,
                                "data.%s: of which of data.inputs? (data.inputs.NAME.%s)", own[i],
                                own[i]);
    if (strcmp(muster_block_text(block, "levels"), "/levels") != 0)
        return muster_error(MUSTER_BAD_STUDY,
                            "data.levels: of which of data.inputs? (data.inputs.NAME.levels)");
    if (strcmp(muster_block_text(block, "x"), "/x") != 0)
        return muster_error(MUSTER_BAD_STUDY, "data.x: beside data.inputs, which has the paths of "
                                              "all inputs (one of the two)");
    if (muster_block_get(block, "test.x")->set)
        return muster_error(MUSTER_BAD_STUDY,
                            "data.test.x: of which of data.inputs? (data.test.inputs: {NAME: "
                            "PATH})");
    return MUSTER_OK;
}

/* That a test part is of an input there is. */
static enum muster_status check_tests(const struct muster_block *block,
                                      const struct data_view *views, size_t n)
{
    for (size_t i = 0; i < block->n; i++) {
        const char *name = name_in(block->options[i], test_prefix);
        size_t k = 0;
        while (name != NULL && k < n && strcmp(views[k].name, name) != 0)
            k++;
        if (name != NULL && k == n)
            return muster_error(MUSTER_BAD_STUDY,
                                "data.test.inputs.%s: there is no such input (data.inputs names "
                                "them)",
                                name);
    }
    return MUSTER_OK;
}

/* Values of the section where those of this input stand in the place of the only one's. */
static enum muster_status narrow(const struct muster_block *block, struct data_view *view)
{
    static const char *const own[] = {"tokens",      "vocabulary", "impute",
                                      "categorical", "one_hot",    "length"};
    enum muster_status status = MUSTER_OK;
    const char *name = view->name;
    const struct muster_value *path = given(block, inputs_prefix, name, "x");
    const struct muster_value *word = given(block, inputs_prefix, name, "scale");
    const struct muster_value *divide = given(block, inputs_prefix, name, "scale.divide");
    view->block = *block;
    view->block.values = NULL;
    MUSTER_NEW(view->block.values, block->n);
    memcpy(view->block.values, block->values, block->n * sizeof *block->values);
    path = path != NULL ? path : given(block, inputs_prefix, name, "");
    if (path == NULL)
        return muster_error(MUSTER_BAD_STUDY, "data.inputs.%s: no path is given (%s: PATH)", name,
                            name);
    *entry(view, "x") = *path;
    if (word != NULL || divide != NULL)
        *entry(view, "scale.divide") = divide != NULL ? *divide : (struct muster_value){0};
    if (word != NULL)
        *entry(view, "scale") = *word;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        const struct muster_value *value = given(block, inputs_prefix, name, own[i]);
        if (value != NULL)
            *entry(view, own[i]) = *value;
    }
    const struct muster_value *levels = given(block, inputs_prefix, name, "levels");
    view->levels = levels != NULL ? levels->text : NULL;
done:
    return status;
}

/* Where the test part of the input is, if the study says that there is one. */
static enum muster_status name_test(const struct muster_block *block, struct data_view *view)
{
    const char *path = muster_block_text(&view->block, "x");
    const struct muster_value *said = given(block, test_prefix, view->name, "");
    view->test = said != NULL ? muster_strdup(said->text)
                              : muster_format("/test%s%s", path[0] == '/' ? "" : "/", path);
    if (view->test == NULL)
        return MUSTER_NO_MEMORY;
    if (said != NULL || muster_block_get(block, "test.y")->set)
        *entry(view, "test.x") = (struct muster_value){.set = true, .text = view->test};
    return MUSTER_OK;
}

/* ---- what stands beside an input ------------------------------------------------------------- */

static size_t group_length(const char *path)
{
    const char *end = strrchr(path, '/');
    return end != NULL ? (size_t)(end + 1 - path) : 0;
}

static bool shares_group(const struct data_view *views, size_t n, size_t i)
{
    const char *path = muster_block_text(&views[i].block, "x");
    const size_t length = group_length(path);
    for (size_t k = 0; k < n; k++) {
        const char *other = muster_block_text(&views[k].block, "x");
        if (k != i && group_length(other) == length && strncmp(other, path, length) == 0)
            return true;
    }
    return false;
}

char *data_beside(const char *path, bool shared, const char *what)
{
    return shared ? muster_format("%s_%s", path, what)
                  : muster_format("%.*s%s", (int)group_length(path), path, what);
}

static enum muster_status name_beside(struct data_view *view, bool shared)
{
    struct data_source *source = &view->source;
    const struct muster_block *block = &view->block;
    const char *path = source->x[DATA_TRAIN];
    char **names = view->beside;
    names[0] = data_beside(path, shared, "categorical");
    names[1] = data_beside(path, shared, "levels");
    names[2] = data_beside(path, shared, "vocab");
    names[3] = data_beside(path, shared, "length");
    names[4] = data_beside(source->x[DATA_TEST], shared, "length");
    names[5] = data_beside(path, shared, "feature_names");
    names[6] = data_beside(path, shared, "level_names");
    names[7] = data_beside(path, false, "categorical");
    names[8] = data_beside(path, false, "length");
    for (size_t i = 0; i < sizeof view->beside / sizeof *view->beside; i++)
        if (names[i] == NULL)
            return MUSTER_NO_MEMORY;
    source->categorical = data_path_of(block, "categorical", names[0]);
    source->levels = view->levels != NULL ? view->levels : names[1];
    source->vocabulary = data_path_of(block, "vocabulary", names[2]);
    source->length[DATA_TRAIN] = data_path_of(block, "length", names[3]);
    source->length[DATA_TEST] = muster_block_get(block, "length")->set ? NULL : names[4];
    source->feature_names = names[5];
    source->level_names = names[6];
    source->groups = NULL;
    source->shared_categorical = shared ? names[7] : NULL;
    source->shared_length = shared ? names[8] : NULL;
    return MUSTER_OK;
}

/* ---- views ------------------------------------------------------------------------------------
 */

static enum muster_status see(const struct muster_data_setup *setup, struct data_view *view)
{
    enum muster_status status = MUSTER_OK;
    MUSTER_TRY(narrow(setup->data, view));
    MUSTER_TRY(name_test(setup->data, view));
    view->setup = *setup;
    view->setup.data = &view->block;
    view->setup.tokens = setup->are_tokens != NULL && setup->are_tokens(setup->context, view->name);
    view->under = muster_format("data.inputs.%s", view->name);
    MUSTER_TRY(view->under != NULL ? MUSTER_OK : MUSTER_NO_MEMORY);
    MUSTER_TRY(data_source_of(&view->setup, &view->source));
    view->source.under = view->under;
    view->source.several = true;
    view->source.x[DATA_TEST] = view->test;
done:
    return status;
}

enum muster_status data_views_create(const struct muster_data_setup *setup,
                                     struct data_view **views, size_t *n)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_block *block = setup->data;
    size_t count = 0;
    *n = 0;
    *views = NULL;
    for (size_t i = 0; i < block->n; i++)
        count += name_in(block->options[i], inputs_prefix) != NULL;
    if (count == 0)
        return check_tests(block, NULL, 0);
    MUSTER_TRY(check_alone(block));
    MUSTER_NEW(*views, count);
    *n = count;
    for (size_t i = 0, at = 0; i < block->n; i++)
        if (name_in(block->options[i], inputs_prefix) != NULL)
            (*views)[at++].name = name_in(block->options[i], inputs_prefix);
    MUSTER_TRY(check_tests(block, *views, count));
    for (size_t i = 0; i < count; i++)
        MUSTER_TRY(see(setup, &(*views)[i]));
    for (size_t i = 0; i < count; i++)
        MUSTER_TRY(name_beside(&(*views)[i], shares_group(*views, count, i)));
done:
    return status;
}

void data_views_destroy(struct data_view **views, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct data_view *view = &(*views)[i];
        muster_free(view->block.values);
        muster_free(view->under);
        muster_free(view->test);
        for (size_t k = 0; k < sizeof view->beside / sizeof *view->beside; k++)
            muster_free(view->beside[k]);
    }
    muster_free(*views);
    *views = NULL;
}

/* ---- parts ------------------------------------------------------------------------------------
 */

static enum muster_status create_part(struct muster_data *whole, const struct data_view *view,
                                      struct data_part *part)
{
    enum muster_status status = MUSTER_OK;
    part->name = muster_strdup(view->name);
    part->path = muster_strdup(view->source.x[DATA_TRAIN]);
    MUSTER_NEW(part->data, 1);
    part->data->rows = whole->rows;
    part->data->test_rows = whole->test_rows;
    status = part->name != NULL && part->path != NULL ? MUSTER_OK : MUSTER_NO_MEMORY;
done:
    return status;
}

static enum muster_status open_part(struct muster_data *whole, const struct data_view *view,
                                    struct muster_comm *comm, struct data_part *part)
{
    enum muster_status status = MUSTER_OK;
    struct data_source source = view->source;
    struct muster_data *data = part->data;
    source.common = &whole->head;
    source.first = whole->parts[0].path;
    MUSTER_TRY(data_load(data, &view->setup, &source, comm));
    data->info.rows = whole->info.rows;
    data->info.test_rows = whole->info.test_rows;
    MUSTER_TRY(data_lay_columns(data, source.file, comm));
    MUSTER_TRY(data_check_variety(data, &source, comm));
    MUSTER_TRY(muster_agree(comm, data_stream_status(data->stream)));
done:
    return status;
}

/* What is known of all parts together. */
static void sum_up(struct muster_data *whole)
{
    struct muster_data_info *info = &whole->info;
    info->width = info->row_bytes = info->rank_bytes = 0;
    for (size_t i = 0; i < whole->n_parts; i++) {
        const struct muster_data_info *part = &whole->parts[i].data->info;
        whole->parts[i].at = info->width;
        info->width += part->width;
        info->bytes += part->bytes;
        info->row_bytes += part->row_bytes;
        info->rank_bytes += part->rank_bytes;
        info->lengths = info->lengths || part->lengths;
        info->hash = data_hash_word(info->hash, part->hash);
    }
    info->rank = 1;
    info->dims[0] = info->width;
}

enum muster_status data_open_parts(struct muster_data *data, const struct data_view *views,
                                   size_t n, struct muster_comm *comm)
{
    enum muster_status status = MUSTER_OK;
    if (n == 0)
        return MUSTER_OK;
    data->parts = muster_alloc(n, sizeof *data->parts);
    data->n_parts = data->parts != NULL ? n : 0;
    status = data->parts != NULL ? MUSTER_OK : MUSTER_NO_MEMORY;
    for (size_t i = 0; i < n && status == MUSTER_OK; i++)
        status = create_part(data, &views[i], &data->parts[i]);
    MUSTER_TRY(muster_agree(comm, status));
    for (size_t i = 0; i < n; i++)
        MUSTER_TRY(open_part(data, &views[i], comm, &data->parts[i]));
    sum_up(data);
done:
    return status;
}

void data_close_parts(struct muster_data *data)
{
    for (size_t i = 0; i < data->n_parts; i++) {
        struct data_part *part = &data->parts[i];
        if (part->data != NULL)
            part->data->rows = part->data->test_rows = NULL;
        muster_data_close(&part->data);
        muster_free(part->name);
        muster_free(part->path);
    }
    muster_free(data->parts);
    data->n_parts = 0;
}

size_t muster_data_inputs(const struct muster_data *data)
{
    return data->n_parts > 0 ? data->n_parts : 1;
}

struct muster_data_input muster_data_input(const struct muster_data *data, size_t i)
{
    if (data->n_parts == 0)
        return (struct muster_data_input){.data = data};
    const struct data_part *part = &data->parts[i];
    return (struct muster_data_input){part->name, part->path, part->at, part->data};
}
