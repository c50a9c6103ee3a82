/* Maximisation of a criterion: raw candidates (candidates.c) are scored in batches, and the best
 * few climb (Ament et al. 2023, appendix D). Under a large process all candidates get a bound of
 * their deviation, the best of those the exact one, and each climb goes by the points nearest to
 * its start, and is judged by all. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "surrogate/surrogate_impl.h"

enum { CANDIDATES = 448, CLIMBS = 4 };

/* Points up to which all candidates are scored exactly, and how many of either kind beyond; points
 * up to which climbs see all of them, and how many they see beyond, of a crowd more. */
enum { SCORE_ALL = 400, SHORTLIST = 24, CLIMB_ALL = 240, CLIMB_NEAR = 160, CROWD_NEAR = 240 };

struct candidate {
    double value;
    size_t at;
};

struct pool {
    const struct muster_gp *gp;
    const struct muster_acquisition *acquisition;
    double *u;               /* [CANDIDATES + 2][d], canonical: decoded and encoded */
    double *short_u;         /* [2 SHORTLIST][d] */
    double *values;          /* [CANDIDATES] */
    struct candidate *order; /* [CANDIDATES], best first */
    double *x;               /* [d] */
    struct muster_judge judge;
    struct muster_path *path; /* owned; NULL unless the criterion is one */
};

/* ---- raw candidates, best first ---------------------------------------------------------------
 */

static int best_first(const void *a, const void *b)
{
    const struct candidate *p = a, *q = b;
    return p->value != q->value ? (p->value < q->value) - (p->value > q->value)
                                : (p->at > q->at) - (p->at < q->at);
}

static void sort_candidates(const struct pool *pool)
{
    qsort(pool->order, CANDIDATES, sizeof *pool->order, best_first);
}

static double number_or_least(double value)
{
    return isnan(value) ? -INFINITY : value;
}

/* The best of either kind get exact predictions and stand before all others. */
static void shortlist(const struct pool *pool)
{
    size_t n = 0, taken[2] = {0, 0}, at[2 * SHORTLIST], d = pool->gp->d;

    for (size_t i = 0; i < CANDIDATES; i++) {
        size_t c = pool->order[i].at;
        pool->order[i].value = -INFINITY;
        if (taken[c % 2] == SHORTLIST)
            continue;
        taken[c % 2]++;
        at[n] = i;
        memcpy(pool->short_u + n++ * d, pool->u + c * d, d * sizeof *pool->u);
    }
    muster_judge_many(&pool->judge, pool->short_u, n, false, pool->values);
    for (size_t k = 0; k < n; k++)
        pool->order[at[k]].value = number_or_least(pool->values[k]);
    sort_candidates(pool);
}

static void rank_candidates(const struct pool *pool)
{
    bool all = pool->gp->n <= SCORE_ALL;
    muster_judge_many(&pool->judge, pool->u, CANDIDATES, !all, pool->values);
    for (size_t c = 0; c < CANDIDATES; c++)
        pool->order[c] = (struct candidate){number_or_least(pool->values[c]), c};
    sort_candidates(pool);
    if (!all)
        shortlist(pool);
}

/* ---- the best few ---------------------------------------------------------------------------- */

/* The best half of the starts whatever they are, then the best uniform and the best perturbed
 * candidate behind them. */
static void choose_starts(const struct pool *pool, size_t starts[CLIMBS])
{
    size_t n = 0, behind[2] = {SIZE_MAX, SIZE_MAX};
    for (; n < CLIMBS - 2; n++)
        starts[n] = pool->order[n].at;
    for (size_t c = n; c < CANDIDATES; c++) {
        size_t at = pool->order[c].at;
        if (behind[at % 2] == SIZE_MAX)
            behind[at % 2] = at;
    }
    starts[n++] = behind[0];
    starts[n] = behind[1];
}

static bool is_taken(const struct pool *pool, const double *u)
{
    muster_space_decode(pool->gp->space, u, pool->x);
    return pool->acquisition->taken(pool->acquisition->context, pool->x);
}

