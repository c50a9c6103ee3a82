/* Rows that stay in the file: each rank reads whole blocks of them through serial HDF5 when one of
 * their rows is asked for and holds the last two, so that rows in the order of blocks, or of two
 * neighbours, cost one reading a block. */
#include <stdio.h>
#include <string.h>

#include "data/hdf5_file.h"
#include "data/prep_impl.h"

enum { HELD = 2, NOTHING = -1 };

struct held {
    char *bytes;   /* owned: [rows of a block][width] of head.kind, channels last */
    int64_t block; /* NOTHING: none */
};

struct data_stream {
    const struct data_header *head;      /* borrowed from the data, as the stream itself is */
    char *file_name, *paths[DATA_PARTS]; /* owned */
    hid_t file, sets[DATA_PARTS], types[DATA_PARTS];
    struct held held[HELD];
    size_t latest; /* the one asked for last */
    enum muster_status status;
    char *text; /* owned, [MUSTER_ERROR_SIZE]: what went wrong first */
};

/* Rows [first, first + n) of a part. */
struct span {
    int part;
    size_t first, n;
};

static size_t blocks_of(const struct data_header *head, int part)
{
    return (head->rows[part] + head->block - 1) / head->block;
}

size_t data_blocks(const struct data_header *head)
{
    return blocks_of(head, DATA_TRAIN) + blocks_of(head, DATA_TEST);
}

size_t data_block_of(const struct data_header *head, size_t row)
{
    const size_t train = head->rows[DATA_TRAIN];
    return row < train ? row / head->block
                       : blocks_of(head, DATA_TRAIN) + (row - train) / head->block;
}

/* Blocks of the test part stand behind the others, none holds rows of both. */
static struct span span_of(const struct data_header *head, size_t block)
{
    const size_t train = blocks_of(head, DATA_TRAIN);
    struct span span = {.part = block < train ? DATA_TRAIN : DATA_TEST};
    span.first = (block - (span.part == DATA_TEST ? train : 0)) * head->block;
    const size_t left = head->rows[span.part] - span.first;
    span.n = left < head->block ? left : head->block;
    return span;
}

static size_t first_row(const struct data_header *head, const struct span *span)
{
    return (span->part == DATA_TEST ? head->rows[DATA_TRAIN] : 0) + span->first;
}

static size_t row_bytes(const struct data_header *head)
{
    return head->width * data_numbers[head->kind].size;
}

/* No block is larger than the part with more rows. */
static size_t most_rows(const struct data_header *head)
{
    const size_t train = head->rows[DATA_TRAIN], test = head->rows[DATA_TEST];
    const size_t most = train > test ? train : test;
    return head->block < most ? head->block : most;
}

static size_t held_blocks(const struct data_header *head)
{
    return data_blocks(head) < HELD ? data_blocks(head) : HELD;
}

size_t data_stream_bytes(const struct data_header *head)
{
    return head->block == 0 ? 0 : held_blocks(head) * most_rows(head) * row_bytes(head);
}

/* ---- reading ------------------------------------------------------------------------------- */

/* For faults on demand each span is a file to be opened. */
static enum muster_status read_span(const struct data_stream *stream, const struct span *span,
                                    char *to)
{
    const struct data_header *head = stream->head;
    hsize_t start[H5S_MAX_RANK] = {span->first}, count[H5S_MAX_RANK];
    char reason[HDF5_REASON];
    hid_t set = stream->sets[span->part], space = H5Dget_space(set);
    const int rank = H5Sget_simple_extent_dims(space, count, NULL);
    count[0] = span->n;
    hid_t memory = H5Screate_simple(rank, count, NULL);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL);
    const bool good = !muster_fault(MUSTER_FAULT_OPEN) &&
                      H5Dread(set, stream->types[span->part], memory, space, H5P_DEFAULT, to) >= 0;
    H5Sclose(memory);
    H5Sclose(space);
    if (!good)
        return muster_error(MUSTER_IO, "%s: %s, rows %zu to %zu, cannot be read: %s",
                            stream->file_name, stream->paths[span->part], span->first,
                            span->first + span->n - 1, hdf5_reason(reason));
    return head->channels_first ? data_channels_last(head, to, span->n) : MUSTER_OK;
}

