/* data: HDF5 in, one copy of the raw rows per node, folds as index permutations, preparation fitted
 * on training rows only, and the gather that makes a batch.
 *
 * The window holds rows in their native type; scaling happens while rows are gathered. */
#ifndef MUSTER_DATA_H
#define MUSTER_DATA_H

#include "muster/base.h"
#include "muster/par.h"

/* Several inputs (`data.inputs`). A row has one input, x, or several under names: arrays of one
 * file with as many rows each, with a shape, a kind of number and a preparation of their own. They
 * leave the gather side by side, in the order of the study, and are joined by the network. What a
 * file says of an input stands beside it: for one that is alone in its group, in that group
 * (/extra/categorical, /extra/levels, /extra/length, /extra/vocab, /extra/feature_names and
 * /extra/level_names of /extra/table); where several share a group, under each one's path
 * (/table_categorical of /table). The test part of /extra/table is /test/extra/table. */

extern const struct muster_option muster_data_options[];     /* section `data` */
extern const struct muster_option muster_validate_options[]; /* folds, repeats of `validate` */

struct muster_data; /* opaque */

struct muster_data_setup {
    const struct muster_block *data; /* the section's block */
    const char *file;                /* resolved path of the data file */
    uint64_t seed;                   /* of limit, test share */
    bool tokens; /* rows [n, t] of integers are tokens, unless `data.tokens` says otherwise */
    /* Of several inputs: likewise of the one of that name. NULL: of none. */
    bool (*are_tokens)(const void *context, const char *input);
    const void *context;
};

/* What is in it. Rows are numbered as in the file's /x, test rows of an official test part follow
 * behind. */
struct muster_data_info {
    size_t rows;      /* for training and validation, after limit and without held-out ones */
    size_t test_rows; /* held out; 0: none */
    /* Of several inputs rows have rank 1 here; `bytes`, `row_bytes`, `rank_bytes` and `hash` are of
     * all of them, `lengths` of any, `image`, `tokens`, `vocabulary` and `scale` of none: see
     * muster_data_input. */
    size_t rank;    /* of one row: 1 table or tokens, 2 sequence, 3 image with its channels */
    size_t dims[3]; /* of one row as it leaves the gather, encoded; layout HWC */
    size_t width;   /* product of dims: floats a row after the gather */
    bool classification;
    bool next_token;   /* the token after each step is to be told: classification at every step,
                          outputs = vocabulary */
    bool multi_label;  /* targets are values, 0 or 1: whether a row has each of several labels */
    size_t outputs;    /* classes, or targets a row */
    size_t bytes;      /* in the window, per node */
    size_t block;      /* rows of a block where x stays in the file, `data.block`; 0: it does not */
    size_t row_bytes;  /* of x, as in the file */
    size_t rank_bytes; /* of blocks at hand, per rank; 0: none */
    uint64_t hash;     /* of x and y and their shapes, independent of ranks and chunking */
    bool test_official; /* the test part is /test/x, not a held-out share */
    bool image;         /* rows are [h][w] or [h][w][c] */
    bool guessed;       /* they have two dimensions, and the file has no `layout`: images where the
                           numbers are of 8 bits, else sequences */
    bool tokens;        /* rows are sequences of integers 0 .. vocabulary - 1 */
    size_t vocabulary;  /* how many tokens there are: as the file says, else the greatest one in use
                           and 1; 0: no tokens */
    bool lengths;       /* rows say how many of their steps are used */
    const char *scale;  /* the scaling in force, e.g. what `auto` became: none, standard, minmax,
                           robust, divide */
};

/* Collective on `comm`. Reads in parallel (each rank of a node a slab of the rows) into a window,
 * checks values (finite targets, labels 0..C-1) and holds out the test share, stratified for
 * classification. All ranks return the same status: MUSTER_NO_INPUT where the file does not exist,
 * MUSTER_BAD_DATA (no HDF5, missing dataset, shapes of x and y that do not match, infinite values,
 * each with file, path, row and column), MUSTER_NO_MEMORY (no room in /dev/shm), MUSTER_BAD_STUDY
 * (options that contradict each other), MUSTER_IO (a read that fails).
 * With `data.block` x stays in the file, and only what stands beside it is in the window. */
enum muster_status muster_data_open(const struct muster_data_setup *setup, struct muster_comm *comm,
                                    struct muster_data **data);
/* Collective on the communicator of open. */
void muster_data_close(struct muster_data **data);

const struct muster_data_info *muster_data_info(const struct muster_data *data);

