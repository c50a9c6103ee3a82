/* What the files of this room share: the header of a data file, the data set, number kinds. */
#ifndef MUSTER_DATA_IMPL_H
#define MUSTER_DATA_IMPL_H

#include <stdio.h>

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
    void (*whole)(const void *from, size_t n, int32_t *to);
    /* Rows as they stand, and rows whose columns are filled in and encoded. */
    void (*gather)(const struct muster_data *data, const struct muster_prep *prep,
                   const int64_t *rows, size_t n, float *out);
    void (*encode)(const struct muster_data *data, const struct muster_prep *prep,
                   const int64_t *rows, size_t n, float *out);
};
extern const struct data_numbers data_numbers[];

/* The rows to train on, and the file's own test part. */
enum { DATA_TRAIN, DATA_TEST, DATA_PARTS };

/* What a file says of itself; plain bytes, so that rank 0 reads it and sends it. */
struct data_header {
    enum data_kind kind; /* of x */
    bool classification; /* y is a class */
    bool multi_label;    /* y says of each label whether a row has it, 0 or 1 */
    bool next_token;     /* the token after each step is the target; no other task then */
    bool tokens, image, channels_first;
    bool guessed;   /* image or not, without a word of the file */
    bool bare;      /* there are several inputs, and this is of what they have in common */
    bool official;  /* there is a test part */
    bool coded;     /* a table some of whose columns hold codes */
    size_t one_hot; /* levels that become a column each, at most */
    bool grouped;   /* rows for training and validation have groups */
    bool lengths[DATA_PARTS]; /* rows say how many of their steps are used */
    size_t rank, dims[3];     /* of a row of x, channels last */
    size_t width;             /* their product */
    size_t targets;           /* numbers of y a row; 0: there is none, tokens follow in x */
    size_t declared;          /* classes, as the file says; 0: it does not */
    size_t vocabulary;        /* of tokens, as the file says; 0: it does not */
    size_t rows[DATA_PARTS];  /* of x */
    size_t chunk[DATA_PARTS]; /* rows of a chunk of x, 1 where it is not chunked */
    size_t block;             /* rows of a block where x stays in the file; 0: it does not */
};

struct data_stream; /* opaque: the rows of x where they stay in the file */
struct data_room;

/* Where it stands: the file, and the paths of its parts; borrowed. */
struct data_source {
    const char *file;
    const char *under; /* what its options are called: "data", "data.inputs.table" */
    bool several;      /* there are several inputs */
    /* An input of several: what they have in common, with their first one's path; else NULL. */
    const struct data_header *common;
    const char *first;
    const char *feature_names, *level_names;
    /* What may be meant for the input, and for others of its group; NULL: it is alone there. */
    const char *shared_categorical, *shared_length;
    const char *x[DATA_PARTS], *y[DATA_PARTS];
    const char *categorical, *levels, *groups, *length[DATA_PARTS];
    const char *vocabulary;
};

enum data_scaling { SCALE_NONE, SCALE_STANDARD, SCALE_MINMAX, SCALE_ROBUST, SCALE_DIVIDE };
enum data_imputing { IMPUTE_MEAN, IMPUTE_MEDIAN, IMPUTE_MOST_FREQUENT };

/* Columns of x and what becomes of them: numbers first, then one column a level, then indicators of
 * gaps, then codes as they are. */
struct data_columns {
    struct muster_data_columns info;
    bool encoded;                    /* false: rows leave as they stand, save their scale */
    size_t plain_n, coded_n, gaps_n; /* columns of each sort; those with gaps again in the last */
    size_t *plain, *coded, *gapped;  /* owned: their places in x, ascending */
    size_t *kept;                    /* owned, [info.n_codes]: likewise of codes that stay */
    int64_t *embedded;               /* owned, [info.n_codes]: their levels */
    size_t *first;                   /* owned, [coded_n]: where the level 0 of each goes */
    int64_t *levels;                 /* owned, [x's width]; 0: numbers */
    uint8_t *gaps;                   /* owned, [x's width] */
    char **names;                    /* owned, [width], and each of them; NULL: not encoded */
};

/* One of several inputs. */
struct data_part {
    char *name, *path; /* owned */
    size_t at;
    struct muster_data *data; /* owned; its rows are borrowed from the whole */
};

