/* The seal of a result file: a few bytes behind the HDF5 image, which HDF5 does not look at, with
 * the image's length and CRC-32C. HDF5 (1.10) may crash on a file whose bytes were damaged; a seal
 * that does not fit tells before HDF5 sees it. Who rewrites a file, such as h5repack, leaves the
 * seal out, and a file without one is read as it is. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "results/results_impl.h"

/* 8 bytes of name, u64 length, u32 CRC of the image, u32 CRC of these three. */
static const char mark[] = "MUSTERS1";
enum { MARK = 8, LENGTH = 8, SUM = 16, OWN = 20, SEAL = 24, PIECE = 1 << 20 };

static void put_u64(unsigned char *bytes, uint64_t value)
{
    muster_put_u32(bytes, (uint32_t)value);
    muster_put_u32(bytes + 4, (uint32_t)(value >> 32));
}

enum muster_status muster_seal_write(int fd, const char *path, const void *image, size_t n)
{
    unsigned char seal[SEAL];
    memcpy(seal, mark, MARK);
    put_u64(seal + LENGTH, n);
    muster_put_u32(seal + SUM, muster_crc32c(0, image, n));
    muster_put_u32(seal + OWN, muster_crc32c(0, seal, OWN));
    return muster_disk_write(fd, path, seal, sizeof seal, n);
}

/* All n bytes at an offset; false at the end of the file, or where it cannot be read. */
static bool read_all(int fd, void *to, size_t n, uint64_t offset)
{
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(fd, (char *)to + done, n - done, (off_t)(offset + done));
        if (got > 0)
            done += (size_t)got;
        else if (got == 0 || errno != EINTR)
            return false;
    }
    return true;
}

static enum muster_status check_image(int fd, const char *path, const unsigned char *seal,
                                      uint64_t n)
{
    enum muster_status status = MUSTER_OK;
    unsigned char *piece = NULL;
    uint32_t sum = 0;
    MUSTER_NEW(piece, PIECE);
    for (uint64_t at = 0; at < n; at += PIECE) {
        const size_t some = n - at < PIECE ? (size_t)(n - at) : PIECE;
        if (!read_all(fd, piece, some, at))
            MUSTER_TRY(muster_error(MUSTER_IO, "%s: cannot be read: %s", path, strerror(errno)));
        sum = muster_crc32c(sum, piece, some);
    }
    if (sum != muster_get_u32(seal + SUM))
        status = muster_error(MUSTER_BAD_DATA,
                              "%s: damaged, its bytes are not those that were written (another "
                              "copy; or its journal beside it: muster run --resume writes it anew)",
                              path);
done:
    muster_free(piece);
    return status;
}

enum muster_status muster_seal_check(int fd, const char *path)
{
    unsigned char seal[SEAL], length[8];
    struct stat about;
    if (fstat(fd, &about) != 0 || about.st_size < SEAL)
        return MUSTER_OK;
    const uint64_t n = (uint64_t)about.st_size - SEAL;
    put_u64(length, n);
    if (!read_all(fd, seal, SEAL, n) || memcmp(seal, mark, MARK) != 0 ||
        memcmp(seal + LENGTH, length, sizeof length) != 0 ||
        muster_get_u32(seal + OWN) != muster_crc32c(0, seal, OWN))
        return MUSTER_OK;
    return check_image(fd, path, seal, n);
}
