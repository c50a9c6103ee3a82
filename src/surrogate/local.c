/* Local steps: a smooth model of the nearest observations, minimised in a box around the best one
 * (in the manner of trust-region methods with interpolation models, Conn, Scheinberg, Vicente 2009;
 * a Gaussian process with a squared exponential kernel takes the quadratic's place). Observations
 * far above the median of those are clipped: the model serves the valley. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "surrogate/surrogate_impl.h"

/* Observations in a model at most; raw candidates in the box, in its inner part, and how many of
 * them climb. */
enum { MOST = 200, IN_BOX = 100, INSIDE = 30, CANDIDATES = IN_BOX + INSIDE + 1, CLIMBS = 2 };

/* Points nearer than this count as one. */
static const double least_distance = 1e-8;

/* Pending points nearer than this share of the radius to where the mean is least are in its way. */
static const double crowded = 0.1;

struct near {
    double distance;
    size_t at;
};

struct step {
    const struct muster_space *space;
    const struct muster_local *local;
    struct muster_gp *gp;
    struct near *order;     /* [n] all points, nearest first */
    double *u, *y;          /* [MOST + pending] the model's */
    double *low, *high, *x; /* [d] */
    double *raw;            /* [CANDIDATES][d] */
    double *value;          /* [CANDIDATES] */
    size_t n, pending;      /* observations of the model, and pending points behind them */
    struct muster_criterion criterion;
    struct muster_bend bend; /* from values to the model's */
};

static const double *point(const struct step *s, size_t i)
{
    return s->local->u + i * s->space->d;
}

static bool is_continuous(const struct step *s, size_t j)
{
    return muster_param_is_continuous(&s->space->params[j]);
}

/* Largest distance along a continuous parameter, and 1 for every discrete one that differs. */
static double distance_between(const struct step *s, const double *a, const double *b)
{
    double most = 0, different = 0;
    for (size_t j = 0; j < s->space->d; j++) {
        if (is_continuous(s, j))
            most = fmax(most, fabs(a[j] - b[j]));
        else
            different += a[j] != b[j];
    }
    return most + different;
}

static int nearest_first(const void *a, const void *b)
{
    const struct near *p = a, *q = b;
    return p->distance != q->distance ? (p->distance > q->distance) - (p->distance < q->distance)
                                      : (p->at > q->at) - (p->at < q->at);
}

/* ---- the model ------------------------------------------------------------------------------- */

/* How many observations a model takes: a quadratic's terms, and some more. */
static size_t model_size(size_t d)
{
    size_t quadratic = (d + 1) * (d + 2) / 2 + d, least = 2 * d + 5;
    size_t n = quadratic > least ? quadratic : least;
    return n < MOST ? n : MOST;
}

/* Values above the median by more than three times what it is above the least are clipped. */
static enum muster_status clip(double *y, size_t n)
{
    enum muster_status status = MUSTER_OK;
    double *sorted;

    MUSTER_TRY(muster_local_sorted(y, n, &sorted));
    double median = 0.5 * (sorted[(n - 1) / 2] + sorted[n / 2]);
    double ceiling = median + 3 * (median - sorted[0]);
    for (size_t i = 0; i < n && median > sorted[0]; i++)
        y[i] = fmin(y[i], ceiling);
done:
    muster_free(sorted);
    return status;
}

/* The nearest observations, then pending points of the box. */
static enum muster_status gather(struct step *s)
{
    enum muster_status status = MUSTER_OK;
    size_t d = s->space->d, most = model_size(d), all = s->local->n;

    for (size_t i = 0; i < all; i++)
        s->order[i] =
            (struct near){distance_between(s, point(s, i), point(s, s->local->centre)), i};
    qsort(s->order, all, sizeof *s->order, nearest_first);
    for (size_t i = 0; i < all && s->n < most; i++) {
        size_t at = s->order[i].at;
        if (isnan(s->local->y[at]))
            continue;
        memcpy(s->u + s->n * d, point(s, at), d * sizeof *s->u);
        s->y[s->n++] = s->local->y[at];
    }
    MUSTER_TRY(clip(s->y, s->n));
    for (size_t i = 0; i < all && s->order[i].distance <= 2 * s->local->radius; i++) {
        size_t at = s->order[i].at;
        if (!isnan(s->local->y[at]) || s->pending == MOST)
            continue;
        memcpy(s->u + (s->n + s->pending) * d, point(s, at), d * sizeof *s->u);
        s->y[s->n + s->pending++] = NAN;
    }
done:
    return status;
}