static bool is_forbidden(const struct pool *pool, const double *u)
{
    if (pool->gp->space->n_forbidden == 0)
        return false;
    muster_space_decode(pool->gp->space, u, pool->x);
    return !muster_space_allows(pool->gp->space, pool->x);
}

/* From now on points are judged by the nearest to u, where there are many. */
static enum muster_status look_near(struct pool *pool, const double *u)
{
    return muster_judge_near(&pool->judge, u, CLIMB_ALL,
                             pool->judge.crowd != NULL ? CROWD_NEAR : CLIMB_NEAR);
}

/* The value at a point by all that the process holds, of a crowd also by the points that it looks
 * near to. */
static double judge_whole(struct pool *pool, const double *u)
{
    double mean, deviation;
    if (pool->judge.crowd != NULL)
        return muster_judge_surest(&pool->judge, u, &mean, &deviation);
    muster_judge_far(&pool->judge);
    return muster_judge_at(&pool->judge, u, NULL);
}

/* Climbs from start[d] by the points near it where there are many. These know little of what is far
 * from them, where a climb may be led astray: then top[d] is the start. */
static enum muster_status climb_from(struct pool *pool, uint64_t s, const double *start,
                                     double *top, double *reached)
{
    enum muster_status status = MUSTER_OK;
    size_t bytes = pool->gp->d * sizeof *top;
    const struct muster_climb way = {.judge = &pool->judge,
                                     .stream = pool->acquisition->stream,
                                     .low = pool->acquisition->low,
                                     .high = pool->acquisition->high};

    memcpy(top, start, bytes);
    MUSTER_TRY(look_near(pool, start));
    *reached = muster_judge_at(&pool->judge, start, NULL);
    MUSTER_TRY(muster_climb_run(&way, s, top, reached));
    double begun = judge_whole(pool, start);
    *reached = judge_whole(pool, top);
    if (begun > *reached) {
        memcpy(top, start, bytes);
        *reached = begun;
    }
done:
    return status;
}

/* From a top that is forbidden back towards the start, which is not: the last allowed point on the
 * way, by bisection; its value. The best points often lie at the border. */
static double draw_back(struct pool *pool, const double *start, double *top)
{
    const struct muster_space *space = pool->gp->space;
    double *u = pool->short_u, low = 0, high = 1; /* scratch of earlier steps */

    for (int i = 0; i < 20; i++) {
        double middle = (low + high) / 2;
        for (size_t j = 0; j < space->d; j++)
            u[j] = start[j] + middle * (top[j] - start[j]);
        *(is_forbidden(pool, u) ? &high : &low) = middle;
    }
    for (size_t j = 0; j < space->d; j++)
        u[j] = start[j] + low * (top[j] - start[j]);
    muster_space_decode(space, u, pool->x);
    muster_space_encode(space, pool->x, top);
    return judge_whole(pool, top);
}

/* The best climbed point that is free, over the raw candidate it replaces. */
static enum muster_status climb(struct pool *pool, double *u, double *value)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_gp *gp = pool->gp;
    size_t starts[CLIMBS], bytes = gp->d * sizeof *u;
    double *top = NULL, reached;

    *value = -INFINITY;
    MUSTER_NEW(top, gp->d);
    choose_starts(pool, starts);
    for (size_t s = 0; s < CLIMBS; s++) {
        const double *start = pool->u + starts[s] * gp->d;
        MUSTER_TRY(climb_from(pool, s, start, top, &reached));
        if (is_forbidden(pool, top) && !is_forbidden(pool, start))
            reached = draw_back(pool, start, top);
        if (reached > *value && !is_taken(pool, top)) {
            *value = reached;
            memcpy(u, top, bytes);
        }
    }
done:
    muster_free(top);
    return status;
}

