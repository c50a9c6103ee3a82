/* base: what every room stands on. Status and messages, counted memory, faults on demand, log,
 * clock, counter-based random keys, packed named arrays, text, and option tables (option.h).
 *
 * Nothing here is collective and nothing here knows MPI. */
#ifndef MUSTER_BASE_H
#define MUSTER_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- status ------------------------------------------------------------------------------
 *
 * Every function that can fail returns a status. Who detects a failure calls muster_error() once,
 * with a message that says where and what would be right; callers only pass the status on. An
 * outcome (a diverged training) is not an error, and a bug is an assert. */

/* X(name, exit code of sysexits.h, what it means) */
#define MUSTER_STATUS_LIST(X)                                                         \
    X(OK, 0, "finished")                                                              \
    X(USAGE, 64, "wrong use of a command")                                            \
    X(BAD_DATA, 65, "bad data")                                                       \
    X(NO_INPUT, 66, "missing input")                                                  \
    X(INTERNAL, 70, "internal error")                                                 \
    X(IO, 74, "read or write failed")                                                 \
    X(NO_MEMORY, 75, "out of memory on a node; the run can be resumed with more")     \
    X(STOPPED, 75, "stopped early by a time limit or signal; the run can be resumed") \
    X(BAD_STUDY, 78, "invalid study file")

enum muster_status {
#define X(name, code, text) MUSTER_##name,
    MUSTER_STATUS_LIST(X)
#undef X
};

/* The exit code of a status, and its meaning in a few words. */
int muster_status_exit(enum muster_status status);
const char *muster_status_text(enum muster_status status);

/* Sets this thread's error message (printf style, no final newline) and returns `status`, so that
 * `return muster_error(MUSTER_IO, ...)` reads well. A later call replaces the message. */
