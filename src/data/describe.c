/* The header of a data file: what its sets hold, checked against what we can use, before anything
 * large is read or allocated. */
#include <string.h>

#include "data/hdf5_file.h"

/* What is looked at; all borrowed. */
struct look {
    const struct muster_data_setup *setup;
    const struct data_source *source;
    hid_t file;
};

static enum muster_status look_at(const struct look *look, const char *path, const char *option,
                                  struct hdf5_shape *shape)
{
    const struct hdf5_place place = {look->source->file, look->file};
    return hdf5_shape_of(&place, path, option, shape);
}

/* The attribute of the inputs, or of the file. */
static bool attribute_text(const struct look *look, const char *name, char *out, size_t size)
{
    hid_t set = H5Dopen2(look->file, look->source->x[DATA_TRAIN], H5P_DEFAULT);
    bool found = hdf5_attribute_text(set, name, out, size) ||
                 hdf5_attribute_text(look->file, name, out, size);
    H5Dclose(set);
    return found;
}

/* "HWC", "TC", "T": a letter a dimension. Of several inputs, the file's is of those that it fits.
 */
static void layout_text(const struct look *look, const struct data_header *head, char out[16])
{
    attribute_text(look, "layout", out, 16);
    if (look->source->several && strlen(out) != head->rank)
        out[0] = '\0';
}

static enum muster_status take_layout(const struct look *look, const struct hdf5_shape *x,
                                      struct data_header *head)
{
    char layout[16] = "", text[64];
    layout_text(look, head, layout);
    /* Without a word, rows of two dimensions are images where they are of 8 bits, else sequences.
     */
    head->image =
        head->rank > 2 ||
        (head->rank == 2 && (layout[0] != '\0' ? layout[0] != 'T' : head->kind == DATA_U8));
    head->guessed = head->rank == 2 && layout[0] == '\0';
    head->channels_first = strcmp(layout, "CHW") == 0;
    if (!head->channels_first)
        return MUSTER_OK;
    if (head->rank != 3)
        return muster_error(MUSTER_BAD_DATA, "%s: %s %s has layout CHW (that is [n, c, h, w])",
                            look->source->file, x->path, hdf5_shape_text(x, text));
    size_t channels = head->dims[0];
    head->dims[0] = head->dims[1];
    head->dims[1] = head->dims[2];
    head->dims[2] = channels;
    return MUSTER_OK;
}

static enum muster_status take_inputs(const struct look *look, const struct hdf5_shape *x,
                                      struct data_header *head)
{
    char text[64];
    size_t bytes = data_numbers[x->kind].size;
    if (x->rank > 4)
        return muster_error(MUSTER_BAD_DATA,
                            "%s: %s %s has too many dimensions ([n, d], [n, h, w], [n, h, w, c] or "
                            "[n, t, c])",
                            look->source->file, x->path, hdf5_shape_text(x, text));
    head->kind = x->kind;
    head->rank = x->rank > 1 ? (size_t)x->rank - 1 : 1;
    head->width = 1;
    for (size_t i = 0; i < head->rank; i++) {
        head->dims[i] = x->rank > 1 ? (size_t)x->dims[i + 1] : 1;
        if (__builtin_mul_overflow(head->width, head->dims[i], &head->width) ||
            head->width > INT32_MAX)
            return muster_error(MUSTER_BAD_DATA, "%s: a row of %s %s is too large (2^31 numbers)",
                                look->source->file, x->path, hdf5_shape_text(x, text));
    }
    if (__builtin_mul_overflow(bytes, head->width, &bytes) ||
        __builtin_mul_overflow(bytes, (size_t)x->dims[0], &bytes) || bytes > INT64_MAX / 4)
        return muster_error(MUSTER_BAD_DATA, "%s: %s %s is larger than any memory",
                            look->source->file, x->path, hdf5_shape_text(x, text));
    return take_layout(look, x, head);
}

