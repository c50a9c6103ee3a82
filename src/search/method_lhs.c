/* lhs: a Latin hypercube over the whole budget (McKay, Beckman, Conover 1979), its points kept
 * apart (Morris and Mitchell 1995). A fixed design: points of `initial` take places of the budget,
 * the design fills the rest, and there is no point beyond it. */
#include "search/lhs_impl.h"
#include "search/search_impl.h"

struct lhs {
    const struct muster_search *search; /* borrowed */
    const struct muster_space *space;   /* borrowed */
    struct muster_lhs *design;          /* owned; NULL where the initial points are all */
    int64_t first, points;              /* ids first .. first + points - 1 are the design's */
    double *u;                          /* owned [d] */
};

static void destroy(void *state)
{
    struct lhs *lhs = state;
    muster_lhs_destroy(&lhs->design);
    muster_free(lhs->u);
    muster_free(lhs);
}

static enum muster_status create(const struct muster_search *search, void **state)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_search_setup *setup = muster_search_setup_of(search);
    struct lhs *lhs;

    MUSTER_NEW(lhs, 1);
    *state = lhs;
    lhs->search = search;
    lhs->space = setup->space;
    lhs->first = (int64_t)setup->n_initial;
    lhs->points = muster_block_int(setup->options, "trials") - lhs->first;
    MUSTER_NEW(lhs->u, setup->space->d);
    if (lhs->points > 0)
        MUSTER_TRY(muster_lhs_create(muster_stream_of(setup->seed, -1, -1, MUSTER_FOR_SEARCH),
                                     (size_t)lhs->points, setup->space->d, &lhs->design));
done:
    return status;
}

static enum muster_status propose(void *state, const struct muster_view *view, double *x,
                                  bool *done)
{
    struct lhs *lhs = state;
    int64_t i = view->id - lhs->first;

    *done = i >= lhs->points;
    if (*done)
        return MUSTER_OK;
    muster_lhs_point(lhs->design, (size_t)i, lhs->u);
    muster_space_draw(lhs->space, lhs->u, x);
    return muster_search_settle(lhs->search, view->id, x);
}

const struct muster_method muster_method_lhs = {
    .plugin = {.name = "lhs",
               .help = "a Latin hypercube of search.trials points, a number that cannot be changed "
                       "later; never waits",
               .fixed = true},
    .create = create,
    .destroy = destroy,
    .blind = muster_search_never_learns,
    .propose = propose,
};
