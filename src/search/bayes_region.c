/* Local steps of `bayes`. From as many proposals on as a quadratic model of all parameters has
 * terms, and two more a parameter (up to half as many while others are pending: then each step
 * serves many), two proposals of three look for the least value of a local model in a
 * box around the best result, and the others look elsewhere. The box widens where such a step
 * improves by going far and becomes smaller than that of a step which does not improve; steps that
 * were proposed before the last success say nothing about the box as it is. While local steps are
 * pending the next one looks in a smaller box, as if the last one failed, or after some in the
 * whole again: together they say how far the model can be trusted, and lie apart. A box that has
 * shrunk to nothing rests until something better turns up elsewhere. Once steps gain nothing any
 * more, one proposal of three is such a step. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/bayes_impl.h"

static const double first_radius = 0.2, most_radius = 0.8, least_radius = 1e-6;
static const double widening = 1.5, shrinking = 0.6;

/* The boxes of steps proposed one after the other: each to the one before it, and how many. */
static const double narrowing = 0.7;
enum { BOXES = 3 };

/* From so many pending on, there are not enough steps for one descent after the other. */
enum { PARALLEL = 3 };

/* What local steps care for: other proposals stay away from the best point by so much. */
static const double refined_radius = 0.15;

void bayes_region_clear(struct bayes_region *region)
{
    muster_free(region->step);
    *region = (struct bayes_region){.best = -1, .radius = first_radius};
}

/* Largest distance along a continuous parameter, 1 where a discrete one differs or one of them is
 * inactive: local steps keep those as they are, so that whoever has another value is elsewhere. */
static double distance_between(const struct muster_space *space, const double *a, const double *b)
{
    double most = 0;
    for (size_t j = 0; j < space->d; j++) {
        const struct muster_param *param = &space->params[j];
        double difference =
            fabs(muster_param_encode(param, a[j]) - muster_param_encode(param, b[j]));
        if (isnan(a[j]) != isnan(b[j]) || (!muster_param_is_continuous(param) && difference > 0))
            difference = 1;
        most = fmax(most, difference);
    }
    return most;
}

bool bayes_region_taken(const void *context, const double *x)
{
    const struct bayes *bayes = context;
    if (muster_search_seen(bayes->search, x))
        return true;
    return bayes->region.refined &&
           distance_between(bayes->space, muster_search_x(bayes->search, bayes->region.best), x) <
               refined_radius;
}

bool bayes_region_is_local(const struct bayes *bayes, int64_t id)
{
    return bayes->local && id < (int64_t)bayes->region.n && bayes->region.step[id].turn >= 0;
}

bool bayes_region_starts(const struct bayes *bayes, const struct muster_view *view)
{
    return bayes->local && !bayes->region.refined && view->n_pending > 0 &&
           view->n_pending <= BAYES_BELIEVED;
}

static void set_radius(struct bayes_region *region, double radius)
{
    region->radius = fmin(radius, most_radius);
    region->turn++;
}

static void take_in(struct bayes *bayes, int64_t id)
{
    struct bayes_region *region = &bayes->region;
    double score = bayes_score(bayes, id);
    struct bayes_step step =
        id < (int64_t)region->n ? region->step[id] : (struct bayes_step){.turn = -1};
    bool better = region->best < 0 || score < bayes_score(bayes, region->best);

    double jump = region->best < 0
                      ? 0
                      : distance_between(bayes->space, muster_search_x(bayes->search, region->best),
                                         muster_search_x(bayes->search, id));
    if (isnan(score) || !better) {
        if (step.turn >= 0 && step.turn == region->turn)
            region->radius = fmin(region->radius, shrinking * step.radius);
        return;
    }
    if (region->best >= 0) {
        if (step.turn >= 0)
            set_radius(region, (jump > 0.5 * step.radius ? widening : 1) * step.radius);
        if (step.turn < 0 && jump > region->radius)
            set_radius(region, fmin(jump, first_radius));
    }
    region->best = id;
}

