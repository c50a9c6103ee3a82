/* The wrapper around every method: which step comes next, which results it may rest on, and what
 * was asked so far. All promises of reproducibility are kept here, so that a method only has to be
 * a function of its view, and a scheduler one of the prefix of results. */
#include <math.h>
#include <string.h>

#include "search/wrapper_impl.h"

/* Stands in place of a fold, to draw apart from all else that is drawn for a proposal. */
enum { DRAW_STREAM = -3 };

/* ---- life ------------------------------------------------------------------------------------ */

enum muster_status muster_search_fits(const struct muster_search_setup *setup)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_scheduler *scheduler;
    struct muster_ladder ladder;
    struct race race = {0};
    const char *name = muster_block_text(setup->options, "method");
    const struct muster_method *method =
        (const struct muster_method *)muster_registry_find(&muster_search_methods, name);

    if (method != NULL && method->fits != NULL)
        MUSTER_TRY(method->fits(setup));
    MUSTER_TRY(muster_fidelity_check(setup->options));
    MUSTER_TRY(muster_fidelity_choose(setup, &scheduler, &ladder));
    MUSTER_TRY(race_create(setup, &ladder, &race));
done:
    race_clear(&race);
    return status;
}

/* The best of earlier results stand behind the initial points. */
static enum muster_status begin_warm(struct muster_search *search)
{
    enum muster_status status = MUSTER_OK;
    struct muster_search_setup *setup = &search->setup;
    const bool learns = search->method->warm && !search->joint && setup->n_objectives <= 1;

    MUSTER_TRY(muster_warm_view_create(search, learns, &search->warm));
    setup->initial = muster_warm_view_initial(search->warm, &setup->n_initial);
done:
    return status;
}

enum muster_status muster_search_create(const struct muster_search_setup *setup,
                                        struct muster_search **out)
{
    enum muster_status status = MUSTER_OK;
    struct muster_search *search;
    const char *name = muster_block_text(setup->options, "method");
    const struct muster_plugin *plugin = muster_registry_find(&muster_search_methods, name);

    *out = NULL;
    if (plugin == NULL)
        return muster_error(MUSTER_USAGE, "search.method: there is no method `%s`", name);
    if (setup->window < 1)
        return muster_error(MUSTER_USAGE, "search.window: %lld (at least 1 would be right)",
                            (long long)setup->window);
    MUSTER_NEW(search, 1);
    search->setup = *setup;
    search->method = (const struct muster_method *)plugin; /* embedded first */
    if (search->method->fits != NULL)
        MUSTER_TRY(search->method->fits(setup));
    MUSTER_TRY(muster_count_points(setup->space, &search->points));
    MUSTER_TRY(muster_fidelity_choose(setup, &search->scheduler, &search->ladder));
    if (search->scheduler->method != NULL && strcmp(name, "auto") == 0)
        search->method = (const struct muster_method *)muster_registry_find(
            &muster_search_methods, search->scheduler->method);
    search->joint = search->scheduler->propose != NULL && strcmp(name, "auto") == 0;
    MUSTER_TRY(search->scheduler->create(search, &search->ladder, &search->schedule));
    MUSTER_TRY(race_create(setup, &search->ladder, &search->race));
    MUSTER_TRY(muster_outcomes_create(setup->n_objectives, setup->n_bounds, setup->seed,
                                      &search->outcomes));
    if (setup->warm != NULL && setup->warm->n > 0)
        MUSTER_TRY(begin_warm(search));
    MUSTER_TRY(search->method->create(search, &search->state));
    search->blind = search->method->blind(search->state);
done:
    if (status != MUSTER_OK)
        muster_search_destroy(&search);
    *out = search;
    return status;
}

void muster_search_destroy(struct muster_search **out)
{
    struct muster_search *search = *out;
    if (search == NULL)
        return;
    if (search->state != NULL)
        search->method->destroy(search->state);
    if (search->schedule != NULL)
        search->scheduler->destroy(search->schedule);
    for (size_t i = 0; i < search->n_chunks; i++)
        muster_free(search->chunks[i]);
    for (int64_t i = 0; i < search->asked; i++)
        muster_free(search->steps[i].folds);
    race_clear(&search->race);
    muster_free(search->chunks);
    muster_free(search->steps);
    muster_free(search->trials);
    muster_free(search->learnt);
    muster_free(search->known);
    muster_free(search->pending);
    muster_seen_free(&search->seen);
    muster_outcomes_destroy(&search->outcomes);
    muster_warm_view_destroy(&search->warm);
    muster_free(search);
    *out = NULL;
}

int64_t muster_search_given_up(struct muster_search *search)
{
    const struct muster_scheduler *scheduler = search->scheduler;

    return scheduler->given_up != NULL ? scheduler->given_up(search->schedule) : -1;
}

int64_t muster_search_asked(const struct muster_search *search)
{
    return search->asked;
}

double muster_search_points(const struct muster_search *search)
{
    return search->points;
}

/* Where others judge, steps wait by the window. */
int64_t muster_search_generation(const struct muster_search *search)
{
    const struct muster_method *method = search->method;
    if (method->generation == NULL || has_rungs(search) || search->race.kind != RACE_NONE)
        return 0;
    return method->generation(search->state);
}

/* ---- asking ---------------------------------------------------------------------------------- */

/* Room for one more step and trial, and for all that may be known of them. */
enum muster_status wrapper_reserve(struct muster_search *search)
{
    enum muster_status status = MUSTER_OK;
    size_t n = (size_t)search->asked + 1, trials = (size_t)search->n_trials + 1;

