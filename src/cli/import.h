/* import: what the files of this command share. */
#ifndef MUSTER_CLI_IMPORT_H
#define MUSTER_CLI_IMPORT_H

#include "cli_impl.h"
#include "csv.h"

struct import_column {
    const char *name; /* borrowed from the table or from `names` */
    bool dropped;
    bool coded; /* holds texts, or numbers that stand for categories */
    size_t missing;
    double low, high;    /* of numbers */
    size_t n_levels;     /* of codes */
    const char **levels; /* owned array of borrowed texts, ascending */
};

struct import {
    const struct cli_arguments *arguments; /* borrowed */
    struct csv csv;
    size_t first;                  /* row of data: 1 behind a header */
    char *names;                   /* owned: names of columns without a header */
    struct import_column *columns; /* owned, [csv.columns] */
    size_t target;                 /* column */
    bool classification;
    size_t n, without_target;
    size_t *rows; /* owned, [n]: rows of the table that have a target */
};

/* Names the columns, finds the target and what kind each column is. */
enum muster_status import_columns(struct import *import);
/* True for an empty cell and `?`, and in a column of numbers for NA, NaN and null. */
bool import_missing(const char *cell, bool coded);
/* The number of a level of a coded column. */
size_t import_code(const struct import_column *column, const char *cell);

enum muster_status import_write(const struct import *import, const char *out);
enum muster_status import_print(const struct import *import, const char *out);

#endif