/* The largest distance of the model's observations from the centre, along one parameter. */
static double spread(const struct step *s)
{
    const double *centre = point(s, s->local->centre);
    size_t d = s->space->d;
    double most = 0;
    for (size_t i = 0; i < s->n; i++)
        for (size_t j = 0; j < d; j++)
            if (is_continuous(s, j))
                most = fmax(most, fabs(s->u[i * d + j] - centre[j]));
    return most;
}

/* Of the observations alone. Length scales are sought on the scale of the model's points: beside it
 * they could not follow. */
static enum muster_status fit_model(struct step *s, const struct muster_solver *solver)
{
    struct muster_gp_model model = {.kernel = MUSTER_KERNEL_SQUARED_EXPONENTIAL,
                                    .noise_mean = -12,
                                    .noise_deviation = 3,
                                    .noise_floor = 1e-9};
    enum muster_status status = MUSTER_OK;
    double best = INFINITY;

    MUSTER_TRY(gather(s));
    model.unit = fmin(fmax(2 * spread(s), least_distance), 1);
    MUSTER_TRY(muster_gp_create_as(s->space, solver, &model, &s->gp));
    MUSTER_TRY(muster_gp_observe(s->gp, s->u, s->y, s->n));
    MUSTER_TRY(muster_gp_fit(s->gp));
    for (size_t i = 0; i < s->n; i++)
        best = fmin(best, s->y[i]);
    s->criterion = (struct muster_criterion){.kind = MUSTER_MEAN, .best = best};
done:
    return status;
}

/* ---- the step -------------------------------------------------------------------------------- */

static void draw_candidates(const struct step *s)
{
    const double *centre = point(s, s->local->centre);
    size_t d = s->space->d;

    for (size_t c = 0; c < CANDIDATES; c++) {
        double *u = s->raw + c * d, share = c < IN_BOX ? 1 : c < IN_BOX + INSIDE ? 0.3 : 0;
        memcpy(u, centre, d * sizeof *u);
        for (size_t j = 0; j < d; j++)
            if (s->high[j] > s->low[j]) {
                double to =
                    s->low[j] + (s->high[j] - s->low[j]) * muster_draw(s->local->stream, c, j);
                u[j] += share * (to - centre[j]);
            }
    }
}

/* The best of the raw candidates that are left. */
static size_t best_candidate(const struct step *s)
{
    size_t best = 0;
    for (size_t c = 1; c < CANDIDATES; c++)
        if (s->value[c] > s->value[best])
            best = c;
    return best;
}

static bool is_free(const struct step *s, const double *u)
{
    for (size_t i = 0; i < s->local->n; i++)
        if (distance_between(s, point(s, i), u) < least_distance)
            return false;
    muster_space_decode(s->space, u, s->x);
    return !s->local->taken(s->local->context, s->x);
}

/* A jump within half the box, where the model leads to what is known. */
static bool jump(const struct step *s, double *u)
{
    for (size_t j = 0; j < s->space->d; j++)
        if (s->high[j] > s->low[j]) {
            double move = 0.5 * s->local->radius *
                          muster_random_normal(s->local->stream, (uint64_t)CANDIDATES << 32 | j);
            u[j] = fmin(fmax(u[j] + move, s->low[j]), s->high[j]);
        }
    return is_free(s, u);
}

/* The best point of the box into u[d]. */
static enum muster_status minimise(struct step *s, double *u)
{
    enum muster_status status = MUSTER_OK;
    struct muster_judge judge;
    struct muster_climb climb = {
        .judge = &judge, .stream = s->local->stream, .low = s->low, .high = s->high, .fixed = true};
    size_t d = s->space->d, bytes = d * sizeof *u;
    double best = -INFINITY;

    MUSTER_TRY(muster_judge_create(&judge, s->gp, &s->criterion, NULL, 0));
    draw_candidates(s);
    muster_judge_many(&judge, s->raw, CANDIDATES, false, s->value);
    for (uint64_t k = 0; k < CLIMBS; k++) {
        size_t c = best_candidate(s);
        double value = s->value[c], *from = s->raw + c * d;
        MUSTER_TRY(muster_climb_run(&climb, k, from, &value));
        if (value > best) {
            best = value;
            memcpy(u, from, bytes);
        }
        s->value[c] = -INFINITY;
    }
done:
    muster_judge_clear(&judge);
    return status;
}

