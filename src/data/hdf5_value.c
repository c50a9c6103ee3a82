/* Number types, attributes and lists of names of HDF5 files. */
#include <stdio.h>
#include <string.h>

#include "data/hdf5_file.h"

static bool integer_kind(hid_t type, enum data_kind *kind)
{
    static const enum data_kind kinds[2][9] = {
        {[1] = DATA_U8, [2] = DATA_U16, [4] = DATA_U32, [8] = DATA_U64},
        {[1] = DATA_I8, [2] = DATA_I16, [4] = DATA_I32, [8] = DATA_I64}};
    size_t size = H5Tget_size(type);
    if (size > 8)
        return false;
    *kind = kinds[H5Tget_sign(type) == H5T_SGN_2][size];
    return true;
}

hid_t hdf5_number_type(hid_t set, enum data_kind *kind)
{
    hid_t type = H5Dget_type(set), native = H5Tget_native_type(type, H5T_DIR_ASCEND);
    H5T_class_t class = native < 0 ? H5T_NO_CLASS : H5Tget_class(native);
    bool good = false;
    if (class == H5T_INTEGER)
        good = integer_kind(native, kind);
    if (class == H5T_FLOAT) {
        *kind = H5Tget_size(native) == sizeof(float) ? DATA_F32 : DATA_F64;
        good = H5Tget_size(native) <= sizeof(double);
    }
    if (class == H5T_ENUM) { /* h5py's booleans */
        hid_t base = H5Tget_super(native);
        good = integer_kind(base, kind);
        H5Tclose(base);
    }
    H5Tclose(type);
    if (!good && native >= 0) {
        H5Tclose(native);
        native = H5I_INVALID_HID;
    }
    return native;
}

bool hdf5_lacks_filter(hid_t set, char *name, size_t size)
{
    hid_t list = H5Dget_create_plist(set);
    const int n = H5Pget_nfilters(list);
    bool lacks = false;
    for (int i = 0; i < n && !lacks; i++) {
        unsigned flags, config;
        size_t values = 0;
        H5Z_filter_t id =
            H5Pget_filter2(list, (unsigned)i, &flags, &values, NULL, size, name, &config);
        lacks = H5Zfilter_avail(id) <= 0;
    }
    H5Pclose(list);
    return lacks;
}

static hid_t open_attribute(hid_t object, const char *name)
{
    return H5Aexists(object, name) > 0 ? H5Aopen(object, name, H5P_DEFAULT) : H5I_INVALID_HID;
}

/* A memory type for strings as the file stores them, of fixed length or not. */
static hid_t string_type(hid_t stored)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_cset(type, H5Tget_cset(stored));
    H5Tset_size(type, H5Tis_variable_str(stored) > 0 ? H5T_VARIABLE : H5Tget_size(stored) + 1);
    return type;
}

bool hdf5_attribute_text(hid_t object, const char *name, char *out, size_t size)
{
    hid_t attribute = open_attribute(object, name);
    if (attribute < 0)
        return false;
    hid_t stored = H5Aget_type(attribute), space = H5Aget_space(attribute);
    bool good = H5Tget_class(stored) == H5T_STRING && H5Sget_simple_extent_npoints(space) == 1;
    if (good) {
        bool variable = H5Tis_variable_str(stored) > 0;
        hid_t type = string_type(stored);
        char *text = variable ? NULL : muster_alloc(H5Tget_size(type), 1);
        void *to = variable ? (void *)&text : text;
        good = to != NULL && H5Aread(attribute, type, to) >= 0 && text != NULL;
        if (good)
            snprintf(out, size, "%s", text);
        if (variable)
            H5free_memory(text);
        else
            muster_free(text);
        H5Tclose(type);
    }
    H5Sclose(space);
    H5Tclose(stored);
    H5Aclose(attribute);
    return good;
}

bool hdf5_attribute_number(hid_t object, const char *name, double *value)
{
    hid_t attribute = open_attribute(object, name);
    if (attribute < 0)
        return false;
    hid_t space = H5Aget_space(attribute);
    bool good = H5Sget_simple_extent_npoints(space) == 1 &&
                H5Aread(attribute, H5T_NATIVE_DOUBLE, value) >= 0;
    H5Sclose(space);
    H5Aclose(attribute);
    return good;
}

