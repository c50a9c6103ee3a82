/* The wrapper around every method: which step comes next, which results it may rest on, and what
 * was asked so far. All promises of reproducibility are kept here, so that a method only has to be
 * a function of its view, and a scheduler one of the prefix of results. */
#include <math.h>
#include <string.h>

#include "search/wrapper_impl.h"

/* Stands in place of a fold, to draw apart from all else that is drawn for a proposal. */
enum { DRAW_STREAM = -3 };

static struct muster_view view_of(const struct muster_search *search)
{
    return (struct muster_view){.id = search->n_trials,
                                .known = search->known,
                                .n_known = search->n_known,
                                .pending = search->pending,
                                .n_pending = search->n_pending};
}

/* ---- what methods ask ------------------------------------------------------------------------ */

const struct muster_search_setup *muster_search_setup_of(const struct muster_search *search)
{
    return &search->setup;
}

static double *point_at(const struct muster_search *search, int64_t trial)
{
    return search->chunks[trial / CHUNK] + (size_t)(trial % CHUNK) * search->setup.space->d;
}

const double *muster_search_x(const struct muster_search *search, int64_t id)
{
    if (id < 0)
        return search->setup.warm->x + (size_t)(-(id + 1)) * search->setup.space->d;
    return point_at(search, id);
}

static const double *point_of(const void *search, int64_t id)
{
    return point_at(search, id);
}

const struct muster_told *muster_search_told(const struct muster_search *search, int64_t id)
{
    struct muster_view view = view_of(search);
    if (id < 0)
        return muster_warm_view_told(search->warm, id);
    return muster_outcomes_shown(search->outcomes, &view, id);
}

const struct muster_told *muster_search_outcome(const struct muster_search *search, int64_t id)
{
    return muster_outcomes_raw(search->outcomes, id);
}

bool muster_search_steady(const struct muster_search *search)
{
    return muster_outcomes_steady(search->outcomes);
}

bool muster_search_seen(const void *context, const double *x)
{
    const struct muster_search *search = context;
    return !muster_space_allows(search->setup.space, x) ||
           muster_seen_find(&search->seen, search->setup.space, point_of, search, x) >= 0;
}

/* The value of METHOD.NAME in the block; NULL where a caller without a study file gave none. */
static const struct muster_value *value_of(const struct muster_search *search,
                                           const struct muster_plugin *method, const char *name)
{
    const struct muster_block *block = search->setup.options;
    size_t length = strlen(method->name);

    for (size_t i = 0; i < block->n; i++) {
        const char *full = block->options[i]->name;
        if (strncmp(full, method->name, length) == 0 && full[length] == '.' &&
            strcmp(full + length + 1, name) == 0 && block->values[i].set)
            return &block->values[i];
    }
    return NULL;
}

static const char *standard_of(const struct muster_plugin *method, const char *name)
{
    for (const struct muster_option *o = method->options; o->type != MUSTER_END; o++)
        if (strcmp(o->name, name) == 0)
            return o->standard;
    return NULL;
}

double muster_search_option(const struct muster_search *search, const struct muster_plugin *method,
                            const char *name)
{
    const struct muster_value *value = value_of(search, method, name);
    const char *standard = standard_of(method, name);
    double number = NAN;

    if (value != NULL)
        return value->number;
    if (standard != NULL)
        muster_number_read(standard, &number);
    return number;
}

const char *muster_search_word(const struct muster_search *search,
                               const struct muster_plugin *method, const char *name)
{
    const struct muster_value *value = value_of(search, method, name);
    return value != NULL ? value->text : standard_of(method, name);
}

/* ---- life ------------------------------------------------------------------------------------ */

enum muster_status muster_search_fits(const struct muster_search_setup *setup)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_scheduler *scheduler;
    struct muster_ladder ladder;
    struct race race = {0};

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

    MUSTER_TRY(muster_warm_view_create(search, search->method->warm && setup->n_objectives <= 1,
                                       &search->warm));
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
    MUSTER_TRY(muster_count_points(setup->space, &search->points));
    MUSTER_TRY(muster_fidelity_choose(setup, &search->scheduler, &search->ladder));
    if (search->scheduler->method != NULL && strcmp(name, "auto") == 0)
        search->method = (const struct muster_method *)muster_registry_find(
            &muster_search_methods, search->scheduler->method);
    MUSTER_TRY(search->scheduler->create(&search->ladder, &search->schedule));
    MUSTER_TRY(race_create(setup, &search->ladder, &search->race));
    MUSTER_TRY(muster_outcomes_create(setup->n_objectives, setup->seed, &search->outcomes));
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

