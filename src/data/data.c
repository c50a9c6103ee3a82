/* The data set: header, window, held-out rows; opened by all ranks together. */
#include <string.h>

#include "data/split_impl.h"

/* Where things stand in the window. */
struct plan {
    size_t targets, groups, lengths, bytes;
};

static size_t aligned(size_t bytes)
{
    return (bytes + 63) & ~(size_t)63;
}

static struct plan plan_window(const struct data_header *head)
{
    size_t rows = head->rows[DATA_TRAIN] + head->rows[DATA_TEST];
    struct plan plan;
    plan.targets = head->block > 0 || head->bare
                       ? 0
                       : aligned(rows * head->width * data_numbers[head->kind].size);
    plan.groups = plan.targets + aligned(rows * head->targets * sizeof(float));
    plan.lengths =
        plan.groups + aligned(head->grouped ? head->rows[DATA_TRAIN] * sizeof(int64_t) : 0);
    plan.bytes = plan.lengths + aligned(head->lengths[DATA_TRAIN] ? rows * sizeof(int32_t) : 0);
    return plan;
}

/* A list of n pointers to strings that stand one behind the other. */
static enum muster_status index_names(const struct muster_field *field, const char ***list,
                                      size_t *n)
{
    enum muster_status status = MUSTER_OK;
    const char *name = field->data;
    MUSTER_NEW(*list, field->count);
    *n = field->count;
    for (size_t i = 0; i < *n; i++) {
        (*list)[i] = name;
        name += strlen(name) + 1;
    }
done:
    return status;
}

/* Takes over the packed names and levels. */
static enum muster_status take_names(struct muster_data *data, void *names, size_t bytes)
{
    enum muster_status status = MUSTER_OK;
    struct muster_field field;
    data->names = names;
    data->names_bytes = bytes;
    if (muster_pack_find(names, bytes, "classes", &field))
        MUSTER_TRY(index_names(&field, &data->class_names, &data->n_class_names));
    if (muster_pack_find(names, bytes, "features", &field))
        MUSTER_TRY(index_names(&field, &data->feature_names, &data->n_feature_names));
    if (muster_pack_find(names, bytes, "words", &field))
        MUSTER_TRY(index_names(&field, &data->words, &data->n_words));
    if (muster_pack_find(names, bytes, "word_codes", &field)) {
        MUSTER_NEW(data->word_codes, field.count);
        data->n_words = field.count;
        muster_pack_get(names, bytes, "word_codes", MUSTER_I64, data->word_codes, field.count);
    }
    MUSTER_NEW(data->columns.levels, data->head.width);
    muster_pack_get(names, bytes, "levels", MUSTER_I64, data->columns.levels, data->head.width);
done:
    return status;
}

/* What follows from the header and the options alone. */
static void take_header(struct muster_data *data, const struct muster_block *block)
{
    const struct data_header *head = &data->head;
    data->info = (struct muster_data_info){.rank = head->rank,
                                           .width = head->width,
                                           .classification = head->classification,
                                           .next_token = head->next_token,
                                           .multi_label = head->multi_label,
                                           .outputs = head->targets,
                                           .bytes = plan_window(head).bytes,
                                           .block = head->block,
                                           .row_bytes = head->width * data_numbers[head->kind].size,
                                           .rank_bytes = data_stream_bytes(head),
                                           .test_official = head->official,
                                           .image = head->image,
                                           .guessed = head->guessed,
                                           .tokens = head->tokens,
                                           .lengths = head->lengths[DATA_TRAIN]};
    memcpy(data->info.dims, head->dims, sizeof head->dims);
    if (head->image && head->rank == 2) /* of one channel */
        data->info.dims[data->info.rank++] = 1;
    data_scaling_of(block, data);
    data->imputing = data_imputing_of(block);
    data->ordered = muster_block_number(block, "time_order") != 0;
}

