/* What the model over configurations and rungs expects of the top rung: of trials that are frozen,
 * and of configurations that are new.
 *
 * Both are judged with some hope. A trial counts by half a deviation below what is expected of it:
 * of two that promise the same, the one goes on of which less is known, without which curves that
 * begin slowly are never seen to their end. New configurations must improve on the most hopeful of
 * all trials, frozen ones too: few have been to the top, and what improves on those alone lies
 * where much that is better stands frozen already. Measured: where small learning rates begin
 * slowly and end best, what a run finds has 0.4 of the regret that means alone and the best of the
 * top leave; on tables of real trainings what is found is the same within chance. */
#include <math.h>
#include <string.h>

#include "search/rung_model_impl.h"
#include "search/search_impl.h"

/* Deviations below the mean. */
static const double hope = 0.5;

/* ---- trials ---------------------------------------------------------------------------------- */

static double hope_of(const struct rung_model *self, int64_t trial)
{
    double mean, deviation;
    rung_model_place(self, trial, self->ladder->n - 1, self->at);
    muster_gp_predict(self->gp, self->at, &mean, &deviation, NULL, NULL);
    return mean - hope * deviation;
}

enum muster_status rung_model_final(struct rung_model *self, int64_t trial, double *score)
{
    enum muster_status status = MUSTER_OK;
    size_t last;

    MUSTER_TRY(rung_model_update(self));
    *score = INFINITY;
    for (last = self->n; last > 0 && self->base[last - 1].trial != trial; last--)
        ;
    if (last > 0)
        *score = hope_of(self, trial) + self->y[last - 1] - self->smooth[last - 1];
done:
    return status;
}

/* ---- new configurations ---------------------------------------------------------------------- */

/* The most hopeful trial, placed on the top rung; what is hoped of it there. */
static double find_elite(struct rung_model *self, double *u)
{
    double least = INFINITY;
    size_t best = 0;
    for (size_t i = 0; i < self->n; i++) {
        double score = hope_of(self, self->base[i].trial);
        if (score < least) {
            least = score;
            best = i;
        }
    }
    rung_model_place(self, self->base[best].trial, self->ladder->n - 1, u);
    return least;
}

/* On lower budgets nothing is taken: that ends the enumeration of a space where no free point was
 * found, which would go through all budgets. */
static bool is_taken(const void *context, const double *x)
{
    const struct rung_model *self = context;
    return x[self->space->d] >= 1.0 && muster_search_seen(self->search, x);
}

enum muster_status rung_model_acquire(struct rung_model *self, int64_t id, double *x)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_search_setup *setup = muster_search_setup_of(self->search);
    struct muster_acquisition acquisition = {
        .criterion = {.kind = MUSTER_LOG_EI},
        .n_elite = 1,
        .low = self->low,
        .high = self->high,
        .stream = muster_stream_of(setup->seed, id, -1, MUSTER_FOR_SEARCH),
        .taken = is_taken,
        .context = self};
    struct muster_proposal proposal;
    double *elite, *point = NULL;
    bool exhausted;

    MUSTER_NEW(elite, self->joint.d);
    MUSTER_NEW(point, self->joint.d);
    MUSTER_TRY(rung_model_update(self));
    acquisition.criterion.best = find_elite(self, elite);
    acquisition.elite = elite;
    if (muster_space_has_prior(self->space)) /* fades, as in bayes */
        acquisition.belief = 10 / (double)(self->n_known + 1);
    MUSTER_TRY(muster_acquire(self->gp, &acquisition, point, &proposal, &exhausted));
    memcpy(x, point, self->space->d * sizeof *x);
    if (muster_search_seen(self->search, x))
        MUSTER_TRY(muster_search_draw(self->search, id, x));
done:
    muster_free(elite);
    muster_free(point);
    return status;
}