/* The next token is what is asked for: the study's word, else the file's. */
static bool wants_next_token(const struct look *look)
{
    const char *word = muster_block_text(look->setup->data, "task");
    char task[64] = "";
    attribute_text(look, "task", task, sizeof task);
    if (word != NULL)
        return strcmp(word, "next_token") == 0;
    return strcmp(task, "language_model") == 0 || strcmp(task, "next_token") == 0;
}

/* Rows of tokens: the study's word, else what its network or the file takes them for. */
static enum muster_status take_tokens(const struct look *look, const struct hdf5_shape *x,
                                      struct data_header *head)
{
    const struct muster_value *word = muster_block_get(look->setup->data, "tokens");
    const bool can = head->rank == 1 && head->kind != DATA_F32 && head->kind != DATA_F64;
    char layout[16] = "", task[64] = "", text[64];
    layout_text(look, head, layout);
    attribute_text(look, "task", task, sizeof task);
    head->tokens = word->set
                       ? word->number != 0
                       : can && (look->setup->tokens || strcmp(layout, "T") == 0 ||
                                 strcmp(task, "text_classification") == 0 || head->next_token);
    if ((head->tokens || head->next_token) && !(head->tokens && can))
        return muster_error(MUSTER_BAD_DATA,
                            "%s: %s %s does not hold tokens ([n, t] integers%s%s%s)",
                            look->source->file, x->path, hdf5_shape_text(x, text),
                            head->next_token ? ", whose next ones are the task" : "; ",
                            head->next_token ? "" : look->source->under,
                            head->next_token ? "" : ".tokens: false reads numbers");
    return MUSTER_OK;
}

/* The study's word, else the file's, else what the numbers look like. */
static void take_task(const struct look *look, const struct hdf5_shape *y, struct data_header *head)
{
    char task[64] = "";
    const char *word = muster_block_text(look->setup->data, "task");
    attribute_text(look, "task", task, sizeof task);
    if (word != NULL)
        head->classification = strcmp(word, "classification") == 0;
    else if (strstr(task, "classification") != NULL || strcmp(task, "regression") == 0)
        head->classification = task[0] != 'r';
    else {
        head->classification = y->kind != DATA_F32 && y->kind != DATA_F64;
        if (task[0] != '\0')
            muster_log(MUSTER_WARNINGS,
                       "%s: its attribute `task` is `%s`, which says nothing here "
                       "(classification, regression or next_token): taken for %s by the type of %s",
                       look->source->file, task,
                       head->classification ? "classification" : "regression", y->path);
    }
}

/* That y fits x: one row each, one or several numbers a row. */
static enum muster_status match(const struct look *look, const struct hdf5_shape *x,
                                const struct hdf5_shape *y)
{
    char a[64], b[64];
    if (x->dims[0] != y->dims[0])
        return muster_error(MUSTER_BAD_DATA, "%s: %s has %llu rows, %s has %llu (as many in both)",
                            look->source->file, x->path, (unsigned long long)x->dims[0], y->path,
                            (unsigned long long)y->dims[0]);
    if (y->rank > 2)
        return muster_error(MUSTER_BAD_DATA, "%s: %s %s does not fit %s %s ([n] or [n, m])",
                            look->source->file, y->path, hdf5_shape_text(y, a), x->path,
                            hdf5_shape_text(x, b));
    return MUSTER_OK;
}

/* A token for each of x, or nothing: then the next ones are those behind each in x. */
static enum muster_status take_next_tokens(const struct look *look, const struct hdf5_shape *x,
                                           struct data_header *head)
{
    enum muster_status status = MUSTER_OK;
    const char *path = look->source->y[DATA_TRAIN];
    struct hdf5_shape y;
    char a[64], b[64];
    head->classification = true;
    if (strcmp(path, "none") == 0 || (strcmp(path, "/y") == 0 && !hdf5_has_set(look->file, path))) {
        if (head->width < 2)
            status = muster_error(MUSTER_BAD_DATA, "%s: %s %s: no token has one behind it",
                                  look->source->file, x->path, hdf5_shape_text(x, a));
        return status;
    }
    MUSTER_TRY(look_at(look, path, "data.y", &y));
    if (y.rank != 2 || y.dims[0] != x->dims[0] || y.dims[1] != head->width)
        status = muster_error(MUSTER_BAD_DATA,
                              "%s: %s %s does not fit %s %s (the next token of each step; data.y: "
                              "none takes those of %s)",
                              look->source->file, path, hdf5_shape_text(&y, a), x->path,
                              hdf5_shape_text(x, b), x->path);
    head->targets = head->width;
done:
    return status;
}

