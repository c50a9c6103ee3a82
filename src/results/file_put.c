/* What goes into a result file: attributes, arrays, strings, and curves in row blocks.
 *
 * The file keeps HDF5's oldest formats, which every reader knows. Texts of attributes are strings
 * of variable length: h5py hands them out as str, and they may be longer than the 64 KiB of a
 * header. Strings of datasets are of fixed length, which every tool reads. */
#include <math.h>
#include <string.h>

#include "results/file_impl.h"

#define CHUNK ((size_t)1 << 20)
#define DEFLATE_LEVEL 4

struct shape {
    size_t rank, item; /* bytes of an element */
    const size_t *dims;
};

static size_t count_of(const struct shape *shape)
{
    size_t count = 1;
    for (size_t i = 0; i < shape->rank; i++)
        count *= shape->dims[i];
    return count;
}

static hid_t make_space(const struct shape *shape)
{
    hsize_t dims[H5S_MAX_RANK];
    if (shape->rank == 0)
        return H5Screate(H5S_SCALAR);
    if (shape->rank > H5S_MAX_RANK)
        return -1;
    for (size_t i = 0; i < shape->rank; i++)
        dims[i] = shape->dims[i];
    return H5Screate_simple((int)shape->rank, dims, NULL);
}

/* Whole trailing dimensions, as many as fit in about 1 MiB. */
static herr_t set_chunks(hid_t layout, const struct shape *shape)
{
    hsize_t chunk[H5S_MAX_RANK];
    size_t room = shape->item < CHUNK ? CHUNK / shape->item : 1;
    for (size_t i = shape->rank; i-- > 0;) {
        chunk[i] = shape->dims[i] < room ? shape->dims[i] : room;
        room /= chunk[i];
        if (room < 1)
            room = 1;
    }
    if (H5Pset_chunk(layout, (int)shape->rank, chunk) < 0)
        return -1;
    if (H5Zfilter_avail(H5Z_FILTER_DEFLATE) <= 0)
        return 0;
    return H5Pset_shuffle(layout) < 0 ? -1 : H5Pset_deflate(layout, DEFLATE_LEVEL);
}

/* Missing groups are made on the way. */
static hid_t make_links(void)
{
    hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    H5Pset_char_encoding(links, H5T_CSET_UTF8);
    return links;
}

/* A dataset, or -1 with the failure remembered. `layout` is consumed. */
static hid_t make_dataset(struct muster_file *file, const char *path, hid_t type,
                          const struct shape *shape, hid_t layout)
{
    hid_t links = make_links(), space = make_space(shape), access = H5Pcreate(H5P_DATASET_ACCESS);
    hid_t dataset = -1;
    H5Pset_chunk_cache(access, 521, 4 * CHUNK, 1.0);
    if (links >= 0 && space >= 0 && layout >= 0 && access >= 0)
        dataset = H5Dcreate2(file->hdf5, path, type, space, links, layout, access);
    if (dataset < 0)
        muster_file_fail(file, "creating", path);
    muster_hdf5_close(access);
    muster_hdf5_close(layout);
    muster_hdf5_close(space);
    muster_hdf5_close(links);
    return dataset;
}

static hid_t make_layout(const struct shape *shape, bool compress)
{
    hid_t layout = H5Pcreate(H5P_DATASET_CREATE);
    if (compress && shape->rank > 0 && count_of(shape) * shape->item > CHUNK &&
        set_chunks(layout, shape) < 0) {
        H5Pclose(layout);
        return -1;
    }
    return layout;
}

