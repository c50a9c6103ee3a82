/* Other basins than the best one. Local steps that no longer gain anything have come to the bottom
 * of their basin, and expected improvement on that hardly ever leads down into another one: its
 * model knows the length scales of the best basin, and nothing else is as deep yet. So then two
 * proposals of three are for the best result outside. One maximises the expected improvement on it,
 * by a model of the results outside alone; those inside are believed there, so that it does not
 * look where they lie. The other one is a local step about it: the way down takes half as many
 * then. A basin is what lies within some length scales of its bottom. A model whose length scales
 * put much of the space-filling start inside knows of one basin only.
 *
 * While others are pending each step knows less, and two descents one after the other do not fit
 * where one alone would: of a window, proposals that would look everywhere look outside already
 * while local steps still gain.
 *
 * The model's values are -log(top - y), with the top just above the greatest: on a plateau with
 * hollows in it, what little a value lies below the plateau tells how far away a hollow is. */
#include <math.h>
#include <string.h>

#include "search/bayes_impl.h"

/* Length scales from its bottom to where a basin ends. */
static const double reach = 0.8;

/* Local steps have settled where the last ones together gained no more than this share of what the
 * best result outside lacks, and at least so much of the start lies outside. */
static const double least_gain = 0.01, most_outside = 0.75;

/* While others are pending: more of it, of what the best of the start outside lacks. Steps then end
 * beside what they promise, so that gains do not cease at once, and what is found outside is no
 * reason to turn away from there. */
static const double least_gain_pending = 0.03;

/* The top lies above the greatest value by this share of their range. */
static const double headroom = 0.01;

/* The box of a local step about the best result outside: as it starts, and what two steps outside
 * since that result leave of it; of those pending, boxes one after the other lie in each other. */
static const double first_radius = 0.2, shrinking = 0.6, narrowing = 0.7;
enum { BOXES = 3 };

/* Where there are discrete parameters, the usual proposals already look at their other values, and
 * other values are what there is to be found: 5 of 140 runs of a mixed space stuck at a wrong
 * choice where two proposals of three looked for basins, none otherwise. */
bool bayes_all_continuous(const struct muster_space *space)
{
    for (size_t j = 0; j < space->d; j++)
        if (!muster_param_is_continuous(&space->params[j]))
            return false;
    return true;
}

/* Results up to which a model of some of them is fitted for a single proposal. */
enum { MOST_KNOWN = 150 };

void bayes_basin_clear(struct bayes_basin *basin)
{
    muster_free(basin->left);
    muster_free(basin->u);
    muster_free(basin->y);
    *basin = (struct bayes_basin){0};
}

/* Steps in a row that tell whether they have settled: among more parameters each gains less. */
static int64_t settling(const struct bayes *bayes)
{
    int64_t n = (int64_t)bayes->space->d - 2;
    return n < BAYES_SETTLING ? BAYES_SETTLING : n < BAYES_SETTLING_MOST ? n : BAYES_SETTLING_MOST;
}

void bayes_basin_step(struct bayes *bayes, int64_t best)
{
    struct bayes_basin *basin = &bayes->basin;
    basin->before[basin->steps++ % settling(bayes)] = bayes_score(bayes, best);
}

enum muster_status bayes_basin_leave(struct bayes *bayes, int64_t best)
{
    enum muster_status status = MUSTER_OK;
    struct bayes_basin *basin = &bayes->basin;

    if (basin->steps >= settling(bayes)) {
        MUSTER_TRY(muster_grow(&basin->left, &basin->capacity, basin->n + 1, sizeof *basin->left));
        basin->left[basin->n++] = best;
    }
    basin->steps = 0;
done:
    return status;
}

/* ---- inside and outside ---------------------------------------------------------------------- */

/* Along one parameter, in edges of the cube: 1 where a choice differs or one is inactive. */
static double difference(const struct muster_param *param, double a, double b)
{
    bool named = param->kind == MUSTER_PARAM_CHOICE && !param->ordered;
    if (isnan(a) || isnan(b))
        return isnan(a) != isnan(b);
    return named ? a != b : muster_param_encode(param, a) - muster_param_encode(param, b);
}

