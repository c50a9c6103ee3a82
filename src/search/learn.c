/* How results become known, and what of them a method is shown.
 *
 * A method sees configurations, whatever steps they were tried in, and results of one rung: the
 * highest of which enough are known (as BOHB does, Falkner, Klein, Hutter, ICML 2018), so that
 * scores compare. When that rung changes it starts anew on what the new one holds, which is one
 * more reason why a method must be a function of its view. A method with generations is shown the
 * first result of every configuration instead, since it reckons with all of them. */
#include <math.h>
#include <string.h>

#include "search/wrapper_impl.h"
#include "muster/surrogate.h"

/* Scores of a rung that a method is shown: parameters and two at least. */
static int64_t enough(const struct muster_search *search)
{
    return (int64_t)search->setup.space->d + 2;
}

/* ---- pending -------------------------------------------------------------------------------- */

static size_t pending_index(const struct muster_search *search, int64_t trial)
{
    size_t low = 0, high = search->n_pending;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (search->pending[middle] < trial)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void wrapper_await(struct muster_search *search, int64_t trial)
{
    const size_t i = pending_index(search, trial);
    if (search->trials[trial].shown >= 0)
        return;
    memmove(search->pending + i + 1, search->pending + i,
            (search->n_pending - i) * sizeof *search->pending);
    search->pending[i] = trial;
    search->n_pending++;
}

static void forget_pending(struct muster_search *search, int64_t trial)
{
    const size_t i = pending_index(search, trial);
    if (i == search->n_pending || search->pending[i] != trial)
        return;
    search->n_pending--;
    memmove(search->pending + i, search->pending + i + 1,
            (search->n_pending - i) * sizeof *search->pending);
}

/* ---- what is shown --------------------------------------------------------------------------- */

static enum muster_status show(struct muster_search *search, int64_t id)
{
    enum muster_status status = MUSTER_OK;
    const struct step_entry *step = &search->steps[id];
    struct trial_entry *trial = &search->trials[step->trial];
    if (search->method->barrier != NULL ? trial->first != id : step->rung != search->shown)
        return MUSTER_OK;
    trial->shown = id;
    search->known[search->n_known++] = step->trial;
    if (has_rungs(search))
        MUSTER_TRY(muster_outcomes_put(search->outcomes, step->trial, &step->result));
done:
    return status;
}

/* Results of another rung from now on. */
static enum muster_status show_rung(struct muster_search *search, size_t rung)
{
    enum muster_status status = MUSTER_OK;
    search->method->destroy(search->state);
    search->state = NULL;
    MUSTER_TRY(search->method->create(search, &search->state));
    if (search->warm != NULL)
        muster_warm_view_forget(search->warm);
    search->shown = rung;
    search->n_known = search->n_pending = 0;
    for (int64_t t = 0; t < search->n_trials; t++)
        search->trials[t].shown = -1;
    for (size_t i = 0; i < search->n_learnt; i++)
        MUSTER_TRY(show(search, search->learnt[i]));
    for (int64_t t = 0; t < search->n_trials; t++)
        if (!search->steps[search->trials[t].last].known)
            wrapper_await(search, t);
done:
    return status;
}

/* The lowest rung serves until a higher one has enough. */
static enum muster_status choose_rung(struct muster_search *search, size_t rung)
{
    if (search->method->barrier != NULL || rung <= search->shown ||
        search->usable[rung] < enough(search))
        return MUSTER_OK;
    return show_rung(search, rung);
}

/* What a rung is ordered by: broken constraints behind all scores, by how much they are broken. */
static double rank_of(const struct muster_told *told)
{
    const double violation = told->violation;
    if (!(violation > 0))
        return told->score;
    return 1e300 * (isinf(violation) ? 1.0 : 0.5 + 0.5 * violation / (1.0 + violation));
}

/* A mean of some folds, as all would have it: methods compare it with means of all. */
static void level_out(struct muster_search *search, int64_t id)
{
    struct step_entry *step = &search->steps[id];
    if (step->result.state != MUSTER_PRUNED)
        return;
    step->result.score -= race_level(&search->race, step->rung, step->folds, step->n_folds);
    if (!has_rungs(search))
        muster_outcomes_rescore(search->outcomes, id, step->result.score);
}

static enum muster_status learn(struct muster_search *search, int64_t id)
{
    enum muster_status status = MUSTER_OK;
    struct step_entry *step = &search->steps[id];
    level_out(search, id);
    const bool scored = step->result.state != MUSTER_FAILED && isfinite(step->result.score);
    const bool fit = scored && step->result.state == MUSTER_COMPLETE;

    step->known = true;
    search->learnt[search->n_learnt++] = id;
    forget_pending(search, step->trial);
    MUSTER_TRY(show(search, id));
    race_learn(&search->race, step->rung, &step->result, step->folds, step->n_folds);
    muster_free(step->folds);
    step->folds = NULL;
    search->scheduler->learn(search->schedule, step->trial, step->rung,
                             fit ? rank_of(&step->result) : NAN);
    search->usable[step->rung] += scored;
    MUSTER_TRY(choose_rung(search, step->rung));
done:
    return status;
}

/* ---- telling --------------------------------------------------------------------------------- */

static enum muster_status keep_folds(const struct muster_search *search, struct step_entry *step,
                                     const double *folds, size_t n)
{
    enum muster_status status = MUSTER_OK;
    if (search->race.kind == RACE_NONE || folds == NULL)
        return MUSTER_OK;
    MUSTER_NEW(step->folds, n);
    for (size_t k = 0; k < n; k++)
        step->folds[k] = muster_bounded(folds[k]);
    step->n_folds = n;
done:
    return status;
}

enum muster_status muster_search_tell_folds(struct muster_search *search, int64_t id,
                                            const struct muster_told *told, const double *folds,
                                            size_t n)
{
    enum muster_status status = MUSTER_OK;
    if (id < 0 || id >= search->asked)
        return muster_error(MUSTER_INTERNAL,
                            "result of step %lld, which was never asked (steps 0 to %lld were)",
                            (long long)id, (long long)search->asked - 1);
    if (search->steps[id].told)
        return muster_error(MUSTER_INTERNAL, "result of step %lld is told twice", (long long)id);
    if (!has_rungs(search)) { /* a trial is its one step */
        MUSTER_TRY(muster_outcomes_put(search->outcomes, id, told));
        MUSTER_TRY(muster_outcomes_put_folds(search->outcomes, id, folds, n));
    }
    MUSTER_TRY(keep_folds(search, &search->steps[id], folds, n));
    search->steps[id].told = true;
    search->steps[id].result = *told;
    search->steps[id].result.score = muster_bounded(told->score);
    search->steps[id].result.objectives = NULL; /* borrowed */
    search->steps[id].result.margins = NULL;
    if (!search->setup.strict)
        MUSTER_TRY(learn(search, id));
done:
    return status;
}

enum muster_status muster_search_tell(struct muster_search *search, int64_t id,
                                      const struct muster_told *told)
{
    return muster_search_tell_folds(search, id, told, NULL, 0);
}

enum muster_status wrapper_learn(struct muster_search *search, int64_t end, bool *missing)
{
    enum muster_status status = MUSTER_OK;
    *missing = false;
    if (!search->setup.strict)
        return MUSTER_OK;
    for (int64_t id = (int64_t)search->n_learnt; id < end; id++)
        if (!search->steps[id].told) {
            *missing = true;
            return MUSTER_OK;
        }
    for (int64_t id = (int64_t)search->n_learnt; id < end; id++)
        MUSTER_TRY(learn(search, id));
done:
    return status;
}
