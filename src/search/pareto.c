/* Several objectives: domination, ranks and hypervolume. Ranks by efficient non-dominated sorting
 * with sequential search (Zhang et al. 2015): in lexicographic order nothing is dominated by what
 * follows, so that a point need only be held against the fronts so far. Hypervolume by slicing
 * objectives (While et al. 2006). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/search_impl.h"

bool muster_dominates(const double *a, const double *b, size_t m)
{
    bool better = false;
    for (size_t k = 0; k < m; k++) {
        if (a[k] > b[k])
            return false;
        better = better || a[k] < b[k];
    }
    return better;
}

struct item {
    const double *f; /* [m] */
    double violation;
    size_t m, at;
    size_t before; /* the item of the same front before this one, in sorted order; NONE */
};

#define NONE SIZE_MAX

static int lexicographic(const void *a, const void *b)
{
    const struct item *p = a, *q = b;
    if (p->violation < q->violation || p->violation > q->violation)
        return p->violation < q->violation ? -1 : 1;
    for (size_t k = 0; k < p->m; k++)
        if (p->f[k] < q->f[k] || p->f[k] > q->f[k])
            return p->f[k] < q->f[k] ? -1 : 1;
    return (p->at > q->at) - (p->at < q->at);
}

/* True where a member of the front that ends with item `last` dominates items[i]. The latest ones
 * are the likeliest to. */
static bool front_dominates(const struct item *items, size_t last, size_t i)
{
    for (size_t j = last; j != NONE; j = items[j].before)
        if (items[j].violation < items[i].violation ||
            muster_dominates(items[j].f, items[i].f, items[i].m))
            return true;
    return false;
}

static void assign(struct item *items, size_t n, size_t *last, size_t *rank)
{
    size_t fronts = 0;
    for (size_t i = 0; i < n; i++) {
        size_t front = 0;
        while (front < fronts && front_dominates(items, last[front], i))
            front++;
        if (front == fronts)
            last[fronts++] = NONE;
        items[i].before = last[front];
        last[front] = i;
        rank[items[i].at] = front;
    }
}

enum muster_status muster_pareto_rank(const double *f, const double *violation, size_t n, size_t m,
                                      size_t *rank)
{
    enum muster_status status = MUSTER_OK;
    struct item *items = NULL;
    size_t *last = NULL;

    MUSTER_NEW(items, n + 1);
    MUSTER_NEW(last, n + 1);
    for (size_t i = 0; i < n; i++)
        items[i] = (struct item){f + i * m, violation == NULL ? 0 : violation[i], m, i, NONE};
    qsort(items, n, sizeof *items, lexicographic);
    assign(items, n, last, rank);
done:
    muster_free(items);
    muster_free(last);
    return status;
}

/* ---- hypervolume ----------------------------------------------------------------------------- */

struct along {
    const double *f;
    double value;
};

static int ascending(const void *a, const void *b)
{
    const struct along *p = a, *q = b;
    return (p->value > q->value) - (p->value < q->value);
}

/* Of the first m objectives of points[n]; scratch: [m - 1][n]. Between two values of the last
 * objective the slice is that of all points below. */
static double slices(const struct along *points, size_t n, size_t m, const double *r,
                     struct along *scratch)
{
    double volume = 0, least = INFINITY;

    for (size_t i = 0; i < n && m == 1; i++)
        least = fmin(least, points[i].f[0]);
    if (m == 1)
        return n == 0 ? 0 : r[0] - least;
    for (size_t i = 0; i < n; i++)
        scratch[i] = (struct along){points[i].f, points[i].f[m - 1]};
    qsort(scratch, n, sizeof *scratch, ascending);
    for (size_t i = 0; i < n; i++) {
        double depth = (i + 1 < n ? scratch[i + 1].value : r[m - 1]) - scratch[i].value;
        if (depth > 0)
            volume += depth * slices(scratch, i + 1, m - 1, r, scratch + n);
    }
    return volume;
}

enum muster_status muster_hypervolume(const double *f, size_t n, size_t m, const double *r,
                                      double *volume)
{
    enum muster_status status = MUSTER_OK;
    struct along *points = NULL;
    size_t inside = 0;

    MUSTER_NEW(points, (n + 1) * (m + 1));
    for (size_t i = 0; i < n; i++) {
        bool better = true;
        for (size_t k = 0; k < m; k++)
            better = better && f[i * m + k] < r[k];
        if (better)
            points[inside++].f = f + i * m;
    }
    *volume = slices(points, inside, m, r, points + n + 1);
done:
    muster_free(points);
    return status;
}