    MUSTER_TRY(muster_grow(&search->steps, &search->step_capacity, n, sizeof *search->steps));
    MUSTER_TRY(muster_grow(&search->learnt, &search->learnt_capacity, n, sizeof *search->learnt));
    MUSTER_TRY(
        muster_grow(&search->trials, &search->trial_capacity, trials, sizeof *search->trials));
    MUSTER_TRY(muster_grow(&search->known, &search->known_capacity, trials, sizeof *search->known));
    MUSTER_TRY(
        muster_grow(&search->pending, &search->pending_capacity, trials, sizeof *search->pending));
    MUSTER_TRY(muster_outcomes_reserve(search->outcomes, trials));
    if (trials > search->n_chunks * CHUNK) {
        MUSTER_TRY(muster_grow(&search->chunks, &search->chunk_capacity, search->n_chunks + 1,
                               sizeof *search->chunks));
        MUSTER_NEW(search->chunks[search->n_chunks], CHUNK * search->setup.space->d);
        search->n_chunks++;
    }
done:
    return status;
}

/* True where the scheduler wants the configuration drawn, whatever the method. */
bool wrapper_drawn(const struct muster_search *search, int64_t trial)
{
    struct muster_stream stream =
        muster_stream_of(search->setup.seed, trial, DRAW_STREAM, MUSTER_FOR_SEARCH);
    return muster_random_uniform(stream, 0) < search->scheduler->random_share;
}

/* The step of a trial, whose point stands where make_room made room for it, becomes one. */
enum muster_status wrapper_take(struct muster_search *search, int64_t trial, size_t rung)
{
    enum muster_status status = MUSTER_OK;
    const int64_t id = search->asked;
    const bool fresh = trial == search->n_trials;

    if (fresh)
        MUSTER_TRY(
            muster_seen_add(&search->seen, search->setup.space, wrapper_point_of, search, trial));
    MUSTER_TRY(search->scheduler->take(search->schedule, trial, rung));
    search->steps[id] = (struct step_entry){.trial = trial, .rung = rung};
    if (fresh)
        search->trials[search->n_trials++] = (struct trial_entry){.first = id, .shown = -1};
    search->trials[trial].last = id;
    search->made = fresh && !search->joint && trial >= (int64_t)search->setup.n_initial &&
                   !wrapper_drawn(search, trial);
    search->asked++;
    wrapper_await(search, trial);
done:
    return status;
}

static enum muster_status propose(struct muster_search *search, double *x, bool *done)
{
    size_t d = search->setup.space->d, trial = (size_t)search->n_trials;
    struct muster_view view = wrapper_view(search);
    enum muster_status status = MUSTER_OK;

    *done = false;
    if (trial < search->setup.n_initial) {
        memcpy(x, search->setup.initial + trial * d, d * sizeof *x);
        return MUSTER_OK;
    }
    if (wrapper_drawn(search, view.id))
        return muster_search_draw(search, view.id, x);
    if (search->warm != NULL)
        MUSTER_TRY(muster_warm_view_update(search->warm, &view));
    if (search->joint)
        MUSTER_TRY(search->scheduler->propose(search->schedule, view.id, x));
    else
        MUSTER_TRY(search->method->propose(search->state, &view, x, done));
    *done = *done || muster_search_seen(search, x);
done:
    return status;
}

/* The point of a new configuration; where the method has none left, what else may come. */
static enum muster_status find_point(struct muster_search *search, struct muster_move *move,
                                     enum muster_answer *answer)
{
    enum muster_status status = MUSTER_OK;

    while (*answer == MUSTER_ASK_STEP && move->kind == MUSTER_MOVE_NEW) {
        MUSTER_TRY(propose(search, wrapper_point(search, search->n_trials), &search->dry));
        move->trial = search->n_trials;
        if (!search->dry)
            break;
        MUSTER_TRY(wrapper_decide(search, move, answer));
    }
done:
    return status;
}

enum muster_status muster_search_ask(struct muster_search *search, struct muster_step *step,
                                     enum muster_answer *answer)
{
    enum muster_status status = MUSTER_OK;
    struct muster_move move;

    MUSTER_TRY(wrapper_reserve(search));
    MUSTER_TRY(wrapper_decide(search, &move, answer));
    MUSTER_TRY(find_point(search, &move, answer));
    if (*answer != MUSTER_ASK_STEP)
        return MUSTER_OK;
    *step = (struct muster_step){
        .id = search->asked, .trial = move.trial, .x = wrapper_point(search, move.trial)};
    muster_ladder_fill(&search->ladder, move.rung, move.kind == MUSTER_MOVE_NEW, step);
    race_fill(&search->race, move.rung, step);
    MUSTER_TRY(wrapper_take(search, move.trial, move.rung));
done:
    return status;
}

const double *muster_search_fitted(const struct muster_search *search, size_t *n)
{
    *n = 0;
    if (search->method->fitted == NULL || !search->made)
        return NULL;
    return search->method->fitted(search->state, n);
}

void muster_search_reason(const struct muster_search *search, struct muster_reason *reason)
{
    const struct step_entry *last = &search->steps[search->asked - 1];
    const bool initial = last->trial < (int64_t)search->setup.n_initial;
    const bool drawn = wrapper_drawn(search, last->trial);
    const bool promoted = search->trials[last->trial].first != search->asked - 1;

    *reason = (struct muster_reason){promoted        ? search->scheduler->plugin.name
                                     : initial       ? "initial"
                                     : drawn         ? "random"
                                     : search->joint ? search->scheduler->plugin.name
                                                     : search->method->plugin.name,
                                     NAN, NAN, NAN};
    if (search->made && search->method->reason != NULL)
        search->method->reason(search->state, reason);
}

int64_t muster_search_known(const struct muster_search *search)
{
    return (int64_t)search->n_learnt;
}
