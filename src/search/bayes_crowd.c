/* Of more results than the model of `bayes` takes: all of this run, for local models about each
 * start of the acquisition's maximisation. Those of earlier runs are all in the model, as noisier
 * ones than local models tell apart. */
#include <math.h>

#include "search/bayes_impl.h"

void bayes_crowd_clear(struct bayes_crowd *crowd)
{
    muster_gp_destroy(&crowd->gp);
    muster_free(crowd->u);
    muster_free(crowd->y);
    *crowd = (struct bayes_crowd){0};
}

/* A failed result counts as the worst that the model holds. */
static double warped_score(const struct bayes *bayes, int64_t id)
{
    double score = bayes_score(bayes, id);
    return muster_output_warp_apply(&bayes->warp, isnan(score) ? bayes->warp.most : score);
}

static void add_point(struct bayes *bayes, int64_t id, bool known)
{
    struct bayes_crowd *crowd = &bayes->crowd;
    size_t at = crowd->n++;
    if (at >= crowd->held)
        muster_space_encode(bayes->space, muster_search_x(bayes->search, id),
                            crowd->u + at * bayes->space->d);
    crowd->y[at] = known ? warped_score(bayes, id) : NAN;
}

enum muster_status bayes_crowd_update(struct bayes *bayes, const struct muster_view *view,
                                      const struct muster_gp **gp)
{
    enum muster_status status = MUSTER_OK;
    struct bayes_crowd *crowd = &bayes->crowd;
    size_t told = view->n_known, n = told + view->n_pending, d = bayes->space->d;

    *gp = NULL;
    if (told <= BAYES_MODEL_LIMIT || bayes->draws)
        return MUSTER_OK;
    if (crowd->gp == NULL)
        MUSTER_TRY(
            muster_gp_create_as(bayes->space, &muster_solver_lapack, &bayes->model, &crowd->gp));
    MUSTER_TRY(muster_grow(&crowd->u, &crowd->u_capacity, n * d, sizeof *crowd->u));
    MUSTER_TRY(muster_grow(&crowd->y, &crowd->y_capacity, n, sizeof *crowd->y));
    crowd->n = 0;
    for (size_t i = 0; i < view->n_known; i++)
        add_point(bayes, view->known[i], true);
    for (size_t i = 0; i < view->n_pending; i++)
        add_point(bayes, view->pending[i], false);
    MUSTER_TRY(muster_gp_crowd(crowd->gp, bayes->gp, crowd->u, crowd->y, n, crowd->held));
    crowd->held = told;
    *gp = crowd->gp;
done:
    return status;
}
