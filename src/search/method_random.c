/* random: independent uniform points, never one twice (Bergstra and Bengio, JMLR 2012). */
#include "search/search_impl.h"

static enum muster_status create(const struct muster_search *search, void **state)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_search **self;
    MUSTER_NEW(self, 1);
    *self = search;
    *state = self;
done:
    return status;
}

static enum muster_status propose(void *state, const struct muster_view *view, double *x,
                                  bool *done)
{
    const struct muster_search *const *self = state;
    (void)done;
    return muster_search_draw(*self, view->id, x);
}

const struct muster_method muster_method_random = {
    .plugin = {.name = "random", .help = "independent uniform points; never waits"},
    .create = create,
    .destroy = muster_free,
    .blind = muster_search_never_learns,
    .propose = propose,
};
