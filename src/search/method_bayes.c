/* bayes: a Gaussian process over all known results and the highest log EI under it, with pending
 * points as believers (Ginsbourger et al. 2010; Ament et al. 2023, arXiv 2310.20708).
 *
 * Scores are half-rank warped, failures stand at the worst score seen; both in the model alone.
 * Kernel parameters are fitted at every ask while results are few, then whenever their number has
 * grown by a tenth. The model is a function of the parameters, of how many results were known when
 * they were fitted, and of the view, whatever happened in between: that is what a replay restores,
 * and only the next real ask builds it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/search_impl.h"
#include "muster/surrogate.h"

/* Results up to which every ask fits, and how many enter the model at a fit at most. */
enum { FIT_ALWAYS = 50, MODEL_LIMIT = 1500 };

struct bayes {
    const struct muster_search *search; /* borrowed */
    const struct muster_space *space;   /* borrowed */
    struct muster_gp *gp;               /* owned */
    int64_t design;                     /* points of the space-filling start, and of its blocks */
    double *fitted;                     /* owned [d + 2]: kernel parameters */
    size_t n_parameters;
    size_t fitted_known; /* results known when they were fitted; 0: never */
    bool fitted_now;     /* for the last proposal */
    bool stale;          /* the process does not hold `fitted` yet */
    int64_t *base;       /* owned: ids of the model at the fit, in the order learnt */
    size_t n_base, base_capacity;
    size_t base_known;    /* results that base was chosen from */
    double *u, *y, *mean; /* owned: the model's points, [.][d] and [.]; y NaN where pending */
    size_t u_capacity, y_capacity, mean_capacity;
    size_t n, n_observed;
    struct muster_reason why; /* of the last proposal */
};

extern const struct muster_method muster_method_bayes;

static void destroy(void *state)
{
    struct bayes *bayes = state;
    muster_gp_destroy(&bayes->gp);
    muster_free(bayes->fitted);
    muster_free(bayes->base);
    muster_free(bayes->u);
    muster_free(bayes->y);
    muster_free(bayes->mean);
    muster_free(bayes);
}

static enum muster_status create(const struct muster_search *search, void **state)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_search_setup *setup = muster_search_setup_of(search);
    struct bayes *bayes;

    MUSTER_NEW(bayes, 1);
    *state = bayes;
    bayes->search = search;
    bayes->space = setup->space;
    double design = muster_search_option(search, &muster_method_bayes.plugin, "design");
    bayes->design = isnan(design) ? (int64_t)setup->space->d + 1 : (int64_t)design;
    MUSTER_TRY(muster_gp_create(setup->space, &muster_solver_lapack, &bayes->gp));
    muster_gp_noise_floor(bayes->gp, setup->noiseless ? 1e-8 : 1e-4);
    bayes->n_parameters = muster_gp_parameters(bayes->gp);
    MUSTER_NEW(bayes->fitted, bayes->n_parameters);
done:
    return status;
}

/* Results that the model needs before it is asked. */
static int64_t least_known(const struct bayes *bayes)
{
    return bayes->design < 2 ? 2 : bayes->design;
}

/* The start is asked blindly, and so is whatever cannot know enough results yet. */
static int64_t blind(const void *state)
{
    const struct bayes *bayes = state;
    const struct muster_search_setup *setup = muster_search_setup_of(bayes->search);
    int64_t initial = (int64_t)setup->n_initial;
    int64_t start = initial > bayes->design ? initial : bayes->design;
    int64_t informed = setup->strict ? setup->window + least_known(bayes) : 0;
    return start > informed ? start : informed;
}

/* ---- the model's points -------------------------------------------------------------------- */

static double score_of(const struct bayes *bayes, int64_t id)
{
    const struct muster_told *told = muster_search_told(bayes->search, id);
    return told->state != MUSTER_FAILED && isfinite(told->score) ? told->score : NAN;
}

struct ranked {
    double score;
    size_t at;
};

static int best_first(const void *a, const void *b)
{
    const struct ranked *p = a, *q = b;
    if (isnan(p->score) != isnan(q->score))
        return isnan(p->score) ? 1 : -1;
    if (p->score < q->score || p->score > q->score)
        return p->score < q->score ? -1 : 1;
    return (p->at > q->at) - (p->at < q->at);
}

/* Of more results than the model takes, the best ones and as many evenly spaced among the others.
 */
