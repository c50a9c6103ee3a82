/* Preparation of the inputs: a shift and a scale per column, fitted on given rows and on nothing
 * else. As scikit-learn's StandardScaler (divisor n), MinMaxScaler to [0, 1] and RobustScaler
 * (median and the distance of the quartiles); a column that is constant keeps scale 1. */
#include <math.h>

#include "data/data_impl.h"

/* Rows to fit on, widened one at a time. */
struct sample {
    const struct muster_data *data;
    const int64_t *rows;
    size_t n, width;
    double *row; /* scratch, [width] */
};

static const double *widened(const struct sample *sample, size_t i)
{
    const struct data_numbers *numbers = &data_numbers[sample->data->head.kind];
    size_t at = (size_t)sample->rows[i] * sample->width * numbers->size;
    numbers->widen((const char *)sample->data->x + at, sample->width, sample->row);
    return sample->row;
}

/* low[j], high[j]: the least and greatest value of each column. */
static void range(const struct sample *sample, double *restrict low, double *restrict high)
{
    for (size_t j = 0; j < sample->width; j++) {
        low[j] = INFINITY;
        high[j] = -INFINITY;
    }
    for (size_t i = 0; i < sample->n; i++) {
        const double *restrict x = widened(sample, i);
        for (size_t j = 0; j < sample->width; j++) {
            low[j] = x[j] < low[j] ? x[j] : low[j];
            high[j] = x[j] > high[j] ? x[j] : high[j];
        }
    }
}

/* Shift: the least value; scale: the range, 0 where constant. */
static enum muster_status fit_minmax(const struct sample *sample, double *shift, double *scale)
{
    range(sample, shift, scale);
    for (size_t j = 0; j < sample->width; j++)
        scale[j] -= shift[j];
    return MUSTER_OK;
}

/* Two passes, from the least value up: sums of differences lose no digits to a large mean, and are
 * exactly 0 in a constant column. */
static enum muster_status fit_standard(const struct sample *sample, double *shift, double *scale)
{
    enum muster_status status = MUSTER_OK;
    const double n = (double)sample->n;
    const size_t width = sample->width;
    double *restrict sum = NULL, *restrict low = shift, *restrict square = scale;
    MUSTER_NEW(sum, width);
    range(sample, low, square);
    for (size_t i = 0; i < sample->n; i++) {
        const double *restrict x = widened(sample, i);
        for (size_t j = 0; j < width; j++)
            sum[j] += x[j] - low[j];
    }
    for (size_t j = 0; j < width; j++) {
        low[j] += sum[j] / n;
        square[j] = 0;
    }
    for (size_t i = 0; i < sample->n; i++) {
        const double *restrict x = widened(sample, i);
        for (size_t j = 0; j < width; j++)
            square[j] += (x[j] - low[j]) * (x[j] - low[j]);
    }
    for (size_t j = 0; j < width; j++)
        scale[j] = sum[j] == 0 ? 0 : sqrt(square[j] / n);
done:
    muster_free(sum);
    return status;
}

/* Hoare's selection: afterwards values[k] is where sorting would put it, smaller ones before it. */
static double selected(double *values, size_t n, size_t k)
{
    size_t low = 0, high = n - 1;
    while (low < high) {
        double pivot = values[low + (high - low) / 2];
        size_t i = low, j = high;
        for (;;) {
            while (values[i] < pivot)
                i++;
            while (values[j] > pivot)
                j--;
            if (i >= j)
                break;
            double kept = values[i];
            values[i++] = values[j];
            values[j--] = kept;
        }
        if (k <= j)
            high = j;
        else
            low = j + 1;
    }
    return values[k];
}

/* Between the two nearest values, linearly (Hyndman and Fan's definition 7). */
static double quantile(double *values, size_t n, double q)
{
    double place = q * (double)(n - 1);
    size_t k = (size_t)place;
    double below = selected(values, n, k);
    if (k + 1 >= n)
        return below;
    return below + (place - (double)k) * (selected(values, n, k + 1) - below);
}

