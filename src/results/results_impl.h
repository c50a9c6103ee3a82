/* results, inside: what the journal's two files share, and what both kinds of file need of the
 * disk.
 */
#ifndef MUSTER_RESULTS_IMPL_H
#define MUSTER_RESULTS_IMPL_H

#include "muster/results.h"

/* ---- disk ---------------------------------------------------------------------------------- */

/* Writes all n bytes at `offset`; MUSTER_IO with `path` and the system's reason. */
enum muster_status muster_disk_write(int fd, const char *path, const void *bytes, size_t n,
                                     uint64_t offset);
/* fdatasync, not ended by a signal. */
enum muster_status muster_disk_sync(int fd, const char *path);
/* fsync of the folder that holds `path`: a new or renamed name survives a power failure. */
enum muster_status muster_disk_sync_folder(const char *path);
/* The folder that holds `path`, fresh; NULL when memory is out. */
char *muster_disk_folder(const char *path);

/* ---- seal ---------------------------------------------------------------------------------- */

/* Behind the n bytes of an image that stand at the start of the file. */
enum muster_status muster_seal_write(int fd, const char *path, const void *image, size_t n);
/* MUSTER_BAD_DATA where there is a seal and the bytes before it are not those that it was put on;
 * MUSTER_IO. */
enum muster_status muster_seal_check(int fd, const char *path);

/* ---- journal ------------------------------------------------------------------------------- */

#define MUSTER_JOURNAL_MAGIC "MUSTERJ1"
#define MUSTER_JOURNAL_MAGIC_SIZE 8

/* Before a payload: u32 length, CRC, kind and zero. */
#define MUSTER_RECORD_HEAD_SIZE 16

/* CRC-32C of length, kind and payload as they stand in the file. */
uint32_t muster_record_crc(const unsigned char *head, const void *payload, size_t n);

void muster_put_u32(unsigned char *bytes, uint32_t value); /* little-endian */
uint32_t muster_get_u32(const unsigned char *bytes);

/* Record sizes in the file are multiples of 8. */
static inline uint64_t muster_padded(uint64_t bytes)
{
    return (bytes + 7) & ~(uint64_t)7;
}

/* muster_journal_read on an open file, which stays open. `limit`: bytes to look at at most. */
enum muster_status muster_journal_scan(int fd, const char *path, uint64_t limit,
                                       muster_record_visit *visit, void *context, uint64_t *sound);

#endif