/* One input: what else there is to know of it is known of `data`, its rows being numbered alike. */
struct muster_data_input {
    const char *name, *path;        /* borrowed; NULL: x, the only one */
    size_t at;                      /* where its numbers begin in a row that has left the gather */
    const struct muster_data *data; /* borrowed; of the only one the data itself */
};
size_t muster_data_inputs(const struct muster_data *data); /* 1 at least */
struct muster_data_input muster_data_input(const struct muster_data *data, size_t i);

/* Where x stays in the file, each rank reads blocks of it as their rows are asked for, through a
 * file of its own, and holds the last two: ask for rows block by block. MUSTER_IO, with its
 * message, once such a reading failed on this rank: what was gathered since is not to be used. */
enum muster_status muster_data_status(const struct muster_data *data);
/* How many blocks the given rows, ascending, stand in; their places in `rows` where a block
 * begins go into `first`, unless it is NULL. 0 where x does not stay in the file. */
size_t muster_data_blocks(const struct muster_data *data, const int64_t *rows, size_t n,
                          int64_t *first);

/* Row numbers [rows] that training and validation use, and [test_rows] held out, ascending;
 * borrowed. Numbers of an official test part count from `first_test` = rows of /x. */
const int64_t *muster_data_rows(const struct muster_data *data);
const int64_t *muster_data_test_rows(const struct muster_data *data);
int64_t muster_data_first_test(const struct muster_data *data);

/* Names of classes or labels (n = outputs) or features (n = columns of a table); NULL when the file
 * has none.
 */
const char *const *muster_data_class_names(const struct muster_data *data, size_t *n);
const char *const *muster_data_feature_names(const struct muster_data *data, size_t *n);

/* What the codes of a column of a table stand for: *n texts, each with its end, one behind the
 * other; NULL where the column holds numbers or the file does not say it, and on all ranks but the
 * first. Borrowed. */
const char *muster_data_level_names(const struct muster_data *data, size_t column, size_t *n);

/* What the tokens stand for (n = vocabulary), as strings or as numbers, say of characters; NULL
 * where the file does not say it so. */
const char *const *muster_data_words(const struct muster_data *data, size_t *n);
const int64_t *muster_data_word_codes(const struct muster_data *data, size_t *n);

/* What becomes of the columns of a table that has gaps or codes. A row leaves the gather as: the
 * columns that hold numbers, in the file's order, missing ones filled in, scaled; then for each
 * column of few codes one column a level, 1 where the row has it, all 0 where its code is missing;
 * then one column for each column of x that has a gap in any row for training and validation, 1
 * where the value is missing; then the columns of many codes as they are, -1 where one is missing,
 * for the network to embed. Few are `data.one_hot` at most. Which columns have gaps is structure,
 * as their number is: the same for all folds, and never a statistic; rows held out for the test
 * have no say. */
struct muster_data_columns {
    size_t n, width;          /* columns of x, columns after the gather */
    const int64_t *levels;    /* [n]; 0: the column holds numbers */
    size_t one_hot;           /* levels that become a column each, at most */
    size_t n_codes;           /* columns that stay codes, the last ones of a row */
    const int64_t *embedded;  /* [n_codes]: their levels */
    const uint8_t *gaps;      /* [n]; 1: it has an indicator */
    const char *const *names; /* [width]: "age", "work=private", "age missing" */
};
/* Borrowed; NULL where rows leave as they stand, save their scale. */
const struct muster_data_columns *muster_data_columns(const struct muster_data *data);

/* ---- folds -------------------------------------------------------------------------------- */

struct muster_folds; /* opaque */

/* K = folds x repeats splits of the data's rows by the block's `folds`, `folds.holdout`, `repeats`
 * and `stratify`, shuffled with the seed; independent of ranks. Rows of one group stay in one part,
 * and `loo` leaves out one group each; with `data.time_order` split k trains on all rows before its
 * own, nothing is shuffled. MUSTER_BAD_STUDY where there are fewer rows, groups, or rows of a
 * class, than folds (names the class). The data outlive the folds. */
enum muster_status muster_folds_create(const struct muster_data *data,
                                       const struct muster_block *validate, uint64_t seed,
                                       struct muster_folds **folds);
void muster_folds_destroy(struct muster_folds **folds);
size_t muster_folds_count(const struct muster_folds *folds);
/* Row numbers that split k validates on, ascending; borrowed. */
const int64_t *muster_folds_valid(const struct muster_folds *folds, size_t k, size_t *n);
/* How many rows split k trains on; lists them, ascending, in `rows` unless it is NULL. */
size_t muster_folds_train(const struct muster_folds *folds, size_t k, int64_t *rows);

/* How many splits a block asks for, without data; 0 for `loo`, which has one a row, or
 * group, and repeat. */
size_t muster_folds_planned(const struct muster_block *validate);

/* ---- preparation and gather ---------------------------------------------------------------- */

