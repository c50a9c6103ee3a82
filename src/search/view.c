/* The wrapper as a method sees it: points and results by number, what was seen, and the options of
 * the method's own. */
#include <math.h>
#include <string.h>

#include "search/wrapper_impl.h"

struct muster_view wrapper_view(const struct muster_search *search)
{
    return (struct muster_view){.id = search->n_trials,
                                .known = search->known,
                                .n_known = search->n_known,
                                .pending = search->pending,
                                .n_pending = search->n_pending};
}

const double *wrapper_point_of(const void *search, int64_t id)
{
    return wrapper_point(search, id);
}

const struct muster_search_setup *muster_search_setup_of(const struct muster_search *search)
{
    return &search->setup;
}

const double *muster_search_x(const struct muster_search *search, int64_t id)
{
    if (id < 0)
        return search->setup.warm->x + (size_t)(-(id + 1)) * search->setup.space->d;
    return wrapper_point(search, id);
}

const struct muster_told *muster_search_told(const struct muster_search *search, int64_t id)
{
    struct muster_view view = wrapper_view(search);
    if (id < 0)
        return muster_warm_view_told(search->warm, id);
    return muster_outcomes_shown(search->outcomes, &view, id);
}

const struct muster_told *muster_search_outcome(const struct muster_search *search, int64_t id)
{
    return muster_outcomes_raw(search->outcomes, id);
}

const double *muster_search_folds(const struct muster_search *search, int64_t id)
{
    return muster_outcomes_folds(search->outcomes, id);
}

bool muster_search_steady(const struct muster_search *search)
{
    return muster_outcomes_steady(search->outcomes);
}

bool muster_search_seen(const void *context, const double *x)
{
    const struct muster_search *search = context;
    return !muster_space_allows(search->setup.space, x) ||
           muster_seen_find(&search->seen, search->setup.space, wrapper_point_of, search, x) >= 0;
}

/* The value of METHOD.NAME in the block; NULL where a caller without a study file gave none. */
static const struct muster_value *value_of(const struct muster_block *block,
                                           const struct muster_plugin *method, const char *name)
{
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
    const struct muster_value *value = value_of(search->setup.options, method, name);
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
    return muster_search_word_in(search->setup.options, method, name);
}

const char *muster_search_word_in(const struct muster_block *block,
                                  const struct muster_plugin *method, const char *name)
{
    const struct muster_value *value = value_of(block, method, name);
    return value != NULL ? value->text : standard_of(method, name);
}

int64_t muster_search_never_learns(const void *state)
{
    (void)state;
    return INT64_MAX;
}
