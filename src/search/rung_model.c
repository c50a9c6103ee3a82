/* A Gaussian process over configurations and the logarithm of their budget, so that cheap results
 * speak of dear ones (Klein, Falkner, Bartels, Hennig, Hutter, AISTATS 2017), with steps under way
 * as believers.
 *
 * What the process takes for noise is a configuration's own: its curve goes on from where it stands
 * (Swersky, Snoek, Adams 2014, arXiv 1406.3896, where each curve has a process of its own). Here
 * the residual of its last result is carried to the top rung, which costs nothing.
 *
 * One kernel over all parameters and the budget, with warped inputs. A sum of kernels of single
 * parameters beside it, as `bayes` has, believes that what a parameter does is the same at all
 * budgets and for all others: regret on curves of real trainings is 1.2 times as high with it.
 *
 * The model is a function of what was taken and learnt: kernel parameters are fitted from the
 * prior's start to the first results of a number that follows from how many there are. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "muster/surrogate.h"
#include "search/rung_model_impl.h"
#include "search/search_impl.h"

/* Results in the model at most; a fit is due when their number has grown by so small a part. */
enum { MODEL_MOST = 400, FIT_PART = 12 };

/* Scores from here on stand for broken constraints. */
static const double broken = 1e299;
/* Times as far above the median as the least is below, scores are clipped. */
static const double clipped_from = 3;

/* ---- life ------------------------------------------------------------------------------------ */

/* The space with a parameter for the budget behind; what params hold stays the space's. */
static enum muster_status join(struct rung_model *self)
{
    enum muster_status status = MUSTER_OK;
    static char name[] = "budget";
    const size_t d = self->space->d;

    self->joint = *self->space;
    self->joint.d = d + 1;
    self->joint.n_forbidden = 0; /* `taken` knows of them */
    self->joint.forbidden = NULL;
    MUSTER_NEW(self->joint.params, d + 1);
    for (size_t j = 0; j < d; j++)
        self->joint.params[j] = self->space->params[j];
    self->joint.params[d] =
        (struct muster_param){.name = name, .kind = MUSTER_PARAM_FLOAT, .high = 1.0};
done:
    return status;
}

enum muster_status rung_model_create(const struct muster_search *search,
                                     const struct muster_ladder *ladder, struct rung_model **out)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_gp_model model = {
        .warp_inputs = true, .noise_mean = -3, .noise_deviation = 1, .noise_floor = 1e-4};
    struct rung_model *self;

    *out = NULL;
    MUSTER_NEW(self, 1);
    self->search = search;
    self->ladder = ladder;
    self->space = muster_search_setup_of(search)->space;
    MUSTER_TRY(join(self));
    MUSTER_TRY(muster_gp_create_as(&self->joint, &muster_solver_lapack, &model, &self->gp));
    MUSTER_NEW(self->start, muster_gp_parameters(self->gp));
    muster_gp_get(self->gp, self->start);
    MUSTER_NEW(self->at, self->joint.d);
    MUSTER_NEW(self->low, self->joint.d);
    MUSTER_NEW(self->high, self->joint.d);
    for (size_t j = 0; j < self->joint.d; j++)
        self->high[j] = 1.0;
    self->low[self->space->d] = 1.0;
done:
    if (status != MUSTER_OK)
        rung_model_destroy(&self);
    *out = self;
    return status;
}

void rung_model_destroy(struct rung_model **out)
{
    struct rung_model *self = *out;
    if (self == NULL)
        return;
    muster_gp_destroy(&self->gp);
    muster_free(self->joint.params);
    muster_free(self->start);
    muster_free(self->known);
    muster_free(self->pending);
    muster_free(self->base);
    muster_free(self->u);
    muster_free(self->y);
    muster_free(self->smooth);
    muster_free(self->at);
    muster_free(self->low);
    muster_free(self->high);
    muster_free(self);
    *out = NULL;
}

/* ---- what is known --------------------------------------------------------------------------- */

enum muster_status rung_model_take(struct rung_model *self, int64_t trial, size_t rung)
{
    enum muster_status status = MUSTER_OK;
    const size_t all = self->n_known + self->n_pending + 1;

    MUSTER_TRY(muster_grow(&self->known, &self->known_capacity, all,
                           sizeof *self->known)); /* for learn, which cannot fail */
    MUSTER_TRY(muster_grow(&self->pending, &self->pending_capacity, self->n_pending + 1,
                           sizeof *self->pending));
    self->pending[self->n_pending++] = (struct entry){.trial = trial, .rung = rung};
    self->stale = true;
done:
    return status;
}

void rung_model_learn(struct rung_model *self, int64_t trial, size_t rung, double score)
{
    const bool scored = isfinite(score) && score < broken;
    size_t i = 0;
    while (self->pending[i].trial != trial)
        i++;
    self->n_pending--;
    memmove(self->pending + i, self->pending + i + 1,
            (self->n_pending - i) * sizeof *self->pending);
    self->known[self->n_known] = (struct entry){trial, rung, scored ? score : NAN, self->n_known};
    self->n_known++;
    self->scored += scored;
    self->stale = true;
}