/* Rank 0 looks at the header and sends it with the names. */
static enum muster_status share_header(const struct muster_data_setup *setup,
                                       const struct data_source *source, struct muster_comm *comm,
                                       struct muster_data *data)
{
    enum muster_status status = MUSTER_OK;
    struct muster_pack names = {0};
    bool root = muster_comm_rank(comm) == 0;
    void *bytes;
    size_t n;
    muster_pack_i64(&names, "version", 1); /* never empty */
    status = names.failed ? MUSTER_NO_MEMORY : MUSTER_OK;
    if (status == MUSTER_OK && root)
        status = data_describe(setup, source, &data->head, &names, &data->level_names);
    MUSTER_TRY(muster_agree(comm, status));
    MUSTER_TRY(muster_broadcast(comm, &data->head, sizeof data->head, 0));
    bytes = root ? names.data : NULL;
    n = names.length;
    MUSTER_TRY(muster_broadcast_block(comm, &bytes, &n, 0));
    if (root)
        names = (struct muster_pack){0};
    MUSTER_TRY(muster_agree(comm, take_names(data, bytes, n)));
done:
    muster_pack_free(&names);
    return status;
}

static enum muster_status fill_window(const struct data_source *source, struct muster_comm *comm,
                                      struct muster_data *data)
{
    enum muster_status status = MUSTER_OK;
    const struct data_header *head = &data->head;
    struct plan plan = plan_window(head);
    MUSTER_TRY(muster_window_create(comm, plan.bytes > 0 ? plan.bytes : 1, &data->window));
    char *base = muster_window_base(data->window);
    void *y = base + plan.targets;
    struct data_room room = {.x = head->block > 0 || head->bare ? NULL : base,
                             .classes = head->classification && head->targets > 0 ? y : NULL,
                             .values = head->classification || head->targets == 0 ? NULL : y,
                             .groups = head->grouped ? (void *)(base + plan.groups) : NULL,
                             .lengths =
                                 head->lengths[DATA_TRAIN] ? (void *)(base + plan.lengths) : NULL,
                             .levels = data->columns.levels};
    data->x = room.x;
    data->classes = room.classes;
    data->targets = room.values;
    data->groups = room.groups;
    data->lengths = room.lengths;
    MUSTER_TRY(data_read(source, head, comm, data->window, &room));
    MUSTER_TRY(muster_agree(comm, muster_window_sync(data->window)));
    if (head->block > 0 && !head->bare)
        MUSTER_TRY(data_stream_open(data, source, comm, &room));
    if (head->tokens)
        MUSTER_TRY(data_count_tokens(data, source, room.top_token));
    if (head->next_token)
        data->info.outputs = data->info.vocabulary;
    MUSTER_TRY(muster_agree(comm, data_count_classes(data, source, room.top)));
    MUSTER_TRY(muster_agree(comm, data_check_labels(data, source)));
    MUSTER_TRY(data_hash(data, y, plan.bytes - plan.targets, comm));
done:
    return status;
}

/* 8-bit images of few grey levels, such as the 0 .. 16 of the UCI digits, are divided by the power
 * of two that holds them: by 255 they would arrive as almost nothing. That is a property of the
 * format, not a statistic of its rows. */
static enum muster_status find_levels(struct muster_data *data, struct muster_comm *comm)
{
    const struct data_header *head = &data->head;
    const struct data_share share =
        data_share(comm, head->rows[DATA_TRAIN] + head->rows[DATA_TEST]);
    uint8_t top = 0;
    for (size_t row = share.first; row < share.end; row++) {
        const uint8_t *x = (const uint8_t *)data_row(data, row);
        for (size_t j = 0; j < head->width; j++)
            top = x[j] > top ? x[j] : top;
    }
    double levels = 1, most = top;
    enum muster_status status = muster_reduce_max(comm, &most, 1);
    while (levels < most)
        levels *= 2;
    data->divisor = levels > 128 ? 255 : levels;
    return status;
}

enum muster_status data_load(struct muster_data *data, const struct muster_data_setup *setup,
                             const struct data_source *source, struct muster_comm *comm)
{
    enum muster_status status = MUSTER_OK;
    MUSTER_TRY(share_header(setup, source, comm, data));
    take_header(data, setup->data);
    MUSTER_TRY(fill_window(source, comm, data));
    if (data->scaling == SCALE_DIVIDE && !muster_block_get(setup->data, "scale.divide")->set)
        MUSTER_TRY(find_levels(data, comm));
done:
    return status;
}

/* Of several inputs, the first one's view stands for what they have in common. */
static enum muster_status prepare(const struct muster_data_setup *setup, struct data_view **views,
                                  size_t *n, struct data_source *source)
{
    enum muster_status status = MUSTER_OK;
    MUSTER_TRY(data_views_create(setup, views, n));
    MUSTER_TRY(data_source_of(*n > 0 ? &(*views)->setup : setup, source));
    if (*n > 0) {
        source->several = true;
        source->x[DATA_TEST] = (*views)->source.x[DATA_TEST];
    }
done:
    return status;
}

