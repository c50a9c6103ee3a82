/* The expected growth of a front's hypervolume by an outcome whose objectives are independent
 * normals (Emmerich, Giannakoglou, Naujoks 2006), for two or three objectives, as a logarithm.
 *
 * What no point of the front dominates below the reference is cut into boxes. An outcome y adds the
 * volume of all z of those boxes with y <= z, so that its expectation is the sum over boxes of
 * products of integrals of Phi((z - mean) / deviation), and such an integral from l to u is
 * psi(u) - psi(l), psi(z) = deviation h((z - mean) / deviation) being the expected improvement
 * below z. For two objectives the boxes are strips; for three a sweep along the last one keeps the
 * strips of the other two and closes those that a point cuts, so that there are about as many boxes
 * as points. Sums are taken of logarithms (as Ament et al. 2023 do for one objective): there is a
 * slope however far away the front is. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "surrogate/surrogate_impl.h"

/* Objectives, and the coordinate -infinity by number. */
enum { MOST = MUSTER_FRONT_OBJECTIVES, NOWHERE = 0 };

/* Between coordinates by number, in each objective. */
struct box {
    uint32_t low[MOST], high[MOST];
};

/* Of the first two objectives, from coordinate `left` to the next strip's: below `top`. */
struct strip {
    uint32_t left, top, since; /* since: where along the third it began */
};

/* log psi at a coordinate, and its derivatives by mean and deviation. */
struct improvement {
    double log, by_mean, by_deviation;
};

struct muster_front {
    size_t m, n;       /* coordinates are 0: -infinity, 1 .. n: a point's, n + 1: the reference */
    double *at;        /* owned [m][n + 2] */
    struct box *boxes; /* owned */
    size_t n_boxes, capacity;
    struct improvement *psi; /* owned [m][n + 2]: scratch */
};

void muster_front_destroy(struct muster_front **out)
{
    struct muster_front *front = *out;
    if (front == NULL)
        return;
    muster_free(front->at);
    muster_free(front->boxes);
    muster_free(front->psi);
    muster_free(front);
    *out = NULL;
}

/* ---- boxes ----------------------------------------------------------------------------------- */

struct sweep {
    struct muster_front *front;
    struct strip *strips; /* [n + 1], by `left` */
    size_t n;
};

static double at(const struct muster_front *front, size_t k, uint32_t i)
{
    return front->at[k * (front->n + 2) + i];
}

/* The strip i ends along the third objective, at coordinate `end` of it. */
static enum muster_status close_strip(const struct sweep *sweep, size_t i, uint32_t end)
{
    enum muster_status status = MUSTER_OK;
    struct muster_front *front = sweep->front;
    const struct strip *strip = &sweep->strips[i];
    uint32_t right = i + 1 < sweep->n ? sweep->strips[i + 1].left : (uint32_t)front->n + 1;

    if (front->m == MOST && !(at(front, 2, strip->since) < at(front, 2, end)))
        return MUSTER_OK;
    MUSTER_TRY(
        muster_grow(&front->boxes, &front->capacity, front->n_boxes + 1, sizeof *front->boxes));
    front->boxes[front->n_boxes++] =
        (struct box){{strip->left, NOWHERE, strip->since}, {right, strip->top, end}};
done:
    return status;
}

/* A point takes its part of the strips from where it stands along the third objective. */
static enum muster_status cut(struct sweep *sweep, uint32_t point)
{
    enum muster_status status = MUSTER_OK;
    struct muster_front *front = sweep->front;
    struct strip *strips = sweep->strips;
    size_t first = 0, end;

    while (first + 1 < sweep->n && at(front, 0, strips[first + 1].left) <= at(front, 0, point))
        first++;
    if (at(front, 1, strips[first].top) <= at(front, 1, point)) /* it is dominated */
        return MUSTER_OK;
    for (end = first + 1; end < sweep->n && at(front, 1, strips[end].top) >= at(front, 1, point);)
        end++;
    for (size_t i = first; i < end && front->m == MOST; i++)
        MUSTER_TRY(close_strip(sweep, i, point));
    uint32_t since = front->m == MOST ? point : NOWHERE;
    bool keeps = at(front, 0, strips[first].left) < at(front, 0, point);
    size_t to = first + (keeps ? 1 : 0);
    memmove(strips + to + 1, strips + end, (sweep->n - end) * sizeof *strips);
    sweep->n = sweep->n - end + to + 1;
    strips[first].since = since;
    strips[to] = (struct strip){point, point, since};
done:
    return status;
}

static enum muster_status make_boxes(struct muster_front *front)
{
    enum muster_status status = MUSTER_OK;
    uint32_t reference = (uint32_t)front->n + 1;
    struct sweep sweep = {.front = front, .n = 1};