/* By length scales as they were fitted last. */
static bool is_near(const struct bayes *bayes, int64_t bottom, const double *x)
{
    const double *centre = muster_search_x(bayes->search, bottom);
    double square = 0;
    for (size_t j = 0; j < bayes->space->d; j++)
        square += pow(difference(&bayes->space->params[j], centre[j], x[j]), 2) *
                  exp(-2 * bayes->fitted[j]);
    return square < reach * reach;
}

static bool is_inside(const struct bayes *bayes, const double *x)
{
    for (size_t i = 0; i < bayes->basin.n; i++)
        if (is_near(bayes, bayes->basin.left[i], x))
            return true;
    return is_near(bayes, bayes->region.best, x);
}

static bool is_taken(const void *context, const double *x)
{
    const struct bayes *bayes = context;
    return muster_search_seen(bayes->search, x) || is_inside(bayes, x);
}

enum bayes_basin_state bayes_basin_state(const struct bayes *bayes, const struct muster_view *view)
{
    const struct bayes_basin *basin = &bayes->basin;
    double best = bayes_score(bayes, bayes->region.best), second = INFINITY;
    double start = 0, outside = 0;

    if (basin->steps < settling(bayes) || view->n_known > MOST_KNOWN ||
        !bayes_all_continuous(bayes->space) || bayes->sides.n > 0 ||
        bayes->criterion.kind == MUSTER_THOMPSON)
        return BAYES_ALONE;
    for (size_t i = 0; i < view->n_known; i++) {
        int64_t id = view->known[i];
        bool out = !is_inside(bayes, muster_search_x(bayes->search, id));
        start += id < bayes->design;
        outside += out && id < bayes->design;
        if (out && (id < bayes->design || view->n_pending == 0))
            second = fmin(second, bayes_score(bayes, id));
    }
    double gain = basin->before[basin->steps % settling(bayes)] - best,
           least = view->n_pending == 0 ? least_gain : least_gain_pending;
    if (!isfinite(second) || outside < most_outside * start)
        return BAYES_ALONE;
    return gain <= least * (second - best) ? BAYES_SETTLED : BAYES_SINKING;
}

/* ---- the proposal ---------------------------------------------------------------------------- */

/* The points outside, and others behind them. */
struct outside {
    size_t n, pending;           /* of them, observed, and behind those pending */
    size_t best;                 /* the one of least score among this run's */
    size_t later, later_pending; /* how many of both were proposed when it was known */
};

/* 0: outside and observed, 1: outside and pending, 2: inside. */
static int group_of(const struct bayes *bayes, size_t i)
{
    if (is_inside(bayes, muster_search_x(bayes->search, bayes->ids[i])))
        return 2;
    return i < bayes->n_observed ? 0 : 1;
}

/* The model's points by groups, the first one with its scores, all others to be believed. */
static enum muster_status gather(struct bayes *bayes, struct outside *outside)
{
    enum muster_status status = MUSTER_OK;
    struct bayes_basin *basin = &bayes->basin;
    size_t d = bayes->space->d, n = 0;
    int64_t window = (int64_t)(bayes->n - bayes->n_observed), best = -1;
    double least = INFINITY;

    MUSTER_TRY(muster_grow(&basin->u, &basin->u_capacity, bayes->n * d, sizeof *basin->u));
    MUSTER_TRY(muster_grow(&basin->y, &basin->y_capacity, bayes->n, sizeof *basin->y));
    for (int group = 0; group < 3; group++)
        for (size_t i = 0; i < bayes->n; i++) {
            if (group_of(bayes, i) != group)
                continue;
            memcpy(basin->u + n * d, bayes->u + i * d, d * sizeof *basin->u);
            basin->y[n] = group == 0 ? bayes->raw[i] : NAN;
            if (group == 0 && i >= bayes->n_warm && bayes->raw[i] < least) {
                least = bayes->raw[i];
                best = bayes->ids[i];
                outside->best = n;
                outside->later = 0;
            } else if (bayes->ids[i] > best + window) {
                outside->later += group == 0;
                outside->later_pending += group == 1;
            }
            outside->n += group == 0;
            outside->pending += group == 1;
            n++;
        }
done:
    return status;
}

static double radius_of(const struct outside *outside)
{
    return first_radius * pow(shrinking, (double)(outside->later / 2)) *
           pow(narrowing, (double)(outside->later_pending % BOXES));
}

