/* Replay: steps of a journal become the search's own, after a look at whether they can be. */
#include <math.h>
#include <string.h>

#include "search/wrapper_impl.h"

static enum muster_status refuse(const struct muster_step *step, const char *why)
{
    return muster_error(MUSTER_INTERNAL,
                        "the journal's step %lld cannot be the next one: %s (a journal of this "
                        "very study would be right)",
                        (long long)step->id, why);
}

/* What is wrong with the point of a new configuration, or NULL. */
static const char *fault_of_point(const struct muster_search *search,
                                  const struct muster_step *step)
{
    const struct muster_space *space = search->setup.space;
    size_t trial = (size_t)search->n_trials;

    for (size_t j = 0; j < space->d; j++) {
        const struct muster_param *param = &space->params[j];
        if (!isnan(step->x[j]) && !(step->x[j] >= param->low && step->x[j] <= param->high))
            return "a parameter is out of its range";
    }
    if (!muster_space_allows(space, step->x))
        return "the study forbids it";
    if (trial < search->setup.n_initial &&
        !muster_space_equal(space, step->x, search->setup.initial + trial * space->d))
        return "an initial point differs";
    return NULL;
}

/* Likewise with a promotion. */
static const char *fault_of_promotion(const struct muster_search *search,
                                      const struct muster_step *step)
{
    if (step->trial < 0 || step->trial > search->n_trials)
        return "its trial is unknown";
    const struct step_entry *last = &search->steps[search->trials[step->trial].last];
    if (!last->told || step->rung != (int64_t)last->rung + 1)
        return "its trial stands on another rung";
    if (!muster_space_equal(search->setup.space, step->x, wrapper_point(search, step->trial)))
        return "its trial has another point";
    return NULL;
}

static const char *fault_of(const struct muster_search *search, const struct muster_step *step,
                            bool fresh)
{
    if (step->id != search->asked)
        return "steps are missing or out of order";
    if (has_rungs(search) && (step->rung < 0 || step->rung >= (int64_t)search->ladder.n))
        return "there is no such rung";
    return fresh ? fault_of_point(search, step) : fault_of_promotion(search, step);
}

/* Takes a new configuration as the method's proposal. */
static enum muster_status accept(struct muster_search *search, const struct muster_step *step,
                                 const double *fitted, size_t n_fitted)
{
    enum muster_status status = MUSTER_OK;
    double *x = wrapper_point(search, search->n_trials);
    struct muster_view view = wrapper_view(search);

    memcpy(x, step->x, search->setup.space->d * sizeof *x);
    if (!muster_space_settle(search->setup.space, x) ||
        !muster_space_equal(search->setup.space, x, step->x))
        return refuse(step, "an active parameter has no value, or an inactive one has");
    if (wrapper_drawn(search, view.id))
        return MUSTER_OK;
    if (search->warm != NULL)
        MUSTER_TRY(muster_warm_view_update(search->warm, &view));
    if (search->method->replay == NULL || search->joint ||
        search->n_trials < (int64_t)search->setup.n_initial)
        return MUSTER_OK;
    status = search->method->replay(search->state, &view, x, fitted, n_fitted);
done:
    return status;
}

enum muster_status muster_search_replay_known(struct muster_search *search,
                                              const struct muster_step *step, int64_t known,
                                              const double *fitted, size_t n_fitted)
{
    enum muster_status status = MUSTER_OK;
    const bool fresh = !has_rungs(search) || step->trial == search->n_trials;
    const char *fault = fault_of(search, step, fresh);
    const int64_t end = known > wrapper_horizon(search) ? known : wrapper_horizon(search);
    bool missing = false;

    if (fault != NULL)
        return refuse(step, fault);
    if (end <= search->asked)
        MUSTER_TRY(wrapper_learn(search, end, &missing));
    if (missing || end > search->asked)
        return refuse(step, "results that it rests on are not there");
    MUSTER_TRY(wrapper_reserve(search));
    if (fresh)
        MUSTER_TRY(accept(search, step, fitted, n_fitted));
    MUSTER_TRY(wrapper_take(search, fresh ? search->n_trials : step->trial,
                            has_rungs(search) ? (size_t)step->rung : 0));
done:
    return status;
}

enum muster_status muster_search_replay(struct muster_search *search,
                                        const struct muster_step *step, const double *fitted,
                                        size_t n_fitted)
{
    return muster_search_replay_known(search, step, 0, fitted, n_fitted);
}
