/* Reading a journal: record by record while they are sound, then a verdict on what lies behind the
 * last sound one. Nothing sound behind it is a torn tail, the trace of a kill within a write; a
 * sound record behind it means that the middle was damaged, which no kill does. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "results/results_impl.h"

#define BLOCK ((size_t)1 << 20)

/* More kinds of records than there will be. */
enum { MOST_KINDS = 64 };

struct source {
    int fd;
    const char *path;
    uint64_t size;         /* of the file */
    unsigned char *buffer; /* owned: bytes [start, start + filled) of the file */
    size_t capacity, filled;
    uint64_t start;
};

void muster_put_u32(unsigned char *bytes, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(value >> 8 * i);
}

uint32_t muster_get_u32(const unsigned char *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

uint32_t muster_record_crc(const unsigned char *head, const void *payload, size_t n)
{
    uint32_t crc = muster_crc32c(0, head, 4);
    return muster_crc32c(muster_crc32c(crc, head + 8, 4), payload, n);
}

static enum muster_status load(struct source *source, uint64_t offset, size_t n)
{
    enum muster_status status;
    size_t room = source->size - offset < BLOCK ? (size_t)(source->size - offset) : BLOCK;
    MUSTER_TRY(muster_grow(&source->buffer, &source->capacity, n > room ? n : room, 1));
    source->start = offset;
    source->filled = 0;
    while (source->filled < n) {
        ssize_t got = pread(source->fd, source->buffer + source->filled,
                            source->capacity - source->filled, (off_t)(offset + source->filled));
        if (got > 0)
            source->filled += (size_t)got;
        else if (got == 0)
            return muster_error(MUSTER_IO, "%s: became shorter while it was read", source->path);
        else if (errno != EINTR)
            return muster_error(MUSTER_IO, "%s: read: %s", source->path, strerror(errno));
    }
done:
    return status;
}

/* *bytes: n bytes of the file from `offset` on, valid until the next call. */
static enum muster_status fetch(struct source *source, uint64_t offset, size_t n,
                                const unsigned char **bytes)
{
    enum muster_status status = MUSTER_OK;
    bool here = offset >= source->start && offset + n <= source->start + source->filled;
    if (!here)
        MUSTER_TRY(load(source, offset, n));
    *bytes = source->buffer + (offset - source->start);
done:
    return status;
}

static bool all_zero(const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/* *record: the whole sound record at `offset`, or NULL where there is none. */
static enum muster_status record_at(struct source *source, uint64_t offset,
                                    const unsigned char **record)
{
    enum muster_status status;
    const unsigned char *head, *whole;
    uint64_t left = source->size - offset, size;
    size_t n;
    *record = NULL;
    if (left < MUSTER_RECORD_HEAD_SIZE)
        return MUSTER_OK;
    MUSTER_TRY(fetch(source, offset, MUSTER_RECORD_HEAD_SIZE, &head));
    n = muster_get_u32(head);
    size = MUSTER_RECORD_HEAD_SIZE + muster_padded(n);
    if (size > left || muster_get_u32(head + 8) == 0 || !all_zero(head + 12, 4))
        return MUSTER_OK;
    MUSTER_TRY(fetch(source, offset, (size_t)size, &whole));
    if (all_zero(whole + MUSTER_RECORD_HEAD_SIZE + n, (size_t)size - MUSTER_RECORD_HEAD_SIZE - n) &&
        muster_get_u32(whole + 4) == muster_record_crc(whole, whole + MUSTER_RECORD_HEAD_SIZE, n))
        *record = whole;
done:
    return status;
}

/* Most places are no record for the kind alone; only the others are worth a checksum, which would
 * make the search of a long tail quadratic. */
static enum muster_status maybe_record(struct source *source, uint64_t offset, bool *maybe)
{
    enum muster_status status = MUSTER_OK;
    const unsigned char *head;
    *maybe = false;
    if (source->size - offset < MUSTER_RECORD_HEAD_SIZE)
        return MUSTER_OK;
    MUSTER_TRY(fetch(source, offset, MUSTER_RECORD_HEAD_SIZE, &head));
    *maybe = muster_get_u32(head + 8) <= MOST_KINDS;
done:
    return status;
}

/* Looks at every byte, not at every eighth: what damaged the file may have moved its end. */
static enum muster_status judge_tail(struct source *source, uint64_t sound)
{
    enum muster_status status = MUSTER_OK;
    const unsigned char *record;
    for (uint64_t at = sound + 1; at < source->size; at++) {
        bool maybe;
        record = NULL;
        MUSTER_TRY(maybe_record(source, at, &maybe));
        if (maybe)
            MUSTER_TRY(record_at(source, at, &record));
        if (record != NULL)
            return muster_error(MUSTER_BAD_DATA,
                                "%s: damaged from byte %" PRIu64 " to %" PRIu64
                                ", with sound records behind (restore it from a copy, or start "
                                "again with --fresh)",
                                source->path, sound, at);
    }
done:
    return status;
}

/* Sets *at behind the magic; leaves it in a file that ends within it. */
static enum muster_status check_magic(struct source *source, uint64_t *at)
{
    enum muster_status status;
    const unsigned char *bytes;
    size_t n =
        source->size < MUSTER_JOURNAL_MAGIC_SIZE ? (size_t)source->size : MUSTER_JOURNAL_MAGIC_SIZE;
    if (n == 0)
        return MUSTER_OK;
    MUSTER_TRY(fetch(source, 0, n, &bytes));
    if (memcmp(bytes, MUSTER_JOURNAL_MAGIC, n) != 0)
        return muster_error(MUSTER_BAD_DATA, "%s: not a journal (it would begin with %s)",
                            source->path, MUSTER_JOURNAL_MAGIC);
    if (n == MUSTER_JOURNAL_MAGIC_SIZE)
        *at = n;
done:
    return status;
}

static enum muster_status scan(struct source *source, muster_record_visit *visit, void *context,
                               uint64_t *sound)
{
    enum muster_status status;
    MUSTER_TRY(check_magic(source, sound));
    while (*sound > 0 && *sound < source->size) {
        const unsigned char *record;
        MUSTER_TRY(record_at(source, *sound, &record));
        if (record == NULL) {
            MUSTER_TRY(judge_tail(source, *sound));
            break;
        }
        size_t n = muster_get_u32(record);
        if (visit != NULL)
            MUSTER_TRY(visit(context, (enum muster_record)muster_get_u32(record + 8),
                             record + MUSTER_RECORD_HEAD_SIZE, n));
        *sound += MUSTER_RECORD_HEAD_SIZE + muster_padded(n);
    }
done:
    return status;
}

enum muster_status muster_journal_scan(int fd, const char *path, uint64_t limit,
                                       muster_record_visit *visit, void *context, uint64_t *sound)
{
    enum muster_status status;
    struct stat info;
    struct source source = {.fd = fd, .path = path};
    *sound = 0;
    if (fstat(fd, &info) != 0)
        return muster_error(MUSTER_IO, "%s: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return muster_error(MUSTER_BAD_DATA, "%s: not a regular file", path);
    source.size = (uint64_t)info.st_size < limit ? (uint64_t)info.st_size : limit;
    status = scan(&source, visit, context, sound);
    muster_free(source.buffer);
    return status;
}

enum muster_status muster_journal_read(const char *path, muster_record_visit *visit, void *context,
                                       uint64_t *sound)
{
    enum muster_status status;
    uint64_t end = 0;
    int fd;
    if (muster_fault(MUSTER_FAULT_OPEN))
        return muster_error(MUSTER_IO, "%s: failed on demand (MUSTER_FAULT)", path);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return muster_error(errno == ENOENT ? MUSTER_NO_INPUT : MUSTER_IO, "%s: %s", path,
                            strerror(errno));
    status = muster_journal_scan(fd, path, UINT64_MAX, visit, context, &end);
    close(fd);
    if (sound != NULL)
        *sound = end;
    return status;
}