int64_t muster_search_asked(const struct muster_search *search)
{
    return search->asked;
}

double muster_search_points(const struct muster_search *search)
{
    return search->points;
}

/* ---- S_i ------------------------------------------------------------------------------------- */

/* Results that the method's proposal of configuration `trial` must know: of the first so many. */
static int64_t method_needs(const struct muster_search *search, int64_t trial)
{
    if (trial < search->blind || trial < (int64_t)search->setup.n_initial)
        return 0;
    if (search->method->barrier != NULL)
        return search->method->barrier(search->state, trial);
    return trial - search->setup.window;
}

/* How many steps, from 0 on, the next one must know, and may. Where steps are judged by others, it
 * is the window's that they know, whatever proposes them. */
static int64_t horizon(const struct muster_search *search)
{
    int64_t window = search->asked - search->setup.window;
    if (has_rungs(search))
        return window;
    int64_t needs = method_needs(search, search->asked);
    return search->race.kind != RACE_NONE && window > needs ? window : needs;
}

/* With generations, a configuration waits for the first results of all that it descends from. */
static int64_t steps_needed(const struct muster_search *search)
{
    if (!has_rungs(search) || search->method->barrier == NULL)
        return 0;
    int64_t trials = method_needs(search, search->n_trials);
    return trials > 0 ? search->trials[trials - 1].first + 1 : 0;
}

static bool has_room(const struct muster_search *search)
{
    const bool initial = search->n_trials < (int64_t)search->setup.n_initial;
    return !search->dry && (search->setup.trials == 0 || search->n_trials < search->setup.trials) &&
           (initial || (double)search->seen.n < search->points);
}

/* What comes next, by the smallest number of known results, from the window's on, that something
 * follows from. `answer` says WAIT where a result is missing, DONE where nothing is to come. */
static enum muster_status decide(struct muster_search *search, struct muster_move *move,
                                 enum muster_answer *answer)
{
    enum muster_status status = MUSTER_OK;
    int64_t end = horizon(search), needed;
    bool missing;

    for (*answer = MUSTER_ASK_WAIT;;) {
        MUSTER_TRY(wrapper_learn(search, end, &missing));
        if (missing)
            break;
        *move = search->scheduler->next(search->schedule, has_room(search));
        needed = move->kind == MUSTER_MOVE_NEW ? steps_needed(search) : 0;
        if (move->kind == MUSTER_MOVE_END ||
            (move->kind == MUSTER_MOVE_MORE && (int64_t)search->n_learnt == search->asked)) {
            *answer = MUSTER_ASK_DONE;
            break;
        }
        if (move->kind != MUSTER_MOVE_MORE && needed <= (int64_t)search->n_learnt) {
            *answer = MUSTER_ASK_STEP;
            break;
        }
        if (!search->setup.strict) { /* what is told is known already */
            *answer = move->kind == MUSTER_MOVE_MORE ? MUSTER_ASK_WAIT : MUSTER_ASK_STEP;
            break;
        }
        end = move->kind == MUSTER_MOVE_MORE ? (int64_t)search->n_learnt + 1 : needed;
    }
done:
    return status;
}

/* ---- asking ---------------------------------------------------------------------------------- */

/* Room for one more step and trial, and for all that may be known of them. */
static enum muster_status make_room(struct muster_search *search)
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
static bool is_drawn(const struct muster_search *search, int64_t trial)
{
    struct muster_stream stream =
        muster_stream_of(search->setup.seed, trial, DRAW_STREAM, MUSTER_FOR_SEARCH);
    return muster_random_uniform(stream, 0) < search->scheduler->random_share;
}

/* The step of a trial, whose point stands where make_room made room for it, becomes one. */
static enum muster_status take(struct muster_search *search, int64_t trial, size_t rung)
{
    enum muster_status status = MUSTER_OK;
    const int64_t id = search->asked;
    const bool fresh = trial == search->n_trials;

