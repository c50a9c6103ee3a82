/* result file, inside: the handle that its files share, and HDF5 kept quiet. */
#ifndef MUSTER_RESULTS_FILE_IMPL_H
#define MUSTER_RESULTS_FILE_IMPL_H

#include <hdf5.h>

#include "muster/results.h"

/* A dataset that is written in row blocks. Kept open: its chunk cache is what joins blocks. */
struct muster_file_stream {
    char *path; /* owned */
    enum muster_field_type type;
    hid_t dataset;
};

struct muster_file {
    char *path, *temporary;             /* owned */
    hid_t hdf5;                         /* in memory */
    int fd;                             /* owned; of the temporary file */
    enum muster_status status;          /* of the first failure */
    char message[512];                  /* its text, since later calls may set others */
    struct muster_file_stream *streams; /* owned */
    size_t n_streams, streams_capacity;
};

struct muster_reader {
    char *path; /* owned */
    hid_t hdf5;
};

/* Adds a string and its NUL to a row of strings. */
void muster_reader_add(struct muster_text *joined, const char *text);
/* The n strings of such a row in one fresh block: n + 1 pointers, the last NULL, and characters. */
enum muster_status muster_reader_list(const struct muster_text *joined, size_t n, char ***out);

/* Remembers the first failure: what was being done to which object, with HDF5's reason. */
void muster_file_fail(struct muster_file *file, const char *doing, const char *what);
/* Remembers the status and message of a failed call of ours. */
void muster_file_keep(struct muster_file *file, enum muster_status status);

/* Opens a file without HDF5's own locks: the journal's lock keeps writers apart, and readers see
 * whole files only. A fresh access list; close it. */
hid_t muster_hdf5_access(void);
/* The system's reason of the last failed HDF5 call, "" where it has none. */
void muster_hdf5_reason(char *out, size_t size);
/* Objects of any kind; negative ones are skipped. */
void muster_hdf5_close(hid_t id);
/* Types in memory and in the file (little-endian) of a numeric field type. */
hid_t muster_hdf5_native(enum muster_field_type type);
hid_t muster_hdf5_stored(enum muster_field_type type);
size_t muster_hdf5_bytes(enum muster_field_type type);
/* A string type of `size` bytes (H5T_VARIABLE: any), UTF-8, padded with NUL; fresh. */
hid_t muster_hdf5_string(size_t size);

#endif
