/* What stands in for missing numbers: mean, median or most frequent value of those that are there,
 * as scikit-learn's SimpleImputer (the least of equally frequent ones); 0 where none is. */
#include <math.h>
#include <stdlib.h>

#include "data/prep_impl.h"

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

double data_quantile(double *values, size_t n, double q)
{
    double place = q * (double)(n - 1);
    size_t k = (size_t)place;
    double below = selected(values, n, k);
    if (k + 1 >= n)
        return below;
    return below + (place - (double)k) * (selected(values, n, k + 1) - below);
}

static double median(double *values, size_t n)
{
    return data_quantile(values, n, 0.5);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double most_frequent(double *values, size_t n)
{
    double best = 0;
    size_t most = 0;
    qsort(values, n, sizeof *values, ascending);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && values[end] <= values[i];)
            end++;
        if (end - i > most) {
            most = end - i;
            best = values[i];
        }
    }
    return best;
}

/* Column by column, of all its values at once. */
static enum muster_status fill_by_columns(const struct data_sample *sample,
                                          double (*way)(double *values, size_t n), double *fill)
{
    enum muster_status status = MUSTER_OK;
    double *column = NULL;
    MUSTER_NEW(column, sample->n);
    for (size_t k = 0; k < sample->width; k++) {
        size_t n = data_column(sample, k, column);
        fill[k] = n > 0 ? way(column, n) : 0;
    }
done:
    muster_free(column);
    return status;
}

static enum muster_status fill_most_frequent(const struct data_sample *sample, double *fill)
{
    return fill_by_columns(sample, most_frequent, fill);
}

static enum muster_status fill_median(const struct data_sample *sample, double *fill)
{
    const double half = 0.5;
    return sample->data->stream != NULL ? data_quantiles(sample, &half, 1, fill)
                                        : fill_by_columns(sample, median, fill);
}

/* Row by row; from the least value up, so that a large mean costs no digits. */
static enum muster_status fill_mean(const struct data_sample *sample, double *fill)
{
    enum muster_status status = MUSTER_OK;
    const size_t width = sample->width;
    double *low = NULL, *sum, *count;
    size_t n;
    MUSTER_NEW(low, 3 * width);
    sum = low + width;
    count = sum + width;
    for (size_t j = 0; j < width; j++)
        low[j] = INFINITY;
    for (size_t i = 0; i < sample->n; i++) {
        const double *x = data_widened(sample, i, &n);
        for (size_t j = 0; j < width; j++)
            low[j] = x[j] < low[j] ? x[j] : low[j];
    }
    for (size_t i = 0; i < sample->n; i++) {
        const double *x = data_widened(sample, i, &n);
        for (size_t j = 0; j < width; j++) {
            sum[j] += isnan(x[j]) ? 0 : x[j] - low[j];
            count[j] += isnan(x[j]) ? 0 : 1;
        }
    }
    for (size_t j = 0; j < width; j++)
        fill[j] = count[j] > 0 ? low[j] + sum[j] / count[j] : 0;
done:
    muster_free(low);
    return status;
}

enum muster_status data_fit_fill(const struct data_sample *sample, double *fill)
{
    static enum muster_status (*const ways[])(const struct data_sample *, double *) = {
        [IMPUTE_MEAN] = fill_mean,
        [IMPUTE_MEDIAN] = fill_median,
        [IMPUTE_MOST_FREQUENT] = fill_most_frequent};
    return ways[sample->data->imputing](sample, fill);
}
