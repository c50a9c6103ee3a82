/* What was told, and what of it a proposal is shown.
 *
 * A method of one objective sees one score. With several objectives that is the augmented Chebyshev
 * norm of their quantiles among the known results, under weights drawn for the proposal: uniform on
 * the simplex (Knowles 2006, ParEGO; quantiles in place of ranges, as Egele et al. 2023, D-MoBO),
 * so that proposals spread over the front whatever the objectives' scales. Results that break a
 * constraint are shown worse than every feasible one, in the order of their violation (constrained
 * domination, Deb 2000). Neither touches what was told. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/search_impl.h"
#include "muster/surrogate.h"

static const double augmentation = 0.05; /* rho of ParEGO */

/* Words in place of a fold, to draw weights apart from all else that is drawn for a proposal. */
enum { WEIGHT_STREAM = -2 };

struct quantile {
    double value;
    int64_t id;
};

struct muster_outcomes {
    size_t m, n_bounds;
    uint64_t seed;
    struct muster_told *raw, *shown; /* owned, by id */
    size_t raw_capacity, shown_capacity;
    double *objectives, *quantiles; /* owned [.][m] */
    size_t objective_capacity, quantile_capacity;
    double *margins; /* owned [.][n_bounds] */
    size_t margin_capacity;
    double *folds; /* owned [n_folds][width]: begins with INFINITY where none were told */
    size_t width, n_folds, fold_capacity;
    struct quantile *sorted; /* owned [.] */
    size_t sorted_capacity;
    double *weights; /* owned [m] */
    bool steady;
    int64_t shown_to; /* the proposal that `shown` is for; -1: none */
    size_t shown_known;
};

enum muster_status muster_outcomes_create(size_t m, size_t n_bounds, uint64_t seed,
                                          struct muster_outcomes **out)
{
    enum muster_status status = MUSTER_OK;
    struct muster_outcomes *self;

    MUSTER_NEW(self, 1);
    *out = self;
    self->m = m < 1 ? 1 : m;
    self->n_bounds = n_bounds;
    self->seed = seed;
    self->steady = self->m == 1;
    self->shown_to = -1;
    MUSTER_NEW(self->weights, self->m);
done:
    return status;
}

void muster_outcomes_destroy(struct muster_outcomes **out)
{
    struct muster_outcomes *self = *out;
    if (self == NULL)
        return;
    muster_free(self->raw);
    muster_free(self->shown);
    muster_free(self->objectives);
    muster_free(self->quantiles);
    muster_free(self->margins);
    muster_free(self->folds);
    muster_free(self->sorted);
    muster_free(self->weights);
    muster_free(self);
    *out = NULL;
}

enum muster_status muster_outcomes_reserve(struct muster_outcomes *self, size_t n)
{
    enum muster_status status = MUSTER_OK;

    MUSTER_TRY(muster_grow(&self->raw, &self->raw_capacity, n, sizeof *self->raw));
    MUSTER_TRY(muster_grow(&self->shown, &self->shown_capacity, n, sizeof *self->shown));
    MUSTER_TRY(muster_grow(&self->margins, &self->margin_capacity, n * self->n_bounds,
                           sizeof *self->margins));
    if (self->m == 1)
        return MUSTER_OK;
    MUSTER_TRY(muster_grow(&self->objectives, &self->objective_capacity, n * self->m,
                           sizeof *self->objectives));
    MUSTER_TRY(muster_grow(&self->quantiles, &self->quantile_capacity, n * self->m,
                           sizeof *self->quantiles));
    MUSTER_TRY(muster_grow(&self->sorted, &self->sorted_capacity, n, sizeof *self->sorted));
done:
    return status;
}

static bool all_finite(const double *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return false;
    return true;
}

enum muster_status muster_outcomes_put(struct muster_outcomes *self, int64_t id,
                                       const struct muster_told *told)
{
    struct muster_told *raw = &self->raw[id];
    bool whole =
        self->m == 1 || (told->objectives != NULL && all_finite(told->objectives, self->m));

    if (told->state == MUSTER_COMPLETE && self->m > 1 && told->objectives == NULL)
        return muster_error(MUSTER_INTERNAL, "result of step %lld comes without its %zu objectives",
                            (long long)id, self->m);
    *raw = *told;
    raw->score = muster_bounded(told->score);
    raw->objectives = raw->margins = NULL;
    for (size_t b = 0; b < self->n_bounds; b++)
        self->margins[(size_t)id * self->n_bounds + b] =
            told->margins != NULL ? muster_bounded(told->margins[b]) : NAN;
    if (!(raw->violation >= 0))
        raw->violation = INFINITY;
    bool lost = raw->state == MUSTER_FAILED || !whole;
    if (lost)
        raw->score = NAN;
    for (size_t k = 0; k < self->m && self->m > 1 && !lost; k++)
        self->objectives[(size_t)id * self->m + k] = muster_bounded(told->objectives[k]);
    self->steady = self->steady && raw->violation <= 0;
    self->shown_to = -1;
    return MUSTER_OK;
}

void muster_outcomes_rescore(struct muster_outcomes *self, int64_t id, double score)
{
    self->raw[id].score = score;
    self->shown_to = -1;
}

