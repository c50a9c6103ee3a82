/* cmaes: covariance matrix adaptation with a margin for discrete parameters (Hansen,
 * arXiv 1604.00772; Hamano et al., GECCO 2022), distributions with a margin for unordered choices
 * (Hamano et al., CatCMA, GECCO 2024), and restarts with twice the population (Auger and Hansen,
 * CEC 2005).
 *
 * Real and ordered parameters are coordinates of the unit cube. Results are taken in groups of a
 * population in the order learnt, so that the state is a function of the view; what is kept between
 * proposals only saves doing that again. Failed configurations rank last. */
#include <math.h>
#include <string.h>

#include "search/cmaes.h"

extern const struct muster_method muster_method_cmaes;

static void destroy(void *state)
{
    struct cmaes *es = state;
    muster_cma_free(&es->cma);
    muster_free(es->axis);
    muster_free(es->offset);
    muster_free(es->share);
    muster_free(es->latent);
    muster_free(es->scratch);
    muster_free(es->point);
    muster_free(es->batch);
    muster_free(es);
}

static double option(const struct muster_search *search, const char *name)
{
    return muster_search_option(search, &muster_method_cmaes.plugin, name);
}

/* Sorts the parameters into coordinates of the normal distribution and unordered choices. */
static enum muster_status sort_parameters(struct cmaes *es)
{
    enum muster_status status = MUSTER_OK;
    size_t d = es->space->d;

    MUSTER_NEW(es->axis, d);
    MUSTER_NEW(es->offset, d);
    for (size_t j = 0; j < d; j++) {
        const struct muster_param *param = &es->space->params[j];
        bool names = param->kind == MUSTER_PARAM_CHOICE && !param->ordered;
        es->axis[j] = names ? CMAES_NAMES : es->n_axes++;
        es->offset[j] = es->n_share;
        es->n_share += names ? param->n_choices : 0;
    }
    MUSTER_NEW(es->share, es->n_share);
    MUSTER_NEW(es->scratch, d);
    MUSTER_NEW(es->point, d);
done:
    return status;
}

static enum muster_status create(const struct muster_search *search, void **state)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_search_setup *setup = muster_search_setup_of(search);
    struct cmaes *es;

    MUSTER_NEW(es, 1);
    *state = es;
    es->search = search;
    es->space = setup->space;
    MUSTER_TRY(sort_parameters(es));
    double population = option(search, "population");
    es->standard = isnan(population) ? 4 + (size_t)floor(3 * log(fmax(1, (double)setup->space->d)))
                                     : (size_t)population;
    es->step = option(search, "step");
    es->restarts =
        strcmp(muster_search_word(search, &muster_method_cmaes.plugin, "restarts"), "ipop") == 0;
    es->waits = strcmp(muster_search_word(search, &muster_method_cmaes.plugin, "generations"),
                       "whole") == 0;
    es->first = es->end = (int64_t)setup->n_initial;
done:
    return status;
}

static int64_t blind(const void *state)
{
    (void)state;
    return 0;
}

/* Whole generations: all results before the one at hand; else those that the window lets through.
 */
static int64_t barrier(const void *state, int64_t id)
{
    const struct cmaes *es = state;
    int64_t window = muster_search_setup_of(es->search)->window;

    if (es->waits)
        return id < es->end ? es->first : id == es->end ? es->end : id;
    return id > window ? id - window : 0;
}

static int64_t generation(const void *state)
{
    const struct cmaes *es = state;
    return es->waits ? (int64_t)es->standard : 0;
}

/* ---- proposals ------------------------------------------------------------------------------- */

/* A choice by its distribution. */
static double draw_choice(const struct cmaes *es, size_t j, double p)
{
    size_t n = es->space->params[j].n_choices, c = 0;
    const double *share = es->share + es->offset[j];
    for (; c + 1 < n && p >= share[c]; c++)
        p -= share[c];
    return (double)c;
}

