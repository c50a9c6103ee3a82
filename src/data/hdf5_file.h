/* HDF5 as this room needs it: files opened alone or together, number kinds, small attributes and
 * lists of names. HDF5's own messages are switched off and turned into ours. */
#ifndef MUSTER_DATA_HDF5_FILE_H
#define MUSTER_DATA_HDF5_FILE_H

#include <hdf5.h>

#include "data/data_impl.h"

/* Opens for reading, on this rank alone. MUSTER_NO_INPUT where there is no such file or it may not
 * be read, MUSTER_BAD_DATA where it is not HDF5 or damaged. */
enum muster_status hdf5_open(const char *name, hid_t *file);
/* Collective: opens a file that hdf5_open has opened before. */
enum muster_status hdf5_open_together(const char *name, struct muster_comm *comm, hid_t *file);

/* The first cause of HDF5's last failure; `out` holds HDF5_REASON bytes. */
#define HDF5_REASON 200
const char *hdf5_reason(char *out);

/* The native memory type of a data set (to be closed); *kind what it is to us. Negative where it
 * does not hold numbers. */
hid_t hdf5_number_type(hid_t set, enum data_kind *kind);
/* The name of a filter of the set that HDF5 here cannot undo, such as one of h5py's own; false: all
 * can be undone. */
bool hdf5_lacks_filter(hid_t set, char *name, size_t size);

/* An open file, and its name for messages; borrowed. */
struct hdf5_place {
    const char *name;
    hid_t file;
};

/* One data set as it stands in the file. */
struct hdf5_shape {
    const char *path; /* borrowed */
    enum data_kind kind;
    int rank;
    hsize_t dims[H5S_MAX_RANK];
    size_t chunk; /* rows */
};

/* The data set at `path`: numbers in at least one dimension, none of them empty. MUSTER_BAD_DATA
 * where it is not, or where there is none; the message names the option that gave the path. */
enum muster_status hdf5_shape_of(const struct hdf5_place *place, const char *path,
                                 const char *option, struct hdf5_shape *shape);
/* "[100, 28, 28]". */
const char *hdf5_shape_text(const struct hdf5_shape *shape, char out[64]);

/* False where there is no such attribute of that class. */
bool hdf5_attribute_text(hid_t object, const char *name, char *out, size_t size);
bool hdf5_attribute_number(hid_t object, const char *name, double *value);

/* How many integers a one-dimensional data set holds; 0 where it is none such. */
size_t hdf5_integers(hid_t file, const char *path);

bool hdf5_has_set(hid_t file, const char *path);
/* Appends the names of the data sets in the root group, "/a, /b". */
void hdf5_list_sets(hid_t file, struct muster_text *text);

/* The n strings of a one-dimensional data set, one behind the other in a fresh block; *strings is
 * NULL where there is none such. */
enum muster_status hdf5_read_strings(hid_t file, const char *path, char **strings, size_t *n);
/* The numbers of a small one-dimensional data set, at most n of them; returns how many it has. */
size_t hdf5_read_small(hid_t file, const char *path, double *values, size_t n);

/* The part of the header that a data set of inputs alone says; `option` names it in messages. */
enum muster_status data_describe_inputs(const struct data_source *source, hid_t file,
                                        const char *option, struct data_header *head);

/* MUSTER_BAD_DATA where names of columns or levels are others than those of the preparation. */
enum muster_status data_compare_names(hid_t file, const struct muster_rows_source *source,
                                      const struct muster_input *input);

/* What a data file says beside inputs and targets is read from, and where it is put. */
struct data_notes {
    const struct muster_data_setup *setup;
    const struct data_source *source;
    hid_t file;
    struct data_header *head;
    struct muster_pack *names, *levels;
};

/* Names of classes and columns, and which columns hold codes. */
enum muster_status data_annotate(const struct data_notes *notes);

#endif
