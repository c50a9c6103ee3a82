/* results: the journal, which is the truth of a run, and the HDF5 result file, which is derived
 * from it. Named arrays only: what they mean is the business of `run`. Serial: one writer, rank 0.
 */
#ifndef MUSTER_RESULTS_H
#define MUSTER_RESULTS_H

#include "muster/base.h"

/* ---- journal ------------------------------------------------------------------------------
 *
 * File: 8 bytes "MUSTERJ1", then records: u32 payload length, u32 CRC-32C of length, kind and
 * payload, u32 kind, u32 zero, payload (a pack); little-endian, each padded to 8 bytes. */

enum muster_record { /* append only */
                     MUSTER_RECORD_HEADER = 1,
                     MUSTER_RECORD_STEP,
                     MUSTER_RECORD_RESULT,
                     MUSTER_RECORD_STOP,
                     MUSTER_RECORD_RESUME,
                     MUSTER_RECORD_COMPLETE
};

struct muster_journal; /* opaque */

/* Called once a record in order; another status than MUSTER_OK ends the reading with it. */
typedef enum muster_status muster_record_visit(void *context, enum muster_record kind,
                                               const void *payload, size_t n);

/* Reads the sound records of a file. *sound: bytes up to the last sound record (a torn tail lies
 * behind; NULL: not wanted). Damage in the middle, followed by sound records, is MUSTER_BAD_DATA
 * with the offset. MUSTER_NO_INPUT: no such file; MUSTER_BAD_DATA: no journal. A file that ends
 * within its first 8 bytes (a kill at creation) has no records and *sound = 0. `visit` NULL: only
 * check. Not for a journal that this process holds open: that would drop its lock (POSIX); use
 * muster_journal_visit. */
enum muster_status muster_journal_read(const char *path, muster_record_visit *visit, void *context,
                                       uint64_t *sound);

/* Opens for appending and locks: `fresh` empties it, otherwise the torn tail is cut. MUSTER_IO
 * where another run holds it (names host and process), or the folder cannot be written;
 * MUSTER_BAD_DATA as muster_journal_read, then nothing is cut. */
enum muster_status muster_journal_open(const char *path, bool fresh,
                                       struct muster_journal **journal);
/* Appends to a buffer; nothing counts before muster_journal_sync has returned MUSTER_OK. */
enum muster_status muster_journal_append(struct muster_journal *journal, enum muster_record kind,
                                         const struct muster_pack *payload);
/* One write and one fdatasync for all that was appended. MUSTER_IO: disk full and the like; the
 * records are kept, and a later sync writes them again at the same place. */
enum muster_status muster_journal_sync(struct muster_journal *journal);
/* Visits all synced records of an open journal, as muster_journal_read. */
enum muster_status muster_journal_visit(struct muster_journal *journal, muster_record_visit *visit,
                                        void *context);
/* Unsynced records are lost; unlocks. */
void muster_journal_close(struct muster_journal **journal);

/* ---- result file, writing ------------------------------------------------------------------
 *
 * Written to PATH.tmp and renamed over PATH by finish, after fsync of file and folder. A failure is
 * remembered: the calls between need no check, finish reports the first. */

struct muster_file; /* opaque */

enum muster_status muster_file_create(const char *path, struct muster_file **file);

/* `where`: "/" or an object's path; missing groups are made. Texts of any length. */
void muster_file_attr_text(struct muster_file *file, const char *where, const char *name,
                           const char *value);
void muster_file_attr_f64(struct muster_file *file, const char *where, const char *name,
                          double value);
void muster_file_attr_i64(struct muster_file *file, const char *where, const char *name,
                          int64_t value);

/* A dataset with its groups; rank 0: a scalar. F64, F32, I64, U8. Larger ones than 1 MiB are
 * chunked about 1 MiB with shuffle and deflate when `compress`. */
void muster_file_array(struct muster_file *file, const char *path, enum muster_field_type type,
                       size_t rank, const size_t *dims, const void *values, bool compress);
/* Fixed-length UTF-8 strings, NUL-padded to the longest; rank 1 of n. */
void muster_file_strings(struct muster_file *file, const char *path, const char *const *values,
                         size_t n);
void muster_file_group(struct muster_file *file, const char *path);

/* A large dataset written in row blocks: dims[0] rows in all; floats, NaN where none is written, or
 * numbers of any type, 0 there. */
void muster_file_stream_begin(struct muster_file *file, const char *path, size_t rank,
                              const size_t *dims);
void muster_file_stream_begin_as(struct muster_file *file, const char *path,
                                 enum muster_field_type type, size_t rank, const size_t *dims);
void muster_file_stream_rows(struct muster_file *file, const char *path, size_t first, size_t rows,
                             const void *values);

/* The same of one row, and of that only entries first .. first + n - 1 of the next dimension. */
void muster_file_stream_part(struct muster_file *file, const char *path, size_t row, size_t first,
                             size_t n, const void *values);

/* Publishes (or, after a failure, removes) the file and destroys the handle. */
enum muster_status muster_file_finish(struct muster_file **file);
void muster_file_abandon(struct muster_file **file);

/* ---- result file, reading ------------------------------------------------------------------ */

struct muster_reader; /* opaque */

/* MUSTER_NO_INPUT: no such file; MUSTER_BAD_DATA: no result file of ours. */
enum muster_status muster_reader_open(const char *path, struct muster_reader **reader);
void muster_reader_close(struct muster_reader **reader);

bool muster_reader_has(const struct muster_reader *reader, const char *path);
/* Fresh string (muster_free), NULL when absent. */
char *muster_reader_attr_text(const struct muster_reader *reader, const char *where,
                              const char *name);
/* The same, with want of memory told apart from absence: MUSTER_NO_MEMORY, not NULL. */
enum muster_status muster_reader_attr_find(const struct muster_reader *reader, const char *where,
                                           const char *name, char **text);
/* `otherwise` when absent. Any number type is converted. */
double muster_reader_attr_f64(const struct muster_reader *reader, const char *where,
                              const char *name, double otherwise);
/* Values as float64 in a fresh block with dims[4] and *rank set. MUSTER_BAD_DATA when absent. */
enum muster_status muster_reader_f64(const struct muster_reader *reader, const char *path,
                                     size_t *rank, size_t *dims, double **values);
/* Strings as one fresh block of pointers and characters; *n of them. */
enum muster_status muster_reader_strings(const struct muster_reader *reader, const char *path,
                                         size_t *n, char ***values);
/* Names of the members of a group in order of name, as muster_reader_strings. */
enum muster_status muster_reader_members(const struct muster_reader *reader, const char *path,
                                         size_t *n, char ***names);
/* True when an attribute or dataset holds strings. */
bool muster_reader_is_text(const struct muster_reader *reader, const char *path);
/* Names of an object's attributes, as muster_reader_strings. */
enum muster_status muster_reader_attrs(const struct muster_reader *reader, const char *where,
                                       size_t *n, char ***names);
bool muster_reader_attr_is_text(const struct muster_reader *reader, const char *where,
                                const char *name);

#endif