/* One draw: normal coordinates into v, and the point x. False where v leaves the cube. */
static bool draw(struct cmaes *es, struct muster_stream stream, uint64_t counter, double *v,
                 double *x)
{
    size_t d = es->space->d;
    bool within = true;

    for (size_t k = 0; k < es->n_axes; k++)
        es->scratch[k] = muster_random_normal(stream, counter + k);
    if (es->n_axes > 0)
        muster_cma_point(&es->cma, es->scratch, v);
    for (size_t j = 0; j < d; j++) {
        const struct muster_param *param = &es->space->params[j];
        size_t k = es->axis[j];
        if (k == CMAES_NAMES) {
            x[j] = draw_choice(es, j, muster_random_uniform(stream, counter + d + j));
            continue;
        }
        bool real = muster_param_is_continuous(param);
        within = within && (!real || (v[k] >= 0 && v[k] <= 1));
        x[j] = muster_param_decode(param, v[k]);
    }
    muster_space_settle(es->space, x);
    return within;
}

/* The coordinates of a point that is not the draw's own: those of the draw that lead to the point
 * stay, so do those of inactive parameters. */
static void adopt(const struct cmaes *es, const double *x, double *v)
{
    for (size_t j = 0; j < es->space->d; j++) {
        const struct muster_param *param = &es->space->params[j];
        size_t k = es->axis[j];
        if (k == CMAES_NAMES || isnan(x[j]))
            continue;
        if (muster_param_decode(param, v[k]) != x[j])
            v[k] = muster_param_encode(param, x[j]);
        if (muster_param_is_continuous(param))
            v[k] = fmin(1, fmax(0, v[k]));
    }
}

static enum muster_status propose(void *state, const struct muster_view *view, double *x,
                                  bool *done)
{
    enum muster_status status = MUSTER_OK;
    struct cmaes *es = state;
    uint64_t seed = muster_search_setup_of(es->search)->seed;
    struct muster_stream stream = muster_stream_of(seed, view->id, -1, MUSTER_FOR_SEARCH);
    (void)done;

    MUSTER_TRY(cmaes_learn(es, view));
    MUSTER_TRY(cmaes_reserve(es, view->id));
    double *v = cmaes_latent(es, view->id);
    for (uint64_t attempt = 0; attempt < CMAES_ATTEMPTS; attempt++)
        if (draw(es, stream, attempt << 32, v, x) && !muster_search_seen(es->search, x))
            goto done;
    MUSTER_TRY(muster_search_settle(es->search, view->id, x));
    adopt(es, x, v);
done:
    return status;
}

/* The draw is made again: a point's coordinates are not in the journal. */
static enum muster_status replay(void *state, const struct muster_view *view, const double *x,
                                 const double *fitted, size_t n_fitted)
{
    enum muster_status status = MUSTER_OK;
    struct cmaes *es = state;
    bool done;
    (void)fitted;
    (void)n_fitted;

    MUSTER_TRY(propose(state, view, es->point, &done));
    adopt(es, x, cmaes_latent(es, view->id));
done:
    return status;
}

static const struct muster_option options[] = {
    {.name = "population",
     .type = MUSTER_INT,
     .low = 4,
     .high = 1e6,
     .help = "configurations a generation (default: 4 + 3 ln(parameters))"},
    {.name = "step",
     .type = MUSTER_REAL,
     .standard = "0.15",
     .low = 1e-6,
     .high = 1,
     .help = "standard deviation of the first generation, in ranges of the parameters"},
    {.name = "restarts",
     .type = MUSTER_WORD,
     .standard = "ipop",
     .words = "ipop|none",
     .help = "ipop: begin anew elsewhere, with twice the population, once nothing is gained"},
    {.name = "generations",
     .type = MUSTER_WORD,
     .standard = "whole",
     .words = "whole|window",
     .help = "whole: a generation waits for all results of the last one; window: it takes the "
             "results that search.window lets through"},
    {.type = MUSTER_END}};

const struct muster_method muster_method_cmaes = {
    .plugin = {.name = "cmaes",
               .help = "covariance matrix adaptation with margins and restarts; for many trials",
               .options = options},
    .create = create,
    .destroy = destroy,
    .blind = blind,
    .barrier = barrier,
    .generation = generation,
    .propose = propose,
    .replay = replay,
};