    MUSTER_NEW(sweep.strips, front->n + 2);
    sweep.strips[0] = (struct strip){NOWHERE, reference, NOWHERE};
    for (uint32_t i = 1; i < reference; i++)
        MUSTER_TRY(cut(&sweep, i));
    for (size_t i = 0; i < sweep.n; i++)
        MUSTER_TRY(close_strip(&sweep, i, reference));
done:
    muster_free(sweep.strips);
    return status;
}

struct point {
    const double *f;
    size_t m;
};

/* By the last objective, then the others from the first on. */
static int along_the_last(const void *a, const void *b)
{
    const struct point *p = a, *q = b;
    for (size_t k = 0, j = p->m - 1; k < p->m; j = k++)
        if (p->f[j] < q->f[j] || p->f[j] > q->f[j])
            return p->f[j] < q->f[j] ? -1 : 1;
    return 0;
}

static bool is_below(const double *f, const double *r, size_t m)
{
    for (size_t k = 0; k < m; k++)
        if (!(f[k] < r[k]))
            return false;
    return true;
}

enum muster_status muster_front_create(const double *f, size_t n, size_t m, const double *r,
                                       struct muster_front **out)
{
    enum muster_status status = MUSTER_OK;
    struct muster_front *front;
    struct point *points = NULL;

    MUSTER_NEW(front, 1);
    *out = front;
    front->m = m;
    MUSTER_NEW(points, n + 1);
    for (size_t i = 0; i < n; i++)
        if (is_below(f + i * m, r, m))
            points[front->n++] = (struct point){f + i * m, m};
    qsort(points, front->n, sizeof *points, along_the_last);
    MUSTER_NEW(front->at, m * (front->n + 2));
    MUSTER_NEW(front->psi, m * (front->n + 2));
    for (size_t k = 0; k < m; k++) {
        double *row = front->at + k * (front->n + 2);
        row[NOWHERE] = -INFINITY;
        for (size_t i = 0; i < front->n; i++)
            row[i + 1] = points[i].f[k];
        row[front->n + 1] = r[k];
    }
    MUSTER_TRY(make_boxes(front));
done:
    muster_free(points);
    return status;
}

/* ---- expectation ----------------------------------------------------------------------------- */

/* phi / psi in units of the deviation is 1 - z h' / h. */
static void improve(const struct muster_front *front, size_t k, double mean, double deviation)
{
    for (size_t i = 1; i < front->n + 2; i++) {
        double z = (front->at[k * (front->n + 2) + i] - mean) / deviation;
        double pull = muster_log_h_derivative(z);
        front->psi[k * (front->n + 2) + i] = (struct improvement){
            log(deviation) + muster_log_h(z), -pull / deviation, (1 - pull * z) / deviation};
    }
}

/* The logarithm of psi(high) - psi(low); false where nothing is left of it. */
static bool between(const struct improvement *psi, uint32_t low, uint32_t high,
                    struct improvement *part)
{
    *part = psi[high];
    if (low == NOWHERE)
        return true;
    double below = exp(psi[low].log - psi[high].log), rest = -expm1(psi[low].log - psi[high].log);
    part->log += log(rest);
    part->by_mean = (psi[high].by_mean - below * psi[low].by_mean) / rest;
    part->by_deviation = (psi[high].by_deviation - below * psi[low].by_deviation) / rest;
    return rest > 0;
}

/* A sum of terms exp(log) with their slopes, kept in parts of the largest term. */
struct sum {
    double top, value, by[2 * MOST];
};

static void add_box(struct sum *sum, const struct muster_front *front, const struct box *box)
{
    struct improvement part[MOST];
    double log_volume = 0;
    size_t m = front->m;

    for (size_t k = 0; k < m; k++) {
        if (!between(front->psi + k * (front->n + 2), box->low[k], box->high[k], &part[k]))
            return;
        log_volume += part[k].log;
    }
    if (log_volume > sum->top) {
        double scale = exp(sum->top - log_volume);
        sum->value *= scale;
        for (size_t k = 0; k < 2 * m; k++)
            sum->by[k] *= scale;
        sum->top = log_volume;
    }
    double volume = exp(log_volume - sum->top);
    sum->value += volume;
    for (size_t k = 0; k < m; k++) {
        sum->by[k] += volume * part[k].by_mean;
        sum->by[m + k] += volume * part[k].by_deviation;
    }
}

double muster_log_ehvi(const struct muster_front *front, const double *mean,
                       const double *deviation, double *by_mean, double *by_deviation)
{
    struct sum sum = {.top = -INFINITY};

    for (size_t k = 0; k < front->m; k++)
        improve(front, k, mean[k], deviation[k]);
    for (size_t b = 0; b < front->n_boxes; b++)
        add_box(&sum, front, &front->boxes[b]);
    for (size_t k = 0; k < front->m; k++) {
        by_mean[k] = sum.by[k] / sum.value;
        by_deviation[k] = sum.by[front->m + k] / sum.value;
    }
    return sum.top + log(sum.value);
}
