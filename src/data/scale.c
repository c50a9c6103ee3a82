/* The scalers, as scikit-learn's StandardScaler (divisor n), MinMaxScaler to [0, 1] and
 * RobustScaler (median and the distance of the quartiles). */
#include <math.h>

#include "data/prep_impl.h"

/* low[j], high[j]: the least and greatest value of each column. */
static void range(const struct data_sample *sample, double *restrict low, double *restrict high)
{
    for (size_t j = 0; j < sample->width; j++) {
        low[j] = INFINITY;
        high[j] = -INFINITY;
    }
    for (size_t i = 0; i < sample->n; i++) {
        size_t n;
        const double *restrict x = data_widened(sample, i, &n);
        for (const double *end = x + n; x < end; x += sample->width)
            for (size_t j = 0; j < sample->width; j++) {
                low[j] = x[j] < low[j] ? x[j] : low[j];
                high[j] = x[j] > high[j] ? x[j] : high[j];
            }
    }
}

/* Shift: the least value; scale: the range, 0 where constant. */
static enum muster_status fit_minmax(const struct data_sample *sample, double *shift, double *scale)
{
    range(sample, shift, scale);
    for (size_t j = 0; j < sample->width; j++)
        scale[j] -= shift[j];
    return MUSTER_OK;
}

/* Two passes, from the least value up: sums of differences lose no digits to a large mean, and are
 * exactly 0 in a constant column. */
static enum muster_status fit_standard(const struct data_sample *sample, double *shift,
                                       double *scale)
{
    enum muster_status status = MUSTER_OK;
    const size_t width = sample->width;
    size_t all = 0, n;
    double *restrict sum = NULL, *restrict low = shift, *restrict square = scale;
    MUSTER_NEW(sum, width);
    range(sample, low, square);
    for (size_t i = 0; i < sample->n; i++) {
        const double *restrict x = data_widened(sample, i, &n);
        all += n / width;
        for (const double *end = x + n; x < end; x += width)
            for (size_t j = 0; j < width; j++)
                sum[j] += x[j] - low[j];
    }
    for (size_t j = 0; j < width; j++) {
        low[j] += sum[j] / (double)all;
        square[j] = 0;
    }
    for (size_t i = 0; i < sample->n; i++) {
        const double *restrict x = data_widened(sample, i, &n);
        for (const double *end = x + n; x < end; x += width)
            for (size_t j = 0; j < width; j++)
                square[j] += (x[j] - low[j]) * (x[j] - low[j]);
    }
    for (size_t j = 0; j < width; j++)
        scale[j] = sum[j] == 0 ? 0 : sqrt(square[j] / (double)all);
done:
    muster_free(sum);
    return status;
}

/* Where rows stay in the file. */
static enum muster_status stream_robust(const struct data_sample *sample, double *shift,
                                        double *scale)
{
    enum muster_status status = MUSTER_OK;
    const double q[DATA_QUANTILES] = {0.25, 0.5, 0.75};
    const size_t width = sample->width;
    double *quantiles = NULL;
    MUSTER_NEW(quantiles, DATA_QUANTILES * width);
    MUSTER_TRY(data_quantiles(sample, q, DATA_QUANTILES, quantiles));
    for (size_t j = 0; j < width; j++) {
        shift[j] = quantiles[width + j];
        scale[j] = quantiles[2 * width + j] - quantiles[j];
    }
done:
    muster_free(quantiles);
    return status;
}

static enum muster_status fit_robust(const struct data_sample *sample, double *shift, double *scale)
{
    enum muster_status status = MUSTER_OK;
    double *column = NULL;
    if (sample->data->stream != NULL)
        return stream_robust(sample, shift, scale);
    MUSTER_NEW(column, sample->n * sample->repeats);
    for (size_t k = 0; k < sample->width; k++) {
        size_t n = data_column(sample, k, column);
        for (; sample->fill != NULL && n < sample->n; n++)
            column[n] = sample->fill[k];
        shift[k] = data_quantile(column, n, 0.5);
        scale[k] = data_quantile(column, n, 0.75) - data_quantile(column, n, 0.25);
    }
done:
    muster_free(column);
    return status;
}

static enum muster_status fit_none(const struct data_sample *sample, double *shift, double *scale)
{
    for (size_t j = 0; j < sample->width; j++) {
        shift[j] = 0;
        scale[j] = 1;
    }
    return MUSTER_OK;
}

static enum muster_status fit_divide(const struct data_sample *sample, double *shift, double *scale)
{
    for (size_t j = 0; j < sample->width; j++) {
        shift[j] = 0;
        scale[j] = sample->data->divisor;
    }
    return MUSTER_OK;
}

static enum muster_status (*const fits[])(const struct data_sample *, double *, double *) = {
    [SCALE_NONE] = fit_none,     [SCALE_STANDARD] = fit_standard, [SCALE_MINMAX] = fit_minmax,
    [SCALE_ROBUST] = fit_robust, [SCALE_DIVIDE] = fit_divide,
};

enum muster_status data_fit_scale(const struct data_sample *sample, double *shift, double *scale)
{
    return fits[sample->data->scaling](sample, shift, scale);
}
