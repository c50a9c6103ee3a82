/* The rows of one data set, block by block through a stored preparation: for predictions on files
 * that may be larger than memory. A block stands in a data set of its own, so that the one gather
 * serves training and predictions with the same bits. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "data/hdf5_file.h"

struct muster_rows {
    struct muster_data data;   /* of the block at hand; owns its columns */
    struct muster_prep *prep;  /* owned */
    struct data_source source; /* borrows the names below */
    char *file_name, *path;    /* owned */
    hid_t file, set, type, space;
    void *block;      /* owned: [most][width of x] as in the file */
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
                        "%s: %s %s does not fit the model, which takes rows of %s (channels last)",
                        rows->file_name, rows->path, found, wanted);
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

/* The columns as they were laid out when the preparation was fitted. */
static enum muster_status lay_columns(struct muster_rows *rows, const struct muster_input *input)
{
    enum muster_status status = MUSTER_OK;
    struct data_columns *columns = &rows->data.columns;
    size_t n = input->dims[0], width = rows->data.head.width;
    columns->encoded = input->fill != NULL;
    if (columns->encoded) {
        columns->info.n = n;
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

static enum muster_status create(struct muster_rows *rows, const struct muster_input *input)
{
    enum muster_status status = MUSTER_OK;
    const struct data_header *head = &rows->data.head;
    MUSTER_TRY(open_set(rows));
    MUSTER_TRY(check_shape(rows, input));
    MUSTER_TRY(lay_columns(rows, input));
    MUSTER_TRY(data_restore_prep(&rows->data, input, &rows->prep));
    rows->block = muster_alloc(rows->most * head->width, data_numbers[head->kind].size);
    MUSTER_TRY(rows->block != NULL ? MUSTER_OK : MUSTER_NO_MEMORY);
    rows->data.x = rows->block;
    MUSTER_NEW(rows->numbers, rows->most);
    for (size_t i = 0; i < rows->most; i++)
        rows->numbers[i] = (int64_t)i;
done:
    return status;
}

enum muster_status muster_rows_open(const char *file, const char *path,
                                    const struct muster_input *input, size_t most,
                                    struct muster_rows **out)
{
    enum muster_status status = MUSTER_OK;
    struct muster_rows *rows = NULL;
    *out = NULL;
    MUSTER_NEW(rows, 1);
    rows->file = rows->set = rows->type = rows->space = H5I_INVALID_HID;
    rows->most = most;
    rows->file_name = muster_strdup(file);
    rows->path = muster_strdup(path);
    MUSTER_TRY(rows->file_name != NULL && rows->path != NULL ? MUSTER_OK : MUSTER_NO_MEMORY);
    rows->source.file = rows->file_name;
    rows->source.x[DATA_TRAIN] = rows->path;
    MUSTER_TRY(create(rows, input));
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
    muster_free(rows->numbers);
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
                                   .bytes = rows->block};
    struct data_room room = {.x = rows->block,
                             .levels = rows->data.columns.levels,
                             .whole = !rows->data.columns.encoded};
    return data_check_inputs(head, &slab, &room);
}

enum muster_status muster_rows_next(struct muster_rows *rows, float *out, size_t *n)
{
    enum muster_status status = MUSTER_OK;
    size_t left = muster_rows_count(rows) - rows->next;
    *n = left < rows->most ? left : rows->most;
    if (*n == 0)
        return MUSTER_OK;
    MUSTER_TRY(read_block(rows, *n));
    if (rows->data.head.channels_first)
        MUSTER_TRY(data_channels_last(&rows->data.head, rows->block, *n));
    MUSTER_TRY(check_block(rows, *n));
    muster_prep_gather(&rows->data, rows->prep, rows->numbers, *n, out);
    rows->next += *n;
done:
    return status;
}
