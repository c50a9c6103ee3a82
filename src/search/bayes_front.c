/* Several objectives of `bayes`: proposals maximise the expected growth of the hypervolume between
 * the front and a reference (Emmerich, Giannakoglou, Naujoks 2006; Daulton, Balandat, Bakshy 2020),
 * one process an objective.
 *
 * The front is that of results within all bounds, without their noise where there is some, and of
 * what is believed of pending points. The reference lies behind its worst values by a part of its
 * extent, or at the median of the start where that is worse: a front of few points would hide what
 * else there is. Parts measured: a tenth leaves the ends of fronts unexplored. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/bayes_impl.h"

static const double beyond = 0.3; /* the reference: parts of the front's extent behind it */

/* Stands in place of a fold, to draw apart from all else that is drawn for a proposal. */
enum { ELITE_STREAM = -4 };

void bayes_front_clear(struct bayes_front *front)
{
    muster_front_destroy(&front->front);
    muster_free(front->f);
    muster_free(front->at);
    muster_free(front->rank);
    muster_free(front->elite);
    muster_free(front->mean);
    *front = (struct bayes_front){0};
}

/* Ranks of results by domination, failures behind all. */
enum muster_status bayes_front_ranks(const struct bayes *bayes, const int64_t *ids, size_t n,
                                     struct muster_ranked *ranked)
{
    enum muster_status status = MUSTER_OK;
    size_t m = bayes->sides.m, scored = 0, *rank = NULL;
    double *f = NULL, *violation = NULL;

    MUSTER_NEW(f, n * m);
    MUSTER_NEW(violation, n);
    MUSTER_NEW(rank, n);
    for (size_t i = 0; i < n; i++) {
        const struct muster_told *told = muster_search_outcome(bayes->search, ids[i]);
        ranked[i] = (struct muster_ranked){NAN, i};
        if (isnan(bayes_score(bayes, ids[i])))
            continue;
        memcpy(f + scored * m, told->objectives, m * sizeof *f);
        violation[scored++] = told->violation;
    }
    MUSTER_TRY(muster_pareto_rank(f, violation, scored, m, rank));
    scored = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(bayes_score(bayes, ids[i])))
            ranked[i].score = (double)rank[scored++];
done:
    muster_free(f);
    muster_free(violation);
    muster_free(rank);
    return status;
}

/* ---- the reference --------------------------------------------------------------------------- */

/* Objectives of the model's results within all bounds (of all, where there is none) into f. */
static size_t told_objectives(const struct bayes *bayes, double *f)
{
    size_t n = 0, m = bayes->sides.m;
    for (int any = 0; any < 2 && n == 0; any++)
        for (size_t i = 0; i < bayes->n_observed; i++) {
            const struct muster_told *told = muster_search_outcome(bayes->search, bayes->ids[i]);
            if (!isnan(bayes_score(bayes, bayes->ids[i])) && (any > 0 || !(told->violation > 0)))
                memcpy(f + m * n++, told->objectives, m * sizeof *f);
        }
    return n;
}

