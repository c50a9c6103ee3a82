/* The rows of one data set, block by block through a stored preparation: for predictions on files
 * that may be larger than memory. A block stands in a data set of its own, so that the one gather
 * serves training and predictions with the same bits. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "data/hdf5_file.h"
#include "data/prep_impl.h"

struct muster_rows {
    struct muster_data data;   /* of the block at hand; owns its columns */
    struct muster_prep *prep;  /* owned */
    struct data_source source; /* borrows the names below */
    char *file_name, *path;    /* owned */
    char *length;              /* owned: path of the lengths; NULL: not read */
    hid_t file, set, type, space, lengths;
    void *block;      /* owned: [most][width of x] as in the file */
    int32_t *used;    /* owned, [most]: steps of its rows; NULL: all */
    double *said;     /* owned, [most]: the same as in the file */
    int64_t *numbers; /* owned: 0, 1, ... most - 1 */
    size_t most, next;
};

static void shape_text(size_t rank, const size_t *dims, char out[96])
{
    size_t at = (size_t)snprintf(out, 96, "[n");
    for (size_t i = 0; i < rank && at < 90; i++)
        at += (size_t)snprintf(out + at, 96 - at, ", %zu", dims[i]);
    snprintf(out + at, 96 - at, "]");
}

/* Images of one channel may be without it in the file. */
static bool fits(const struct data_header *head, const struct muster_input *input)
{
    const bool plain = head->rank == 2 && input->rank == 3 && input->dims[2] == 1;
    return (plain || head->rank == input->rank) &&
           memcmp(head->dims, input->dims, head->rank * sizeof *head->dims) == 0;
}

static enum muster_status check_shape(const struct muster_rows *rows,
                                      const struct muster_input *input)
{
    const struct data_header *head = &rows->data.head;
    char found[96], wanted[96];
    if (fits(head, input))
        return MUSTER_OK;
    shape_text(head->rank, head->dims, found);
    shape_text(input->rank, input->dims, wanted);
    return muster_error(MUSTER_BAD_DATA,
                        "%s: %s %s does not fit the model, which takes rows of %s%s",
                        rows->file_name, rows->path, found, wanted,
                        input->rank == 3 ? " (channels last)"
                        : input->lengths ? " (fewer steps are filled up, and --length says how many"
                                           " are used)"
                                         : "");
}

static enum muster_status open_set(struct muster_rows *rows)
{
    enum muster_status status = MUSTER_OK;
    char reason[HDF5_REASON];
    if (access(rows->file_name, R_OK) != 0)
        return muster_error(MUSTER_NO_INPUT, "%s: cannot be read: %s", rows->file_name,
                            strerror(errno));
    MUSTER_TRY(hdf5_open(rows->file_name, &rows->file));
    MUSTER_TRY(data_describe_inputs(&rows->source, rows->file, "--x", &rows->data.head));
    rows->set = H5Dopen2(rows->file, rows->path, H5P_DEFAULT);
    rows->space = H5Dget_space(rows->set);
    rows->type = hdf5_number_type(rows->set, &rows->data.head.kind);
    if (rows->set < 0 || rows->space < 0 || rows->type < 0)
        status = muster_error(MUSTER_IO, "%s: %s cannot be opened: %s", rows->file_name, rows->path,
                              hdf5_reason(reason));
done:
    return status;
}

/* Where the lengths are read from, and whether they are. */
static enum muster_status open_lengths(struct muster_rows *rows,
                                       const struct muster_rows_source *source)
{
    const size_t n = rows->data.head.rows[DATA_TRAIN];
    if (source->length != NULL && strcmp(source->length, "none") == 0)
        return MUSTER_OK;
    rows->length = source->length != NULL ? muster_strdup(source->length)
                                          : data_beside(source->x, source->shared, "length");
    if (rows->length == NULL)
        return MUSTER_NO_MEMORY;
    if (source->length == NULL && !hdf5_has_set(rows->file, rows->length))
        return MUSTER_OK;
    if (!hdf5_has_set(rows->file, rows->length))
        return muster_error(MUSTER_BAD_DATA,
                            "%s: no data set %s (--length names another one; none)",
                            rows->file_name, rows->length);
    if (hdf5_integers(rows->file, rows->length) != n)
        return muster_error(MUSTER_BAD_DATA,
                            "%s: %s does not fit %s (--length: [%zu] integers, one a row, or none)",
                            rows->file_name, rows->length, rows->path, n);
    rows->lengths = H5Dopen2(rows->file, rows->length, H5P_DEFAULT);
    return MUSTER_OK;
}

