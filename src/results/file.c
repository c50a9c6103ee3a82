/* The life of a result file: begun aside, then renamed over the old one when it is whole and on
 * disk. HDF5 is not safe against a kill while it writes in place; a rename is. */
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

/* An empty file by our own hand first: the system then says why, where HDF5 would not. */
static enum muster_status touch(const struct muster_file *file)
{
    char *folder;
    bool fault = muster_fault(MUSTER_FAULT_OPEN);
    int fd = fault ? -1 : open(file->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd >= 0) {
        close(fd);
        return MUSTER_OK;
    }
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
    MUSTER_TRY(touch(file));
    access = muster_hdf5_access();
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
    file->hdf5 = -1;
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

/* Whatever HDF5 still holds back reaches the system here, so a full disk shows here at the latest.
 */
static void close_hdf5(struct muster_file *file)
{
    for (size_t i = 0; i < file->n_streams; i++) {
        if (H5Dclose(file->streams[i].dataset) < 0)
            muster_file_fail(file, "writing", file->streams[i].path);
        muster_free(file->streams[i].path);
    }
    muster_free(file->streams);
    if (file->hdf5 >= 0 && H5Fflush(file->hdf5, H5F_SCOPE_LOCAL) < 0)
        muster_file_fail(file, "writing", "the file");
    if (file->hdf5 >= 0 && H5Fclose(file->hdf5) < 0)
        muster_file_fail(file, "closing", "the file");
}

static enum muster_status sync_file(const char *path)
{
    enum muster_status status = MUSTER_OK;
    bool fault = muster_fault(MUSTER_FAULT_WRITE);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fault || fd < 0 || fsync(fd) != 0)
        status = muster_error(MUSTER_IO, "%s: fsync: %s", path,
                              fault ? "failed on demand" : strerror(errno));
    if (fd >= 0)
        close(fd);
    return status;
}

static enum muster_status publish(const struct muster_file *file)
{
    enum muster_status status;
    MUSTER_TRY(sync_file(file->temporary));
    if (rename(file->temporary, file->path) != 0)
        return muster_error(MUSTER_IO, "%s: rename to %s: %s", file->temporary, file->path,
                            strerror(errno));
    MUSTER_TRY(muster_disk_sync_folder(file->path));
done:
    return status;
}

static void destroy(struct muster_file **file)
{
    muster_free((*file)->path);
    muster_free((*file)->temporary);
    muster_free(*file);
    *file = NULL;
}

enum muster_status muster_file_finish(struct muster_file **file)
{
    struct muster_file *done = *file;
    close_hdf5(done);
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
    close_hdf5(*file);
    if ((*file)->temporary != NULL)
        unlink((*file)->temporary);
    destroy(file);
}
