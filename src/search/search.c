/* The wrapper around every method: which results a proposal may know, in what order, and what was
 * asked so far. All promises of reproducibility are kept here, so that a method only has to be a
 * function of its view. */
#include <math.h>
#include <string.h>

#include "search/search_impl.h"

enum { CHUNK = 1024 }; /* points a block, so that they never move */

struct entry {
    bool told, known;
};

struct muster_search {
    struct muster_search_setup setup;
    const struct muster_method *method;
    void *state; /* the method's */
    double points;
    int64_t asked, blind;
    double **chunks; /* owned: [CHUNK][d] each */
    size_t n_chunks, chunk_capacity;
    struct entry *entries; /* owned [asked] */
    size_t entry_capacity;
    int64_t *known; /* owned: ids in the order the method learns them */
    size_t n_known, known_capacity;
    int64_t *pending; /* owned: ids asked and not known, ascending */
    size_t n_pending, pending_capacity;
    struct muster_seen seen;
    struct muster_outcomes *outcomes; /* owned */
    struct muster_warm_view *warm;    /* owned; NULL: no earlier results */
};

static struct muster_view view_of(const struct muster_search *search)
{
    return (struct muster_view){.id = search->asked,
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

static double *point_at(const struct muster_search *search, int64_t id)
{
    return search->chunks[id / CHUNK] + (size_t)(id % CHUNK) * search->setup.space->d;
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
    for (size_t i = 0; i < search->n_chunks; i++)
        muster_free(search->chunks[i]);
    muster_free(search->chunks);
    muster_free(search->entries);
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

/* ---- results --------------------------------------------------------------------------------- */

static size_t pending_index(const struct muster_search *search, int64_t id)
{
    size_t low = 0, high = search->n_pending;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (search->pending[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The method learns the result of an id; room for it was made when it was asked. */
static void learn(struct muster_search *search, int64_t id)
{
    size_t i = pending_index(search, id);
    search->n_pending--;
    memmove(search->pending + i, search->pending + i + 1,
            (search->n_pending - i) * sizeof *search->pending);
    search->known[search->n_known++] = id;
    search->entries[id].known = true;
}

enum muster_status muster_search_tell(struct muster_search *search, int64_t id,
                                      const struct muster_told *told)
{
    enum muster_status status = MUSTER_OK;

    if (id < 0 || id >= search->asked)
        return muster_error(MUSTER_INTERNAL,
                            "result of step %lld, which was never asked (steps 0 to %lld were)",
                            (long long)id, (long long)search->asked - 1);
    if (search->entries[id].told)
        return muster_error(MUSTER_INTERNAL, "result of step %lld is told twice", (long long)id);
    MUSTER_TRY(muster_outcomes_put(search->outcomes, id, told));
    search->entries[id].told = true;
    if (!search->setup.strict)
        learn(search, id);
done:
    return status;
}

/* How many ids, from 0 on, proposal i must know, and may. */
static int64_t horizon(const struct muster_search *search, int64_t i)
{
    if (i < search->blind || i < (int64_t)search->setup.n_initial)
        return 0;
    if (search->method->barrier != NULL)
        return search->method->barrier(search->state, i);
    return i - search->setup.window;
}

/* Under `strict`, makes S_i of the next proposal known. False where one of them is missing still.
 */
static bool learn_window(struct muster_search *search)
{
    int64_t end = search->setup.strict ? horizon(search, search->asked) : 0;

    for (int64_t id = (int64_t)search->n_known; id < end; id++) {
        if (!search->entries[id].told)
            return false;
        learn(search, id);
    }
    return true;
}

/* ---- asking ---------------------------------------------------------------------------------- */

/* Room for one more step, its result and its being known. */
static enum muster_status make_room(struct muster_search *search)
{
    enum muster_status status = MUSTER_OK;
    size_t n = (size_t)search->asked + 1;

    MUSTER_TRY(muster_grow(&search->entries, &search->entry_capacity, n, sizeof *search->entries));
    MUSTER_TRY(muster_grow(&search->known, &search->known_capacity, n, sizeof *search->known));
    MUSTER_TRY(
        muster_grow(&search->pending, &search->pending_capacity, n, sizeof *search->pending));
    MUSTER_TRY(muster_outcomes_reserve(search->outcomes, n));
    if (n > search->n_chunks * CHUNK) {
        MUSTER_TRY(muster_grow(&search->chunks, &search->chunk_capacity, search->n_chunks + 1,
                               sizeof *search->chunks));
        MUSTER_NEW(search->chunks[search->n_chunks], CHUNK * search->setup.space->d);
        search->n_chunks++;
    }
done:
    return status;
}

/* The point that make_room made room for becomes a step. */
static enum muster_status take(struct muster_search *search)
{
    enum muster_status status = MUSTER_OK;
    int64_t id = search->asked;

    MUSTER_TRY(muster_seen_add(&search->seen, search->setup.space, point_of, search, id));
    search->entries[id] = (struct entry){0};
    search->pending[search->n_pending++] = id;
    search->asked++;
done:
    return status;
}

static enum muster_status propose(struct muster_search *search, double *x, bool *done)
{
    size_t d = search->setup.space->d, id = (size_t)search->asked;
    struct muster_view view = view_of(search);
    enum muster_status status = MUSTER_OK;

    *done = false;
    if (id < search->setup.n_initial) {
        memcpy(x, search->setup.initial + id * d, d * sizeof *x);
        return MUSTER_OK;
    }
    if ((double)search->seen.n >= search->points) {
        *done = true;
        return MUSTER_OK;
    }
    if (search->warm != NULL)
        MUSTER_TRY(muster_warm_view_update(search->warm, &view));
    MUSTER_TRY(search->method->propose(search->state, &view, x, done));
    *done = *done || muster_search_seen(search, x);
done:
    return status;
}

enum muster_status muster_search_ask(struct muster_search *search, struct muster_step *step,
                                     enum muster_answer *answer)
{
    enum muster_status status = MUSTER_OK;
    bool done;

    *answer = MUSTER_ASK_WAIT;
    if (!learn_window(search))
        return MUSTER_OK;
    MUSTER_TRY(make_room(search));
    double *x = point_at(search, search->asked);
    MUSTER_TRY(propose(search, x, &done));
    *answer = done ? MUSTER_ASK_DONE : MUSTER_ASK_STEP;
    if (done)
        return MUSTER_OK;
    *step = (struct muster_step){.id = search->asked,
                                 .trial = search->asked,
                                 .to_epoch = -1,
                                 .n_folds = -1,
                                 .threshold = NAN,
                                 .x = x};
    MUSTER_TRY(take(search));
done:
    return status;
}

const double *muster_search_fitted(const struct muster_search *search, size_t *n)
{
    *n = 0;
    if (search->method->fitted == NULL || search->asked <= (int64_t)search->setup.n_initial)
        return NULL;
    return search->method->fitted(search->state, n);
}

void muster_search_reason(const struct muster_search *search, struct muster_reason *reason)
{
    bool initial = search->asked <= (int64_t)search->setup.n_initial;

    *reason =
        (struct muster_reason){initial ? "initial" : search->method->plugin.name, NAN, NAN, NAN};
    if (!initial && search->method->reason != NULL)
        search->method->reason(search->state, reason);
}

/* ---- replay ---------------------------------------------------------------------------------- */

static enum muster_status refuse(const struct muster_step *step, const char *why)
{
    return muster_error(MUSTER_INTERNAL,
                        "the journal's step %lld cannot be the next one: %s (a journal of this "
                        "very study would be right)",
                        (long long)step->id, why);
}

/* What is wrong with the step's point, or NULL. */
static const char *fault_of(const struct muster_search *search, const struct muster_step *step)
{
    const struct muster_space *space = search->setup.space;
    size_t id = (size_t)search->asked;

    if (step->id != search->asked)
        return "steps are missing or out of order";
    for (size_t j = 0; j < space->d; j++) {
        const struct muster_param *param = &space->params[j];
        if (!isnan(step->x[j]) && !(step->x[j] >= param->low && step->x[j] <= param->high))
            return "a parameter is out of its range";
    }
    if (!muster_space_allows(space, step->x))
        return "the study forbids it";
    if (id < search->setup.n_initial &&
        !muster_space_equal(space, step->x, search->setup.initial + id * space->d))
        return "an initial point differs";
    return NULL;
}

enum muster_status muster_search_replay(struct muster_search *search,
                                        const struct muster_step *step, const double *fitted,
                                        size_t n_fitted)
{
    enum muster_status status = MUSTER_OK;
    const char *fault = fault_of(search, step);

    if (fault != NULL)
        return refuse(step, fault);
    if (!learn_window(search))
        return refuse(step, "results that it rests on are not there");
    MUSTER_TRY(make_room(search));
    double *x = point_at(search, step->id);
    memcpy(x, step->x, search->setup.space->d * sizeof *x);
    if (!muster_space_settle(search->setup.space, x) ||
        !muster_space_equal(search->setup.space, x, step->x))
        return refuse(step, "an active parameter has no value, or an inactive one has");
    struct muster_view view = view_of(search);
    if (search->warm != NULL)
        MUSTER_TRY(muster_warm_view_update(search->warm, &view));
    if (search->method->replay != NULL && step->id >= (int64_t)search->setup.n_initial)
        MUSTER_TRY(search->method->replay(search->state, &view, x, fitted, n_fitted));
    MUSTER_TRY(take(search));
done:
    return status;
}
