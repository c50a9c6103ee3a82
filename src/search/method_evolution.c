/* evolution: differential evolution (see shade.h), or aging evolution (Real et al. 2019: of the
 * youngest so many results some are drawn, and the best of these has one parameter changed).
 *
 * A proposal is a function of the known results and its own draws, so that one made anew is the
 * same. */
#include <math.h>
#include <string.h>

#include "search/islands.h"
#include "search/shade.h"

struct evolution {
    const struct muster_search *search; /* borrowed */
    const struct muster_space *space;   /* borrowed */
    struct muster_shade *shade;         /* owned; NULL: aging */
    struct muster_islands *queue;       /* owned; NULL: differential */
    int64_t design;                     /* first points, space-filling */
    size_t sample;
    double scale;
};

extern const struct muster_method muster_method_evolution;

static double option(const struct muster_search *search, const char *name)
{
    return muster_search_option(search, &muster_method_evolution.plugin, name);
}

static double option_or(const struct muster_search *search, const char *name, double otherwise)
{
    double value = option(search, name);
    return isnan(value) ? otherwise : value;
}

static void destroy(void *state)
{
    struct evolution *evolution = state;
    muster_shade_destroy(&evolution->shade);
    muster_islands_destroy(&evolution->queue);
    muster_free(evolution);
}

static enum muster_status create_differential(struct evolution *evolution)
{
    const struct muster_search *search = evolution->search;
    struct muster_shade_setup setup = {
        .search = search,
        .population = (size_t)option_or(search, "population", 8),
        .smallest = (size_t)option(search, "smallest"),
        .shrink = (size_t)option(search, "shrink"),
        .memory = (size_t)option(search, "memory"),
        .greed = option(search, "greed"),
        .archive = option(search, "archive"),
    };

    if (setup.smallest > setup.population)
        setup.smallest = setup.population;
    evolution->design = (int64_t)setup.population;
    return muster_shade_create(&setup, &evolution->shade);
}

static enum muster_status create_aging(struct evolution *evolution)
{
    const struct muster_search *search = evolution->search;
    struct muster_islands_setup setup = {
        .search = search,
        .islands = 1,
        .population = (size_t)option_or(search, "population", 10),
        .interval = 1,
        .step = option(search, "scale"),
    };

    evolution->sample = (size_t)option(search, "sample");
    evolution->scale = option(search, "scale");
    evolution->design = (int64_t)setup.population;
    return muster_islands_create(&setup, &evolution->queue);
}

static enum muster_status create(const struct muster_search *search, void **state)
{
    enum muster_status status = MUSTER_OK;
    struct evolution *evolution;
    const char *kind = muster_search_word(search, &muster_method_evolution.plugin, "kind");

    MUSTER_NEW(evolution, 1);
    *state = evolution;
    evolution->search = search;
    evolution->space = muster_search_setup_of(search)->space;
    if (strcmp(kind, "aging") == 0)
        MUSTER_TRY(create_aging(evolution));
    else
        MUSTER_TRY(create_differential(evolution));
done:
    return status;
}

/* Four members must be known before there is a difference to go by. */
static int64_t blind(const void *state)
{
    const struct evolution *evolution = state;
    const struct muster_search_setup *setup = muster_search_setup_of(evolution->search);
    int64_t informed = setup->strict ? setup->window + 4 : 0;
    return evolution->design > informed ? evolution->design : informed;
}

/* ---- aging ----------------------------------------------------------------------------------- */

static enum muster_status propose_aging(struct evolution *evolution, const struct muster_view *view,
                                        double *x, bool *bred)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_mutation one = {
        .move = muster_move_gaussian, .shape = evolution->scale, .genes = 0, .always = true};
    struct muster_dice dice = muster_dice_of(evolution->search, view->id);
    const int64_t *members;
    size_t n, best;

    MUSTER_TRY(muster_islands_learn(evolution->queue, view));
    MUSTER_TRY(muster_islands_members(evolution->queue, view->id, &members, &n));
    *bred = view->id >= evolution->design && n > 0;
    if (!*bred)
        return MUSTER_OK;
    best = n - 1;
    for (size_t i = 0; i < evolution->sample; i++) {
        size_t at = muster_dice_below(&dice, n);
        best = at < best ? at : best;
    }
    const double *parent = muster_search_x(evolution->search, members[best]);
    const struct muster_mating copy = {muster_cross_uniform, 0};
    muster_genes_cross(evolution->space, parent, parent, &copy, &dice, x);
    muster_genes_mutate(evolution->space, parent, &one, &dice, x);
