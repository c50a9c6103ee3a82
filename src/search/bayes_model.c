/* The model of `bayes`: which results it holds, how their scores are warped, and when its kernel
 * parameters are fitted.
 *
 * It is a function of the parameters, of how many results were known when they were fitted, and of
 * the view, whatever happened in between: that is what a replay restores, and only the next real
 * ask builds it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/bayes_impl.h"

/* Results up to which a fit is due again after one or two more. */
enum { FIT_OFTEN = 100 };

/* ---- the model's points -------------------------------------------------------------------- */

double bayes_score(const struct bayes *bayes, int64_t id)
{
    const struct muster_told *told = bayes->sides.m > 0 ? muster_search_outcome(bayes->search, id)
                                                        : muster_search_told(bayes->search, id);
    return told->state != MUSTER_FAILED && isfinite(told->score) ? told->score : NAN;
}

/* Of more results than the model takes, the best ones and as many evenly spaced among the others.
 */
static enum muster_status thin_out(struct bayes *bayes, const int64_t *known, size_t n)
{
    enum muster_status status = MUSTER_OK;
    struct muster_ranked *ranked;
    bool *best = NULL;
    size_t half = BAYES_MODEL_LIMIT / 2, others = n - half, passed = 0;

    MUSTER_NEW(ranked, n);
    MUSTER_NEW(best, n);
    for (size_t i = 0; i < n; i++)
        ranked[i] = (struct muster_ranked){bayes_score(bayes, known[i]), i};
    if (bayes->sides.m > 0)
        MUSTER_TRY(bayes_front_ranks(bayes, known, n, ranked));
    qsort(ranked, n, sizeof *ranked, muster_best_first);
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

enum muster_status bayes_model_base(struct bayes *bayes, const struct muster_view *view, size_t n)
{
    enum muster_status status = MUSTER_OK;

    MUSTER_TRY(muster_grow(&bayes->base, &bayes->base_capacity, n, sizeof *bayes->base));
    bayes->base_known = bayes->n_base = n;
    if (n > BAYES_MODEL_LIMIT)
        MUSTER_TRY(thin_out(bayes, view->known, n));
    else if (n > 0) /* none yet: there are only earlier results */
        memcpy(bayes->base, view->known, n * sizeof *bayes->base);
    MUSTER_TRY(bayes_noise_learn(bayes));
done:
    return status;
}

static void add_point(struct bayes *bayes, int64_t id, bool known)
{
    size_t d = bayes->space->d, n = bayes->n++;
    muster_space_encode(bayes->space, muster_search_x(bayes->search, id), bayes->u + n * d);
    bayes->ids[n] = id;
    bayes->counts[n] = id < 0 || !bayes_region_is_local(bayes, id);
    bayes->ratio[n] = known ? bayes_noise_ratio(bayes, id) : 1;
    bayes->raw[n] = known ? bayes_score(bayes, id) : NAN;
    bayes->n_observed += known;
}

/* Failures take the worst score there is, then all are warped. */
static enum muster_status finish_scores(struct bayes *bayes)
{
    double worst = -INFINITY;
    for (size_t i = 0; i < bayes->n_observed; i++)
        worst = fmax(worst, bayes->raw[i]);
    for (size_t i = 0; i < bayes->n_observed; i++)
        if (isnan(bayes->raw[i]))
            bayes->raw[i] = worst;
    memcpy(bayes->y, bayes->raw, bayes->n * sizeof *bayes->y);
    if (bayes->sides.m > 0)
        return bayes_front_warp(bayes, 0, bayes->y, bayes->n_observed);
    return muster_output_warp_fit(&bayes->warp, bayes->y, bayes->counts, bayes->n_observed);
}

/* Earlier results, the first `n_known` ones (base and those learnt since), then pending points if
 * wanted. */
static enum muster_status gather(struct bayes *bayes, const struct muster_view *view,
                                 size_t n_known, bool with_pending)
{
    enum muster_status status = MUSTER_OK;
    size_t most = view->n_warm + bayes->n_base + (n_known - bayes->base_known) + view->n_pending;

    MUSTER_TRY(
        muster_grow(&bayes->u, &bayes->u_capacity, most * bayes->space->d, sizeof *bayes->u));
    MUSTER_TRY(muster_grow(&bayes->ratio, &bayes->ratio_capacity, most, sizeof *bayes->ratio));
    MUSTER_TRY(muster_grow(&bayes->ids, &bayes->id_capacity, most, sizeof *bayes->ids));
    MUSTER_TRY(muster_grow(&bayes->y, &bayes->y_capacity, most, sizeof *bayes->y));
    MUSTER_TRY(muster_grow(&bayes->counts, &bayes->counts_capacity, most, sizeof *bayes->counts));
    MUSTER_TRY(muster_grow(&bayes->raw, &bayes->raw_capacity, most, sizeof *bayes->raw));
    bayes->n = bayes->n_observed = 0;
    bayes->n_warm = view->n_warm;
    for (size_t i = 0; i < view->n_warm; i++)
        add_point(bayes, view->warm[i], true);
    for (size_t i = 0; i < bayes->n_base; i++)
        add_point(bayes, bayes->base[i], true);
    for (size_t i = bayes->base_known; i < n_known; i++)
        add_point(bayes, view->known[i], true);
    bool many = view->n_pending > BAYES_BELIEVED;
    size_t first = many && bayes->sides.n > 0 ? view->n_pending - BAYES_BELIEVED : 0;
    for (size_t i = first; with_pending && i < view->n_pending; i++)
        add_point(bayes, view->pending[i], false);
    if (bayes->sides.m > 0)
        MUSTER_TRY(bayes_front_reference(bayes));
    MUSTER_TRY(finish_scores(bayes));
    bayes->draws = bayes->sides.n == 0 && (bayes->criterion.kind == MUSTER_THOMPSON || many);
    MUSTER_TRY(muster_gp_observe_noisy(bayes->gp, bayes->u, bayes->y, bayes->ratio,
                                       bayes->draws ? bayes->n_observed : bayes->n));
    MUSTER_TRY(bayes_sides_observe(bayes));
done:
    return status;
}

/* ---- fit or restore ------------------------------------------------------------------------ */

/* Which earlier results there are, as one number; 0: none. */
static int64_t warm_mark(const struct muster_view *view)
{
    int64_t sum = 0;
    for (size_t i = 0; i < view->n_warm; i++)
        sum += view->warm[i];
    return sum;
}

static bool fit_due(const struct bayes *bayes, const struct muster_view *view, size_t n_known)
{
    size_t then = bayes->fitted_known, size = then < BAYES_MODEL_LIMIT ? then : BAYES_MODEL_LIMIT;
    return warm_mark(view) != bayes->fitted_warm ||
           n_known >= then + 1 + (then < FIT_OFTEN ? then / 40 : size / 5);
}

enum muster_status bayes_model_update(struct bayes *bayes, const struct muster_view *view)
{
    enum muster_status status = MUSTER_OK;
    size_t n = view->n_known;