/* The columns as they were laid out when the preparation was fitted. */
static enum muster_status lay_columns(struct muster_rows *rows, const struct muster_input *input)
{
    enum muster_status status = MUSTER_OK;
    struct data_columns *columns = &rows->data.columns;
    size_t n = input->dims[0], width = rows->data.head.width;
    columns->encoded = input->fill != NULL;
    if (columns->encoded) {
        columns->info.n = n;
        columns->info.one_hot = input->one_hot;
        MUSTER_NEW(columns->levels, n);
        MUSTER_NEW(columns->gaps, n);
        memcpy(columns->levels, input->levels, n * sizeof *columns->levels);
        memcpy(columns->gaps, input->gaps, n * sizeof *columns->gaps);
        for (size_t j = 0; j < n; j++)
            rows->data.head.coded = rows->data.head.coded || columns->levels[j] > 0;
        MUSTER_TRY(data_place_columns(columns));
        width = columns->info.width;
    }
    if (width != input->width)
        status = muster_error(MUSTER_BAD_DATA,
                              "the stored preparation makes rows of %zu numbers, its columns make "
                              "%zu",
                              input->width, width);
done:
    return status;
}

static enum muster_status create(struct muster_rows *rows, const struct muster_rows_source *source,
                                 const struct muster_input *input)
{
    enum muster_status status = MUSTER_OK;
    struct data_header *head = &rows->data.head;
    MUSTER_TRY(open_set(rows));
    MUSTER_TRY(check_shape(rows, input));
    MUSTER_TRY(data_compare_names(rows->file, source, input));
    head->tokens = input->vocabulary > 0;
    head->vocabulary = input->vocabulary;
    if (input->lengths) {
        MUSTER_NEW(rows->used, rows->most);
        MUSTER_NEW(rows->said, rows->most);
        MUSTER_TRY(open_lengths(rows, source));
    }
    MUSTER_TRY(lay_columns(rows, input));
    MUSTER_TRY(data_restore_prep(&rows->data, input, &rows->prep));
    rows->block = muster_alloc(rows->most * head->width, data_numbers[head->kind].size);
    MUSTER_TRY(rows->block != NULL ? MUSTER_OK : MUSTER_NO_MEMORY);
    rows->data.x = rows->block;
    rows->data.lengths = rows->used;
    MUSTER_NEW(rows->numbers, rows->most);
    for (size_t i = 0; i < rows->most; i++)
        rows->numbers[i] = (int64_t)i;
done:
    return status;
}

enum muster_status muster_rows_open(const struct muster_rows_source *source,
                                    const struct muster_input *input, size_t most,
                                    struct muster_rows **out)
{
    enum muster_status status = MUSTER_OK;
    struct muster_rows *rows = NULL;
    *out = NULL;
    MUSTER_NEW(rows, 1);
    rows->file = rows->set = rows->type = rows->space = rows->lengths = H5I_INVALID_HID;
    rows->most = most;
    rows->file_name = muster_strdup(source->file);
    rows->path = muster_strdup(source->x);
    MUSTER_TRY(rows->file_name != NULL && rows->path != NULL ? MUSTER_OK : MUSTER_NO_MEMORY);
    rows->source.file = rows->file_name;
    rows->source.x[DATA_TRAIN] = rows->path;
    MUSTER_TRY(create(rows, source, input));
done:
    if (status != MUSTER_OK)
        muster_rows_close(&rows);
    *out = rows;
    return status;
}