/* What fails is kept for data_stream_status, and zeros stand for the rows. */
static void load(struct data_stream *stream, size_t block, struct held *held)
{
    const struct span span = span_of(stream->head, block);
    const enum muster_status status = read_span(stream, &span, held->bytes);
    held->block = (int64_t)block;
    if (status == MUSTER_OK)
        return;
    memset(held->bytes, 0, span.n * row_bytes(stream->head));
    if (stream->status == MUSTER_OK)
        snprintf(stream->text, MUSTER_ERROR_SIZE, "%s", muster_error_text());
    stream->status = stream->status == MUSTER_OK ? status : stream->status;
}

static const char *block_bytes(struct data_stream *stream, size_t block)
{
    const size_t held = held_blocks(stream->head);
    for (size_t i = 0; i < held; i++, stream->latest = (stream->latest + 1) % held)
        if (stream->held[stream->latest].block == (int64_t)block)
            return stream->held[stream->latest].bytes;
    stream->latest = (stream->latest + 1) % held;
    load(stream, block, &stream->held[stream->latest]);
    return stream->held[stream->latest].bytes;
}

const char *data_stream_row(struct data_stream *stream, size_t row)
{
    const struct data_header *head = stream->head;
    const size_t block = data_block_of(head, row);
    const struct span span = span_of(head, block);
    return block_bytes(stream, block) + (row - first_row(head, &span)) * row_bytes(head);
}

enum muster_status data_stream_status(const struct data_stream *stream)
{
    if (stream == NULL || stream->status == MUSTER_OK)
        return MUSTER_OK;
    return muster_error(stream->status, "%s", stream->text);
}

/* ---- opening ------------------------------------------------------------------------------- */

static enum muster_status open_part(struct data_stream *stream, const struct data_source *source,
                                    int part)
{
    char reason[HDF5_REASON];
    enum data_kind kind;
    if (stream->head->rows[part] == 0)
        return MUSTER_OK;
    stream->paths[part] = muster_strdup(source->x[part]);
    if (stream->paths[part] == NULL)
        return MUSTER_NO_MEMORY;
    stream->sets[part] = H5Dopen2(stream->file, source->x[part], H5P_DEFAULT);
    if (stream->sets[part] >= 0)
        stream->types[part] = hdf5_number_type(stream->sets[part], &kind);
    if (stream->types[part] < 0)
        return muster_error(MUSTER_IO, "%s: %s cannot be opened: %s", source->file, source->x[part],
                            hdf5_reason(reason));
    return MUSTER_OK;
}

static enum muster_status create(const struct muster_data *data, const struct data_source *source,
                                 struct data_stream **out)
{
    enum muster_status status = MUSTER_OK;
    const struct data_header *head = &data->head;
    struct data_stream *stream = NULL;
    MUSTER_NEW(stream, 1);
    stream->head = head;
    stream->file = H5I_INVALID_HID;
    for (int part = DATA_TRAIN; part < DATA_PARTS; part++)
        stream->sets[part] = stream->types[part] = H5I_INVALID_HID;
    stream->file_name = muster_strdup(source->file);
    MUSTER_TRY(stream->file_name != NULL ? MUSTER_OK : MUSTER_NO_MEMORY);
    MUSTER_NEW(stream->text, MUSTER_ERROR_SIZE);
    for (size_t i = 0; i < held_blocks(head); i++) {
        stream->held[i].block = NOTHING;
        MUSTER_NEW(stream->held[i].bytes, most_rows(head) * row_bytes(head));
    }
    MUSTER_TRY(hdf5_open(source->file, &stream->file));
    for (int part = DATA_TRAIN; part < DATA_PARTS; part++)
        MUSTER_TRY(open_part(stream, source, part));
done:
    if (status != MUSTER_OK)
        data_stream_close(&stream);
    *out = stream;
    return status;
}

