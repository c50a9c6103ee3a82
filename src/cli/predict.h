/* What the files of `predict` share. */
#ifndef MUSTER_CLI_PREDICT_H
#define MUSTER_CLI_PREDICT_H

#include "cli_impl.h"
#include "model.h"

struct prediction {
    struct cli_model model;    /* owned contents */
    struct muster_rows **rows; /* owned, one for each input */
    int32_t *used;             /* owned, [most]: those of one input */
    struct muster_file *file;  /* owned */
    size_t most;               /* rows a block */
    float *x, *y;              /* owned, [most][width], [most][targets][outputs] */
    float *last;           /* owned, [most][outputs]: after the last used step; next tokens only */
    int32_t *lengths;      /* owned, [most][inputs]; NULL: all steps are used */
    size_t targets;        /* of a row */
    int64_t *labels;       /* owned, [most][targets], or [most][outputs] of several labels */
    int64_t *counts;       /* owned, [outputs]: rows of each class or label */
    double low, high, sum; /* of the first target */
};

/* Opens the rows of all inputs, as --x and --length say where they are. MUSTER_USAGE: a word of
 * theirs is of no input; MUSTER_BAD_DATA: the inputs differ in their number of rows. */
enum muster_status predict_open(struct prediction *p, const struct cli_arguments *arguments);

#endif
