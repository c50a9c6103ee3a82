/* Proposals of `bayes` at the bottom of a bowl. Until results suffice for local steps, whose number
 * grows with the square of that of parameters, a process hardly knows more than how rough the
 * scores are. Where they lie in a bowl, be it under ripples, far fewer results tell where its
 * bottom is. So while there are no local steps yet, every other proposal is the bottom as the best
 * results show it, unless they are no bowl or something lies there already: results about it tell
 * the more of where it is. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/bayes_impl.h"

/* The results that it goes by: a share of all, and some more, and so many a parameter at least, and
 * at most. */
static const double share = 0.3;
enum { MORE = 5, LEAST = 2, MOST = 10 };

/* Of their spread so much is to be predicted at least. */
static const double least_explained = 0.7;

/* As near along all parameters a known point says what the bottom is worth. */
static const double least_distance = 0.005;

static bool is_due(const struct bayes *bayes, const struct muster_view *view)
{
    return bayes->local && !bayes->region.refined && view->n_pending <= BAYES_BELIEVED &&
           view->id % 2 == 0 && bayes->sides.n == 0 && bayes->criterion.kind != MUSTER_THOMPSON &&
           bayes_all_continuous(bayes->space);
}

/* The best results of this run: *m of them, u[*m][d] and y[*m]; none where there are too few. */
static enum muster_status gather(const struct bayes *bayes, size_t *m, double **u, double **y)
{
    enum muster_status status = MUSTER_OK;
    struct muster_ranked *ranked = NULL;
    size_t d = bayes->space->d, n = bayes->n_observed - bayes->n_warm;
    size_t most = (size_t)(share * (double)n) + MORE;

    *m = 0;
    most = most > LEAST * d ? most : LEAST * d;
    most = most < MOST * d ? most : MOST * d;
    if (n < most)
        goto done;
    MUSTER_NEW(ranked, n);
    MUSTER_NEW(*u, most * d);
    MUSTER_NEW(*y, most);
    for (size_t i = 0; i < n; i++)
        ranked[i] = (struct muster_ranked){bayes->raw[bayes->n_warm + i], bayes->n_warm + i};
    qsort(ranked, n, sizeof *ranked, muster_best_first);
    for (; *m < most; (*m)++) {
        memcpy(*u + *m * d, bayes->u + ranked[*m].at * d, d * sizeof **u);
        (*y)[*m] = ranked[*m].score;
    }
done:
    muster_free(ranked);
    return status;
}

static bool is_known(const struct bayes *bayes, const double *u)
{
    size_t d = bayes->space->d;
    for (size_t i = 0; i < bayes->n; i++) {
        double most = 0;
        for (size_t j = 0; j < d; j++)
            most = fmax(most, fabs(u[j] - bayes->u[i * d + j]));
        if (most < least_distance)
            return true;
    }
    return false;
}

enum muster_status bayes_bowl_step(struct bayes *bayes, const struct muster_view *view, double *x,
                                   bool *found)
{
    enum muster_status status = MUSTER_OK;
    size_t d = bayes->space->d, m;
    double *u = NULL, *y = NULL, *bottom = NULL, explained;

    if (!is_due(bayes, view))
        return MUSTER_OK;
    MUSTER_TRY(gather(bayes, &m, &u, &y));
    if (m == 0)
        goto done;
    MUSTER_NEW(bottom, d);
    MUSTER_TRY(muster_bowl_bottom(&muster_solver_lapack, u, y, m, d, bottom, &explained));
    if (explained < least_explained || is_known(bayes, bottom))
        goto done;
    muster_space_decode(bayes->space, bottom, x);
    *found = muster_space_allows(bayes->space, x) && !muster_search_seen(bayes->search, x);
    bayes->why = (struct muster_reason){"bowl", explained, NAN, NAN};
done:
    muster_free(u);
    muster_free(y);
    muster_free(bottom);
    return status;
}