static enum muster_status thin_out(struct bayes *bayes, const int64_t *known, size_t n)
{
    enum muster_status status = MUSTER_OK;
    struct ranked *ranked;
    bool *best = NULL;
    size_t half = MODEL_LIMIT / 2, others = n - half, passed = 0;

    MUSTER_NEW(ranked, n);
    MUSTER_NEW(best, n);
    for (size_t i = 0; i < n; i++)
        ranked[i] = (struct ranked){score_of(bayes, known[i]), i};
    qsort(ranked, n, sizeof *ranked, best_first);
    for (size_t i = 0; i < half; i++)
        best[ranked[i].at] = true;
    bayes->n_base = 0;
    for (size_t i = 0; i < n; i++) {
        bool taken = best[i];
        if (!taken) { /* the k-th other one, where k * half / others steps up */
            taken = (passed + 1) * half / others > passed * half / others;
            passed++;
        }
        if (taken)
            bayes->base[bayes->n_base++] = known[i];
    }
done:
    muster_free(ranked);
    muster_free(best);
    return status;
}

/* What of the first n known results the model holds from a fit on. */
static enum muster_status choose_base(struct bayes *bayes, const struct muster_view *view, size_t n)
{
    enum muster_status status = MUSTER_OK;

    MUSTER_TRY(muster_grow(&bayes->base, &bayes->base_capacity, n, sizeof *bayes->base));
    bayes->base_known = n;
    if (n > MODEL_LIMIT)
        return thin_out(bayes, view->known, n);
    bayes->n_base = n;
    memcpy(bayes->base, view->known, n * sizeof *bayes->base);
done:
    return status;
}

static void add_point(struct bayes *bayes, int64_t id, bool known)
{
    size_t d = bayes->space->d, n = bayes->n++;
    muster_space_encode(bayes->space, muster_search_x(bayes->search, id), bayes->u + n * d);
    bayes->y[n] = known ? score_of(bayes, id) : NAN;
    bayes->n_observed += known;
}

/* Failures take the worst score there is, then all are warped. */
static enum muster_status finish_scores(struct bayes *bayes)
{
    double worst = -INFINITY;
    for (size_t i = 0; i < bayes->n_observed; i++)
        worst = fmax(worst, bayes->y[i]);
    for (size_t i = 0; i < bayes->n_observed; i++)
        if (isnan(bayes->y[i]))
            bayes->y[i] = worst;
    return muster_warp_half_rank(bayes->y, bayes->n_observed);
}

/* The first `n_known` results (base and those learnt since), then pending points if wanted. */
static enum muster_status gather(struct bayes *bayes, const struct muster_view *view,
                                 size_t n_known, bool with_pending)
{
    enum muster_status status = MUSTER_OK;
    size_t most = bayes->n_base + (n_known - bayes->base_known) + view->n_pending;

    MUSTER_TRY(
        muster_grow(&bayes->u, &bayes->u_capacity, most * bayes->space->d, sizeof *bayes->u));
    MUSTER_TRY(muster_grow(&bayes->y, &bayes->y_capacity, most, sizeof *bayes->y));
    bayes->n = bayes->n_observed = 0;
    for (size_t i = 0; i < bayes->n_base; i++)
        add_point(bayes, bayes->base[i], true);
    for (size_t i = bayes->base_known; i < n_known; i++)
        add_point(bayes, view->known[i], true);
    for (size_t i = 0; with_pending && i < view->n_pending; i++)
        add_point(bayes, view->pending[i], false);
    MUSTER_TRY(finish_scores(bayes));
    MUSTER_TRY(muster_gp_observe(bayes->gp, bayes->u, bayes->y, bayes->n));
done:
    return status;
}

/* ---- fit or restore ------------------------------------------------------------------------ */

static bool fit_due(const struct bayes *bayes, size_t n_known)
{
    size_t then = bayes->fitted_known, size = then < MODEL_LIMIT ? then : MODEL_LIMIT;
    if (n_known < FIT_ALWAYS)
        return n_known > then;
    return n_known >= then + 1 + size / 10;
}

static enum muster_status update_model(struct bayes *bayes, const struct muster_view *view)
{
    enum muster_status status = MUSTER_OK;