enum muster_status muster_data_open(const struct muster_data_setup *setup, struct muster_comm *comm,
                                    struct muster_data **out)
{
    enum muster_status status = MUSTER_OK;
    struct data_source source;
    struct data_view *views = NULL;
    size_t n = 0;
    struct muster_data *data = muster_alloc(1, sizeof *data);
    *out = NULL;
    status = data == NULL ? MUSTER_NO_MEMORY : prepare(setup, &views, &n, &source);
    MUSTER_TRY(muster_agree(comm, status));
    MUSTER_TRY(data_load(data, n > 0 ? &views->setup : setup, &source, comm));
    MUSTER_TRY(muster_agree(comm, data_hold_out(data, setup)));
    MUSTER_TRY(data_open_parts(data, views, n, comm));
    MUSTER_TRY(data_lay_columns(data, source.file, comm));
    MUSTER_TRY(data_check_variety(data, &source, comm));
    MUSTER_TRY(muster_agree(comm, data_stream_status(data->stream)));
done:
    data_views_destroy(&views, n);
    if (status != MUSTER_OK)
        muster_data_close(&data);
    *out = data;
    return status;
}

void muster_data_close(struct muster_data **out)
{
    struct muster_data *data = *out;
    if (data == NULL)
        return;
    data_close_parts(data);
    data_stream_close(&data->stream); /* before the ranks meet: nobody has the file open after */
    muster_window_destroy(&data->window);
    data_clear_columns(&data->columns);
    muster_free(data->rows);
    muster_free(data->test_rows);
    muster_free(data->class_names);
    muster_free(data->feature_names);
    muster_free(data->words);
    muster_free(data->word_codes);
    muster_free(data->names);
    muster_pack_free(&data->level_names);
    muster_free(data);
    *out = NULL;
}

const struct muster_data_info *muster_data_info(const struct muster_data *data)
{
    return &data->info;
}

const struct muster_data_columns *muster_data_columns(const struct muster_data *data)
{
    return data->columns.encoded ? &data->columns.info : NULL;
}

enum muster_status muster_data_status(const struct muster_data *data)
{
    enum muster_status status = data_stream_status(data->stream);
    for (size_t i = 0; i < data->n_parts && status == MUSTER_OK; i++)
        status = data_stream_status(data->parts[i].data->stream);
    return status;
}

size_t muster_data_blocks(const struct muster_data *data, const int64_t *rows, size_t n,
                          int64_t *first)
{
    const struct data_header *head = &data->head;
    size_t blocks = 0, last = 0;
    for (size_t i = 0; i < n && head->block > 0; i++) {
        const size_t block = data_block_of(head, (size_t)rows[i]);
        if (blocks > 0 && block == last)
            continue;
        if (first != NULL)
            first[blocks] = (int64_t)i;
        blocks++;
        last = block;
    }
    return blocks;
}

const int64_t *muster_data_rows(const struct muster_data *data)
{
    return data->rows;
}

const int64_t *muster_data_test_rows(const struct muster_data *data)
{
    return data->test_rows;
}

int64_t muster_data_first_test(const struct muster_data *data)
{
    return (int64_t)data->head.rows[DATA_TRAIN];
}

const char *const *muster_data_class_names(const struct muster_data *data, size_t *n)
{
    *n = data->n_class_names;
    return data->class_names;
}

const char *const *muster_data_feature_names(const struct muster_data *data, size_t *n)
{
    *n = data->n_feature_names;
    return data->feature_names;
}

const char *muster_data_level_names(const struct muster_data *data, size_t column, size_t *n)
{
    struct muster_field field;
    char key[32];
    if (!muster_pack_find(data->level_names.data, data->level_names.length,
                          data_level_key(column, key), &field))
        return NULL;
    *n = field.count;
    return field.data;
}

const char *const *muster_data_words(const struct muster_data *data, size_t *n)
{
    *n = data->n_words;
    return data->words;
}

const int64_t *muster_data_word_codes(const struct muster_data *data, size_t *n)
{
    *n = data->n_words;
    return data->word_codes;
}
