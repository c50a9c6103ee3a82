/* A data set as it stands in a file, before it is read: its shape, type and chunks, or why we
 * cannot read it. */
#include <stdio.h>

#include "data/hdf5_file.h"

const char *hdf5_shape_text(const struct hdf5_shape *shape, char out[64])
{
    size_t at = (size_t)snprintf(out, 64, "[");
    for (int i = 0; i < shape->rank && at < 63; i++)
        at += (size_t)snprintf(out + at, 64 - at, "%s%llu", i > 0 ? ", " : "",
                               (unsigned long long)shape->dims[i]);
    if (at < 63)
        snprintf(out + at, 64 - at, "]");
    return out;
}

static enum muster_status missing_set(const struct hdf5_place *place, const char *path,
                                      const char *option)
{
    struct muster_text sets = {0};
    hdf5_list_sets(place->file, &sets);
    muster_error(MUSTER_BAD_DATA, "%s: no data set %s (%s names another one; %s%s)", place->name,
                 path, option, sets.length > 0 ? "there are " : "there is none",
                 sets.length > 0 ? sets.data : "");
    muster_text_free(&sets);
    return MUSTER_BAD_DATA;
}

static size_t chunk_rows(hid_t set)
{
    hsize_t dims[H5S_MAX_RANK] = {1};
    hid_t list = H5Dget_create_plist(set);
    if (H5Pget_layout(list) == H5D_CHUNKED)
        H5Pget_chunk(list, H5S_MAX_RANK, dims);
    H5Pclose(list);
    return (size_t)dims[0];
}

enum muster_status hdf5_shape_of(const struct hdf5_place *place, const char *path,
                                 const char *option, struct hdf5_shape *shape)
{
    const char *file = place->name;
    hid_t set = H5Dopen2(place->file, path, H5P_DEFAULT);
    if (set < 0)
        return missing_set(place, path, option);
    hid_t type = hdf5_number_type(set, &shape->kind), space = H5Dget_space(set);
    enum muster_status status = MUSTER_OK;
    char text[64];
    shape->path = path;
    shape->chunk = chunk_rows(set);
    shape->rank = H5Sget_simple_extent_dims(space, shape->dims, NULL);
    if (type < 0)
        status = muster_error(MUSTER_BAD_DATA,
                              "%s: %s does not hold numbers (integers or reals of up to 8 bytes)",
                              file, path);
    else if (hdf5_lacks_filter(set, text, sizeof text))
        status = muster_error(MUSTER_BAD_DATA,
                              "%s: %s is compressed by the filter `%s`, which HDF5 does not have "
                              "here (gzip is everywhere: h5repack -f GZIP=4)",
                              file, path, text);
    else if (shape->rank < 1)
        status =
            muster_error(MUSTER_BAD_DATA, "%s: %s is a single value (one entry a row)", file, path);
    for (int i = 0; i < shape->rank && status == MUSTER_OK; i++) {
        if (shape->dims[i] == 0)
            status = muster_error(MUSTER_BAD_DATA, "%s: %s %s is empty", file, path,
                                  hdf5_shape_text(shape, text));
    }
    if (type >= 0)
        H5Tclose(type);
    H5Sclose(space);
    H5Dclose(set);
    return status;
}