enum muster_status bayes_region_mark(struct bayes_region *region, int64_t id, double radius)
{
    enum muster_status status = MUSTER_OK;
    size_t n = (size_t)id + 1;

    MUSTER_TRY(muster_grow(&region->step, &region->capacity, n, sizeof *region->step));
    while (region->n < n)
        region->step[region->n++].turn = -1;
    region->step[id] = (struct bayes_step){region->turn, radius};
done:
    return status;
}

/* The radius of the next local step, by how many are pending that speak of the box as it is. */
static double next_radius(const struct bayes_region *region, const struct muster_view *view)
{
    int now = 0;
    for (size_t i = 0; i < view->n_pending; i++) {
        int64_t id = view->pending[i];
        now += id < (int64_t)region->n && region->step[id].turn == region->turn;
    }
    return region->radius * pow(narrowing, now % BOXES);
}

/* What an outcome that was taken in says of the basin, with the best result before it. */
static enum muster_status tell_basin(struct bayes *bayes, int64_t id, int64_t best)
{
    const double *there = muster_search_x(bayes->search, bayes->region.best);
    if (bayes_region_is_local(bayes, id))
        bayes_basin_step(bayes, best);
    else if (distance_between(bayes->space, muster_search_x(bayes->search, best), there) >=
             refined_radius)
        return bayes_basin_leave(bayes, best);
    return MUSTER_OK;
}

enum muster_status bayes_region_update(struct bayes *bayes, const struct muster_view *view)
{
    enum muster_status status = MUSTER_OK;
    struct bayes_region *region = &bayes->region;
    size_t d = bayes->space->d, enough = (d + 1) * (d + 2) / 2 + 2 * d;

    if (bayes->turbo)
        return bayes_turbo_update(bayes, view);
    if (!bayes->local)
        return MUSTER_OK;
    for (; region->seen < view->n_known; region->seen++) {
        int64_t id = view->known[region->seen], best = region->best;
        take_in(bayes, id);
        if (best >= 0)
            MUSTER_TRY(tell_basin(bayes, id, best));
    }
    size_t pending = view->n_pending < 20 ? view->n_pending : 20;
    region->refined = view->n_pending <= BAYES_BELIEVED && region->best >= 0 &&
                      (size_t)view->id >= enough * 20 / (20 + pending);
done:
    return status;
}

enum muster_status bayes_region_turn(struct bayes *bayes, const struct muster_view *view,
                                     enum bayes_turn *turn)
{
    struct bayes_region *region = &bayes->region;
    enum bayes_basin_state state = region->refined ? bayes_basin_state(bayes, view) : BAYES_ALONE;
    bool settled = state == BAYES_SETTLED,
         apart = settled || (state == BAYES_SINKING && view->n_pending >= PARALLEL);

    *turn = apart ? BAYES_ELSEWHERE : BAYES_GLOBAL;
    if (!region->refined || region->radius < least_radius || (view->id % 3 == 0) != settled)
        return MUSTER_OK;
    *turn = BAYES_LOCAL;
    return bayes_region_mark(region, view->id, next_radius(region, view));
}

enum muster_status bayes_region_step(struct bayes *bayes, struct muster_stream stream, double *x,
                                     bool *found)
{
    enum muster_status status = MUSTER_OK;
    struct muster_proposal proposal;
    size_t warm = bayes->n_warm; /* close by, those of other tasks would only mislead */
    struct muster_local local = {.u = bayes->u + warm * bayes->space->d,
                                 .y = bayes->raw + warm,
                                 .n = bayes->n - warm,
                                 .radius = bayes->region.step[bayes->region.n - 1].radius,
                                 .stream = stream,
                                 .taken = muster_search_seen,
                                 .context = bayes->search};

    for (size_t i = 0; i < bayes->n_observed - warm; i++)
        if (local.y[i] < local.y[local.centre])
            local.centre = i;
    MUSTER_TRY(muster_local_step(bayes->space, &muster_solver_lapack, &local, x, &proposal, found));
    bayes->why = (struct muster_reason){"local", proposal.value, proposal.mean, proposal.deviation};
done:
    return status;
}
