/* Reading: each rank of a node takes a slab of the rows, in whole chunks, in collective rounds of
 * bounded size; what it reads it also checks. */
#include <string.h>

#include "data/hdf5_file.h"
#include "muster/par_mpi.h"

/* Bytes that one rank reads in one call: below what MPI-IO counts in int. */
#define ROUND ((size_t)64 << 20)

struct reader {
    const struct data_source *source;
    const struct data_header *head;
    struct muster_comm *comm;
    size_t rank, ranks; /* this one's share of the node's work */
    hid_t file, transfer;
};

/* Rows [first, first + n) of a part are this rank's; `most`: of any rank of the job. */
struct slab {
    size_t first, n, most;
};

/* One data set open for reading. */
struct source_set {
    const char *path;
    hid_t set, space, type;
    enum data_kind kind;
    size_t width; /* numbers a row */
};

static enum muster_status agree(const struct reader *reader, enum muster_status mine)
{
    return muster_agree(reader->comm, mine);
}

static enum muster_status slab_of(const struct reader *reader, int part, struct slab *slab)
{
    size_t rows = reader->head->rows[part], unit = reader->head->chunk[part];
    size_t units = (rows + unit - 1) / unit;
    size_t first = units * reader->rank / reader->ranks * unit;
    size_t end = units * (reader->rank + 1) / reader->ranks * unit;
    end = end < rows ? end : rows;
    *slab = (struct slab){first, end - first, end - first};
    double most = (double)slab->n;
    enum muster_status status = muster_reduce_max(reader->comm, &most, 1);
    slab->most = (size_t)most;
    return status;
}

static void close_set(struct source_set *from)
{
    if (from->type >= 0)
        H5Tclose(from->type);
    if (from->space >= 0)
        H5Sclose(from->space);
    if (from->set >= 0)
        H5Dclose(from->set);
}

/* The header was checked by rank 0, so that what fails here is the file system. */
static enum muster_status open_set(const struct reader *reader, const char *path, size_t width,
                                   struct source_set *from)
{
    char reason[HDF5_REASON];
    *from = (struct source_set){.path = path, .width = width, .space = -1, .type = -1};
    from->set = H5Dopen2(reader->file, path, H5P_DEFAULT);
    if (from->set >= 0) {
        from->space = H5Dget_space(from->set);
        from->type = hdf5_number_type(from->set, &from->kind);
    }
    if (from->set < 0 || from->space < 0 || from->type < 0)
        return muster_error(MUSTER_IO, "%s: %s cannot be opened: %s", reader->source->file, path,
                            hdf5_reason(reason));
    return MUSTER_OK;
}

/* Rows [first, first + n) into `to`; n may be 0. Collective where the file is. The memory has the
 * shape of the selection: chunks of another shape are slow to match. */
static bool read_rows(const struct reader *reader, const struct source_set *from, size_t first,
                      size_t n, void *to)
{
    hsize_t start[H5S_MAX_RANK] = {first}, count[H5S_MAX_RANK];
    int rank = H5Sget_simple_extent_dims(from->space, count, NULL);
    count[0] = n;
    hid_t memory = H5Screate_simple(rank, count, NULL);
    if (n > 0) {
        H5Sselect_hyperslab(from->space, H5S_SELECT_SET, start, NULL, count, NULL);
    } else {
        H5Sselect_none(from->space);
        H5Sselect_none(memory);
    }
    bool good = H5Dread(from->set, from->type, memory, from->space, reader->transfer, to) >= 0;
    H5Sclose(memory);
    return good;
}

/* All of the slab into `to`, in as many rounds as the largest slab of the job needs: after a
 * failure too, since the others wait. */
static enum muster_status read_slab(const struct reader *reader, const struct source_set *from,
                                    const struct slab *slab, size_t unit, void *to)
{
    size_t row = from->width * data_numbers[from->kind].size;
    size_t step = ROUND / row / unit * unit;
    enum muster_status status = MUSTER_OK;
    step = step > 0 ? step : ROUND / row > 0 ? ROUND / row : 1;
    for (size_t at = 0; at < slab->most; at += step) {
        size_t left = at < slab->n ? slab->n - at : 0, n = left < step ? left : step;
        char reason[HDF5_REASON];
        if (!read_rows(reader, from, slab->first + at, n, n > 0 ? (char *)to + at * row : to))
            status = muster_error(MUSTER_IO, "%s: %s cannot be read: %s", reader->source->file,
                                  from->path, hdf5_reason(reason));
    }
    return status;
}

/* Each row from [c][h][w] to [h][w][c]. */
enum muster_status data_channels_last(const struct data_header *head, char *rows, size_t n)
{
    const size_t size = data_numbers[head->kind].size, c = head->dims[2];
    const size_t pixels = head->width / c;
    char *row = muster_alloc(head->width, size);
    if (row == NULL)
        return MUSTER_NO_MEMORY;
    for (size_t i = 0; i < n; i++) {
        char *to = rows + i * head->width * size;
        memcpy(row, to, head->width * size);
        for (size_t p = 0; p < pixels; p++) {
            for (size_t k = 0; k < c; k++)
                memcpy(to + (p * c + k) * size, row + (k * pixels + p) * size, size);
        }
    }
    muster_free(row);
    return MUSTER_OK;
}