/* The best raw candidate that is free. */
static bool best_raw(const struct pool *pool, double *u, double *value)
{
    for (size_t i = 0; i < CANDIDATES; i++) {
        const double *candidate = pool->u + pool->order[i].at * pool->gp->d;
        if (is_taken(pool, candidate))
            continue;
        memcpy(u, candidate, pool->gp->d * sizeof *u);
        *value = pool->order[i].value;
        return true;
    }
    return false;
}

/* ---- the proposal ---------------------------------------------------------------------------- */

static void pool_clear(struct pool *pool)
{
    muster_free(pool->u);
    muster_free(pool->short_u);
    muster_free(pool->values);
    muster_free(pool->order);
    muster_free(pool->x);
    muster_judge_clear(&pool->judge);
    muster_path_destroy(&pool->path);
}

static enum muster_status pool_create(struct pool *pool, const struct muster_gp *gp,
                                      const struct muster_acquisition *acquisition)
{
    enum muster_status status = MUSTER_OK;

    *pool = (struct pool){.gp = gp, .acquisition = acquisition};
    MUSTER_NEW(pool->u, (CANDIDATES + 2) * gp->d);
    MUSTER_NEW(pool->short_u, 2 * SHORTLIST * gp->d);
    MUSTER_NEW(pool->values, CANDIDATES);
    MUSTER_NEW(pool->order, CANDIDATES);
    MUSTER_NEW(pool->x, gp->d);
    MUSTER_TRY(muster_judge_create(&pool->judge, gp, &acquisition->criterion, acquisition->joint,
                                   acquisition->belief));
    if (acquisition->criterion.kind == MUSTER_THOMPSON)
        MUSTER_TRY(muster_path_create(gp, acquisition->stream, &pool->path));
    pool->judge.path = pool->path;
    if (pool->path == NULL && acquisition->joint == NULL)
        pool->judge.crowd = acquisition->crowd;
done:
    return status;
}

/* The better of climbed and raw points that are free, else the first free one, else any. */
static enum muster_status choose(struct pool *pool, double *x, bool *exhausted)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_gp *gp = pool->gp;
    double *climbed = pool->u + CANDIDATES * gp->d, *raw = climbed + gp->d;
    double climbed_value, raw_value = -INFINITY;

    MUSTER_TRY(climb(pool, climbed, &climbed_value));
    bool found = best_raw(pool, raw, &raw_value) || climbed_value > -INFINITY;
    *exhausted = false;
    if (pool->judge.crowd != NULL && climbed_value > -INFINITY)
        raw_value = -INFINITY; /* what it was worth to the process alone */
    if (found) {
        muster_space_decode(gp->space, climbed_value > raw_value ? climbed : raw, x);
        goto done;
    }
    MUSTER_TRY(muster_space_first_free(gp->space, pool->acquisition->taken,
                                       pool->acquisition->context, x, &found));
    *exhausted = !found;
    if (!found)
        muster_space_decode(gp->space, pool->u + pool->order[0].at * gp->d, x);
done:
    return status;
}

enum muster_status muster_acquire(struct muster_gp *gp,
                                  const struct muster_acquisition *acquisition, double *x,
                                  struct muster_proposal *proposal, bool *exhausted)
{
    enum muster_status status = MUSTER_OK;
    struct pool pool;

    MUSTER_TRY(pool_create(&pool, gp, acquisition));
    muster_candidates_draw(acquisition, gp->space, CANDIDATES, pool.x, pool.u);
    rank_candidates(&pool);
    MUSTER_TRY(choose(&pool, x, exhausted));
    muster_space_encode(gp->space, x, pool.u);
    pool.judge.belief = 0;
    if (pool.judge.crowd != NULL) {
        MUSTER_TRY(look_near(&pool, pool.u));
        proposal->value =
            muster_judge_surest(&pool.judge, pool.u, &proposal->mean, &proposal->deviation);
        goto done;
    }
    muster_gp_predict(gp, pool.u, &proposal->mean, &proposal->deviation, NULL, NULL);
    proposal->value = muster_judge_at(&pool.judge, pool.u, NULL);
done:
    pool_clear(&pool);
    return status;
}
