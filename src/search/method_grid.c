/* grid: every combination of evenly spaced values once, the last parameter fastest, one by one;
 * only the odometer is stored, however large the grid. */
#include "search/search_impl.h"
#include "muster/surrogate.h"

struct grid {
    const struct muster_search *search; /* borrowed */
    const struct muster_space *space;   /* borrowed */
    size_t points;
    size_t *level; /* owned [d]: where the odometer stands */
    double *x;     /* owned [d]: the point there */
    bool ended;
};

extern const struct muster_method muster_method_grid;

static void destroy(void *state)
{
    struct grid *grid = state;
    muster_free(grid->level);
    muster_free(grid->x);
    muster_free(grid);
}

static enum muster_status create(const struct muster_search *search, void **state)
{
    enum muster_status status = MUSTER_OK;
    struct grid *grid;

    MUSTER_NEW(grid, 1);
    *state = grid;
    grid->search = search;
    grid->space = muster_search_setup_of(search)->space;
    grid->points = (size_t)muster_search_option(search, &muster_method_grid.plugin, "points");
    MUSTER_NEW(grid->level, grid->space->d);
    MUSTER_NEW(grid->x, grid->space->d);
    muster_space_first(grid->space, grid->points, grid->level, grid->x);
done:
    return status;
}

static enum muster_status propose(void *state, const struct muster_view *view, double *x,
                                  bool *done)
{
    struct grid *grid = state;
    (void)view;

    while (!grid->ended && muster_search_seen(grid->search, grid->x))
        grid->ended = !muster_space_next(grid->space, grid->points, grid->level, grid->x);
    *done = grid->ended;
    for (size_t j = 0; j < grid->space->d; j++)
        x[j] = grid->x[j];
    return MUSTER_OK;
}

/* The next proposal starts from where this one leaves the odometer. */
static enum muster_status replay(void *state, const struct muster_view *view, const double *x,
                                 const double *fitted, size_t n_fitted)
{
    struct grid *grid = state;
    (void)fitted;
    (void)n_fitted;

    while (!grid->ended && muster_search_seen(grid->search, grid->x))
        grid->ended = !muster_space_next(grid->space, grid->points, grid->level, grid->x);
    if (grid->ended || !muster_space_equal(grid->space, x, grid->x))
        return muster_error(MUSTER_INTERNAL,
                            "the journal's step %lld is not the grid's next point (a journal of "
                            "this very study would be right)",
                            (long long)view->id);
    return MUSTER_OK;
}

static const struct muster_option options[] = {
    {.name = "points",
     .type = MUSTER_INT,
     .standard = "5",
     .low = 1,
     .high = 1e9,
     .help = "values of a number that has more; choices always take all"},
    {.type = MUSTER_END}};

const struct muster_method muster_method_grid = {
    .plugin = {.name = "grid",
               .help = "every combination of evenly spaced values; never waits",
               .options = options},
    .create = create,
    .destroy = destroy,
    .blind = muster_search_never_learns,
    .propose = propose,
    .replay = replay,
};