static enum muster_status take_targets(const struct look *look, const struct hdf5_shape *x,
                                       struct data_header *head)
{
    enum muster_status status = MUSTER_OK;
    struct hdf5_shape y;
    if (head->next_token) {
        MUSTER_TRY(take_next_tokens(look, x, head));
    } else {
        const bool whole = head->kind != DATA_F32 && head->kind != DATA_F64;
        const char *option = whole && head->rank == 1 && head->width > 1
                                 ? "data.task: next_token needs none; data.y"
                                 : "data.y";
        MUSTER_TRY(look_at(look, look->source->y[DATA_TRAIN], option, &y));
        MUSTER_TRY(match(look, x, &y));
        take_task(look, &y, head);
        head->targets = y.rank > 1 ? (size_t)y.dims[1] : 1;
        head->multi_label = head->classification && head->targets > 1;
        head->classification = head->classification && !head->multi_label;
    }
    if (x->dims[0] < 2)
        status = muster_error(MUSTER_BAD_DATA, "%s: %s has one row (two at least)",
                              look->source->file, x->path);
done:
    return status;
}

/* A test part of the file's own: named by the study, or found beside /x and /y where it says
 * nothing. */
static bool has_test(const struct look *look, const struct data_header *head)
{
    const struct data_source *source = look->source;
    const bool targets = head->targets > 0;
    if (muster_block_get(look->setup->data, "test.x")->set)
        return true;
    return !muster_block_get(look->setup->data, "test")->set &&
           (source->several || strcmp(source->x[DATA_TRAIN], "/x") == 0) &&
           (!targets || strcmp(source->y[DATA_TRAIN], "/y") == 0) &&
           hdf5_has_set(look->file, source->x[DATA_TEST]) &&
           (!targets || hdf5_has_set(look->file, source->y[DATA_TEST]));
}

static enum muster_status take_test(const struct look *look, const struct hdf5_shape *x,
                                    struct data_header *head)
{
    enum muster_status status = MUSTER_OK;
    struct hdf5_shape test, y = {.rank = 2};
    char a[64], b[64];
    MUSTER_TRY(look_at(look, look->source->x[DATA_TEST],
                       look->source->several ? "data.test.inputs" : "data.test.x", &test));
    if (head->targets > 0) {
        MUSTER_TRY(look_at(look, look->source->y[DATA_TEST], "data.test.y", &y));
        MUSTER_TRY(match(look, &test, &y));
    }
    bool alike = test.rank == x->rank && test.kind == x->kind;
    for (int i = 1; i < x->rank && alike; i++)
        alike = test.dims[i] == x->dims[i];
    if (!alike)
        status = muster_error(MUSTER_BAD_DATA,
                              "%s: rows of %s %s are not like rows of %s %s (same shape and type)",
                              look->source->file, test.path, hdf5_shape_text(&test, a), x->path,
                              hdf5_shape_text(x, b));
    else if ((y.rank > 1 ? (size_t)y.dims[1] : 1) != head->targets)
        status = muster_error(MUSTER_BAD_DATA, "%s: %s %s has not %zu numbers a row, as %s has",
                              look->source->file, y.path, hdf5_shape_text(&y, a), head->targets,
                              look->source->y[DATA_TRAIN]);
    head->official = true;
    head->rows[DATA_TEST] = (size_t)test.dims[0];
    head->chunk[DATA_TEST] = test.chunk;
done:
    return status;
}

