/* import: what the files of this command share. */
#ifndef MUSTER_CLI_IMPORT_H
#define MUSTER_CLI_IMPORT_H

#include "cli_impl.h"
#include "csv.h"
#include "model.h"

struct import_column {
    const char *name; /* borrowed from the table or from `names` */
    bool dropped;
    bool coded; /* holds texts, or numbers that stand for categories */
    size_t missing;
    double low, high;    /* of numbers */
    size_t n_levels;     /* of codes */
    const char **levels; /* owned array of borrowed texts, ascending */
    size_t *codes;       /* owned, [n_levels]: what stands for each; NULL: its place */
};

struct import {
    const struct cli_arguments *arguments; /* borrowed */
    struct csv csv;
    size_t first;                  /* row of data: 1 behind a header */
    char *names;                   /* owned: names of columns without a header */
    struct import_column *columns; /* owned, [csv.columns] */
    struct cli_model model;        /* owned contents, where rows are for it */
    size_t d, *inputs;             /* owned, [d]: the columns of x */
    size_t target;                 /* column; SIZE_MAX: none */
    bool classification;
    size_t n, without_target;
    size_t *rows; /* owned, [n]: rows of the table that are taken */
};

/* From the header; x0, x1, ... without one and where it has no name. */
enum muster_status import_name_columns(struct import *import);
/* Finds the target, what kind each column is, and the rows to take. */
enum muster_status import_columns(struct import *import);
/* The same for the rows of a model, which says what its columns are. */
enum muster_status import_for_model(struct import *import);
/* What is missing of a column of numbers, and what lies between. */
void import_range(const struct import *import, size_t c);
/* Warns of columns of texts that look like numbers. */
void import_doubt(const struct import *import);
/* True for an empty cell and `?`, and in a column of numbers for NA, NaN and null. */
bool import_missing(const char *cell, bool coded);
/* Orders levels, `const char *`: numbers by value, texts behind them by their bytes. */
int import_by_level(const void *a, const void *b);
/* The number of a level of a coded column; SIZE_MAX: it has none such. */
size_t import_code(const struct import_column *column, const char *cell);

enum muster_status import_write(const struct import *import, const char *out);
enum muster_status import_print(const struct import *import, const char *out);

#endif
