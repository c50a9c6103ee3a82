/* What fits a preparation of the inputs and what a fitted one is. */
#ifndef MUSTER_DATA_PREP_IMPL_H
#define MUSTER_DATA_PREP_IMPL_H

#include "data/data_impl.h"

struct muster_prep {
    size_t n_parts;
    struct muster_prep **parts; /* owned, [n_parts]: of several inputs; of them all that follows is
                                   theirs alone */
    size_t width;
    size_t apart;         /* floats from row to row as they leave: width, or that of all inputs */
    double *mean, *scale; /* [width], owned; 0 and 1 behind the numbers */
    double *fill;         /* [width of x], owned: NaN where codes stand; NULL: not encoded */
    float *filled;        /* [plain_n], owned: what a filled number becomes; NULL likewise */
    void *shift, *factor; /* [width] in the type of the gather, owned: x' = (x - shift) * factor */
};

/* Rows to fit a preparation on. Of tables only columns of numbers, `width` of them, are looked at;
 * else a row is so many channels at every step or pixel, which count like rows of their own. */
struct data_sample {
    const struct muster_data *data;
    const int64_t *rows;
    size_t n, width;
    size_t repeats;     /* steps or pixels of a row; 1 for tables */
    const double *fill; /* [width]: for missing values; NULL: they stay missing */
    double *raw, *row;  /* scratch, [width of x] and [width] */
};

/* The values of number column or channel k that are there and used, in the order of rows, into
 * values [n][repeats]; returns how many. */
size_t data_column(const struct data_sample *sample, size_t k, double *values);
/* Row i's columns of numbers or channels, missing ones filled in where the sample says how; *n of
 * them, a multiple of the sample's width. Good until the next is asked for. */
const double *data_widened(const struct data_sample *sample, size_t i, size_t *n);
/* Between the two nearest values, linearly (Hyndman and Fan's definition 7); n > 0, reorders. */
double data_quantile(double *values, size_t n, double q);
/* The same of every column or channel, at [DATA_QUANTILES] places q at most, without having their
 * values at hand: row after row passes by several times. out [n_q][width]; 0 where a column has no
 * value. */
enum { DATA_QUANTILES = 3 };
enum muster_status data_quantiles(const struct data_sample *sample, const double *q, size_t n_q,
                                  double *out);
/* scale.c: shift and scale [width], as data.scale says; 0 where a column is constant. */
enum muster_status data_fit_scale(const struct data_sample *sample, double *shift, double *scale);
/* What stands in for missing values of each number column, [width]; 0 where none is there. */
enum muster_status data_fit_fill(const struct data_sample *sample, double *fill);

/* A preparation of the parameters that were stored, for rows of the data's kind and columns. */
enum muster_status data_restore_prep(const struct muster_data *data,
                                     const struct muster_input *input, struct muster_prep **prep);

#endif
