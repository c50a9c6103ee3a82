/* Values of a result file: numbers as float64, strings as a list. Any number type, and fixed or
 * variable strings, are taken, so that a file that another program rewrote reads as well.
 * Attributes and datasets share the code: a `source` is either. */
#include "results/file_impl.h"

#define MOST_DIMS 4

static hid_t open_attr(const struct muster_reader *reader, const char *where, const char *name)
{
    return H5Aopen_by_name(reader->hdf5, where, name, H5P_DEFAULT, H5P_DEFAULT);
}

static hid_t open_dataset(const struct muster_reader *reader, const char *path)
{
    return H5Dopen2(reader->hdf5, path, H5P_DEFAULT);
}

static bool is_attr(hid_t source)
{
    return H5Iget_type(source) == H5I_ATTR;
}

static hid_t type_of(hid_t source)
{
    return is_attr(source) ? H5Aget_type(source) : H5Dget_type(source);
}

static hid_t space_of(hid_t source)
{
    return is_attr(source) ? H5Aget_space(source) : H5Dget_space(source);
}

static herr_t read_as(hid_t source, hid_t type, void *values)
{
    return is_attr(source) ? H5Aread(source, type, values)
                           : H5Dread(source, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
}

static H5T_class_t class_of(hid_t source)
{
    hid_t type = source < 0 ? -1 : type_of(source);
    H5T_class_t class = type < 0 ? H5T_NO_CLASS : H5Tget_class(type);
    muster_hdf5_close(type);
    return class;
}

static size_t elements_of(hid_t source)
{
    hid_t space = space_of(source);
    hssize_t n = space < 0 ? 0 : H5Sget_simple_extent_npoints(space);
    muster_hdf5_close(space);
    return n > 0 ? (size_t)n : 0;
}

/* ---- strings --------------------------------------------------------------------------------- */

static bool add_variable(hid_t source, hid_t stored, size_t n, struct muster_text *joined)
{
    hid_t type = H5Tcopy(stored), space = space_of(source);
    char **values = muster_alloc(n, sizeof *values);
    bool good = values != NULL && (n == 0 || read_as(source, type, values) >= 0);
    joined->failed = values == NULL;
    for (size_t i = 0; good && i < n; i++)
        muster_reader_add(joined, values[i]);
    if (good && n > 0)
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, values);
    muster_free(values);
    muster_hdf5_close(space);
    muster_hdf5_close(type);
    return good;
}

/* Read one byte longer than stored, so that each ends with a NUL. */
static bool add_fixed(hid_t source, hid_t stored, size_t n, struct muster_text *joined)
{
    size_t size = H5Tget_size(stored) + 1;
    hid_t type = H5Tcopy(H5T_C_S1);
    char *values = muster_alloc(n, size);
    H5Tset_size(type, size);
    H5Tset_cset(type, H5Tget_cset(stored));
    bool good = values != NULL && (n == 0 || read_as(source, type, values) >= 0);
    joined->failed = values == NULL;
    for (size_t i = 0; good && i < n; i++)
        muster_reader_add(joined, values + i * size);
    muster_free(values);
    muster_hdf5_close(type);
    return good;
}

/* False where the source holds no strings or cannot be read, or where joined->failed: for want of
 * memory. */
static bool read_strings(hid_t source, size_t *n, struct muster_text *joined)
{
    hid_t stored = source < 0 ? -1 : type_of(source);
    bool good = stored >= 0 && H5Tget_class(stored) == H5T_STRING;
    if (good) {
        *n = elements_of(source);
        good =
            (H5Tis_variable_str(stored) > 0 ? add_variable : add_fixed)(source, stored, *n, joined);
    }
    muster_hdf5_close(stored);
    return good && !joined->failed;
}