/* About the best result outside. */
static enum muster_status local_step(struct bayes *bayes, const struct outside *outside,
                                     struct muster_stream stream, double *x, bool *found)
{
    enum muster_status status = MUSTER_OK;
    struct muster_proposal proposal;
    const struct muster_local local = {.u = bayes->basin.u,
                                       .y = bayes->basin.y,
                                       .n = outside->n + outside->pending,
                                       .centre = outside->best,
                                       .radius = radius_of(outside),
                                       .stream = stream,
                                       .taken = is_taken,
                                       .context = bayes};

    MUSTER_TRY(muster_local_step(bayes->space, &muster_solver_lapack, &local, x, &proposal, found));
    bayes->why =
        (struct muster_reason){"elsewhere", proposal.value, proposal.mean, proposal.deviation};
done:
    return status;
}

/* The top of scores y[n], which become -log(top - y). */
static double bend(double *y, size_t n)
{
    double least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        least = fmin(least, y[i]);
        most = fmax(most, y[i]);
    }
    double top = most > least ? most + headroom * (most - least) : most + 1;
    for (size_t i = 0; i < n; i++)
        y[i] = -log(top - y[i]);
    return top;
}

/* A process of the scores outside, bent, where all other points are believed. */
static enum muster_status fit_outside(struct bayes *bayes, size_t n, struct muster_gp **gp)
{
    enum muster_status status = MUSTER_OK;
    struct bayes_basin *basin = &bayes->basin;

    MUSTER_TRY(muster_gp_create_as(bayes->space, &muster_solver_lapack, &bayes->model, gp));
    muster_gp_set(*gp, bayes->fitted);
    MUSTER_TRY(muster_gp_observe(*gp, basin->u, basin->y, n));
    MUSTER_TRY(muster_gp_fit(*gp));
    MUSTER_TRY(muster_gp_observe(*gp, basin->u, basin->y, bayes->n));
done:
    return status;
}

/* What the best result outside has, or what is believed of those pending there: then two of a
 * window are not for the same gain. */
static double best_of(const struct bayes *bayes, const struct outside *outside,
                      const struct muster_gp *gp)
{
    double best = bayes->basin.y[outside->best], mean, deviation;
    for (size_t i = outside->n; i < outside->n + outside->pending; i++) {
        muster_gp_predict(gp, bayes->basin.u + i * bayes->space->d, &mean, &deviation, NULL, NULL);
        best = fmin(best, mean);
    }
    return best;
}

/* The highest expected improvement on the best result outside. */
static enum muster_status improve(struct bayes *bayes, const struct outside *outside,
                                  const struct muster_acquisition *usual, double *x, bool *found)
{
    enum muster_status status = MUSTER_OK;
    struct muster_gp *gp = NULL;
    struct muster_acquisition acquisition = *usual;
    const struct bayes_basin *basin = &bayes->basin;
    struct muster_proposal proposal;
    double top = bend(basin->y, outside->n);
    bool exhausted;

    MUSTER_TRY(fit_outside(bayes, outside->n, &gp));
    acquisition.criterion = bayes->criterion;
    acquisition.criterion.best = best_of(bayes, outside, gp);
    acquisition.elite = basin->u + outside->best * bayes->space->d;
    acquisition.n_elite = 1;
    acquisition.taken = is_taken;
    MUSTER_TRY(muster_acquire(gp, &acquisition, x, &proposal, &exhausted));
    *found = !exhausted;
    double scale = exp(-proposal.mean); /* back to scores */
    bayes->why = (struct muster_reason){"elsewhere", proposal.value, top - scale,
                                        scale * sinh(proposal.deviation)};
done:
    muster_gp_destroy(&gp);
    return status;
}

enum muster_status bayes_basin_elsewhere(struct bayes *bayes, const struct muster_view *view,
                                         const struct muster_acquisition *usual, double *x,
                                         bool *found)
{
    enum muster_status status = MUSTER_OK;
    struct outside outside = {0};

    MUSTER_TRY(gather(bayes, &outside));
    if (view->id % 3 == 2 || view->id % 6 == 3) /* one of two, settled or not */
        MUSTER_TRY(local_step(bayes, &outside, usual->stream, x, found));
    if (!*found)
        MUSTER_TRY(improve(bayes, &outside, usual, x, found));
done:
    return status;
}
