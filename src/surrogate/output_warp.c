/* Output warping: scores become what a Gaussian process fits better, and its predictions go back to
 * the scores' scale. By ranks (half of them: warp.c; all: normal scores), or by a power whose
 * exponent is fitted by maximum likelihood (output_power.c). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "surrogate/surrogate_impl.h"

void muster_output_warp_clear(struct muster_output_warp *warp)
{
    muster_free(warp->table);
    *warp = (struct muster_output_warp){.wanted = warp->wanted};
}

/* ---- ranks ----------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    const struct muster_warped *p = a, *q = b;
    return p->from != q->from ? (p->from > q->from) - (p->from < q->from)
                              : (p->at > q->at) - (p->at < q->at);
}

/* Normal scores of the ranks; of ties, of their mean rank. */
static void rank_scores(struct muster_warped *table, size_t n)
{
    for (size_t first = 0, end; first < n; first = end) {
        for (end = first + 1; end < n && table[end].from == table[first].from; end++) {}
        double rank = 0.5 * (double)(first + end - 1) + 1;
        for (size_t i = first; i < end; i++)
            table[i].to = muster_normal_quantile(rank / (double)(n + 1));
    }
}

/* By ranks, with a table of the way back: one entry for each value, ascending. */
static enum muster_status warp_ranks(struct muster_output_warp *warp, double *y, const bool *counts,
                                     size_t n)
{
    enum muster_status status = MUSTER_OK;
    struct muster_warped *table;

    MUSTER_TRY(muster_grow(&warp->table, &warp->capacity, n, sizeof *warp->table));
    table = warp->table;
    for (size_t i = 0; i < n; i++)
        table[i] = (struct muster_warped){.from = y[i], .at = i};
    if (warp->kind == MUSTER_WARP_HALF_RANK)
        MUSTER_TRY(muster_warp_half_rank_of(y, counts, n));
    qsort(table, n, sizeof *table, by_value);
    if (warp->kind == MUSTER_WARP_RANK)
        rank_scores(table, n);
    warp->n = 0;
    for (size_t i = 0; i < n; i++) {
        double *to = &y[table[i].at];
        if (warp->kind == MUSTER_WARP_RANK)
            *to = table[i].to;
        if (warp->n == 0 || table[i].from > table[warp->n - 1].from)
            table[warp->n++] = (struct muster_warped){table[i].from, *to, table[i].at};
    }
done:
    return status;
}

/* Either way between the two. */
static double entry(const struct muster_warped *pair, bool from)
{
    return from ? pair->from : pair->to;
}

/* Through the table, from values or back to them. Beyond an end the mean slope between its middle
 * and that end goes on. */
static double through(const struct muster_output_warp *warp, double at, bool from)
{
    const struct muster_warped *table = warp->table;
    size_t low = 0, high = warp->n - 1, middle = high / 2;

    if (high == 0)
        return entry(&table[0], !from);
    if (at <= entry(&table[0], from))
        high = middle > 0 ? middle : 1;
    else if (at >= entry(&table[high], from))
        low = middle;
    else
        while (high - low > 1) {
            middle = low + (high - low) / 2;
            *(entry(&table[middle], from) <= at ? &low : &high) = middle;
        }
    const struct muster_warped *a = &table[low], *b = &table[high];
    double run = entry(b, from) - entry(a, from), rise = entry(b, !from) - entry(a, !from);
    const struct muster_warped *next = at >= entry(b, from) ? b : a;
    if (!(run > 0)) /* two values nearer than rounding */
        return entry(next, !from);
    return entry(next, !from) + (at - entry(next, from)) * (rise / run);
}

/* ---- all kinds ------------------------------------------------------------------------------- */

static void note_range(struct muster_output_warp *warp, const double *y, size_t n)
{
    warp->least = INFINITY;
    warp->most = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        warp->least = fmin(warp->least, y[i]);
        warp->most = fmax(warp->most, y[i]);
    }
}

enum muster_status muster_output_warp_fit(struct muster_output_warp *warp, double *y,
                                          const bool *counts, size_t n)
{
    warp->kind = n > 0 ? warp->wanted : MUSTER_WARP_NONE;
    note_range(warp, y, n);
    if (warp->kind == MUSTER_WARP_HALF_RANK || warp->kind == MUSTER_WARP_RANK)
        return warp_ranks(warp, y, counts, n);
    if (warp->kind == MUSTER_WARP_BOX_COX)
        warp->kind = warp->least > 0 && muster_box_cox_fit(warp, y, counts, n)
                         ? MUSTER_WARP_BOX_COX
                         : MUSTER_WARP_YEO_JOHNSON;
    if (warp->kind == MUSTER_WARP_YEO_JOHNSON && !muster_yeo_johnson_fit(warp, y, counts, n))
        warp->kind = MUSTER_WARP_NONE;
    for (size_t i = 0; i < n && warp->kind != MUSTER_WARP_NONE; i++)
        y[i] = muster_power_warp(warp, y[i]);
    return MUSTER_OK;
}

static bool by_ranks(const struct muster_output_warp *warp)
{
    return warp->kind == MUSTER_WARP_HALF_RANK || warp->kind == MUSTER_WARP_RANK;
}

double muster_output_warp_apply(const struct muster_output_warp *warp, double y)
{
    if (warp->kind == MUSTER_WARP_NONE)
        return y;
    return by_ranks(warp) ? through(warp, y, true) : muster_power_warp(warp, y);
}

double muster_output_warp_back(const struct muster_output_warp *warp, double t)
{
    if (warp->kind == MUSTER_WARP_NONE || isnan(t))
        return t;
    if (by_ranks(warp))
        return through(warp, t, false);
    return muster_power_back(warp, t);
}

void muster_output_warp_predict(const struct muster_output_warp *warp, double *mean,
                                double *deviation)
{
    double low = muster_output_warp_back(warp, *mean - *deviation);
    double high = muster_output_warp_back(warp, *mean + *deviation);
    *mean = muster_output_warp_back(warp, *mean);
    *deviation = 0.5 * (high - low);
}
