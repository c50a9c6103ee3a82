/* Half-rank warping of observations (Song et al. 2024, arXiv 2408.11527, section 3.2): values above
 * the median become normal scores of their ranks with the spread that the better half has, values
 * below it stay. Outliers and failures then cannot flatten the better half. Ties share their mean
 * rank. */
#include <math.h>
#include <stdlib.h>

#include "surrogate/surrogate_impl.h"

struct ranked {
    double y;
    size_t at;
    bool counts;
};

static int by_value(const void *a, const void *b)
{
    const struct ranked *p = a, *q = b;
    return p->y != q->y ? (p->y > q->y) - (p->y < q->y) : (p->at > q->at) - (p->at < q->at);
}

/* Of the `of` values that count, in order. */
static double median_of(const struct ranked *sorted, size_t n, size_t of)
{
    double sum = 0;
    for (size_t i = 0, seen = 0; i < n; i++) {
        if (!sorted[i].counts)
            continue;
        sum += 0.5 * sorted[i].y * (double)((seen == (of - 1) / 2) + (seen == of / 2));
        seen++;
    }
    return sum;
}

/* Root mean square distance to the median of the counting values not above it; *n_low: how many
 * values are not. */
static double lower_spread(const struct ranked *sorted, size_t n, double median, size_t *n_low)
{
    double sum = 0;
    size_t low = 0, of = 0;
    for (; low < n && sorted[low].y <= median; low++) {
        sum += sorted[low].counts ? (sorted[low].y - median) * (sorted[low].y - median) : 0;
        of += sorted[low].counts;
    }
    *n_low = low;
    return sqrt(sum / (double)of);
}

/* Those of sorted[n] from `low` on, above `from`, become from + spread times their normal scores.
 */
static void score_ranks(const struct ranked *sorted, size_t low, size_t n, double from,
                        double spread, double *y)
{
    for (size_t first = low, end; first < n; first = end) {
        for (end = first + 1; end < n && sorted[end].y == sorted[first].y; end++) {}
        double rank = 0.5 * (double)(first + end - 1 - 2 * low) + 1;
        double p = 0.5 + 0.5 * rank / (double)(n - low + 1);
        for (size_t i = first; i < end; i++)
            y[sorted[i].at] = from + spread * muster_normal_quantile(p);
    }
}

enum muster_status muster_warp_half_rank(double *y, size_t n)
{
    return muster_warp_half_rank_of(y, NULL, n);
}

enum muster_status muster_warp_half_rank_of(double *y, const bool *counts, size_t n)
{
    enum muster_status status = MUSTER_OK;
    struct ranked *sorted = NULL;
    size_t of = 0, low;

    MUSTER_NEW(sorted, n);
    for (size_t i = 0; i < n; i++) {
        sorted[i] = (struct ranked){y[i], i, counts == NULL || counts[i]};
        of += sorted[i].counts;
    }
    if (of < 3)
        goto done;
    qsort(sorted, n, sizeof *sorted, by_value);

    double median = median_of(sorted, n, of), spread = lower_spread(sorted, n, median, &low);
    if (spread > 0) /* else half of them are equal: ranks are all there is, keep the values */
        score_ranks(sorted, low, n, median, spread, y);
done:
    muster_free(sorted);
    return status;
}

enum muster_status muster_warp_ranks_above(double *y, size_t n, double from)
{
    enum muster_status status = MUSTER_OK;
    struct ranked *sorted = NULL;
    size_t low;

    MUSTER_NEW(sorted, n);
    for (size_t i = 0; i < n; i++)
        sorted[i] = (struct ranked){y[i], i, true};
    qsort(sorted, n, sizeof *sorted, by_value);
    double spread = lower_spread(sorted, n, from, &low);
    if (spread > 0)
        score_ranks(sorted, low, n, from, spread, y);
done:
    muster_free(sorted);
    return status;
}