struct muster_prep; /* opaque: fitted parameters only */

/* Fits on the given rows and nothing else: per column of numbers what fills gaps, as `data.impute`
 * says, from the values that are there, then mean and scale as `data.scale` says, gaps filled
 * (float64 sums; a constant column keeps scale 1, one without any value is filled with 0). A
 * sequence has one mean and scale a channel, over the used steps; an image one a channel, over its
 * pixels; both stand repeated for every step or pixel. */
enum muster_status muster_prep_fit(const struct muster_data *data, const int64_t *rows, size_t n,
                                   struct muster_prep **prep);
void muster_prep_destroy(struct muster_prep **prep);

/* out [n][width] = (x - mean) / scale of the given rows, filled in and encoded on the way: one pass
 * over each row. Tokens leave as the whole numbers they are. What stands behind a row's used steps
 * is 0. */
void muster_prep_gather(const struct muster_data *data, const struct muster_prep *prep,
                        const int64_t *rows, size_t n, float *out);

/* Targets of the given rows; exactly one of the two is not NULL, as the task says. Regression
 * targets leave as they stand in the file. Of next tokens there are [n][steps], -1 where there is
 * none: behind the used steps and, where the file has no targets, at the last used one. */
void muster_data_targets(const struct muster_data *data, const int64_t *rows, size_t n,
                         int32_t *classes, float *values);

/* Used time steps of the given rows, [n][inputs]; all of them where the file does not say. */
void muster_data_lengths(const struct muster_data *data, const int64_t *rows, size_t n,
                         int32_t *lengths);

/* Of one of the inputs; of the only one the preparation itself. Borrowed. */
const struct muster_prep *muster_prep_input(const struct muster_prep *prep, size_t i);
/* Fitted parameters by column, [width], of one input: for `/best/model/input`. Borrowed. */
const double *muster_prep_mean(const struct muster_prep *prep);
const double *muster_prep_scale(const struct muster_prep *prep); /* x' = (x - mean) / scale */
/* What missing numbers are filled with, by column of x; NaN for columns of codes. NULL where
 * muster_data_columns is. */
const double *muster_prep_fill(const struct muster_prep *prep);

/* ---- rows of any file through a stored preparation ----------------------------------------- */

/* A fitted preparation as `/best/model/input` holds it; borrowed while rows are opened. */
struct muster_input {
    size_t rank, dims[3];       /* of a row as it stands, layout HWC */
    size_t width;               /* of a row as it leaves */
    const double *mean, *scale; /* [width] */
    const double *fill;         /* [dims[0]], or NULL with the next two: rows leave as they stand */
    const int64_t *levels;      /* [dims[0]] */
    const uint8_t *gaps;        /* [dims[0]] */
    size_t one_hot;             /* columns of more levels leave as codes */
    bool lengths;               /* rows may use fewer than all of their steps */
    size_t vocabulary;          /* rows hold tokens 0 .. vocabulary - 1; 0: numbers */
    size_t apart;               /* floats from row to row as they leave; 0: width */
    const char *const *names;   /* [dims[0]] of columns, NULL: not known */
    const char *const *const *level_names; /* [dims[0]] of [levels]; NULL, or of NULL: not known */
};

struct muster_rows; /* opaque: the rows of one data set, block by block */

/* What is read: data sets of one file. */
struct muster_rows_source {
    const char *file, *x;
    const char *length; /* used steps of the rows of x; "none": all; NULL: `length` in the group of
                           x, where there is one. Not looked at where the input has no lengths */
    bool several;       /* one of several inputs: the names of its columns stand beside it */
    bool shared;        /* other inputs are in the group of x: `x_length` in place of `length` */
};

/* Not collective, serial HDF5; the source is copied. `most`: rows a block. MUSTER_NO_INPUT: no such
 * file; MUSTER_BAD_DATA: no HDF5, no such data set, rows of another shape than the preparation is
 * for, or whose columns or levels have other names where both are known, or a preparation that
 * contradicts itself. */
enum muster_status muster_rows_open(const struct muster_rows_source *source,
                                    const struct muster_input *input, size_t most,
                                    struct muster_rows **rows);
void muster_rows_close(struct muster_rows **rows);
size_t muster_rows_count(const struct muster_rows *rows);

/* The next *n <= most rows in order, out [*n][apart], of which `width` are set, and how many of
 * their steps are used, lengths
 * [*n], unless it is NULL; *n = 0 behind the last. MUSTER_BAD_DATA: a value that the preparation
 * cannot take, with its row and column; MUSTER_IO. */
enum muster_status muster_rows_next(struct muster_rows *rows, float *out, int32_t *lengths,
                                    size_t *n);

#endif