    bayes->fitted_now = fit_due(bayes, view, n);
    if (bayes->stale) {
        muster_gp_set(bayes->gp, bayes->fitted);
        bayes_sides_set(bayes);
        MUSTER_TRY(gather(bayes, view, bayes->fitted_known, false));
        bayes->stale = false;
    }
    if (bayes->fitted_now)
        MUSTER_TRY(bayes_model_base(bayes, view, n));
    MUSTER_TRY(gather(bayes, view, n, true));
    if (bayes->fitted_now) {
        MUSTER_TRY(muster_gp_fit(bayes->gp));
        muster_gp_get(bayes->gp, bayes->fitted);
        MUSTER_TRY(bayes_sides_fit(bayes));
        bayes->fitted_known = n;
        bayes->fitted_warm = warm_mark(view);
    }
    if (bayes_region_starts(bayes, view) && !bayes->draws)
        MUSTER_TRY(
            muster_gp_observe_doubting(bayes->gp, bayes->u, bayes->y, bayes->ratio, bayes->n));
done:
    return status;
}

enum muster_status bayes_model_restore(struct bayes *bayes, const struct muster_view *view,
                                       const double *fitted, size_t n_fitted)
{
    enum muster_status status = MUSTER_OK;

    if (n_fitted != bayes->n_parameters)
        return muster_error(MUSTER_INTERNAL,
                            "the journal's step %lld has %zu fitted parameters (%zu would be "
                            "right)",
                            (long long)view->id, n_fitted, bayes->n_parameters);
    memcpy(bayes->fitted, fitted, n_fitted * sizeof *fitted);
    bayes->fitted_known = view->n_known;
    bayes->fitted_warm = warm_mark(view);
    MUSTER_TRY(bayes_model_base(bayes, view, bayes->fitted_known));
    bayes->stale = true;
done:
    return status;
}
