/* Writes and syncs that either reach the disk or say why they did not. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "results/results_impl.h"

static enum muster_status failed(const char *path, const char *doing)
{
    return muster_error(MUSTER_IO, "%s: %s: %s", path, doing, strerror(errno));
}

enum muster_status muster_disk_write(int fd, const char *path, const void *bytes, size_t n,
                                     uint64_t offset)
{
    if (muster_fault(MUSTER_FAULT_WRITE)) {
        errno = ENOSPC;
        return failed(path, "write");
    }
    for (size_t done = 0; done < n;) {
        ssize_t wrote = pwrite(fd, (const char *)bytes + done, n - done, (off_t)(offset + done));
        if (wrote > 0)
            done += (size_t)wrote;
        else if (wrote == 0 || errno != EINTR)
            return failed(path, "write");
    }
    return MUSTER_OK;
}

enum muster_status muster_disk_sync(int fd, const char *path)
{
    while (fdatasync(fd) != 0)
        if (errno != EINTR)
            return failed(path, "fdatasync");
    return MUSTER_OK;
}

char *muster_disk_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return muster_strdup(".");
    return slash == path ? muster_strdup("/") : muster_strndup(path, (size_t)(slash - path));
}

enum muster_status muster_disk_sync_folder(const char *path)
{
    enum muster_status status = MUSTER_NO_MEMORY;
    int fd = -1;
    char *folder = muster_disk_folder(path);
    if (folder == NULL)
        goto done;
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    status = MUSTER_OK;
    /* EINVAL: a file system that has nothing to sync there. */
    if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL))
        status = failed(folder, "fsync");
done:
    if (fd >= 0)
        close(fd);
    muster_free(folder);
    return status;
}
