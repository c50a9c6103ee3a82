/* Writing the journal: records gather in a buffer; a sync writes them at the end of what counts and
 * has them on disk before it returns.
 *
 * The lock is fcntl's, which NFS honours. It belongs to the process, and closing any descriptor of
 * the file drops it: hence the cut at opening and muster_journal_visit read through our own. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "results/results_impl.h"

struct muster_journal {
    char *path;            /* owned */
    int fd;                /* owned */
    uint64_t end;          /* bytes that count */
    unsigned char *buffer; /* owned: records not yet synced */
    size_t length, capacity;
};

/* A process that the kernel can name runs on this host; locks from elsewhere have none. */
static enum muster_status held(const char *path, pid_t holder)
{
    char host[256] = "";
    if (holder <= 0)
        return muster_error(MUSTER_IO, "%s: another run on another host is writing it", path);
    if (gethostname(host, sizeof host - 1) != 0)
        strcpy(host, "this host");
    return muster_error(MUSTER_IO, "%s: another run is writing it (process %ld on %s)", path,
                        (long)holder, host);
}

static enum muster_status lock(const struct muster_journal *journal)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(journal->fd, F_SETLK, &whole) == 0)
        return MUSTER_OK;
    if (errno == ENOSYS || errno == EOPNOTSUPP) {
        muster_log(MUSTER_WARNINGS,
                   "%s: this file system has no locks; make sure that no other run writes here",
                   journal->path);
        return MUSTER_OK;
    }
    if (errno != EACCES && errno != EAGAIN)
        return muster_error(MUSTER_IO, "%s: lock: %s", journal->path, strerror(errno));
    if (fcntl(journal->fd, F_GETLK, &whole) != 0 || whole.l_type == F_UNLCK)
        return muster_error(MUSTER_IO, "%s: another run is writing it", journal->path);
    return held(journal->path, whole.l_pid);
}

static enum muster_status cut(struct muster_journal *journal, uint64_t size)
{
    if (ftruncate(journal->fd, (off_t)size) != 0)
        return muster_error(MUSTER_IO, "%s: ftruncate: %s", journal->path, strerror(errno));
    journal->end = size;
    return MUSTER_OK;
}

/* What the file holds afterwards is on disk: the magic, or the magic and the sound records. */
static enum muster_status settle(struct muster_journal *journal, bool fresh)
{
    enum muster_status status;
    uint64_t sound = 0;
    if (!fresh)
        MUSTER_TRY(muster_journal_scan(journal->fd, journal->path, UINT64_MAX, NULL, NULL, &sound));
    MUSTER_TRY(cut(journal, sound));
    if (sound == 0) {
        MUSTER_TRY(muster_disk_write(journal->fd, journal->path, MUSTER_JOURNAL_MAGIC,
                                     MUSTER_JOURNAL_MAGIC_SIZE, 0));
        journal->end = MUSTER_JOURNAL_MAGIC_SIZE;
    }
    MUSTER_TRY(muster_disk_sync(journal->fd, journal->path));
    MUSTER_TRY(muster_disk_sync_folder(journal->path));
done:
    return status;
}

static enum muster_status open_file(struct muster_journal *journal)
{
    bool fault = muster_fault(MUSTER_FAULT_OPEN);
    journal->fd = fault ? -1 : open(journal->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (journal->fd >= 0)
        return MUSTER_OK;
    return muster_error(MUSTER_IO, "%s: cannot be written: %s (its folder has to be there)",
                        journal->path, fault ? "failed on demand" : strerror(errno));
}

enum muster_status muster_journal_open(const char *path, bool fresh, struct muster_journal **out)
{
    enum muster_status status;
    struct muster_journal *journal;
    *out = NULL;
    MUSTER_NEW(journal, 1);
    journal->fd = -1;
    journal->path = muster_strdup(path);
    if (journal->path == NULL) {
        status = MUSTER_NO_MEMORY;
        goto done;
    }
    MUSTER_TRY(open_file(journal));
    MUSTER_TRY(lock(journal));
    MUSTER_TRY(settle(journal, fresh));
    *out = journal;
    journal = NULL;
done:
    muster_journal_close(&journal);
    return status;
}

enum muster_status muster_journal_append(struct muster_journal *journal, enum muster_record kind,
                                         const struct muster_pack *payload)
{
    enum muster_status status;
    size_t n = payload->length, size = MUSTER_RECORD_HEAD_SIZE + (size_t)muster_padded(n);
    unsigned char *record;
    if (payload->failed)
        return muster_error(MUSTER_NO_MEMORY, "%s: no memory for a record", journal->path);
    if (n > UINT32_MAX)
        return muster_error(MUSTER_INTERNAL, "%s: a record of %zu bytes (at most 4 GiB)",
                            journal->path, n);
    MUSTER_TRY(muster_grow(&journal->buffer, &journal->capacity, journal->length + size, 1));
    record = journal->buffer + journal->length;
    memset(record, 0, size);
    muster_put_u32(record, (uint32_t)n);
    muster_put_u32(record + 8, (uint32_t)kind);
    if (n > 0)
        memcpy(record + MUSTER_RECORD_HEAD_SIZE, payload->data, n);
    muster_put_u32(record + 4, muster_record_crc(record, record + MUSTER_RECORD_HEAD_SIZE, n));
    journal->length += size;
done:
    return status;
}

/* After a failure the records stay in the buffer; another sync writes them at the same place. */
enum muster_status muster_journal_sync(struct muster_journal *journal)
{
    enum muster_status status = MUSTER_OK;
    if (journal->length == 0)
        return MUSTER_OK;
    MUSTER_TRY(muster_disk_write(journal->fd, journal->path, journal->buffer, journal->length,
                                 journal->end));
    MUSTER_TRY(muster_disk_sync(journal->fd, journal->path));
    journal->end += journal->length;
    journal->length = 0;
done:
    return status;
}

enum muster_status muster_journal_visit(struct muster_journal *journal, muster_record_visit *visit,
                                        void *context)
{
    uint64_t sound;
    return muster_journal_scan(journal->fd, journal->path, journal->end, visit, context, &sound);
}

void muster_journal_close(struct muster_journal **journal)
{
    struct muster_journal *old = *journal;
    if (old == NULL)
        return;
    if (old->fd >= 0)
        close(old->fd);
    muster_free(old->buffer);
    muster_free(old->path);
    muster_free(old);
    *journal = NULL;
}