size_t rung_model_scored(const struct rung_model *self)
{
    return self->scored;
}

/* ---- the process ----------------------------------------------------------------------------- */

/* The highest rungs first, in each the best first. */
static int dearest_first(const void *a, const void *b)
{
    const struct entry *p = a, *q = b;
    if (p->rung != q->rung)
        return p->rung < q->rung ? 1 : -1;
    if (isnan(p->score) != isnan(q->score))
        return isnan(p->score) ? 1 : -1;
    if (p->score < q->score || p->score > q->score)
        return p->score < q->score ? -1 : 1;
    return (p->at > q->at) - (p->at < q->at);
}

static int in_order(const void *a, const void *b)
{
    const struct entry *p = a, *q = b;
    return (p->at > q->at) - (p->at < q->at);
}

/* Of the first n results, where they are too many, the dearest ones and as many evenly spaced among
 * the others. */
static enum muster_status choose_base(struct rung_model *self, size_t n)
{
    enum muster_status status = MUSTER_OK;
    const size_t half = MODEL_MOST / 2;

    MUSTER_TRY(muster_grow(&self->base, &self->base_capacity, n, sizeof *self->base));
    memcpy(self->base, self->known, n * sizeof *self->base);
    self->n = n;
    if (n <= MODEL_MOST)
        return MUSTER_OK;
    qsort(self->base, n, sizeof *self->base, dearest_first);
    for (size_t i = 0; i < half; i++)
        self->base[half + i] = self->base[half + i * (n - half) / half];
    self->n = MODEL_MOST;
    qsort(self->base, self->n, sizeof *self->base, in_order);
done:
    return status;
}

static int ascending(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

void rung_model_place(const struct rung_model *self, int64_t trial, size_t rung, double *u)
{
    const double *budget = self->ladder->budget, top = budget[self->ladder->n - 1];
    muster_space_encode(self->space, muster_search_x(self->search, trial), u);
    u[self->space->d] = log(budget[rung] / budget[0]) / log(top / budget[0]);
}

/* Scores that are far above the median are clipped; those that are missing take the worst left.
 * Ranks in place of scores would blur what the lower rungs differ by. */
static enum muster_status clip_scores(struct rung_model *self)
{
    enum muster_status status = MUSTER_OK;
    size_t scored = 0;
    double *sorted, worst;

    MUSTER_NEW(sorted, self->n);
    for (size_t i = 0; i < self->n; i++)
        if (!isnan(self->base[i].score))
            sorted[scored++] = self->base[i].score;
    qsort(sorted, scored, sizeof *sorted, ascending);
    if (scored == 0) /* of the first n, which may be few */
        sorted[scored++] = 0.0;
    worst = sorted[scored / 2] + clipped_from * (sorted[scored / 2] - sorted[0]);
    worst = fmin(worst, sorted[scored - 1]);
    for (size_t i = 0; i < self->n; i++)
        self->y[i] = self->base[i].score < worst ? self->base[i].score : worst;
done:
    muster_free(sorted);
    return status;
}

/* The first n results into the process, and the pending ones if wanted. */
static enum muster_status observe(struct rung_model *self, size_t n, bool pending)
{
    enum muster_status status = MUSTER_OK;
    const size_t d = self->joint.d, believed = pending ? self->n_pending : 0, all = n + believed;

    MUSTER_TRY(choose_base(self, n));
    MUSTER_TRY(muster_grow(&self->u, &self->u_capacity, all * d, sizeof *self->u));
    MUSTER_TRY(muster_grow(&self->y, &self->y_capacity, all, sizeof *self->y));
    for (size_t i = 0; i < self->n; i++)
        rung_model_place(self, self->base[i].trial, self->base[i].rung, self->u + i * d);
    MUSTER_TRY(clip_scores(self));
    for (size_t i = 0; i < believed; i++) {
        rung_model_place(self, self->pending[i].trial, self->pending[i].rung,
                         self->u + (self->n + i) * d);
        self->y[self->n + i] = NAN;
    }
    MUSTER_TRY(muster_gp_observe(self->gp, self->u, self->y, self->n + believed));
done:
    return status;
}

/* Of n results, how many kernel parameters are fitted to. */
static size_t fit_size(size_t n)
{
    const size_t step = n / FIT_PART > 1 ? n / FIT_PART : 1;
    return n - n % step;
}

enum muster_status rung_model_update(struct rung_model *self)
{
    enum muster_status status = MUSTER_OK;
    const size_t n = fit_size(self->n_known);

    if (!self->stale)
        return MUSTER_OK;
    if (n != self->fitted) {
        muster_gp_set(self->gp, self->start);
        MUSTER_TRY(observe(self, n, false));
        MUSTER_TRY(muster_gp_fit(self->gp));
        self->fitted = n;
    }
    MUSTER_TRY(observe(self, self->n_known, true));
    MUSTER_TRY(muster_grow(&self->smooth, &self->smooth_capacity, self->n, sizeof *self->smooth));
    muster_gp_smooth(self->gp, self->smooth);
    self->stale = false;
done:
    return status;
}
