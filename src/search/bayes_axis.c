/* Proposals of `bayes` along one parameter (coordinate lines: Kirschner, Mutny, Hiller, Ischebeck,
 * Krause, ICML 2019, arXiv 1902.03229). A model of few results cannot say yet what a step along all
 * parameters brings, and where others are pending, a window of such steps errs in the same way. So
 * while results are too few for local steps, two proposals of three leave all continuous parameters
 * but one as the best result has them, each the next one: whether a parameter matters alone is then
 * seen. A round begins one parameter later than the last one, as proposals of another kind, which
 * come by turns as well, would keep the same parameters out of each. Discrete parameters keep their
 * whole range. */
#include <math.h>

#include "search/bayes_impl.h"

void bayes_axis_box(const struct bayes *bayes, const struct muster_view *view,
                    struct muster_acquisition *acquisition)
{
    const struct muster_space *space = bayes->space;
    double *low = bayes->box, *high = low + space->d, *x = high + space->d;
    const double *best = acquisition->elite;
    int64_t moves = 0, turn = view->id - view->id / 3 - 1;

    if (!bayes_region_starts(bayes, view) || bayes->draws || view->id % 3 == 0)
        return;
    muster_space_decode(space, best, x);
    for (size_t j = 0; j < space->d; j++)
        moves += !isnan(x[j]) && muster_param_is_continuous(&space->params[j]);
    if (moves > 0)
        turn += turn / moves;
    for (size_t j = 0, k = 0; j < space->d; j++) {
        bool fixed = !isnan(x[j]) && muster_param_is_continuous(&space->params[j]) &&
                     (int64_t)k++ != turn % moves;
        low[j] = fixed ? best[j] : 0;
        high[j] = fixed ? best[j] : 1;
    }
    acquisition->low = low;
    acquisition->high = high;
}