struct muster_data {
    size_t n_parts;
    struct data_part *parts; /* owned, [n_parts]; NULL: there is one input */
    struct data_header head;
    struct muster_data_info info;
    struct data_columns columns;
    enum data_imputing imputing;
    enum data_scaling scaling;
    double divisor;               /* of SCALE_DIVIDE */
    struct muster_window *window; /* owned */
    const void *x;              /* in the window: [all rows][width] of head.kind; NULL: streamed */
    struct data_stream *stream; /* owned; NULL: x is in the window */
    const int32_t *classes;     /* in the window: [all rows], or [all rows][steps] of next tokens;
                                   NULL for regression, and where next tokens follow in x */
    const float *targets;       /* in the window: [all rows][outputs]; NULL for classification */
    const int64_t *groups;      /* in the window: [training rows]; NULL: none */
    const int32_t *lengths;     /* in the window: [all rows]; NULL: none */
    bool ordered;               /* rows stand in the order of time */
    int64_t *rows, *test_rows;  /* owned */
    void *names;                /* owned: packed, what the two lists point into */
    size_t names_bytes;
    struct muster_pack level_names; /* owned: there may be many, so on the first rank alone */
    size_t n_class_names, n_feature_names;
    const char **class_names, **feature_names; /* owned lists; NULL: the file has none */
    size_t n_words;
    const char **words;  /* owned list: what the tokens stand for, or NULL */
    int64_t *word_codes; /* owned, [n_words]: likewise, in numbers, or NULL */
};

/* Numbers of a row of x that are used: those up to its length, where the file says it. */
static inline size_t data_used(const struct data_header *head, const int32_t *lengths, size_t row)
{
    const size_t steps = lengths != NULL && lengths[row] > 0 ? (size_t)lengths[row] : head->dims[0];
    return steps * (head->width / head->dims[0]);
}

/* ---- rows that stay in the file: stream.c --------------------------------------------------- */

/* Collective: opens the stream of the data and checks all values, the lengths being there; the
 * greatest token goes into the room. */
enum muster_status data_stream_open(struct muster_data *data, const struct data_source *source,
                                    struct muster_comm *comm, struct data_room *room);
void data_stream_close(struct data_stream **stream);
/* One row as in the window; good until the row after the next that is asked for. */
const char *data_stream_row(struct data_stream *stream, size_t row);
/* MUSTER_IO, with its message, once a reading has failed; NULL is well. */
enum muster_status data_stream_status(const struct data_stream *stream);
/* Blocks of both parts, the one that a row stands in, and the bytes that a rank holds of them. */
size_t data_blocks(const struct data_header *head);
size_t data_block_of(const struct data_header *head, size_t row);
size_t data_stream_bytes(const struct data_header *head);
void data_stream_gather(const struct muster_data *data, const struct muster_prep *prep,
                        const int64_t *rows, size_t n, float *out);
/* muster_prep_gather of one input. */
void data_gather(const struct muster_data *data, const struct muster_prep *prep,
                 const int64_t *rows, size_t n, float *out);

/* [width] numbers of head.kind. */
static inline const char *data_row(const struct muster_data *data, size_t row)
{
    if (data->stream != NULL)
        return data_stream_row(data->stream, row);
    return (const char *)data->x + row * data->head.width * data_numbers[data->head.kind].size;
}

/* Of n things in order, those that are this rank's: neighbours, so that it reads few blocks. */
struct data_share {
    size_t first, end;
};

static inline struct data_share data_share(const struct muster_comm *comm, size_t n)
{
    const size_t rank = (size_t)muster_comm_rank(comm), ranks = (size_t)muster_comm_size(comm);
    return (struct data_share){n * rank / ranks, n * (rank + 1) / ranks};
}

/* ---- study and file ------------------------------------------------------------------------ */

enum muster_status data_source_of(const struct muster_data_setup *setup,
                                  struct data_source *source);
/* Of a path that may be `none`: NULL then, `standard` where the study does not say. */
const char *data_path_of(const struct muster_block *block, const char *option,
                         const char *standard);
void data_scaling_of(const struct muster_block *block, struct muster_data *data);
enum data_imputing data_imputing_of(const struct muster_block *block);

/* ---- several inputs: inputs.c --------------------------------------------------------------- */

/* One of several inputs as the study describes it: the section `data` as it would be if it were the
 * only one. */
struct data_view {
    const char *name, *levels; /* borrowed; the path that the study gives, or NULL */
    struct muster_block block; /* values owned */
    struct muster_data_setup setup;
    struct data_source source;
    char *under;     /* owned, as the following */
    char *test;      /* path of its test part */
    char *beside[9]; /* paths beside it */
};
/* Their views, *n of them, NULL and 0 where `data.inputs` is not given. MUSTER_BAD_STUDY: an input
 * without a path, or options beside it that only one input can have. */