void data_stream_close(struct data_stream **out)
{
    struct data_stream *stream = *out;
    if (stream == NULL)
        return;
    for (int part = DATA_TRAIN; part < DATA_PARTS; part++) {
        if (stream->types[part] >= 0)
            H5Tclose(stream->types[part]);
        if (stream->sets[part] >= 0)
            H5Dclose(stream->sets[part]);
        muster_free(stream->paths[part]);
    }
    if (stream->file >= 0)
        H5Fclose(stream->file);
    for (size_t i = 0; i < HELD; i++)
        muster_free(stream->held[i].bytes);
    muster_free(stream->file_name);
    muster_free(stream->text);
    muster_free(stream);
    *out = NULL;
}

/* Looks at the values of this rank's share of the blocks. */
static enum muster_status check(const struct muster_data *data, const struct muster_comm *comm,
                                struct data_room *room)
{
    enum muster_status status = MUSTER_OK;
    const struct data_header *head = &data->head;
    struct data_stream *stream = data->stream;
    struct data_share share = data_share(comm, data_blocks(head));
    for (size_t block = share.first; block < share.end; block++) {
        const struct span span = span_of(head, block);
        const size_t row = first_row(head, &span);
        const struct data_slab slab = {.file = stream->file_name,
                                       .path = stream->paths[span.part],
                                       .part = span.part,
                                       .kind = head->kind,
                                       .width = head->width,
                                       .first = span.first,
                                       .n = span.n,
                                       .bytes = block_bytes(stream, block),
                                       .lengths =
                                           data->lengths != NULL ? data->lengths + row : NULL};
        MUSTER_TRY(data_stream_status(stream));
        MUSTER_TRY(data_check_inputs(head, &slab, room));
    }
done:
    return status;
}

/* Blocks whose edges cut compressed chunks are dearer than they need to be. */
static void advise(const struct data_header *head, const struct data_source *source)
{
    const size_t chunk = head->chunk[DATA_TRAIN];
    if (chunk > 1 && head->block < head->rows[DATA_TRAIN] && head->block % chunk != 0)
        muster_log(MUSTER_WARNINGS,
                   "%s: %s stands in chunks of %zu rows, those at the edges of a block are read "
                   "twice (data.block: a multiple of %zu)",
                   source->file, source->x[DATA_TRAIN], chunk, chunk);
}

enum muster_status data_stream_open(struct muster_data *data, const struct data_source *source,
                                    struct muster_comm *comm, struct data_room *room)
{
    enum muster_status status = MUSTER_OK;
    MUSTER_TRY(muster_agree(comm, create(data, source, &data->stream)));
    advise(&data->head, source);
    MUSTER_TRY(muster_agree(comm, check(data, comm, room)));
    MUSTER_TRY(muster_reduce_max(comm, &room->top_token, 1));
done:
    return status;
}

/* ---- the gather ---------------------------------------------------------------------------- */

/* Rows that one pass of a kernel takes at most. */
enum { RUN = 64 };

/* How many of the n rows from the first on stand in its block, RUN at most; their places in it. */
static size_t run_of(const struct data_header *head, const int64_t *rows, size_t n,
                     const struct span *span, int64_t places[RUN])
{
    const int64_t first = (int64_t)first_row(head, span);
    size_t m = 0;
    for (; m < n && m < RUN; m++) {
        places[m] = rows[m] - first;
        if (places[m] < 0 || places[m] >= (int64_t)span->n)
            break;
    }
    return m;
}

void data_stream_gather(const struct muster_data *data, const struct muster_prep *prep,
                        const int64_t *rows, size_t n, float *out)
{
    const struct data_header *head = &data->head;
    struct muster_data view = *data; /* one block as if it were all there is */
    int64_t places[RUN];
    view.stream = NULL;
    for (size_t i = 0, m; i < n; i += m) {
        const size_t block = data_block_of(head, (size_t)rows[i]);
        const struct span span = span_of(head, block);
        m = run_of(head, rows + i, n - i, &span, places);
        view.x = block_bytes(data->stream, block);
        view.lengths = data->lengths != NULL ? data->lengths + first_row(head, &span) : NULL;
        data_gather(&view, prep, places, m, out + i * prep->apart);
    }
}
