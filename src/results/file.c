/* The life of a result file: HDF5 builds it in memory, our own hand writes that aside, and it is
 * renamed over the old one when it is whole and on disk. HDF5 is not safe against a kill while it
 * writes in place; a rename is. Nor is HDF5 (1.10) safe against a full disk: a file that it cannot
 * close keeps an identifier of freed memory, and the process crashes when it ends. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "results/file_impl.h"
#include "results/results_impl.h"

void muster_file_keep(struct muster_file *file, enum muster_status status)
{
    if (file->status != MUSTER_OK || status == MUSTER_OK)
        return;
    file->status = status;
    snprintf(file->message, sizeof file->message, "%s", muster_error_text());
}

void muster_file_fail(struct muster_file *file, const char *doing, const char *what)
{
    char reason[100];
    muster_hdf5_reason(reason, sizeof reason);
    muster_file_keep(file, muster_error(MUSTER_IO, "%s: %s %s failed%s%s", file->temporary, doing,
                                        what, reason[0] == '\0' ? "" : ": ", reason));
}

/* Bytes by which the file grows in memory. */
enum { GROWTH = 1 << 20 };

/* Before anything is built: a folder that cannot be written is found now. */
static enum muster_status open_temporary(struct muster_file *file)
{
    char *folder;
    bool fault = muster_fault(MUSTER_FAULT_OPEN);
    file->fd = fault ? -1 : open(file->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file->fd >= 0)
        return MUSTER_OK;
    const char *reason = fault ? "failed on demand" : strerror(errno);
    folder = muster_disk_folder(file->path);
    muster_error(MUSTER_IO, "%s: cannot write in folder %s: %s", file->path,
                 folder == NULL ? "" : folder, reason);
    muster_free(folder);
    return MUSTER_IO;
}

static enum muster_status begin(struct muster_file *file)
{
    enum muster_status status;
    hid_t access;
    MUSTER_TRY(open_temporary(file));
    access = muster_hdf5_access();
    H5Pset_fapl_core(access, GROWTH, false);
    file->hdf5 = H5Fcreate(file->temporary, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    if (file->hdf5 < 0)
        muster_file_fail(file, "creating", "the file");
    muster_hdf5_close(access);
    status = file->status;
done:
    return status;
}

enum muster_status muster_file_create(const char *path, struct muster_file **out)
{
    enum muster_status status;
    struct muster_file *file;
    *out = NULL;
    MUSTER_NEW(file, 1);
    file->hdf5 = file->fd = -1;
    file->path = muster_strdup(path);
    file->temporary = muster_format("%s.tmp", path);
    if (file->path == NULL || file->temporary == NULL) {
        status = MUSTER_NO_MEMORY;
        goto done;
    }
    MUSTER_TRY(begin(file));
    *out = file;
    file = NULL;
done:
    muster_file_abandon(&file);
    return status;
}

static void close_streams(struct muster_file *file)
{
    for (size_t i = 0; i < file->n_streams; i++) {
        if (H5Dclose(file->streams[i].dataset) < 0)
            muster_file_fail(file, "writing", file->streams[i].path);
        muster_free(file->streams[i].path);
    }
    file->n_streams = 0;
}

/* The file as it stands in memory, borrowed until it is closed. */
static enum muster_status image_of(struct muster_file *file, const void **bytes, size_t *n)
{
    void *place = NULL; /* of the driver's pointer to its block */
    ssize_t size = -1;
    if (H5Fflush(file->hdf5, H5F_SCOPE_LOCAL) >= 0 &&
        H5Fget_vfd_handle(file->hdf5, H5P_DEFAULT, &place) >= 0)
        size = H5Fget_file_image(file->hdf5, NULL, 0);
    if (size < 0) {
        muster_file_fail(file, "finishing", "the file");
        return file->status;
    }
    memcpy(bytes, place, sizeof *bytes);
    *n = (size_t)size;
    return MUSTER_OK;
}

static enum muster_status publish(struct muster_file *file)
{
    enum muster_status status;
    const void *bytes = NULL;
    size_t n = 0;
    MUSTER_TRY(image_of(file, &bytes, &n));
    MUSTER_TRY(muster_disk_write(file->fd, file->temporary, bytes, n, 0));
    MUSTER_TRY(muster_seal_write(file->fd, file->temporary, bytes, n));
    MUSTER_TRY(muster_disk_sync(file->fd, file->temporary));
    if (rename(file->temporary, file->path) != 0)
        return muster_error(MUSTER_IO, "%s: rename to %s: %s", file->temporary, file->path,
                            strerror(errno));
    MUSTER_TRY(muster_disk_sync_folder(file->path));
done:
    return status;
}

static void destroy(struct muster_file **file)
{
    struct muster_file *old = *file;
    close_streams(old);
    muster_free(old->streams);
    muster_hdf5_close(old->hdf5);
    if (old->fd >= 0)
        close(old->fd);
    muster_free(old->path);
    muster_free(old->temporary);
    muster_free(old);
    *file = NULL;
}

enum muster_status muster_file_finish(struct muster_file **file)
{
    struct muster_file *done = *file;
    close_streams(done);
    if (done->status == MUSTER_OK)
        muster_file_keep(done, publish(done));
    enum muster_status status = done->status;
    if (status != MUSTER_OK) {
        unlink(done->temporary);
        muster_error(status, "%s", done->message);
    }
    destroy(file);
    return status;
}

void muster_file_abandon(struct muster_file **file)
{
    if (*file == NULL)
        return;
    if ((*file)->temporary != NULL)
        unlink((*file)->temporary);
    destroy(file);
}