enum muster_status muster_outcomes_put_folds(struct muster_outcomes *self, int64_t id,
                                             const double *folds, size_t n)
{
    enum muster_status status = MUSTER_OK;
    size_t need = (size_t)id + 1;

    if (folds == NULL || n < 2 || (self->width > 0 && n != self->width))
        return MUSTER_OK;
    self->width = n;
    MUSTER_TRY(muster_grow(&self->folds, &self->fold_capacity, need * n, sizeof *self->folds));
    for (; self->n_folds < need; self->n_folds++)
        self->folds[self->n_folds * n] = INFINITY; /* none are told */
    for (size_t k = 0; k < n; k++)
        self->folds[(size_t)id * n + k] = muster_bounded(folds[k]);
done:
    return status;
}

const double *muster_outcomes_folds(const struct muster_outcomes *self, int64_t id)
{
    if (id < 0 || (size_t)id >= self->n_folds)
        return NULL;
    const double *folds = self->folds + (size_t)id * self->width;
    return isinf(folds[0]) ? NULL : folds;
}

/* True where the result has what it can be judged by. */
static bool scored(const struct muster_outcomes *self, int64_t id)
{
    return self->raw[id].state != MUSTER_FAILED && isfinite(self->raw[id].score);
}

const struct muster_told *muster_outcomes_raw(const struct muster_outcomes *self, int64_t id)
{
    struct muster_told *raw = &self->raw[id];
    if (self->m > 1 && scored(self, id)) /* the objectives may have moved */
        raw->objectives = self->objectives + (size_t)id * self->m;
    if (self->n_bounds > 0)
        raw->margins = self->margins + (size_t)id * self->n_bounds;
    return raw;
}

bool muster_outcomes_steady(const struct muster_outcomes *self)
{
    return self->steady;
}

/* ---- what is shown --------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    const struct quantile *p = a, *q = b;
    if (p->value < q->value || p->value > q->value)
        return p->value < q->value ? -1 : 1;
    return (p->id > q->id) - (p->id < q->id);
}

/* The quantile of each known result in objective k; equal values share the mean of theirs. */
static void rank_objective(struct muster_outcomes *self, const struct muster_view *view, size_t k)
{
    size_t n = 0;

    for (size_t i = 0; i < view->n_known; i++) {
        int64_t id = view->known[i];
        if (scored(self, id))
            self->sorted[n++] = (struct quantile){self->objectives[(size_t)id * self->m + k], id};
    }
    qsort(self->sorted, n, sizeof *self->sorted, ascending);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && !(self->sorted[end].value > self->sorted[i].value);)
            end++;
        double middle = (double)(i + end) / (2 * (double)n);
        for (size_t j = i; j < end; j++)
            self->quantiles[(size_t)self->sorted[j].id * self->m + k] = middle;
    }
}

/* Uniform on the simplex: exponential deviates over their sum. */
static void draw_weights(struct muster_outcomes *self, int64_t proposal)
{
    struct muster_stream stream =
        muster_stream_of(self->seed, proposal, WEIGHT_STREAM, MUSTER_FOR_SEARCH);
    double sum = 0;

    for (size_t k = 0; k < self->m; k++) {
        self->weights[k] = -log(muster_random_uniform(stream, (uint64_t)k));
        sum += self->weights[k];
    }
    for (size_t k = 0; k < self->m; k++)
        self->weights[k] /= sum;
}

static double chebyshev(const struct muster_outcomes *self, int64_t id)
{
    const double *q = self->quantiles + (size_t)id * self->m;
    double most = 0, sum = 0;

    for (size_t k = 0; k < self->m; k++) {
        most = fmax(most, self->weights[k] * q[k]);
        sum += self->weights[k] * q[k];
    }
    return most + augmentation * sum;
}

/* Infeasible results go behind the worst feasible one, by up to the feasible ones' span; where none
 * is feasible, the violation alone counts. */
static void push_back_infeasible(struct muster_outcomes *self, const struct muster_view *view)
{
    double best = INFINITY, worst = -INFINITY;

    for (size_t i = 0; i < view->n_known; i++) {
        int64_t id = view->known[i];
        if (!scored(self, id) || self->raw[id].violation > 0)
            continue;
        best = fmin(best, self->shown[id].score);
        worst = fmax(worst, self->shown[id].score);
    }
    double span = worst > best && isfinite(worst - best) ? worst - best : 1;
    for (size_t i = 0; i < view->n_known; i++) {
        int64_t id = view->known[i];
        double violation = self->raw[id].violation;
        double share = isinf(violation) ? 1 : violation / (1 + violation);
        if (!scored(self, id) || !(violation > 0))
            continue;
        self->shown[id].score = (isfinite(worst) ? worst : 0) + span * share;
        self->shown[id].deviation = NAN;
    }
}

static void show(struct muster_outcomes *self, const struct muster_view *view)
{
    if (self->m > 1) {
        draw_weights(self, view->id);
        for (size_t k = 0; k < self->m; k++)
            rank_objective(self, view, k);
    }
    for (size_t i = 0; i < view->n_known; i++) {
        int64_t id = view->known[i];
        self->shown[id] = *muster_outcomes_raw(self, id);
        if (self->m == 1 || !scored(self, id))
            continue;
        self->shown[id].score = chebyshev(self, id);
        self->shown[id].deviation = NAN;
    }
    push_back_infeasible(self, view);
    self->shown_to = view->id;
    self->shown_known = view->n_known;
}

const struct muster_told *muster_outcomes_shown(struct muster_outcomes *self,
                                                const struct muster_view *view, int64_t id)
{
    if (self->steady)
        return &self->raw[id];
    if (self->shown_to != view->id || self->shown_known != view->n_known)
        show(self, view);
    return &self->shown[id];
}