done:
    return status;
}

/* ---- both ------------------------------------------------------------------------------------ */

static enum muster_status propose_differential(struct evolution *evolution,
                                               const struct muster_view *view, double *x,
                                               bool *bred)
{
    enum muster_status status = MUSTER_OK;
    struct muster_dice dice = muster_dice_of(evolution->search, view->id);
    struct muster_shade_trial trial;

    MUSTER_TRY(
        muster_shade_plan(evolution->shade, view, view->id < evolution->design, &dice, &trial));
    *bred = trial.place != SIZE_MAX;
    if (*bred)
        muster_shade_breed(evolution->shade, &trial, &dice, x);
done:
    return status;
}

static enum muster_status propose(void *state, const struct muster_view *view, double *x,
                                  bool *done)
{
    enum muster_status status = MUSTER_OK;
    struct evolution *evolution = state;
    bool bred;
    (void)done;

    if (evolution->shade != NULL)
        MUSTER_TRY(propose_differential(evolution, view, x, &bred));
    else
        MUSTER_TRY(propose_aging(evolution, view, x, &bred));
    if (!bred)
        return muster_search_design(evolution->search, view->id, evolution->design, x);
    MUSTER_TRY(muster_search_settle(evolution->search, view->id, x));
done:
    return status;
}

/* Restores how the step was bred, which is judged by its result. */
static enum muster_status replay(void *state, const struct muster_view *view, const double *x,
                                 const double *fitted, size_t n_fitted)
{
    struct evolution *evolution = state;
    struct muster_dice dice = muster_dice_of(evolution->search, view->id);
    struct muster_shade_trial trial;
    (void)x;
    (void)fitted;
    (void)n_fitted;

    if (evolution->shade == NULL)
        return MUSTER_OK; /* the queue follows from the results */
    return muster_shade_plan(evolution->shade, view, view->id < evolution->design, &dice, &trial);
}

static const struct muster_option options[] = {
    {.name = "kind",
     .type = MUSTER_WORD,
     .standard = "differential",
     .words = "differential|aging",
     .help =
         "differential: children by differences of the population's members, with a scale and a "
         "share of crossed parameters learnt from what succeeded; aging: the best of a sample "
         "of the youngest results with one parameter changed"},
    {.name = "population",
     .type = MUSTER_INT,
     .low = 4,
     .high = 1e5,
     .help = "members, and points of the space-filling start (default: 8, aging 10)"},
    {.name = "memory",
     .type = MUSTER_INT,
     .standard = "5",
     .low = 1,
     .high = 1e4,
     .help = "differential: how many means of what succeeded are kept"},
    {.name = "greed",
     .type = MUSTER_REAL,
     .standard = "0.2",
     .low = 0,
     .high = 1,
     .help = "differential: the share of the best members that children are drawn to"},
    {.name = "archive",
     .type = MUSTER_REAL,
     .standard = "1",
     .low = 0,
     .high = 100,
     .help = "differential: how many replaced members differences are still taken from, in "
             "populations"},
    {.name = "shrink",
     .type = MUSTER_INT,
     .standard = "0",
     .low = 0,
     .high = 1e9,
     .help = "differential: results after which the population is down to `smallest` (0: it keeps "
             "its size)"},
    {.name = "smallest",
     .type = MUSTER_INT,
     .standard = "4",
     .low = 4,
     .high = 1e5,
     .help = "differential: members left by `shrink`"},
    {.name = "sample",
     .type = MUSTER_INT,
     .standard = "8",
     .low = 1,
     .high = 1e5,
     .help = "aging: results drawn for a parent; the best becomes it"},
    {.name = "scale",
     .type = MUSTER_REAL,
     .standard = "0.1",
     .low = 1e-8,
     .high = 1,
     .help = "aging: standard deviation of a change, in parts of the parameter's range"},
    {.type = MUSTER_END}};

const struct muster_method muster_method_evolution = {
    .plugin = {.name = "evolution",
               .help = "differential evolution with learnt parameters, or aging evolution",
               .options = options},
    .create = create,
    .destroy = destroy,
    .blind = blind,
    .propose = propose,
    .replay = replay,
};