/* A whole dataset at once; `types`: in memory, in the file. */
static void put(struct muster_file *file, const char *path, const hid_t types[2],
                const struct shape *shape, const void *values, bool compress)
{
    hid_t dataset = make_dataset(file, path, types[1], shape, make_layout(shape, compress));
    if (dataset < 0)
        return;
    if ((count_of(shape) > 0 &&
         H5Dwrite(dataset, types[0], H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) ||
        H5Dclose(dataset) < 0)
        muster_file_fail(file, "writing", path);
}

void muster_file_array(struct muster_file *file, const char *path, enum muster_field_type type,
                       size_t rank, const size_t *dims, const void *values, bool compress)
{
    const struct shape shape = {rank, muster_hdf5_bytes(type), dims};
    const hid_t types[2] = {muster_hdf5_native(type), muster_hdf5_stored(type)};
    if (file->status == MUSTER_OK)
        put(file, path, types, &shape, values, compress);
}

static size_t longest(const char *const *values, size_t n)
{
    size_t most = 1; /* HDF5 has no strings of length 0 */
    for (size_t i = 0; i < n; i++) {
        size_t length = strlen(values[i]);
        if (length > most)
            most = length;
    }
    return most;
}

void muster_file_strings(struct muster_file *file, const char *path, const char *const *values,
                         size_t n)
{
    if (file->status != MUSTER_OK)
        return;
    const struct shape shape = {1, longest(values, n), &n};
    char *block = muster_alloc(n, shape.item);
    hid_t type = muster_hdf5_string(shape.item);
    if (block == NULL) {
        muster_file_keep(file, MUSTER_NO_MEMORY);
    } else {
        for (size_t i = 0; i < n; i++)
            memcpy(block + i * shape.item, values[i], strlen(values[i]));
        put(file, path, (const hid_t[2]){type, type}, &shape, block, true);
    }
    muster_hdf5_close(type);
    muster_free(block);
}

/* The object at `where`, made as a group where there is none. */
static hid_t object_at(struct muster_file *file, const char *where)
{
    hid_t object = H5Oopen(file->hdf5, where, H5P_DEFAULT);
    if (object < 0) {
        hid_t links = make_links();
        object = H5Gcreate2(file->hdf5, where, links, H5P_DEFAULT, H5P_DEFAULT);
        muster_hdf5_close(links);
    }
    if (object < 0)
        muster_file_fail(file, "creating", where);
    return object;
}

void muster_file_group(struct muster_file *file, const char *path)
{
    if (file->status == MUSTER_OK)
        muster_hdf5_close(object_at(file, path));
}

static void put_attr(struct muster_file *file, const char *where, const char *name,
                     const hid_t types[2], const void *value)
{
    hid_t object = file->status == MUSTER_OK ? object_at(file, where) : -1, space, attr = -1;
    if (object < 0)
        return;
    space = H5Screate(H5S_SCALAR);
    if (H5Aexists(object, name) > 0)
        H5Adelete(object, name);
    attr = H5Acreate2(object, name, types[1], space, H5P_DEFAULT, H5P_DEFAULT);
    if (attr < 0 || H5Awrite(attr, types[0], value) < 0)
        muster_file_fail(file, "writing attribute", name);
    muster_hdf5_close(attr);
    muster_hdf5_close(space);
    muster_hdf5_close(object);
}

void muster_file_attr_text(struct muster_file *file, const char *where, const char *name,
                           const char *value)
{
    hid_t type = muster_hdf5_string(H5T_VARIABLE);
    put_attr(file, where, name, (const hid_t[2]){type, type}, &value);
    muster_hdf5_close(type);
}

void muster_file_attr_f64(struct muster_file *file, const char *where, const char *name,
                          double value)
{
    put_attr(file, where, name, (const hid_t[2]){H5T_NATIVE_DOUBLE, H5T_IEEE_F64LE}, &value);
}

void muster_file_attr_i64(struct muster_file *file, const char *where, const char *name,
                          int64_t value)
{
    put_attr(file, where, name, (const hid_t[2]){H5T_NATIVE_INT64, H5T_STD_I64LE}, &value);
}

/* ---- curves -------------------------------------------------------------------------------- */

static hid_t make_stream(struct muster_file *file, const struct muster_file_stream *stream,
                         const struct shape *shape)
{
    const float fill = NAN;
    hid_t layout = H5Pcreate(H5P_DATASET_CREATE);
    if ((stream->type == MUSTER_F32 && H5Pset_fill_value(layout, H5T_NATIVE_FLOAT, &fill) < 0) ||
        (count_of(shape) > 0 && set_chunks(layout, shape) < 0)) {
        muster_hdf5_close(layout);
        layout = -1;
    }
    return make_dataset(file, stream->path, muster_hdf5_stored(stream->type), shape, layout);
}

void muster_file_stream_begin_as(struct muster_file *file, const char *path,
                                 enum muster_field_type type, size_t rank, const size_t *dims)
{
    const struct shape shape = {rank, muster_hdf5_bytes(type), dims};
    struct muster_file_stream stream = {.type = type, .dataset = -1};
    if (file->status != MUSTER_OK)
        return;
    stream.path = muster_strdup(path);
    if (stream.path == NULL || muster_grow(&file->streams, &file->streams_capacity,
                                           file->n_streams + 1, sizeof stream) != MUSTER_OK) {
        muster_free(stream.path);
        muster_file_keep(file, MUSTER_NO_MEMORY);
        return;
    }
    stream.dataset = make_stream(file, &stream, &shape);
    if (stream.dataset < 0)
        muster_free(stream.path);
    else
        file->streams[file->n_streams++] = stream;
}

void muster_file_stream_begin(struct muster_file *file, const char *path, size_t rank,
                              const size_t *dims)
{
    muster_file_stream_begin_as(file, path, MUSTER_F32, rank, dims);
}

static const struct muster_file_stream *stream_at(const struct muster_file *file, const char *path)
{
    for (size_t i = 0; i < file->n_streams; i++)
        if (strcmp(file->streams[i].path, path) == 0)
            return &file->streams[i];
    return NULL;
}

/* What is written of a stream: rows, and of these entries of the next dimension (n 0: all). */
struct block {
    size_t row, rows, first, n;
};

static herr_t write_block(const struct muster_file_stream *stream, hid_t space,
                          const struct block *block, const void *values)
{
    hsize_t start[H5S_MAX_RANK] = {block->row, block->first}, count[H5S_MAX_RANK];
    hid_t memory, type = muster_hdf5_native(stream->type);
    herr_t code = -1;
    int rank = H5Sget_simple_extent_dims(space, count, NULL);
    if (rank < 1 || block->row + block->rows > count[0] ||
        (block->n > 0 && (rank < 2 || block->first + block->n > count[1])))
        return -1;
    count[0] = block->rows;
    if (block->n > 0)
        count[1] = block->n;
    memory = H5Screate_simple(rank, count, NULL);
    if (memory >= 0 && H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0)
        code = H5Dwrite(stream->dataset, type, memory, space, H5P_DEFAULT, values);
    muster_hdf5_close(memory);
    return code;
}

static void write_stream(struct muster_file *file, const char *path, const struct block *block,
                         const void *values)
{
    if (file->status != MUSTER_OK || block->rows == 0)
        return;
    const struct muster_file_stream *stream = stream_at(file, path);
    hid_t space = stream == NULL ? -1 : H5Dget_space(stream->dataset);
    if (space < 0 || write_block(stream, space, block, values) < 0)
        muster_file_fail(file, "writing rows of", path);
    muster_hdf5_close(space);
}

void muster_file_stream_rows(struct muster_file *file, const char *path, size_t first, size_t rows,
                             const void *values)
{
    const struct block block = {.row = first, .rows = rows};
    write_stream(file, path, &block, values);
}

void muster_file_stream_part(struct muster_file *file, const char *path, size_t row, size_t first,
                             size_t n, const void *values)
{
    const struct block block = {.row = row, .rows = n > 0, .first = first, .n = n};
    write_stream(file, path, &block, values);
}
