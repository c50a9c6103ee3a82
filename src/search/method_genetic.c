/* genetic: a real-coded genetic algorithm; with several objectives NSGA-II (Deb et al. 2002).
 *
 * Without generations by default: a child is bred from the population as its window lets it be
 * known, and enters it with its result (steady state, as Propulate, Taubert et al. 2023); with
 * `replacement: generations`, all children of one generation know the ones before it. The
 * population is a function of the known results and every draw of the proposal's own stream, so
 * that a proposal made anew is the same. */
#include <math.h>
#include <string.h>

#include "search/genes.h"
#include "search/islands.h"
#include "search/selection.h"

struct genetic {
    const struct muster_search *search; /* borrowed */
    const struct muster_space *space;   /* borrowed */
    struct muster_islands *islands;     /* owned */
    int64_t design;                     /* first points, space-filling */
    int64_t generation;                 /* children that know no more than each other; 0: none */
    struct muster_selection selection;
    double crossover_rate;
    struct muster_mating mating;
    bool mixed, adaptive;
    struct muster_mutation mutation;
    double *active; /* owned [d] */
};

extern const struct muster_method muster_method_genetic;
extern const struct muster_option muster_genetic_options[]; /* genetic_options.c */

static double option(const struct muster_search *search, const char *name)
{
    return muster_search_option(search, &muster_method_genetic.plugin, name);
}

static bool for_front(const struct muster_search *search)
{
    return muster_search_setup_of(search)->n_objectives > 1;
}

/* Few for one objective, measured on 100 to 1,000 evaluations; a front needs more. */
static size_t population_of(const struct muster_search *search)
{
    double given = option(search, "population");
    if (!isnan(given))
        return (size_t)given;
    return for_front(search) ? 20 : 8;
}

/* The two crossings that "mixed" draws from. Lines between parents contract upon an optimum, and a
 * whole gene of either serves where each parameter has its own; a front is wide. */
static const char *mixed_of(const struct muster_search *search, bool first)
{
    if (for_front(search))
        return first ? "sbx" : "blend";
    return first ? "arithmetic" : "uniform";
}

static bool says(const struct muster_search *search, const char *name, const char *word)
{
    return strcmp(muster_search_word(search, &muster_method_genetic.plugin, name), word) == 0;
}

static const struct {
    const char *name, *shape; /* the option that shapes it; NULL: none */
    muster_crossing *cross;
} crossings[] = {{"arithmetic", NULL, muster_cross_arithmetic},
                 {"sbx", "crossover_index", muster_cross_sbx},
                 {"blend", "blend_alpha", muster_cross_blend},
                 {"uniform", NULL, muster_cross_uniform}};

static const struct {
    const char *name, *shape;
    muster_moving *move;
} moves[] = {{"gaussian", "mutation_scale", muster_move_gaussian},
             {"adaptive", "mutation_scale", muster_move_gaussian},
             {"polynomial", "mutation_index", muster_move_polynomial}};

/* ---- life ------------------------------------------------------------------------------------ */

static void destroy(void *state)
{
    struct genetic *genetic = state;
    muster_islands_destroy(&genetic->islands);
    muster_free(genetic->active);
    muster_free(genetic);
}

/* The crossing of a name; without one for "mixed". */
static struct muster_mating mating_of(const struct muster_search *search, const char *name)
{
    struct muster_mating mating = {0};
    for (size_t i = 0; i < sizeof crossings / sizeof *crossings; i++)
        if (strcmp(name, crossings[i].name) == 0) {
            const char *shape = crossings[i].shape;
            mating.cross = crossings[i].cross;
            mating.shape = shape == NULL ? 0 : option(search, shape);
        }
    return mating;
}

static void choose_operators(struct genetic *genetic)
{
    const struct muster_search *search = genetic->search;

    genetic->selection = (struct muster_selection){
        .search = search,
        .select = muster_selection_find(
            muster_search_word(search, &muster_method_genetic.plugin, "selection")),
        .tournament = (size_t)option(search, "tournament"),
        .pressure = option(search, "pressure"),
    };
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++)
        if (says(search, "mutation", moves[i].name)) {
            genetic->mutation.move = moves[i].move;
            genetic->mutation.shape = option(search, moves[i].shape);
        }
    genetic->mating =
        mating_of(search, muster_search_word(search, &muster_method_genetic.plugin, "crossover"));
    genetic->mixed = says(search, "crossover", "mixed");
    genetic->adaptive = says(search, "mutation", "adaptive");
    genetic->mutation.genes = option(search, "mutation_genes");
    genetic->crossover_rate = option(search, "crossover_rate");
}

static enum muster_status create(const struct muster_search *search, void **state)
{
    enum muster_status status = MUSTER_OK;
    struct genetic *genetic;
    struct muster_islands_setup islands = {
        .search = search,
        .islands = (size_t)option(search, "islands"),
        .population = population_of(search),
        .interval = (size_t)option(search, "migration_interval"),
        .migrants = (size_t)option(search, "migrants"),
        .step = option(search, "mutation_scale"),
    };
    double elite = option(search, "elite"), design = option(search, "design");