static int ascending(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

static double median_of(double *values, size_t n)
{
    qsort(values, n, sizeof *values, ascending);
    return 0.5 * (values[(n - 1) / 2] + values[n / 2]);
}

/* What is known of the objectives, in the order learnt. */
struct outcomes {
    size_t n, m, start; /* the start's results come first */
    double *f;          /* owned [n][m] */
    size_t *rank;       /* owned [n] */
    double *column;     /* owned [n]: scratch */
};

static void set_reference(const struct outcomes *known, size_t k, struct bayes_front *front)
{
    double low = INFINITY, high = -INFINITY;
    size_t start = known->start < known->n ? known->start : known->n;

    for (size_t i = 0; i < known->n; i++) {
        double f = known->f[i * known->m + k];
        known->column[i] = f;
        if (known->rank[i] > 0)
            continue;
        low = fmin(low, f);
        high = fmax(high, f);
    }
    double usual = median_of(known->column, start);
    double extent = high > low ? high - low : usual > low ? usual - low : 1;
    front->reference[k] = fmax(high + beyond * extent, usual);
    front->bend[k] = front->reference[k] + 2 * (front->reference[k] - low);
}

enum muster_status bayes_front_reference(struct bayes *bayes)
{
    enum muster_status status = MUSTER_OK;
    struct outcomes known = {.m = bayes->sides.m, .start = (size_t)bayes->design};

    MUSTER_NEW(known.f, bayes->n_observed * known.m);
    MUSTER_NEW(known.column, bayes->n_observed);
    MUSTER_NEW(known.rank, bayes->n_observed);
    known.n = told_objectives(bayes, known.f);
    MUSTER_TRY(muster_pareto_rank(known.f, NULL, known.n, known.m, known.rank));
    for (size_t k = 0; k < known.m && known.n > 0; k++)
        set_reference(&known, k, &bayes->sides.front);
done:
    muster_free(known.f);
    muster_free(known.column);
    muster_free(known.rank);
    return status;
}

/* What is far behind the reference counts by its rank alone. */
enum muster_status bayes_front_warp(const struct bayes *bayes, size_t k, double *y, size_t n)
{
    return muster_warp_ranks_above(y, n, bayes->sides.front.bend[k]);
}

/* ---- the model's view of the objectives ------------------------------------------------------ */

static enum muster_status reserve(struct bayes_front *front, size_t n, size_t m, size_t d)
{
    enum muster_status status = MUSTER_OK;
    MUSTER_TRY(muster_grow(&front->f, &front->f_capacity, n * m, sizeof *front->f));
    MUSTER_TRY(muster_grow(&front->at, &front->at_capacity, n, sizeof *front->at));
    MUSTER_TRY(muster_grow(&front->rank, &front->rank_capacity, n, sizeof *front->rank));
    MUSTER_TRY(muster_grow(&front->elite, &front->elite_capacity, n * d, sizeof *front->elite));
    MUSTER_TRY(muster_grow(&front->mean, &front->mean_capacity, 2 * n, sizeof *front->mean));
done:
    return status;
}

/* Objective k of all results in the front, then of pending points, into column k of f. */
static void take_objective(struct bayes *bayes, size_t k, struct muster_gp *gp, const double *y)
{
    struct bayes_front *front = &bayes->sides.front;
    size_t m = bayes->sides.m, d = bayes->space->d, from = bayes->n_observed;
    size_t pending = bayes->n - from, row = 0, own = 0, first = front->n - pending;

    muster_gp_smooth(gp, front->mean);
    const double *value = muster_search_setup_of(bayes->search)->noiseless ? y : front->mean;
    for (size_t i = 0; i < bayes->n_observed && row < first; i++) {
        if (i == front->at[row])
            front->f[row++ * m + k] = value[k == 0 ? i : own];
        own += isnan(bayes_score(bayes, bayes->ids[i])) ? 0 : 1;
    }
    muster_gp_predict_many(gp, bayes->u + from * d, pending, front->mean, front->mean + bayes->n);
    for (size_t i = 0; i < pending; i++)
        front->f[(first + i) * m + k] = front->mean[i];
}

/* f of all that may be on the front. */
static void take_objectives(struct bayes *bayes)
{
    struct bayes_sides *sides = &bayes->sides;
    struct bayes_front *front = &sides->front;

    front->n = 0;
    for (size_t i = 0; i < bayes->n_observed; i++) {
        const struct muster_told *told = muster_search_outcome(bayes->search, bayes->ids[i]);
        if (!isnan(bayes_score(bayes, bayes->ids[i])) && !(told->violation > 0))
            front->at[front->n++] = i;
    }
    if (front->n == 0)
        return;
    for (size_t i = bayes->n_observed; i < bayes->n; i++)
        front->at[front->n++] = i;
    take_objective(bayes, 0, bayes->gp, bayes->y);
    for (size_t k = 1; k < sides->m; k++)
        take_objective(bayes, k, sides->gp[k - 1], sides->side[k - 1].y);
}

/* ---- front and elite ----------------------------------------------------------------- */

/* Results on the front, one drawn for the proposal before the others. */
static void choose_elite(struct bayes *bayes, int64_t id, struct muster_acquisition *acquisition)
{
    struct bayes_front *front = &bayes->sides.front;
    struct muster_stream stream = muster_stream_of(muster_search_setup_of(bayes->search)->seed, id,
                                                   ELITE_STREAM, MUSTER_FOR_SEARCH);
    size_t n = 0, d = bayes->space->d, bytes = d * sizeof *front->elite;

    for (size_t i = 0; i < front->n; i++)
        if (front->rank[i] == 0 && front->at[i] < bayes->n_observed)
            memcpy(front->elite + n++ * d, bayes->u + front->at[i] * d, bytes);
    if (n == 0)
        return;
    size_t first = (size_t)(muster_random_uniform(stream, 0) * (double)n);
    for (size_t j = 0; j < d; j++) {
        double swap = front->elite[j];
        front->elite[j] = front->elite[first * d + j];
        front->elite[first * d + j] = swap;
    }
    acquisition->elite = front->elite;
    acquisition->n_elite = n;
}

/* Where no result is within all bounds: the one that is least beyond them. */
static void choose_nearest(struct bayes *bayes, struct muster_acquisition *acquisition)
{
    double least = INFINITY;
    for (size_t i = 0; i < bayes->n_observed; i++) {
        const struct muster_told *told = muster_search_outcome(bayes->search, bayes->ids[i]);
        if (isnan(bayes_score(bayes, bayes->ids[i])) || told->violation >= least)
            continue;
        least = told->violation;
        acquisition->elite = bayes->u + i * bayes->space->d;
        acquisition->n_elite = 1;
    }
}

enum muster_status bayes_front_update(struct bayes *bayes, const struct muster_view *view,
                                      struct muster_acquisition *acquisition)
{
    enum muster_status status = MUSTER_OK;
    struct bayes_front *front = &bayes->sides.front;
    size_t m = bayes->sides.m;

    muster_front_destroy(&front->front);
    MUSTER_TRY(reserve(front, bayes->n, m, bayes->space->d));
    take_objectives(bayes);
    if (front->n == 0) {
        choose_nearest(bayes, acquisition);
        goto done;
    }
    MUSTER_TRY(muster_pareto_rank(front->f, NULL, front->n, m, front->rank));
    MUSTER_TRY(muster_front_create(front->f, front->n, m, front->reference, &front->front));
    choose_elite(bayes, view->id, acquisition);
done:
    return status;
}