static enum muster_status read_inputs(const struct reader *reader, int part, struct data_room *room)
{
    enum muster_status status = MUSTER_OK;
    const struct data_header *head = reader->head;
    const size_t row = head->width * data_numbers[head->kind].size;
    const char *path = reader->source->x[part];
    struct slab slab;
    struct source_set from;
    MUSTER_TRY(slab_of(reader, part, &slab));
    size_t before = (part == DATA_TEST ? head->rows[DATA_TRAIN] : 0) + slab.first;
    char *mine = (char *)room->x + before * row;
    const int32_t *lengths = room->lengths != NULL ? room->lengths + before : NULL;
    status = agree(reader, open_set(reader, path, head->width, &from));
    if (status == MUSTER_OK)
        status = agree(reader, read_slab(reader, &from, &slab, head->chunk[part], mine));
    close_set(&from);
    MUSTER_TRY(status);
    if (head->channels_first)
        status = data_channels_last(head, mine, slab.n);
    if (status == MUSTER_OK)
        status =
            data_check_inputs(head,
                              &(struct data_slab){reader->source->file, path, part, head->kind,
                                                  head->width, slab.first, slab.n, mine, lengths},
                              room);
    status = agree(reader, status);
done:
    return status;
}

/* Something beside the inputs: `width` numbers a row. */
struct beside {
    const char *path;
    size_t width;
    data_taker *take;
};

static enum muster_status read_beside(const struct reader *reader, int part,
                                      const struct beside *beside, struct data_room *room)
{
    enum muster_status status = MUSTER_OK;
    struct slab slab;
    struct source_set from;
    char *values = NULL;
    MUSTER_TRY(slab_of(reader, part, &slab));
    status = open_set(reader, beside->path, beside->width, &from);
    if (status == MUSTER_OK) {
        values = muster_alloc(slab.n, from.width * data_numbers[from.kind].size);
        status = values == NULL ? MUSTER_NO_MEMORY : MUSTER_OK;
    }
    status = agree(reader, status);
    if (status == MUSTER_OK)
        status = agree(reader, read_slab(reader, &from, &slab, 1, values));
    if (status == MUSTER_OK)
        status = agree(reader, beside->take(reader->head,
                                            &(struct data_slab){reader->source->file, beside->path,
                                                                part, from.kind, from.width,
                                                                slab.first, slab.n, values, NULL},
                                            room));
    close_set(&from);
done:
    muster_free(values);
    return status;
}

/* The inputs last: what is small is most often wrong; and lengths, which say what counts, first. */
static enum muster_status read_part(const struct reader *reader, int part, struct data_room *room)
{
    enum muster_status status = MUSTER_OK;
    const struct data_header *head = reader->head;
    const struct beside targets = {reader->source->y[part], head->targets, data_take_targets};
    const struct beside groups = {reader->source->groups, 1, data_take_groups};
    const struct beside lengths = {reader->source->length[part], 1, data_take_lengths};
    if (head->rows[part] == 0)
        return MUSTER_OK;
    if (head->lengths[part])
        MUSTER_TRY(read_beside(reader, part, &lengths, room));
    if (head->targets > 0)
        MUSTER_TRY(read_beside(reader, part, &targets, room));
    if (head->grouped && part == DATA_TRAIN)
        MUSTER_TRY(read_beside(reader, part, &groups, room));
    if (room->x != NULL)
        MUSTER_TRY(read_inputs(reader, part, room));
done:
    return status;
}

enum muster_status data_read(const struct data_source *source, const struct data_header *head,
                             struct muster_comm *comm, struct muster_window *window,
                             struct data_room *room)
{
    enum muster_status status = MUSTER_OK;
    struct reader reader = {.source = source,
                            .head = head,
                            .comm = comm,
                            .rank = (size_t)muster_window_rank(window),
                            .ranks = (size_t)muster_window_ranks(window),
                            .transfer = H5I_INVALID_HID};
    MUSTER_TRY(hdf5_open_together(source->file, comm, &reader.file));
    reader.transfer = H5Pcreate(H5P_DATASET_XFER);
    H5Pset_dxpl_mpio(reader.transfer, H5FD_MPIO_COLLECTIVE);
    for (int part = DATA_TRAIN; part < DATA_PARTS; part++)
        MUSTER_TRY(read_part(&reader, part, room));
    double tops[2] = {room->top, room->top_token};
    MUSTER_TRY(muster_reduce_max(comm, tops, 2));
    room->top = tops[0];
    room->top_token = tops[1];
done:
    if (reader.transfer >= 0)
        H5Pclose(reader.transfer);
    if (reader.file >= 0)
        H5Fclose(reader.file);
    return status;
}
