/* Reading a result file: whether it is one, and what it holds. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "results/file_impl.h"
#include "results/results_impl.h"

/* By our own hand first: the system then says why, where HDF5 would not. A pipe would be waited for
 * without O_NONBLOCK. */
static enum muster_status check_readable(const char *path)
{
    struct stat about;
    if (muster_fault(MUSTER_FAULT_OPEN))
        return muster_error(MUSTER_IO, "%s: failed on demand (MUSTER_FAULT)", path);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return muster_error(errno == ENOENT || errno == ENOTDIR ? MUSTER_NO_INPUT : MUSTER_IO,
                            "%s: %s", path, strerror(errno));
    enum muster_status status =
        fstat(fd, &about) == 0 && S_ISREG(about.st_mode)
            ? muster_seal_check(fd, path)
            : muster_error(MUSTER_BAD_DATA, "%s: not a file (a result file of muster)", path);
    close(fd);
    return status;
}

static enum muster_status check_format(const struct muster_reader *reader)
{
    enum muster_status status;
    char *format = NULL;
    MUSTER_TRY(muster_reader_attr_find(reader, "/", "format", &format));
    if (format == NULL || strcmp(format, "muster-results") != 0)
        status = muster_error(MUSTER_BAD_DATA,
                              "%s: no result file of muster (its attribute `format` would be "
                              "muster-results)",
                              reader->path);
done:
    muster_free(format);
    return status;
}

enum muster_status muster_reader_open(const char *path, struct muster_reader **out)
{
    enum muster_status status;
    struct muster_reader *reader = NULL;
    hid_t access = muster_hdf5_access();
    *out = NULL;
    MUSTER_TRY(check_readable(path));
    MUSTER_NEW(reader, 1);
    reader->hdf5 = H5Fopen(path, H5F_ACC_RDONLY, access);
    reader->path = muster_strdup(path);
    if (reader->path == NULL)
        status = MUSTER_NO_MEMORY;
    else if (reader->hdf5 < 0)
        status = muster_error(MUSTER_BAD_DATA, "%s: not an HDF5 file", path);
    else
        status = check_format(reader);
    if (status == MUSTER_OK) {
        *out = reader;
        reader = NULL;
    }
done:
    muster_hdf5_close(access);
    muster_reader_close(&reader);
    return status;
}

void muster_reader_close(struct muster_reader **reader)
{
    struct muster_reader *old = *reader;
    if (old == NULL)
        return;
    muster_hdf5_close(old->hdf5);
    muster_free(old->path);
    muster_free(old);
    *reader = NULL;
}

/* ---- what is there -------------------------------------------------------------------------- */

bool muster_reader_has(const struct muster_reader *reader, const char *path)
{
    hid_t object = H5Oopen(reader->hdf5, path, H5P_DEFAULT);
    muster_hdf5_close(object);
    return object >= 0;
}

enum muster_status muster_reader_list(const struct muster_text *joined, size_t n, char ***out)
{
    size_t pointers = (n + 1) * sizeof(char *);
    char **list = muster_alloc(pointers + joined->length, 1), *at;
    if (list == NULL)
        return MUSTER_NO_MEMORY;
    at = (char *)list + pointers;
    if (joined->length > 0)
        memcpy(at, joined->data, joined->length);
    for (size_t i = 0; i < n; i++, at += strlen(at) + 1)
        list[i] = at;
    *out = list;
    return MUSTER_OK;
}

void muster_reader_add(struct muster_text *joined, const char *text)
{
    muster_text_add(joined, "%s%c", text == NULL ? "" : text, '\0');
}

struct names {
    struct muster_text joined;
    size_t n;
};

static herr_t add_member(hid_t group, const char *name, const H5L_info_t *info, void *context)
{
    struct names *names = context;
    (void)group;
    (void)info;
    muster_reader_add(&names->joined, name);
    names->n++;
    return 0;
}

static herr_t add_attr(hid_t object, const char *name, const H5A_info_t *info, void *context)
{
    (void)info;
    return add_member(object, name, NULL, context);
}

/* Turns the names found into a list, where all were `walked`. */
static enum muster_status hand_out(const struct muster_reader *reader, const char *path,
                                   struct names *names, bool walked, char ***out)
{
    enum muster_status status;
    if (!walked)
        status = muster_error(MUSTER_BAD_DATA, "%s: %s cannot be listed", reader->path, path);
    else if (names->joined.failed)
        status = muster_error(MUSTER_NO_MEMORY, "%s: no memory for its names", reader->path);
    else
        status = muster_reader_list(&names->joined, names->n, out);
    muster_text_free(&names->joined);
    return status;
}

enum muster_status muster_reader_members(const struct muster_reader *reader, const char *path,
                                         size_t *n, char ***names)
{
    struct names found = {0};
    hid_t group = H5Gopen2(reader->hdf5, path, H5P_DEFAULT);
    bool walked =
        group >= 0 && H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, add_member, &found) >= 0;
    muster_hdf5_close(group);
    *names = NULL;
    *n = found.n;
    return hand_out(reader, path, &found, walked, names);
}

enum muster_status muster_reader_attrs(const struct muster_reader *reader, const char *where,
                                       size_t *n, char ***names)
{
    struct names found = {0};
    hid_t object = H5Oopen(reader->hdf5, where, H5P_DEFAULT);
    bool walked =
        object >= 0 && H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, NULL, add_attr, &found) >= 0;
    muster_hdf5_close(object);
    *names = NULL;
    *n = found.n;
    return hand_out(reader, where, &found, walked, names);
}