    bayes->fitted_now = fit_due(bayes, view->n_known);
    if (bayes->stale) {
        muster_gp_set(bayes->gp, bayes->fitted);
        MUSTER_TRY(choose_base(bayes, view, bayes->fitted_known));
        MUSTER_TRY(gather(bayes, view, bayes->fitted_known, false));
        bayes->stale = false;
    }
    if (bayes->fitted_now)
        MUSTER_TRY(choose_base(bayes, view, view->n_known));
    MUSTER_TRY(gather(bayes, view, view->n_known, true));
    if (bayes->fitted_now) {
        MUSTER_TRY(muster_gp_fit(bayes->gp));
        muster_gp_get(bayes->gp, bayes->fitted);
        bayes->fitted_known = view->n_known;
    }
done:
    return status;
}

/* ---- proposals ----------------------------------------------------------------------------- */

/* What is to be improved on: the best score, without its noise where there is some. */
static enum muster_status find_incumbent(struct bayes *bayes,
                                         struct muster_acquisition *acquisition)
{
    enum muster_status status = MUSTER_OK;
    size_t best = 0;

    MUSTER_TRY(
        muster_grow(&bayes->mean, &bayes->mean_capacity, bayes->n_observed, sizeof *bayes->mean));
    muster_gp_smooth(bayes->gp, bayes->mean);
    const double *value = muster_search_setup_of(bayes->search)->noiseless ? bayes->y : bayes->mean;
    for (size_t i = 1; i < bayes->n_observed; i++)
        if (value[i] < value[best])
            best = i;
    acquisition->best = value[best];
    acquisition->incumbent = bayes->u + best * bayes->space->d;
done:
    return status;
}

static bool model_ready(const struct bayes *bayes, const struct muster_view *view)
{
    int64_t finite = 0;
    for (size_t i = 0; i < view->n_known && finite < least_known(bayes); i++)
        finite += !isnan(score_of(bayes, view->known[i]));
    return finite >= least_known(bayes);
}

static enum muster_status propose(void *state, const struct muster_view *view, double *x,
                                  bool *done)
{
    enum muster_status status = MUSTER_OK;
    struct bayes *bayes = state;
    struct muster_proposal proposal;
    uint64_t seed = muster_search_setup_of(bayes->search)->seed;
    struct muster_acquisition acquisition = {
        .stream = muster_stream_of(seed, view->id, -1, MUSTER_FOR_SEARCH),
        .taken = muster_search_seen,
        .context = bayes->search};

    bayes->fitted_now = false;
    bayes->why = (struct muster_reason){"design", NAN, NAN, NAN};
    if (view->id < bayes->design || !model_ready(bayes, view))
        return muster_search_design(bayes->search, view->id, bayes->design, x);
    MUSTER_TRY(update_model(bayes, view));
    MUSTER_TRY(find_incumbent(bayes, &acquisition));
    MUSTER_TRY(muster_acquire(bayes->gp, &acquisition, x, &proposal, done));
    bayes->why =
        (struct muster_reason){"log_ei", proposal.value, proposal.mean, proposal.deviation};
done:
    return status;
}

static enum muster_status replay(void *state, const struct muster_view *view, const double *x,
                                 const double *fitted, size_t n_fitted)
{
    struct bayes *bayes = state;
    (void)x;

    bayes->fitted_now = false;
    if (n_fitted == 0)
        return MUSTER_OK;
    if (n_fitted != bayes->n_parameters)
        return muster_error(MUSTER_INTERNAL,
                            "the journal's step %lld has %zu fitted parameters (%zu would be "
                            "right)",
                            (long long)view->id, n_fitted, bayes->n_parameters);
    memcpy(bayes->fitted, fitted, n_fitted * sizeof *fitted);
    bayes->fitted_known = view->n_known;
    bayes->stale = true;
    return MUSTER_OK;
}

static const double *fitted_parameters(const void *state, size_t *n)
{
    const struct bayes *bayes = state;
    *n = bayes->fitted_now ? bayes->n_parameters : 0;
    return bayes->fitted_now ? bayes->fitted : NULL;
}

static void reason(const void *state, struct muster_reason *why)
{
    *why = ((const struct bayes *)state)->why;
}

static const struct muster_option options[] = {
    {.name = "design",
     .type = MUSTER_INT,
     .low = 1,
     .high = 1e6,
     .help = "points of the space-filling start (default: parameters + 1)"},
    {.type = MUSTER_END}};

const struct muster_method muster_method_bayes = {
    .plugin = {.name = "bayes",
               .help = "Gaussian process and expected improvement; learns from every result",
               .options = options},
    .create = create,
    .destroy = destroy,
    .blind = blind,
    .propose = propose,
    .replay = replay,
    .fitted = fitted_parameters,
    .reason = reason,
};