bool hdf5_has_set(hid_t file, const char *path)
{
    hid_t set = H5Dopen2(file, path, H5P_DEFAULT);
    if (set < 0)
        return false;
    H5Dclose(set);
    return true;
}

static herr_t list_set(hid_t group, const char *name, const H5L_info_t *info, void *context)
{
    struct muster_text *text = context;
    (void)info;
    if (hdf5_has_set(group, name) && text->length < 200)
        muster_text_add(text, "%s/%s", text->length > 0 ? ", " : "", name);
    return 0;
}

void hdf5_list_sets(hid_t file, struct muster_text *text)
{
    H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, NULL, list_set, text);
}

/* The length of a one-dimensional set, 0 for any other. */
static size_t length_of(hid_t set)
{
    hid_t space = H5Dget_space(set);
    hsize_t n = 0;
    if (H5Sget_simple_extent_ndims(space) == 1)
        H5Sget_simple_extent_dims(space, &n, NULL);
    H5Sclose(space);
    return (size_t)n;
}

/* Strings of fixed length `stride`, packed in place to one behind the other. */
static void close_up(char *strings, size_t stride, size_t n)
{
    char *to = strings;
    for (size_t i = 0; i < n; i++) {
        size_t length = strlen(strings + i * stride) + 1;
        memmove(to, strings + i * stride, length);
        to += length;
    }
}

static enum muster_status read_variable(hid_t set, hid_t type, size_t n, char **strings)
{
    enum muster_status status = MUSTER_OK;
    char **each = NULL;
    hid_t space = H5Dget_space(set);
    size_t bytes = 0;
    MUSTER_NEW(each, n);
    if (H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, each) < 0)
        goto done;
    for (size_t i = 0; i < n; i++)
        bytes += (each[i] != NULL ? strlen(each[i]) : 0) + 1;
    MUSTER_NEW(*strings, bytes);
    bytes = 0;
    for (size_t i = 0; i < n; i++) {
        size_t length = each[i] != NULL ? strlen(each[i]) : 0;
        memcpy(*strings + bytes, each[i] != NULL ? each[i] : "", length + 1);
        bytes += length + 1;
    }
done:
    if (each != NULL)
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, each);
    H5Sclose(space);
    muster_free(each);
    return status;
}

enum muster_status hdf5_read_strings(hid_t file, const char *path, char **strings, size_t *n)
{
    enum muster_status status = MUSTER_OK;
    hid_t set = H5Dopen2(file, path, H5P_DEFAULT), stored = H5I_INVALID_HID, type = stored;
    *strings = NULL;
    if (set < 0)
        return MUSTER_OK;
    *n = length_of(set);
    stored = H5Dget_type(set);
    if (H5Tget_class(stored) != H5T_STRING || *n == 0)
        goto done;
    type = string_type(stored);
    if (H5Tis_variable_str(stored) > 0) {
        status = read_variable(set, type, *n, strings);
    } else {
        size_t stride = H5Tget_size(type);
        MUSTER_NEW(*strings, *n * stride);
        if (H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, *strings) >= 0)
            close_up(*strings, stride, *n);
    }
done:
    if (type >= 0)
        H5Tclose(type);
    H5Tclose(stored);
    H5Dclose(set);
    return status;
}

size_t hdf5_read_small(hid_t file, const char *path, double *values, size_t n)
{
    hid_t set = H5Dopen2(file, path, H5P_DEFAULT);
    if (set < 0)
        return 0;
    size_t length = length_of(set);
    if (length > n || H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
        length = 0;
    H5Dclose(set);
    return length;
}

size_t hdf5_integers(hid_t file, const char *path)
{
    hid_t set = H5Dopen2(file, path, H5P_DEFAULT);
    if (set < 0)
        return 0;
    enum data_kind kind = DATA_F64;
    hid_t type = hdf5_number_type(set, &kind);
    bool whole = type >= 0 && kind != DATA_F32 && kind != DATA_F64;
    size_t n = whole ? length_of(set) : 0;
    if (type >= 0)
        H5Tclose(type);
    H5Dclose(set);
    return n;
}