enum muster_status muster_reader_strings(const struct muster_reader *reader, const char *path,
                                         size_t *n, char ***values)
{
    enum muster_status status;
    struct muster_text joined = {0};
    hid_t dataset = open_dataset(reader, path);
    *values = NULL;
    *n = 0;
    if (read_strings(dataset, n, &joined))
        status = muster_reader_list(&joined, *n, values);
    else if (joined.failed)
        status = MUSTER_NO_MEMORY;
    else
        status = muster_error(MUSTER_BAD_DATA, "%s: %s is no readable dataset of strings",
                              reader->path, path);
    muster_text_free(&joined);
    muster_hdf5_close(dataset);
    return status;
}

enum muster_status muster_reader_attr_find(const struct muster_reader *reader, const char *where,
                                           const char *name, char **text)
{
    struct muster_text joined = {0};
    size_t n = 0;
    hid_t attr = open_attr(reader, where, name);
    bool found = read_strings(attr, &n, &joined) && n == 1;
    *text = found ? muster_strdup(joined.data) : NULL;
    bool lost = joined.failed || (found && *text == NULL);
    muster_text_free(&joined);
    muster_hdf5_close(attr);
    return lost ? MUSTER_NO_MEMORY : MUSTER_OK;
}

char *muster_reader_attr_text(const struct muster_reader *reader, const char *where,
                              const char *name)
{
    char *text;
    muster_reader_attr_find(reader, where, name, &text);
    return text;
}

/* ---- numbers --------------------------------------------------------------------------------- */

static bool is_number(hid_t source)
{
    H5T_class_t class = class_of(source);
    return class == H5T_INTEGER || class == H5T_FLOAT;
}

double muster_reader_attr_f64(const struct muster_reader *reader, const char *where,
                              const char *name, double otherwise)
{
    double value;
    hid_t attr = open_attr(reader, where, name);
    if (!is_number(attr) || elements_of(attr) != 1 || read_as(attr, H5T_NATIVE_DOUBLE, &value) < 0)
        value = otherwise;
    muster_hdf5_close(attr);
    return value;
}

static bool shape_of(hid_t dataset, size_t *rank, size_t *dims)
{
    hsize_t extent[H5S_MAX_RANK];
    hid_t space = H5Dget_space(dataset);
    int n = space < 0 ? -1 : H5Sget_simple_extent_dims(space, extent, NULL);
    muster_hdf5_close(space);
    if (n < 0 || n > MOST_DIMS)
        return false;
    *rank = (size_t)n;
    for (int i = 0; i < n; i++)
        dims[i] = (size_t)extent[i];
    return true;
}

enum muster_status muster_reader_f64(const struct muster_reader *reader, const char *path,
                                     size_t *rank, size_t *dims, double **values)
{
    enum muster_status status = MUSTER_OK;
    size_t n;
    hid_t dataset = open_dataset(reader, path);
    *values = NULL;
    if (!is_number(dataset) || !shape_of(dataset, rank, dims)) {
        status = muster_error(MUSTER_BAD_DATA,
                              "%s: %s is no dataset of numbers (of at most %d "
                              "dimensions)",
                              reader->path, path, MOST_DIMS);
        goto done;
    }
    n = elements_of(dataset);
    MUSTER_NEW(*values, n);
    if (n > 0 && read_as(dataset, H5T_NATIVE_DOUBLE, *values) < 0)
        status = muster_error(MUSTER_BAD_DATA, "%s: %s cannot be read", reader->path, path);
done:
    if (status != MUSTER_OK) {
        muster_free(*values);
        *values = NULL;
    }
    muster_hdf5_close(dataset);
    return status;
}

/* ---- kinds ----------------------------------------------------------------------------------- */

bool muster_reader_is_text(const struct muster_reader *reader, const char *path)
{
    hid_t dataset = open_dataset(reader, path);
    H5T_class_t class = class_of(dataset);
    muster_hdf5_close(dataset);
    return class == H5T_STRING;
}

bool muster_reader_attr_is_text(const struct muster_reader *reader, const char *where,
                                const char *name)
{
    hid_t attr = open_attr(reader, where, name);
    H5T_class_t class = class_of(attr);
    muster_hdf5_close(attr);
    return class == H5T_STRING;
}
