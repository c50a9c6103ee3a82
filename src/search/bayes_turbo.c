/* A trust region of `bayes`: TuRBO-1 (Eriksson, Pearce, Gardner, Turner, Poloczek, NeurIPS 2019,
 * arXiv 1910.01739). Proposals lie in a box around the best result, its sides in the ratio of
 * length scales. It doubles after three successes in a row and halves after as many failures as
 * there are parameters; once too small it is left for a new one, which begins with a space-filling
 * design.
 *
 * It departs from the paper in that the model holds all results, those of earlier regions too, that
 * the criterion is the one that `acquisition` names, and in how pending points count: a result says
 * something about the box only where it was proposed in the box as it is. The region follows from
 * the results in the order learnt and from which proposals they were, so that a replay has it. */
#include <math.h>

#include "search/bayes_impl.h"

static const double first_side = 0.8, most_side = 1.6, least_side = 1.0 / 128;

/* An improvement below this share of the best score is none. */
static const double least_gain = 1e-3;

enum { SUCCESSES = 3, LEAST_FAILURES = 4 };

static void set_side(struct bayes_region *region, double side)
{
    region->radius = fmin(side, most_side);
    region->successes = region->failures = 0;
    region->turn++;
}

static void count(struct bayes *bayes, bool success)
{
    struct bayes_region *region = &bayes->region;
    int64_t d = (int64_t)bayes->space->d, patience = d > LEAST_FAILURES ? d : LEAST_FAILURES;

    region->successes = success ? region->successes + 1 : 0;
    region->failures = success ? 0 : region->failures + 1;
    if (region->successes == SUCCESSES)
        set_side(region, 2 * region->radius);
    else if (region->failures == patience)
        set_side(region, 0.5 * region->radius);
}

static void take_in(struct bayes *bayes, int64_t id)
{
    struct bayes_region *region = &bayes->region;
    double score = bayes_score(bayes, id);
    double best = region->best < 0 ? INFINITY : bayes_score(bayes, region->best);

    if (id < region->start) /* of a region that was left */
        return;
    if (score < best)
        region->best = id;
    if (id < (int64_t)region->n && region->step[id].turn == region->turn)
        count(bayes, score < best - least_gain * fabs(best));
}

enum muster_status bayes_turbo_update(struct bayes *bayes, const struct muster_view *view)
{
    struct bayes_region *region = &bayes->region;

    if (region->seen == 0 && region->turn == 0)
        set_side(region, first_side);
    for (; region->seen < view->n_known; region->seen++)
        take_in(bayes, view->known[region->seen]);
    if (region->radius < least_side) {
        region->start = view->id;
        region->best = -1;
        set_side(region, first_side);
    }
    return bayes_turbo_starts(bayes, view) ? MUSTER_OK
                                           : bayes_region_mark(region, view->id, region->radius);
}

bool bayes_turbo_starts(const struct bayes *bayes, const struct muster_view *view)
{
    const struct bayes_region *region = &bayes->region;
    return region->best < 0 || view->id < region->start + bayes->design;
}

/* The geometric mean of the continuous parameters' length scales, as a logarithm. */
static double mean_scale(const struct bayes *bayes)
{
    double sum = 0, n = 0;
    for (size_t j = 0; j < bayes->space->d; j++)
        if (muster_param_is_continuous(&bayes->space->params[j])) {
            sum += bayes->fitted[j];
            n++;
        }
    return n > 0 ? sum / n : 0;
}

void bayes_turbo_box(const struct bayes *bayes, struct muster_acquisition *acquisition)
{
    size_t d = bayes->space->d;
    double *centre = bayes->box, *low = centre + d, *high = low + d, mean = mean_scale(bayes);
    double value, deviation;

    muster_space_encode(bayes->space, muster_search_x(bayes->search, bayes->region.best), centre);
    for (size_t j = 0; j < d; j++) {
        double half = 0.5 * bayes->region.radius * exp(bayes->fitted[j] - mean);
        bool moves = muster_param_is_continuous(&bayes->space->params[j]);
        low[j] = moves ? fmax(0, centre[j] - half) : 0;
        high[j] = moves ? fmin(1, centre[j] + half) : 1;
    }
    muster_gp_predict(bayes->gp, centre, &value, &deviation, NULL, NULL);
    acquisition->criterion.best = fmax(acquisition->criterion.best, value);
    acquisition->elite = centre;
    acquisition->n_elite = 1;
    acquisition->low = low;
    acquisition->high = high;
}