enum muster_status data_views_create(const struct muster_data_setup *setup,
                                     struct data_view **views, size_t *n);
/* "/extra/levels" of "/extra/table", or "/extra/table_levels" where it shares its group. */
char *data_beside(const char *path, bool shared, const char *what);
void data_views_destroy(struct data_view **views, size_t n);
/* Collective: opens each as a part of the data, whose rows are known, and sets what follows from
 * all of them. */
enum muster_status data_open_parts(struct muster_data *data, const struct data_view *views,
                                   size_t n, struct muster_comm *comm);
void data_close_parts(struct muster_data *data); /* collective */
/* data.c: collective; header, values, and what follows from them, into a zeroed struct. */
enum muster_status data_load(struct muster_data *data, const struct muster_data_setup *setup,
                             const struct data_source *source, struct muster_comm *comm);

/* Reads the header with serial HDF5, on this rank alone, into `head`, and into `names` the names of
 * classes ("classes") and features ("features"), and of columns of codes the "levels" and the names
 * of the columns they become ("hot"); into `levels` the names of these (data_level_key). */
enum muster_status data_describe(const struct muster_data_setup *setup,
                                 const struct data_source *source, struct data_header *head,
                                 struct muster_pack *names, struct muster_pack *levels);

static inline const char *data_level_key(size_t column, char key[32])
{
    snprintf(key, 32, "levels of %zu", column);
    return key;
}

/* Where all rows are put; exactly one of classes and values is there. */
struct data_room {
    void *x;
    int32_t *classes;
    float *values;
    int64_t *groups;       /* NULL: none */
    int32_t *lengths;      /* NULL: none; full for the parts that do not say */
    const int64_t *levels; /* [width]: how many codes a column may hold; 0: numbers */
    bool whole;            /* gaps cannot be filled */
    bool stored;           /* rows for a model that is there */
    double top, top_token; /* the greatest label and token seen */
};

/* Rows [first, first + n) of a data set as they were read. */
struct data_slab {
    const char *file, *path;
    int part;
    enum data_kind kind;
    size_t width, first, n;
    const char *bytes;
    const int32_t *lengths; /* [n]: used steps of these rows of x, 0: all; NULL: all */
};

/* Check a slab's values and put them into the room; MUSTER_BAD_DATA names the first wrong one.
 * Inputs are there already. */
typedef enum muster_status data_taker(const struct data_header *head, const struct data_slab *slab,
                                      struct data_room *room);
data_taker data_check_inputs, data_take_targets, data_take_groups, data_take_lengths;
/* The lengths of a slab's rows, checked, into to [n]. */
enum muster_status data_check_lengths(const struct data_header *head, const struct data_slab *slab,
                                      int32_t *to);

/* Set info.outputs and info.vocabulary, from the greatest label and token in use. */
enum muster_status data_count_classes(struct muster_data *data, const struct data_source *source,
                                      double top);
enum muster_status data_count_tokens(struct muster_data *data, const struct data_source *source,
                                     double top);

/* Several labels a row: refuses those that tell no row from another, warns of some. */
enum muster_status data_check_labels(const struct muster_data *data,
                                     const struct data_source *source);

/* Collective on the data's communicator, whose node shares the work: reads and checks all rows. */
enum muster_status data_read(const struct data_source *source, const struct data_header *head,
                             struct muster_comm *comm, struct muster_window *window,
                             struct data_room *room);

/* Each row from [c][h][w] to [h][w][c]. */
enum muster_status data_channels_last(const struct data_header *head, char *rows, size_t n);

/* ---- columns ------------------------------------------------------------------------------- */

/* Collective: what becomes of the columns, once the rows to use are known; sets the width. */
enum muster_status data_lay_columns(struct muster_data *data, const char *file,
                                    struct muster_comm *comm);
/* Collective: refuses inputs and targets that are the same in all rows for training, and warns of
 * columns that are. */
enum muster_status data_check_variety(const struct muster_data *data,
                                      const struct data_source *source, struct muster_comm *comm);
/* The places of each sort of column, by their levels and gaps, and the width of a row. */
enum muster_status data_place_columns(struct data_columns *columns);
void data_clear_columns(struct data_columns *columns);

/* The next word of a hash. */
uint64_t data_hash_word(uint64_t hash, uint64_t word);
/* Collective: info.hash, of the header, the rows of x, and the n bytes of what stands beside them,
 * shared over ranks. */
enum muster_status data_hash(struct muster_data *data, const void *beside, size_t n,
                             struct muster_comm *comm);

#endif
