/* What the files of this room share: the header of a data file, the data set, number kinds. */
#ifndef MUSTER_DATA_IMPL_H
#define MUSTER_DATA_IMPL_H

#include "muster/data.h"

/* KIND(name, C type, type that the gather computes in): single precision where it holds every value
 * exactly. */
#define DATA_KINDS(KIND)        \
    KIND(U8, uint8_t, float)    \
    KIND(I8, int8_t, float)     \
    KIND(U16, uint16_t, float)  \
    KIND(I16, int16_t, float)   \
    KIND(U32, uint32_t, double) \
    KIND(I32, int32_t, double)  \
    KIND(U64, uint64_t, double) \
    KIND(I64, int64_t, double)  \
    KIND(F32, float, float)     \
    KIND(F64, double, double)

enum data_kind {
#define KIND(name, type, real) DATA_##name,
    DATA_KINDS(KIND)
#undef KIND
};

/* What can be done with numbers of one kind. */
struct data_numbers {
    size_t size;
    bool single; /* the gather computes in float, else in double */
    void (*widen)(const void *from, size_t n, double *to);
    void (*gather)(const struct muster_data *data, const struct muster_prep *prep,
                   const int64_t *rows, size_t n, float *out);
};
extern const struct data_numbers data_numbers[];

/* The rows to train on, and the file's own test part. */
enum { DATA_TRAIN, DATA_TEST, DATA_PARTS };

/* What a file says of itself; plain bytes, so that rank 0 reads it and sends it. */
struct data_header {
    enum data_kind kind; /* of x */
    bool classification;
    bool tokens, image, channels_first;
    bool official;            /* there is a test part */
    size_t rank, dims[3];     /* of a row as it leaves the gather */
    size_t width;             /* their product */
    size_t targets;           /* numbers of y a row */
    size_t declared;          /* classes, as the file says; 0: it does not */
    size_t rows[DATA_PARTS];  /* of x */
    size_t chunk[DATA_PARTS]; /* rows of a chunk of x, 1 where it is not chunked */
};

/* Where it stands: the file, and the paths of its parts; borrowed. */
struct data_source {
    const char *file;
    const char *x[DATA_PARTS], *y[DATA_PARTS];
};

enum data_scaling { SCALE_NONE, SCALE_STANDARD, SCALE_MINMAX, SCALE_ROBUST, SCALE_DIVIDE };

struct muster_data {
    struct data_header head;
    struct muster_data_info info;
    enum data_scaling scaling;
    double divisor;               /* of SCALE_DIVIDE */
    struct muster_window *window; /* owned */
    const void *x;                /* in the window: [all rows][width] of head.kind */
    const int32_t *classes;       /* in the window: [all rows]; NULL for regression */
    const float *targets;         /* in the window: [all rows][outputs]; NULL for classification */
    int64_t *rows, *test_rows;    /* owned */
    void *names;                  /* owned: the packed names that the two lists point into */
    size_t n_class_names, n_feature_names;
    const char **class_names, **feature_names; /* owned lists; NULL: the file has none */
};

struct muster_prep {
    size_t width;
    double *mean, *scale; /* [width], owned */
    void *shift, *factor; /* [width] in the type of the gather, owned: x' = (x - shift) * factor */
};

/* ---- study and file ------------------------------------------------------------------------ */

enum muster_status data_source_of(const struct muster_data_setup *setup,
                                  struct data_source *source);
void data_scaling_of(const struct muster_block *block, struct muster_data *data);

/* Reads the header with serial HDF5, on this rank alone, into `head`, and the names of classes and
 * features into `names`. */
enum muster_status data_describe(const struct muster_data_setup *setup,
                                 const struct data_source *source, struct data_header *head,
                                 struct muster_pack *names);

/* Where the targets of all rows are put; exactly one of the two is there. */
struct data_targets {
    int32_t *classes;
    float *values;
    double top; /* the greatest label seen */
};

/* Collective on the data's communicator, whose node shares the work: reads and checks all rows into
 * x [all rows][width] and `targets`. */
enum muster_status data_read(const struct data_source *source, const struct data_header *head,
                             struct muster_comm *comm, struct muster_window *window, void *x,
                             struct data_targets *targets);
/* The targets alone, with serial HDF5, on this rank alone. */
enum muster_status data_read_targets(const struct data_source *source,
                                     const struct data_header *head, struct data_targets *targets);

/* Collective: a hash of the window's `bytes` bytes and of the header, by blocks shared over ranks.
 */
enum muster_status data_hash(const void *bytes, size_t n, const struct data_header *head,
                             struct muster_comm *comm, uint64_t *hash);

/* ---- splits -------------------------------------------------------------------------------- */

/* What stands for the fold in the keys of draws that are not a repeat of the validation. */
enum { DATA_DRAW_LIMIT = -1, DATA_DRAW_TEST = -2 };

/* Rows of each class among `rows`, [outputs]; all in one for regression. */
void data_count(const struct muster_data *data, const int64_t *rows, size_t n, int64_t *counts);
/* Chooses `count` <= n of the rows, stratified for classification: away[i] for rows[i]. */
enum muster_status data_draw(const struct muster_data *data, const int64_t *rows, size_t n,
                             size_t count, struct muster_stream stream, bool *away);
/* Deals n rows to k parts of equal size, every class spread evenly: part[i] of rows[i]. */
enum muster_status data_deal(const struct muster_data *data, const int64_t *rows, size_t n,
                             size_t k, struct muster_stream stream, size_t *part);
/* Fills data->rows and data->test_rows as `limit` and `test` say. */
enum muster_status data_hold_out(struct muster_data *data, const struct muster_data_setup *setup);

static inline size_t data_strata(const struct muster_data *data)
{
    return data->head.classification ? data->info.outputs : 1;
}

static inline size_t data_stratum(const struct muster_data *data, int64_t row)
{
    return data->head.classification ? (size_t)data->classes[row] : 0;
}

#endif