/* A pending point stands where the mean is least. */
static bool is_crowded(const struct step *s, const double *u)
{
    for (size_t i = 0; i < s->local->n; i++)
        if (isnan(s->local->y[i]) &&
            distance_between(s, point(s, i), u) < crowded * s->local->radius)
            return true;
    return false;
}

/* u, where a model of the observations alone is least, becomes where it is while others are
 * pending: the least mean still, or where one of them stands there already, the highest log EI. */
static enum muster_status heed_pending(struct step *s, double *u)
{
    enum muster_status status = MUSTER_OK;
    double mean, deviation;

    muster_gp_predict(s->gp, u, &mean, &deviation, NULL, NULL);
    MUSTER_TRY(muster_local_bend(&s->gp, s->u, s->y, s->n, s->criterion.best - mean, &s->bend));
    if (s->bend.unit > 0)
        s->criterion.best = 0; /* of such a scale */
    else if (s->pending == 0)
        goto done;
    MUSTER_TRY(muster_gp_observe_doubting(s->gp, s->u, s->y, NULL, s->n + s->pending));
    MUSTER_TRY(minimise(s, u));
    if (s->pending > 0 && is_crowded(s, u)) {
        s->criterion.kind = MUSTER_LOG_EI;
        MUSTER_TRY(minimise(s, u));
    }
done:
    return status;
}

static void step_clear(struct step *s)
{
    muster_gp_destroy(&s->gp);
    muster_free(s->order);
    muster_free(s->u);
    muster_free(s->y);
    muster_free(s->low);
    muster_free(s->high);
    muster_free(s->x);
    muster_free(s->raw);
    muster_free(s->value);
}

static enum muster_status step_create(struct step *s)
{
    enum muster_status status = MUSTER_OK;
    size_t d = s->space->d;

    MUSTER_NEW(s->order, s->local->n);
    MUSTER_NEW(s->u, 2 * MOST * d);
    MUSTER_NEW(s->y, 2 * MOST);
    MUSTER_NEW(s->low, d);
    MUSTER_NEW(s->high, d);
    MUSTER_NEW(s->x, d);
    MUSTER_NEW(s->raw, CANDIDATES * d);
    MUSTER_NEW(s->value, CANDIDATES);
done:
    return status;
}

/* The box; false where nothing can move in it. */
static bool set_box(struct step *s)
{
    const double *centre = point(s, s->local->centre);
    bool any = false;

    muster_space_decode(s->space, centre, s->x);
    for (size_t j = 0; j < s->space->d; j++) {
        bool moves = is_continuous(s, j) && !isnan(s->x[j]);
        s->low[j] = moves ? fmax(0, centre[j] - s->local->radius) : centre[j];
        s->high[j] = moves ? fmin(1, centre[j] + s->local->radius) : centre[j];
        any = any || moves;
    }
    return any;
}

enum muster_status muster_local_step(const struct muster_space *space,
                                     const struct muster_solver *solver,
                                     const struct muster_local *local, double *x,
                                     struct muster_proposal *proposal, bool *found)
{
    enum muster_status status = MUSTER_OK;
    struct step s = {.space = space, .local = local};
    double *u = NULL;

    *found = false;
    MUSTER_NEW(u, space->d);
    MUSTER_TRY(step_create(&s));
    if (!set_box(&s))
        goto done;
    MUSTER_TRY(fit_model(&s, solver));
    MUSTER_TRY(minimise(&s, u));
    if (isnan(local->y[local->n - 1]))
        MUSTER_TRY(heed_pending(&s, u));
    *found = is_free(&s, u) || jump(&s, u);
    muster_space_decode(space, u, x);
    muster_gp_predict(s.gp, u, &proposal->mean, &proposal->deviation, NULL, NULL);
    proposal->value =
        muster_criterion_value(&s.criterion, proposal->mean, proposal->deviation, NULL, NULL);
    muster_local_bend_predict(&s.bend, &proposal->mean, &proposal->deviation);
done:
    step_clear(&s);
    muster_free(u);
    return status;
}
