/* What stands in for missing numbers: mean, median or most frequent value of those that are there,
 * as scikit-learn's SimpleImputer (the least of equally frequent ones); 0 where none is. */
#include <math.h>
#include <stdlib.h>

#include "data/data_impl.h"

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

/* From the least value up, so that a large mean costs no digits. */
static double mean(double *values, size_t n)
{
    double low = values[0], sum = 0;
    for (size_t i = 1; i < n; i++)
        low = values[i] < low ? values[i] : low;
    for (size_t i = 0; i < n; i++)
        sum += values[i] - low;
    return low + sum / (double)n;
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

static double (*const ways[])(double *values, size_t n) = {
    [IMPUTE_MEAN] = mean, [IMPUTE_MEDIAN] = median, [IMPUTE_MOST_FREQUENT] = most_frequent};

enum muster_status data_fit_fill(const struct data_sample *sample, double *fill)
{
    enum muster_status status = MUSTER_OK;
    double *column = NULL;
    MUSTER_NEW(column, sample->n);
    for (size_t k = 0; k < sample->width; k++) {
        size_t n = data_column(sample, k, column);
        fill[k] = n > 0 ? ways[sample->data->imputing](column, n) : 0;
    }
done:
    muster_free(column);
    return status;
}
