/* Exact quantiles of columns whose rows only pass by: radix selection, most significant digit first
 * (Knuth, The Art of Computer Programming 3, 5.2.5, turned to selection). Doubles become whole
 * numbers of the same order; each pass over the rows counts, among the values that agree with an
 * order statistic in the digits known so far, those with each next digit, so that memory depends on
 * the columns alone. */
#include <math.h>
#include <string.h>

#include "data/prep_impl.h"

enum { DIGIT_BITS = 8, DIGITS = 1 << DIGIT_BITS };

/* Two neighbours a quantile. */
enum { PLACES = 2 * DATA_QUANTILES };

/* One column's order statistics on their way. */
struct column {
    uint64_t n;                      /* values */
    uint64_t known[PLACES];          /* digits known */
    uint64_t before[PLACES];         /* values that agree in them and are smaller */
    uint64_t counts[PLACES][DIGITS]; /* of the next digit, of the first place that agrees */
};

struct selection {
    const struct data_sample *sample; /* borrowed */
    const double *q;                  /* borrowed, [n_q] */
    size_t n_q;
    int digits;             /* that values of this kind have */
    struct column *columns; /* owned, [width] */
};

static uint64_t key_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

/* Of the leading digits; those behind them are zeros of the double, ones of a negative's key. */
static double value_of(uint64_t known, int digits)
{
    const int rest = 64 - DIGIT_BITS * digits;
    const uint64_t ones = rest > 0 ? ((uint64_t)1 << rest) - 1 : 0;
    uint64_t key = rest > 0 ? known << rest : known;
    double value;
    key = key >> 63 ? key & ~((uint64_t)1 << 63) : ~(key | ones);
    memcpy(&value, &key, sizeof value);
    return value;
}

/* Sign, exponent and the bits of a mantissa that the kind can fill. */
static int digits_of(enum data_kind kind)
{
    const size_t size = data_numbers[kind].size;
    const int mantissa = kind == DATA_F32 ? 23 : kind == DATA_F64 || size > 4 ? 52 : 8 * (int)size;
    return (1 + 11 + mantissa + DIGIT_BITS - 1) / DIGIT_BITS;
}

/* The first place of the column with the same digits. */
static size_t leader(const struct column *column, size_t place)
{
    size_t first = 0;
    while (column->known[first] != column->known[place])
        first++;
    return first;
}

static void count_value(const struct selection *all, struct column *column, double value, int digit)
{
    const uint64_t key = key_of(value);
    const int shift = 64 - DIGIT_BITS * (digit + 1);
    const uint64_t known = digit > 0 ? key >> (shift + DIGIT_BITS) : 0;
    for (size_t p = 0; p < 2 * all->n_q; p++) {
        if (column->known[p] != known)
            continue;
        column->counts[p][key >> shift & (DIGITS - 1)]++;
        return;
    }
}

/* One pass over the rows: counts digit `digit`, and in the first pass the values. */
static void pass(struct selection *all, int digit)
{
    const size_t width = all->sample->width;
    for (size_t j = 0; j < width; j++)
        memset(all->columns[j].counts, 0, sizeof all->columns[j].counts);
    for (size_t i = 0; i < all->sample->n; i++) {
        size_t n;
        const double *x = data_widened(all->sample, i, &n);
        for (size_t at = 0; at < n; at++) {
            struct column *column = &all->columns[at % width];
            if (isnan(x[at]))
                continue;
            column->n += digit == 0;
            count_value(all, column, x[at], digit);
        }
    }
}

/* Which values are wanted, once it is known how many there are. */
static void place(const struct selection *all, struct column *column)
{
    for (size_t p = 0; p < 2 * all->n_q && column->n > 0; p++) {
        const uint64_t below = (uint64_t)(all->q[p / 2] * (double)(column->n - 1));
        column->before[p] = p % 2 > 0 && below + 1 < column->n ? below + 1 : below;
    }
}

/* Adds the digit that was counted. Counts are read before the digits of their leader change. */
static void extend(const struct selection *all, struct column *column)
{
    uint64_t known[PLACES];
    for (size_t p = 0; p < 2 * all->n_q && column->n > 0; p++) {
        const uint64_t *counts = column->counts[leader(column, p)];
        uint64_t digit = 0;
        while (column->before[p] >= counts[digit])
            column->before[p] -= counts[digit++];
        known[p] = column->known[p] << DIGIT_BITS | digit;
    }
    if (column->n > 0)
        memcpy(column->known, known, 2 * all->n_q * sizeof *known);
}

static double quantile(const struct selection *all, const struct column *column, size_t k)
{
    if (column->n == 0)
        return 0;
    const double at = all->q[k] * (double)(column->n - 1);
    const double below = value_of(column->known[2 * k], all->digits);
    const double above = value_of(column->known[2 * k + 1], all->digits);
    return below + (at - floor(at)) * (above - below);
}

enum muster_status data_quantiles(const struct data_sample *sample, const double *q, size_t n_q,
                                  double *out)
{
    enum muster_status status = MUSTER_OK;
    const size_t width = sample->width;
    struct selection all = {
        .sample = sample, .q = q, .n_q = n_q, .digits = digits_of(sample->data->head.kind)};
    MUSTER_NEW(all.columns, width);
    /* A filled value, such as a mean, has more digits than its column. */
    all.digits = sample->fill != NULL ? digits_of(DATA_F64) : all.digits;
    for (int digit = 0; digit < all.digits; digit++) {
        pass(&all, digit);
        for (size_t j = 0; j < width; j++) {
            if (digit == 0)
                place(&all, &all.columns[j]);
            extend(&all, &all.columns[j]);
        }
    }
    for (size_t k = 0; k < n_q; k++)
        for (size_t j = 0; j < width; j++)
            out[k * width + j] = quantile(&all, &all.columns[j], k);
done:
    muster_free(all.columns);
    return status;
}