    if (fresh)
        MUSTER_TRY(muster_seen_add(&search->seen, search->setup.space, point_of, search, trial));
    MUSTER_TRY(search->scheduler->take(search->schedule, trial, rung));
    search->steps[id] = (struct step_entry){.trial = trial, .rung = rung};
    if (fresh)
        search->trials[search->n_trials++] = (struct trial_entry){.first = id, .shown = -1};
    search->trials[trial].last = id;
    search->made = fresh && trial >= (int64_t)search->setup.n_initial && !is_drawn(search, trial);
    search->asked++;
    wrapper_await(search, trial);
done:
    return status;
}

static enum muster_status propose(struct muster_search *search, double *x, bool *done)
{
    size_t d = search->setup.space->d, trial = (size_t)search->n_trials;
    struct muster_view view = view_of(search);
    enum muster_status status = MUSTER_OK;

    *done = false;
    if (trial < search->setup.n_initial) {
        memcpy(x, search->setup.initial + trial * d, d * sizeof *x);
        return MUSTER_OK;
    }
    if (is_drawn(search, view.id))
        return muster_search_draw(search, view.id, x);
    if (search->warm != NULL)
        MUSTER_TRY(muster_warm_view_update(search->warm, &view));
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
        MUSTER_TRY(propose(search, point_at(search, search->n_trials), &search->dry));
        move->trial = search->n_trials;
        if (!search->dry)
            break;
        MUSTER_TRY(decide(search, move, answer));
    }
done:
    return status;
}

enum muster_status muster_search_ask(struct muster_search *search, struct muster_step *step,
                                     enum muster_answer *answer)
{
    enum muster_status status = MUSTER_OK;
    struct muster_move move;

    MUSTER_TRY(make_room(search));
    MUSTER_TRY(decide(search, &move, answer));
    MUSTER_TRY(find_point(search, &move, answer));
    if (*answer != MUSTER_ASK_STEP)
        return MUSTER_OK;
    *step = (struct muster_step){
        .id = search->asked, .trial = move.trial, .x = point_at(search, move.trial)};
    muster_ladder_fill(&search->ladder, move.rung, move.kind == MUSTER_MOVE_NEW, step);
    race_fill(&search->race, move.rung, step);
    MUSTER_TRY(take(search, move.trial, move.rung));
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
    const bool drawn = is_drawn(search, last->trial);
    const bool promoted = search->trials[last->trial].first != search->asked - 1;

    *reason = (struct muster_reason){promoted  ? search->scheduler->plugin.name
                                     : initial ? "initial"
                                     : drawn   ? "random"
                                               : search->method->plugin.name,
                                     NAN, NAN, NAN};
    if (search->made && search->method->reason != NULL)
        search->method->reason(search->state, reason);
}

int64_t muster_search_known(const struct muster_search *search)
{
    return (int64_t)search->n_learnt;
}

/* ---- replay ---------------------------------------------------------------------------------- */

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
    if (!muster_space_equal(search->setup.space, step->x, point_at(search, step->trial)))
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
    double *x = point_at(search, search->n_trials);
    struct muster_view view = view_of(search);

    memcpy(x, step->x, search->setup.space->d * sizeof *x);
    if (!muster_space_settle(search->setup.space, x) ||
        !muster_space_equal(search->setup.space, x, step->x))
        return refuse(step, "an active parameter has no value, or an inactive one has");
    if (is_drawn(search, view.id))
        return MUSTER_OK;
    if (search->warm != NULL)
        MUSTER_TRY(muster_warm_view_update(search->warm, &view));
    if (search->method->replay == NULL || search->n_trials < (int64_t)search->setup.n_initial)
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
    const int64_t end = known > horizon(search) ? known : horizon(search);
    bool missing = false;

    if (fault != NULL)
        return refuse(step, fault);
    if (end <= search->asked)
        MUSTER_TRY(wrapper_learn(search, end, &missing));
    if (missing || end > search->asked)
        return refuse(step, "results that it rests on are not there");
    MUSTER_TRY(make_room(search));
    if (fresh)
        MUSTER_TRY(accept(search, step, fitted, n_fitted));
    MUSTER_TRY(take(search, fresh ? search->n_trials : step->trial,
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