void muster_rows_close(struct muster_rows **out)
{
    struct muster_rows *rows = *out;
    if (rows == NULL)
        return;
    if (rows->lengths >= 0)
        H5Dclose(rows->lengths);
    if (rows->type >= 0)
        H5Tclose(rows->type);
    if (rows->space >= 0)
        H5Sclose(rows->space);
    if (rows->set >= 0)
        H5Dclose(rows->set);
    if (rows->file >= 0)
        H5Fclose(rows->file);
    muster_prep_destroy(&rows->prep);
    data_clear_columns(&rows->data.columns);
    muster_free(rows->block);
    muster_free(rows->used);
    muster_free(rows->said);
    muster_free(rows->numbers);
    muster_free(rows->length);
    muster_free(rows->file_name);
    muster_free(rows->path);
    muster_free(rows);
    *out = NULL;
}

size_t muster_rows_count(const struct muster_rows *rows)
{
    return rows->data.head.rows[DATA_TRAIN];
}

static enum muster_status read_block(struct muster_rows *rows, size_t n)
{
    hsize_t start[H5S_MAX_RANK] = {rows->next}, count[H5S_MAX_RANK];
    char reason[HDF5_REASON];
    int rank = H5Sget_simple_extent_dims(rows->space, count, NULL);
    count[0] = n;
    hid_t memory = H5Screate_simple(rank, count, NULL);
    H5Sselect_hyperslab(rows->space, H5S_SELECT_SET, start, NULL, count, NULL);
    bool good = H5Dread(rows->set, rows->type, memory, rows->space, H5P_DEFAULT, rows->block) >= 0;
    H5Sclose(memory);
    return good ? MUSTER_OK
                : muster_error(MUSTER_IO, "%s: %s cannot be read: %s", rows->file_name, rows->path,
                               hdf5_reason(reason));
}

/* All steps where the file does not say. */
static enum muster_status read_lengths(struct muster_rows *rows, size_t n)
{
    const struct data_header *head = &rows->data.head;
    const hsize_t start = rows->next, count = n;
    char reason[HDF5_REASON];
    for (size_t i = 0; i < n; i++)
        rows->used[i] = (int32_t)head->dims[0];
    if (rows->lengths < 0)
        return MUSTER_OK;
    hid_t space = H5Dget_space(rows->lengths), memory = H5Screate_simple(1, &count, NULL);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, NULL, &count, NULL);
    bool good =
        H5Dread(rows->lengths, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, rows->said) >= 0;
    H5Sclose(memory);
    H5Sclose(space);
    if (!good)
        return muster_error(MUSTER_IO, "%s: %s cannot be read: %s", rows->file_name, rows->length,
                            hdf5_reason(reason));
    const struct data_slab slab = {.file = rows->file_name,
                                   .path = rows->length,
                                   .kind = DATA_F64,
                                   .width = 1,
                                   .first = rows->next,
                                   .n = n,
                                   .bytes = (const char *)rows->said};
    return data_check_lengths(head, &slab, rows->used);
}

static enum muster_status check_block(const struct muster_rows *rows, size_t n)
{
    const struct data_header *head = &rows->data.head;
    const struct data_slab slab = {.file = rows->file_name,
                                   .path = rows->path,
                                   .part = DATA_TRAIN,
                                   .kind = head->kind,
                                   .width = head->width,
                                   .first = rows->next,
                                   .n = n,
                                   .bytes = rows->block,
                                   .lengths = rows->used};
    struct data_room room = {.x = rows->block,
                             .levels = rows->data.columns.levels,
                             .whole = !rows->data.columns.encoded,
                             .stored = true};
    return data_check_inputs(head, &slab, &room);
}

enum muster_status muster_rows_next(struct muster_rows *rows, float *out, int32_t *lengths,
                                    size_t *n)
{
    enum muster_status status = MUSTER_OK;
    size_t left = muster_rows_count(rows) - rows->next;
    *n = left < rows->most ? left : rows->most;
    if (*n == 0)
        return MUSTER_OK;
    MUSTER_TRY(read_block(rows, *n));
    if (rows->used != NULL)
        MUSTER_TRY(read_lengths(rows, *n));
    if (rows->data.head.channels_first)
        MUSTER_TRY(data_channels_last(&rows->data.head, rows->block, *n));
    MUSTER_TRY(check_block(rows, *n));
    muster_prep_gather(&rows->data, rows->prep, rows->numbers, *n, out);
    muster_data_lengths(&rows->data, rows->numbers, lengths != NULL ? *n : 0, lengths);
    rows->next += *n;
done:
    return status;
}