enum muster_status data_describe_inputs(const struct data_source *source, hid_t file,
                                        const char *option, struct data_header *head)
{
    enum muster_status status = MUSTER_OK;
    struct look look = {NULL, source, file};
    struct hdf5_shape x;
    memset(head, 0, sizeof *head);
    MUSTER_TRY(look_at(&look, source->x[DATA_TRAIN], option, &x));
    MUSTER_TRY(take_inputs(&look, &x, head));
    head->rows[DATA_TRAIN] = (size_t)x.dims[0];
    head->chunk[DATA_TRAIN] = x.chunk;
done:
    return status;
}

/* Of one of several inputs: that it has the rows of the others. */
static enum muster_status match_others(const struct look *look, const struct hdf5_shape *x,
                                       const struct data_header *head)
{
    enum muster_status status = MUSTER_OK;
    const struct data_header *common = look->source->common;
    struct hdf5_shape first;
    char a[64], b[64];
    MUSTER_TRY(look_at(look, look->source->first, "data.inputs", &first));
    if (head->rows[DATA_TRAIN] != common->rows[DATA_TRAIN])
        status =
            muster_error(MUSTER_BAD_DATA,
                         "%s: %s %s and %s %s have not as many rows (data.inputs: one row each "
                         "for every example)",
                         look->source->file, x->path, hdf5_shape_text(x, a), first.path,
                         hdf5_shape_text(&first, b));
    else if (head->rows[DATA_TEST] != common->rows[DATA_TEST])
        status = muster_error(MUSTER_BAD_DATA,
                              "%s: %s has %zu rows, the test part of %s has %zu (as many in all "
                              "inputs)",
                              look->source->file, look->source->x[DATA_TEST], head->rows[DATA_TEST],
                              first.path, common->rows[DATA_TEST]);
done:
    return status;
}

/* Leaves what several inputs have in common. */
static void lay_bare(struct data_header *head)
{
    head->bare = true;
    head->tokens = head->image = head->channels_first = false;
    head->rank = head->width = head->dims[0] = 1;
}

enum muster_status data_describe(const struct muster_data_setup *setup,
                                 const struct data_source *source, struct data_header *head,
                                 struct muster_pack *names, struct muster_pack *levels)
{
    enum muster_status status = MUSTER_OK;
    struct look look = {setup, source, H5I_INVALID_HID};
    struct hdf5_shape x;
    memset(head, 0, sizeof *head); /* its padding too: it is sent as it stands */
    MUSTER_TRY(hdf5_open(source->file, &look.file));
    const bool part = source->common != NULL;
    MUSTER_TRY(
        look_at(&look, source->x[DATA_TRAIN], source->several ? "data.inputs" : "data.x", &x));
    MUSTER_TRY(take_inputs(&look, &x, head));
    head->next_token = !part && wants_next_token(&look);
    if (head->next_token && source->several)
        MUSTER_TRY(muster_error(MUSTER_BAD_STUDY,
                                "data.inputs: next tokens are told of one input alone (data.x)"));
    if (!source->several || part)
        MUSTER_TRY(take_tokens(&look, &x, head));
    if (!part)
        MUSTER_TRY(take_targets(&look, &x, head));
    head->rows[DATA_TRAIN] = (size_t)x.dims[0];
    head->chunk[DATA_TRAIN] = x.chunk;
    const struct muster_value *block = muster_block_get(setup->data, "block");
    head->block = block->set ? (size_t)block->number : 0;
    if (part ? source->common->official : has_test(&look, head))
        MUSTER_TRY(take_test(&look, &x, head));
    if (part)
        MUSTER_TRY(match_others(&look, &x, head));
    else if (source->several)
        lay_bare(head);
    MUSTER_TRY(data_annotate(&(struct data_notes){setup, source, look.file, head, names, levels}));
done:
    if (look.file >= 0)
        H5Fclose(look.file);
    return status;
}