enum muster_status muster_error(enum muster_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The message of the last muster_error() on this thread, "" after muster_error_clear(). At most
 * MUSTER_ERROR_SIZE - 1 bytes; several lines where several problems are reported in one go. */
#define MUSTER_ERROR_SIZE 16384
const char *muster_error_text(void);
void muster_error_clear(void);

/* In a function with `enum muster_status status` and a label `done`. */
#define MUSTER_TRY(call)         \
    do {                         \
        status = (call);         \
        if (status != MUSTER_OK) \
            goto done;           \
    } while (0)

/* ---- memory ------------------------------------------------------------------------------
 *
 * Blocks are zeroed, 64-byte aligned, and counted: main reports at exit what was never freed. */

/* `count` elements of `size` bytes, at least one byte; NULL (with the error message set) when the
 * product overflows, memory is out, or a fault was asked for. */
void *muster_alloc(size_t count, size_t size);

/* As muster_alloc, with the first min(old, new) bytes of `block` (NULL allowed) kept and the rest
 * zeroed; `block` is freed on success and untouched on failure. */
void *muster_realloc(void *block, size_t count, size_t size);
void muster_free(void *block); /* NULL is allowed */
char *muster_strdup(const char *text);
char *muster_strndup(const char *text, size_t length);

/* A printf into a fresh block, owned by the caller; NULL when memory is out. */
char *muster_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* While on, large blocks are given however large, and take up no memory before they are written to:
 * what an object would need is found by making it, without having it. */
void muster_memory_measure(bool on);

/* Blocks and bytes allocated and not yet freed; bytes at their highest. */
int64_t muster_memory_blocks(void);
int64_t muster_memory_bytes(void);
int64_t muster_memory_peak(void);

/* pointer = count zeroed elements, or `goto done` with MUSTER_NO_MEMORY. */
#define MUSTER_NEW(pointer, count)                                    \
    do {                                                              \
        (pointer) = muster_alloc((size_t)(count), sizeof *(pointer)); \
        if ((pointer) == NULL) {                                      \
            status = MUSTER_NO_MEMORY;                                \
            goto done;                                                \
        }                                                             \
    } while (0)

/* Makes room for `need` elements in a growing array; capacity at least doubles. */
enum muster_status muster_grow(void *array, size_t *capacity, size_t need, size_t size);

/* ---- faults on demand --------------------------------------------------------------------
 *
 * Tests make the N-th allocation, file opening, write or MPI set-up fail: MUSTER_FAULT=alloc:120,
 * open:2@1 (only on rank 1), mpi:1, write:3. Costs one predictable branch where no fault is set. */

enum muster_fault { MUSTER_FAULT_ALLOC, MUSTER_FAULT_OPEN, MUSTER_FAULT_WRITE, MUSTER_FAULT_MPI };

/* `spec` as above, NULL or "" for none; `rank` is the caller's. MUSTER_USAGE on a malformed one. */
enum muster_status muster_fault_set(const char *spec, int rank);

/* True when this very call is the one that has to fail. */
bool muster_fault(enum muster_fault kind);

/* ---- log ---------------------------------------------------------------------------------
 *
 * Lines on standard error, `muster: level: text`; only where logging was switched on (rank 0). */

enum muster_level { MUSTER_ERRORS, MUSTER_WARNINGS, MUSTER_INFOS, MUSTER_DEBUGS };

/* `level`: the most talkative level printed. `on`: false silences this process. */
void muster_log_setup(enum muster_level level, bool on);
void muster_log(enum muster_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* From now on a line that was said since is not said again: for work that goes over the same input
 * several times. `on`: false ends it, and forgets. */
void muster_log_once(bool on);

/* The text of a progress line that is redrawn in place on a terminal; NULL takes it away. Log
 * lines erase it and draw it again below themselves. `text` is copied. */
void muster_log_progress(const char *text);

/* ---- clock ------------------------------------------------------------------------------- */

double muster_clock(void);       /* seconds, monotonic, arbitrary origin */
double muster_wall(void);        /* seconds since 1970-01-01T00:00:00Z */
double muster_cpu(void);         /* processor seconds of this process */
void muster_nap(double seconds); /* sleeps; a signal may end it early */

/* ISO 8601 in UTC, "2026-11-25T12:00:00Z"; `out` holds at least 32 bytes. */
void muster_iso8601(double wall, char *out);

/* ---- random keys -------------------------------------------------------------------------
 *
 * Counter-based (Philox 4x32-10 of Random123; Salmon, Moraes, Dror, Shaw, SC11): a number depends
 * on its key and counter alone, never on rank, time or the order of calls. */

/* What a stream is for. Values are part of the reproducibility promise: append only. */
enum muster_purpose {
    MUSTER_FOR_SPLIT = 1, /* test share, folds, samples of rows */
    MUSTER_FOR_INIT = 2,  /* initial weights */
    MUSTER_FOR_ORDER = 3, /* order of rows in an epoch */
    MUSTER_FOR_DROPOUT = 4,
    MUSTER_FOR_AUGMENT = 5,
    MUSTER_FOR_SEARCH = 6, /* proposals */
    MUSTER_FOR_SLEEP = 7,  /* synthetic durations */
    MUSTER_FOR_NOISE = 8   /* synthetic objectives and tests */
};

struct muster_stream {
    uint32_t key[2];
};

/* The stream of (seed, trial, fold, purpose); -1 where trial or fold does not apply. */
struct muster_stream muster_stream_of(uint64_t seed, int64_t trial, int64_t fold,
                                      enum muster_purpose purpose);

/* 128 random bits of the four counter words. The scalar helpers below use words {lo, hi, 0, 0} of
 * their 64-bit counter, so a caller of both sets word 2 or 3. */
void muster_random_bits(struct muster_stream stream, const uint32_t counter[4], uint32_t out[4]);

double muster_random_uniform(struct muster_stream stream, uint64_t counter); /* (0, 1), 53 bits */
double muster_random_normal(struct muster_stream stream, uint64_t counter);  /* Box-Muller */
double muster_normal_cdf(double z); /* probability of a standard normal up to z */
uint64_t muster_random_below(struct muster_stream stream, uint64_t counter, uint64_t n);

/* values[i] uniform in [low, high) for i < n, of counters start + i / 4: fast. */
void muster_random_fill(struct muster_stream stream, uint64_t start, float low, float high,
                        float *values, size_t n);

/* items: a permutation of itself (Fisher-Yates over counters start .. start + n). */
void muster_random_shuffle(struct muster_stream stream, uint64_t start, int64_t *items, size_t n);

/* ---- text --------------------------------------------------------------------------------- */

/* A growing string. Start with {0}; free with muster_text_free. A failed append sets `failed` and
 * makes all later ones no-ops, so that one check at the end is enough. */
struct muster_text {
    char *data; /* owned; NUL-terminated, NULL while empty */
    size_t length, capacity;
    bool failed;
};

void muster_text_add(struct muster_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void muster_text_free(struct muster_text *text);

/* The shortest decimal that reads back as the same double, "nan", "inf"; `out` holds 32 bytes. */
const char *muster_number_text(double value, char *out);

/* A whole decimal number in the C locale, finite, nothing before or behind it; false otherwise. */
bool muster_number_read(const char *text, double *value);

/* Seconds from `90`, `90s`, `30m`, `2h`, `1d`, `HH:MM:SS`, `D-HH:MM:SS`; false otherwise. */
bool muster_duration_read(const char *text, double *seconds);

/* Bytes from `4096`, `500MB`, `2 GB`, `1.5GiB` (kB, MB, GB, TB of 1000, KiB, MiB, GiB, TiB of
 * 1024); false otherwise. */
bool muster_bytes_read(const char *text, double *bytes);
/* "3.1 GB"; `out` holds 32 bytes. */
const char *muster_bytes_text(double bytes, char *out);

/* Number of edits between two words (Levenshtein with transposition), for "did you mean". */
int muster_edit_distance(const char *a, const char *b);

/* CRC-32C (Castagnoli, polynomial 0x1EDC6F41 reflected) of n bytes, continued from `crc`; 0 to
 * start. */
uint32_t muster_crc32c(uint32_t crc, const void *bytes, size_t n);

/* ---- packed named arrays -----------------------------------------------------------------
 *
 * One wire format for journal records and messages: a list of (name, type, count, values). */

enum muster_field_type {
    MUSTER_F64,
    MUSTER_F32,
    MUSTER_I64,
    MUSTER_U8,
    MUSTER_STRINGS /* count NUL-terminated strings one behind the other */
};

struct muster_field {
    const char *name;
    enum muster_field_type type;
    size_t count;     /* elements, or strings */
    const void *data; /* borrowed from the pack, unaligned: copy out with muster_pack_* */
    size_t bytes;
};

/* Start with {0}; free with muster_pack_free. Failure as in muster_text. */
struct muster_pack {
    unsigned char *data; /* owned */
    size_t length, capacity;
    bool failed;
};

void muster_pack_put(struct muster_pack *pack, const char *name, enum muster_field_type type,
                     const void *values, size_t count);
void muster_pack_f64(struct muster_pack *pack, const char *name, double value);
void muster_pack_i64(struct muster_pack *pack, const char *name, int64_t value);
void muster_pack_text(struct muster_pack *pack, const char *name, const char *value);
void muster_pack_free(struct muster_pack *pack);

/* Steps through packed bytes: *offset starts at 0; false at the end or where the bytes are not a
 * pack (then *offset != n). */
bool muster_pack_next(const void *bytes, size_t n, size_t *offset, struct muster_field *field);
bool muster_pack_find(const void *bytes, size_t n, const char *name, struct muster_field *field);

/* Copies out up to `count` values; returns how many the field has, 0 when absent or of another
 * type. Use count = 0 to ask. */
size_t muster_pack_get(const void *bytes, size_t n, const char *name, enum muster_field_type type,
                       void *values, size_t count);
double muster_pack_get_f64(const void *bytes, size_t n, const char *name, double otherwise);
int64_t muster_pack_get_i64(const void *bytes, size_t n, const char *name, int64_t otherwise);
/* The first string of a field, borrowed from the bytes; NULL when absent. */
const char *muster_pack_get_text(const void *bytes, size_t n, const char *name);

#include "muster/option.h"

#endif
