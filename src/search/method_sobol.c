/* sobol: a low-discrepancy sequence over the unit cube, decoded (Sobol' 1967; Owen 1995). Point by
 * point, those skipped that decode to a configuration asked before; only the place in the sequence
 * is stored. */
#include <math.h>
#include <string.h>

#include "search/search_impl.h"
#include "search/sobol_impl.h"

/* Points of the sequence looked at for one proposal; then it is a drawn one. */
enum { TRIES = 64 };

struct sobol {
    const struct muster_search *search; /* borrowed */
    const struct muster_space *space;   /* borrowed */
    bool scrambled;
    struct muster_stream stream;
    uint32_t (*directions)[MUSTER_SOBOL_BITS]; /* owned [d] */
    double *u, *x;                             /* owned [d] each */
    uint64_t next;                             /* the place in the sequence */
};

extern const struct muster_method muster_method_sobol;

static void destroy(void *state)
{
    struct sobol *sobol = state;
    muster_free(sobol->directions);
    muster_free(sobol->u);
    muster_free(sobol->x);
    muster_free(sobol);
}

static enum muster_status create(const struct muster_search *search, void **state)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_search_setup *setup = muster_search_setup_of(search);
    const char *scramble = muster_search_word(search, &muster_method_sobol.plugin, "scramble");
    struct sobol *sobol;

    if (setup->space->d > MUSTER_SOBOL_DIMENSIONS)
        return muster_error(MUSTER_BAD_STUDY,
                            "search.method: sobol takes %d parameters at most, the space has %zu "
                            "(random or lhs would be right)",
                            MUSTER_SOBOL_DIMENSIONS, setup->space->d);
    MUSTER_NEW(sobol, 1);
    *state = sobol;
    sobol->search = search;
    sobol->space = setup->space;
    sobol->scrambled = strcmp(scramble, "owen") == 0;
    sobol->stream = muster_stream_of(setup->seed, -1, -1, MUSTER_FOR_SEARCH);
    MUSTER_NEW(sobol->directions, setup->space->d);
    MUSTER_NEW(sobol->u, setup->space->d);
    MUSTER_NEW(sobol->x, setup->space->d);
    muster_sobol_directions(setup->space->d, sobol->directions);
done:
    return status;
}

static void next_point(struct sobol *sobol, double *x)
{
    uint32_t index = (uint32_t)sobol->next++;
    for (size_t j = 0; j < sobol->space->d; j++) {
        uint32_t bits = muster_sobol_bits(sobol->directions[j], index);
        sobol->u[j] = sobol->scrambled ? muster_sobol_scramble(sobol->stream, j, bits)
                                       : ldexp((double)bits, -MUSTER_SOBOL_BITS);
    }
    muster_space_draw(sobol->space, sobol->u, x);
}

static enum muster_status propose(void *state, const struct muster_view *view, double *x,
                                  bool *done)
{
    struct sobol *sobol = state;
    (void)done;

    for (int i = 0; i < TRIES && sobol->next <= UINT32_MAX; i++) {
        next_point(sobol, x);
        if (!muster_search_seen(sobol->search, x))
            return MUSTER_OK;
    }
    return muster_search_draw(sobol->search, view->id, x);
}

/* The next proposal starts from where this one leaves the sequence. */
static enum muster_status replay(void *state, const struct muster_view *view, const double *x,
                                 const double *fitted, size_t n_fitted)
{
    enum muster_status status = MUSTER_OK;
    struct sobol *sobol = state;
    bool done;
    (void)fitted;
    (void)n_fitted;

    MUSTER_TRY(propose(state, view, sobol->x, &done));
    if (!muster_space_equal(sobol->space, x, sobol->x))
        return muster_error(MUSTER_INTERNAL,
                            "the journal's step %lld is not the sequence's next point (a journal "
                            "of this very study would be right)",
                            (long long)view->id);
done:
    return status;
}

static const struct muster_option options[] = {
    {.name = "scramble",
     .type = MUSTER_WORD,
     .standard = "owen",
     .words = "owen|none",
     .help = "owen: randomised by the seed, still evenly spread; none: the bare sequence, whose "
             "first point is the lower bounds"},
    {.type = MUSTER_END}};

const struct muster_method muster_method_sobol = {
    .plugin = {.name = "sobol",
               .help = "a sequence that fills the space evenly at any length; never waits",
               .options = options},
    .create = create,
    .destroy = destroy,
    .blind = muster_search_never_learns,
    .propose = propose,
    .replay = replay,
};