    MUSTER_NEW(genetic, 1);
    *state = genetic;
    genetic->search = search;
    genetic->space = muster_search_setup_of(search)->space;
    islands.elite =
        isnan(elite) || elite > (double)islands.population ? islands.population : (size_t)elite;
    int64_t all = (int64_t)(islands.islands * islands.population);
    genetic->design = isnan(design) ? all : (int64_t)design;
    if (says(search, "replacement", "generations"))
        genetic->generation = all;
    choose_operators(genetic);
    MUSTER_NEW(genetic->active, genetic->space->d);
    MUSTER_TRY(muster_islands_create(&islands, &genetic->islands));
done:
    return status;
}

/* Parents must be known before there is anything to breed from. */
static int64_t blind(const void *state)
{
    const struct genetic *genetic = state;
    const struct muster_search_setup *setup = muster_search_setup_of(genetic->search);
    int64_t informed = setup->strict && genetic->generation == 0 ? setup->window + 2 : 0;
    return genetic->design > informed ? genetic->design : informed;
}

static int64_t barrier(const void *state, int64_t id)
{
    const struct genetic *genetic = state;
    if (genetic->generation > 0)
        return id / genetic->generation * genetic->generation;
    return id - muster_search_setup_of(genetic->search)->window;
}

static int64_t generation(const void *state)
{
    return ((const struct genetic *)state)->generation;
}

/* ---- proposals ------------------------------------------------------------------------------- */

/* Two members of the proposal's island, different ones; -1 where there are none yet or the design
 * is not over. Notes the first: adaptive mutation learns from how it compares with its child. */
static enum muster_status choose_parents(struct genetic *genetic, const struct muster_view *view,
                                         struct muster_dice *dice, int64_t parents[2])
{
    enum muster_status status = MUSTER_OK;
    const struct muster_selection *by = &genetic->selection;
    const int64_t *members;
    size_t n;

    parents[0] = parents[1] = -1;
    MUSTER_TRY(muster_islands_learn(genetic->islands, view));
    MUSTER_TRY(muster_islands_members(genetic->islands, view->id, &members, &n));
    if (view->id >= genetic->design && n >= 2) {
        size_t one = by->select(by, members, n, dice), other = by->select(by, members, n, dice);
        if (other == one)
            other = (one + 1 + muster_dice_below(dice, n - 1)) % n;
        parents[0] = members[one];
        parents[1] = members[other];
    }
    MUSTER_TRY(muster_islands_bred(genetic->islands, view->id, parents[0]));
done:
    return status;
}

static void breed(const struct genetic *genetic, const struct muster_view *view,
                  const int64_t parents[2], struct muster_dice *dice, double *x)
{
    struct muster_mating mating = genetic->mating;
    struct muster_mutation mutation = genetic->mutation;
    bool crossed = muster_dice_uniform(dice) < genetic->crossover_rate;
    const double *a = muster_search_x(genetic->search, parents[0]);
    const double *b = muster_search_x(genetic->search, parents[crossed]);

    if (genetic->mixed)
        mating =
            mating_of(genetic->search, mixed_of(genetic->search, muster_dice_uniform(dice) < 0.5));
    if (mating.cross == muster_cross_arithmetic)
        mating.shape = muster_dice_uniform(dice);
    if (genetic->adaptive)
        mutation.shape = muster_islands_step(genetic->islands, view->id);
    mutation.always = !crossed;
    muster_genes_cross(genetic->space, a, b, &mating, dice, x);
    memcpy(genetic->active, x, genetic->space->d * sizeof *x);
    muster_space_settle(genetic->space, genetic->active);
    muster_genes_mutate(genetic->space, genetic->active, &mutation, dice, x);
}

static enum muster_status propose(void *state, const struct muster_view *view, double *x,
                                  bool *done)
{
    enum muster_status status = MUSTER_OK;
    struct genetic *genetic = state;
    struct muster_dice dice = muster_dice_of(genetic->search, view->id);
    int64_t parents[2];
    (void)done;

    MUSTER_TRY(choose_parents(genetic, view, &dice, parents));
    if (parents[0] < 0)
        return muster_search_design(genetic->search, view->id, genetic->design, x);
    breed(genetic, view, parents, &dice, x);
    MUSTER_TRY(muster_search_settle(genetic->search, view->id, x));
done:
    return status;
}

static enum muster_status replay(void *state, const struct muster_view *view, const double *x,
                                 const double *fitted, size_t n_fitted)
{
    struct genetic *genetic = state;
    struct muster_dice dice = muster_dice_of(genetic->search, view->id);
    int64_t parents[2];
    (void)x;
    (void)fitted;
    (void)n_fitted;
    return choose_parents(genetic, view, &dice, parents);
}

const struct muster_method muster_method_genetic = {
    .plugin = {.name = "genetic",
               .help = "a real-coded genetic algorithm; NSGA-II with several objectives",
               .options = muster_genetic_options},
    .create = create,
    .destroy = destroy,
    .blind = blind,
    .barrier = barrier,
    .generation = generation,
    .propose = propose,
    .replay = replay,
};