static enum muster_status fit_robust(const struct sample *sample, double *shift, double *scale)
{
    enum muster_status status = MUSTER_OK;
    const struct data_numbers *numbers = &data_numbers[sample->data->head.kind];
    double *column = NULL;
    MUSTER_NEW(column, sample->n);
    for (size_t j = 0; j < sample->width; j++) {
        for (size_t i = 0; i < sample->n; i++) {
            size_t at = (size_t)sample->rows[i] * sample->width + j;
            numbers->widen((const char *)sample->data->x + at * numbers->size, 1, &column[i]);
        }
        shift[j] = quantile(column, sample->n, 0.5);
        scale[j] = quantile(column, sample->n, 0.75) - quantile(column, sample->n, 0.25);
    }
done:
    muster_free(column);
    return status;
}

static enum muster_status fit_none(const struct sample *sample, double *shift, double *scale)
{
    for (size_t j = 0; j < sample->width; j++) {
        shift[j] = 0;
        scale[j] = 1;
    }
    return MUSTER_OK;
}

static enum muster_status fit_divide(const struct sample *sample, double *shift, double *scale)
{
    for (size_t j = 0; j < sample->width; j++) {
        shift[j] = 0;
        scale[j] = sample->data->divisor;
    }
    return MUSTER_OK;
}

/* Each fills shift and scale [width]; a scale of 0 becomes 1. */
static enum muster_status (*const fits[])(const struct sample *, double *, double *) = {
    [SCALE_NONE] = fit_none,     [SCALE_STANDARD] = fit_standard, [SCALE_MINMAX] = fit_minmax,
    [SCALE_ROBUST] = fit_robust, [SCALE_DIVIDE] = fit_divide,
};

/* What the gather reads, in the type it computes in. */
static enum muster_status make_constants(struct muster_prep *prep, bool single)
{
    prep->shift = muster_alloc(prep->width, single ? sizeof(float) : sizeof(double));
    prep->factor = muster_alloc(prep->width, single ? sizeof(float) : sizeof(double));
    if (prep->shift == NULL || prep->factor == NULL)
        return MUSTER_NO_MEMORY;
    for (size_t j = 0; j < prep->width; j++) {
        double shift = prep->mean[j], factor = 1 / prep->scale[j];
        if (single) {
            ((float *)prep->shift)[j] = (float)shift;
            ((float *)prep->factor)[j] = (float)factor;
        } else {
            ((double *)prep->shift)[j] = shift;
            ((double *)prep->factor)[j] = factor;
        }
    }
    return MUSTER_OK;
}

enum muster_status muster_prep_fit(const struct muster_data *data, const int64_t *rows, size_t n,
                                   struct muster_prep **out)
{
    enum muster_status status = MUSTER_OK;
    struct sample sample = {data, rows, n, data->head.width, NULL};
    struct muster_prep *prep = NULL;
    *out = NULL;
    MUSTER_NEW(prep, 1);
    prep->width = sample.width;
    MUSTER_NEW(prep->mean, prep->width);
    MUSTER_NEW(prep->scale, prep->width);
    MUSTER_NEW(sample.row, sample.width);
    MUSTER_TRY(fits[data->scaling](&sample, prep->mean, prep->scale));
    for (size_t j = 0; j < prep->width; j++)
        prep->scale[j] = prep->scale[j] > 0 ? prep->scale[j] : 1;
    MUSTER_TRY(make_constants(prep, data_numbers[data->head.kind].single));
done:
    muster_free(sample.row);
    if (status != MUSTER_OK)
        muster_prep_destroy(&prep);
    *out = prep;
    return status;
}

void muster_prep_destroy(struct muster_prep **prep)
{
    if (*prep != NULL) {
        muster_free((*prep)->mean);
        muster_free((*prep)->scale);
        muster_free((*prep)->shift);
        muster_free((*prep)->factor);
        muster_free(*prep);
        *prep = NULL;
    }
}

const double *muster_prep_mean(const struct muster_prep *prep)
{
    return prep->mean;
}

const double *muster_prep_scale(const struct muster_prep *prep)
{
    return prep->scale;
}

void muster_prep_gather(const struct muster_data *data, const struct muster_prep *prep,
                        const int64_t *rows, size_t n, float *out)
{
    data_numbers[data->head.kind].gather(data, prep, rows, n, out);
}
