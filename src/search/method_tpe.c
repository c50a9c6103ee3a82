/* tpe: the tree-structured Parzen estimator, multivariate (Bergstra et al., NIPS 2011; Watanabe,
 * arXiv 2304.11127). Results are split into the best few and the others; proposed is the draw from
 * the density of the best that is most likely among them rather than among the others.
 *
 * Failed and pending configurations count as others, which keeps proposals apart from each other.
 * Departures: draws cross the good ones' parameters, the good ones weigh more the better they are,
 * and the bandwidths of the others do not follow their spread; each found better on test functions
 * than kernels drawn as a whole, equal weights and one rule for both. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/parzen_impl.h"
#include "search/search_impl.h"

enum { GOOD_MOST = 25 };

struct tpe {
    const struct muster_search *search; /* borrowed */
    const struct muster_space *space;   /* borrowed */
    struct muster_parzen *good, *bad;   /* owned */
    int64_t startup, candidates;
    double gamma, prior;
    double *u;      /* owned: codes of the points of ids 0 .. n_u - 1, [.][d] */
    double *u_warm; /* owned: codes of the points of ids -1 .. -n_u_warm, [.][d] */
    size_t n_u_warm, u_warm_capacity;
    bool believed; /* a parameter has a prior */
    size_t n_u, u_capacity;
    struct muster_search_ranked *ranked; /* owned [n_ranked] */
    size_t n_ranked;
    const double **x_of, **u_of; /* owned: points of the estimator at hand */
    double *weight;              /* owned: theirs */
    size_t ranked_capacity, x_capacity, of_capacity, weight_capacity;
    double *draw; /* owned [d] */
    double gain;  /* of the last proposal: log density among the good over that among the others */
};

extern const struct muster_method muster_method_tpe;

static void destroy(void *state)
{
    struct tpe *tpe = state;
    muster_parzen_destroy(&tpe->good);
    muster_parzen_destroy(&tpe->bad);
    muster_free(tpe->u);
    muster_free(tpe->u_warm);
    muster_free(tpe->ranked);
    muster_free(tpe->x_of);
    muster_free(tpe->u_of);
    muster_free(tpe->weight);
    muster_free(tpe->draw);
    muster_free(tpe);
}

static double option(const struct muster_search *search, const char *name)
{
    return muster_search_option(search, &muster_method_tpe.plugin, name);
}

static enum muster_status create(const struct muster_search *search, void **state)
{
    enum muster_status status = MUSTER_OK;
    struct tpe *tpe;

    MUSTER_NEW(tpe, 1);
    *state = tpe;
    tpe->search = search;
    tpe->space = muster_search_setup_of(search)->space;
    tpe->startup = (int64_t)option(search, "startup");
    tpe->candidates = (int64_t)option(search, "candidates");
    tpe->gamma = option(search, "gamma");
    tpe->believed = muster_space_has_prior(tpe->space);
    tpe->prior = option(search, "prior_weight");
    MUSTER_TRY(muster_parzen_create(tpe->space, &tpe->good));
    MUSTER_TRY(muster_parzen_create(tpe->space, &tpe->bad));
    MUSTER_NEW(tpe->draw, tpe->space->d);
done:
    return status;
}

/* Results that are known before the first estimate. */
static int64_t least_known(const struct tpe *tpe)
{
    return tpe->startup / 2 > 2 ? tpe->startup / 2 : 2;
}

static int64_t blind(const void *state)
{
    const struct tpe *tpe = state;
    const struct muster_search_setup *setup = muster_search_setup_of(tpe->search);
    int64_t informed = setup->strict ? setup->window + least_known(tpe) : 0;
    return tpe->startup > informed ? tpe->startup : informed;
}

/* ---- split ----------------------------------------------------------------------------------- */

static void take(struct tpe *tpe, size_t at, int64_t id, size_t *finite)
{
    const struct muster_told *told = muster_search_told(tpe->search, id);
    bool scored = told->state != MUSTER_FAILED && isfinite(told->score);
    tpe->ranked[at] = (struct muster_search_ranked){{scored ? told->score : NAN, at}, id};
    *finite += scored;
}

/* Known results and those of earlier runs, the best first; sets how many have a score. */
static enum muster_status rank(struct tpe *tpe, const struct muster_view *view, size_t *finite)
{
    enum muster_status status = MUSTER_OK;
    size_t n = view->n_known + view->n_warm;

    *finite = 0;
    MUSTER_TRY(muster_grow(&tpe->ranked, &tpe->ranked_capacity, n, sizeof *tpe->ranked));
    for (size_t i = 0; i < view->n_known; i++)
        take(tpe, i, view->known[i], finite);
    for (size_t i = 0; i < view->n_warm; i++)
        take(tpe, view->n_known + i, view->warm[i], finite);
    qsort(tpe->ranked, n, sizeof *tpe->ranked, muster_best_first);
    tpe->n_ranked = n;
done:
    return status;
}

/* Codes of the points of ids first, first + step, ... that are not there yet, up to n of them. */
static enum muster_status encode(struct tpe *tpe, int64_t first, int64_t step, size_t n, double **u,
                                 size_t *n_u, size_t *capacity)
{
    enum muster_status status = MUSTER_OK;
    size_t d = tpe->space->d;

    MUSTER_TRY(muster_grow(u, capacity, n * d, sizeof **u));
    for (; *n_u < n; ++*n_u)
        muster_space_encode(tpe->space, muster_search_x(tpe->search, first + step * (int64_t)*n_u),
                            *u + *n_u * d);
done:
    return status;
}

static enum muster_status encode_all(struct tpe *tpe, const struct muster_view *view)
{
    enum muster_status status = MUSTER_OK;
    size_t n_warm = 0;

    for (size_t i = 0; i < view->n_warm; i++)
        n_warm = (size_t)-view->warm[i] > n_warm ? (size_t)-view->warm[i] : n_warm;
    MUSTER_TRY(encode(tpe, 0, 1, (size_t)view->id, &tpe->u, &tpe->n_u, &tpe->u_capacity));
    MUSTER_TRY(encode(tpe, -1, -1, n_warm, &tpe->u_warm, &tpe->n_u_warm, &tpe->u_warm_capacity));
done:
    return status;
}

static void put(struct tpe *tpe, size_t at, int64_t id)
{
    tpe->x_of[at] = muster_search_x(tpe->search, id);
    tpe->u_of[at] = id >= 0 ? tpe->u + (size_t)id * tpe->space->d
                            : tpe->u_warm + (size_t)(-(id + 1)) * tpe->space->d;
}

/* Kernels of the good ones: half of the weight is equal, half goes with what each is better by than
 * the first of the others. */
static enum muster_status fit_good(struct tpe *tpe, size_t good, double cut)
{
    double range = cut - tpe->ranked[0].by.score;
    struct muster_parzen_shape shape = {
        .prior = tpe->prior, .share = 0.5, .least = 0.1, .names = 0.5};

    for (size_t i = 0; i < good; i++) {
        put(tpe, i, tpe->ranked[i].id);
        double gain = cut - tpe->ranked[i].by.score;
        tpe->weight[i] = range > 0 && isfinite(range) ? 0.5 + 0.5 * gain / range : 1;
    }
    return muster_parzen_fit(tpe->good, &shape, good, tpe->x_of, tpe->u_of, tpe->weight);
}

/* Of the others, failed and pending ones among them, all weigh alike. */
static enum muster_status fit_bad(struct tpe *tpe, const struct muster_view *view, size_t good)
{
    size_t n = 0;
    struct muster_parzen_shape shape = {.prior = tpe->prior, .least = 0.14, .names = 0.5};

    for (size_t i = good; i < tpe->n_ranked; i++)
        put(tpe, n++, tpe->ranked[i].id);
    for (size_t i = 0; i < view->n_pending; i++)
        put(tpe, n++, view->pending[i]);
    return muster_parzen_fit(tpe->bad, &shape, n, tpe->x_of, tpe->u_of, NULL);
}

static enum muster_status estimate(struct tpe *tpe, const struct muster_view *view, size_t finite)
{
    enum muster_status status = MUSTER_OK;
    size_t most = tpe->n_ranked + view->n_pending;
    size_t good = (size_t)fmin(ceil(tpe->gamma * (double)finite), GOOD_MOST);

    MUSTER_TRY(encode_all(tpe, view));
    MUSTER_TRY(muster_grow(&tpe->x_of, &tpe->x_capacity, most, sizeof *tpe->x_of));
    MUSTER_TRY(muster_grow(&tpe->u_of, &tpe->of_capacity, most, sizeof *tpe->u_of));
    MUSTER_TRY(muster_grow(&tpe->weight, &tpe->weight_capacity, most, sizeof *tpe->weight));
    MUSTER_TRY(fit_good(tpe, good, tpe->ranked[good < finite ? good : finite - 1].by.score));
    MUSTER_TRY(fit_bad(tpe, view, good));
done:
    return status;
}

/* ---- proposals ------------------------------------------------------------------------------- */

/* What the user believes, as it fades with n results (Hvarfner et al., ICLR 2022, beta = 10). */
static double log_belief(const struct tpe *tpe, const double *x, size_t n)
{
    double sum = 0;
    for (size_t j = 0; tpe->believed && j < tpe->space->d; j++) {
        const struct muster_param *param = &tpe->space->params[j];
        if (!isnan(x[j]))
            sum += muster_param_prior(param, muster_param_encode(param, x[j]), NULL);
    }
    return 10 * sum / (double)n;
}

static void pick(struct tpe *tpe, const struct muster_view *view, size_t finite, double *x)
{
    size_t d = tpe->space->d;
    uint64_t seed = muster_search_setup_of(tpe->search)->seed;
    struct muster_stream stream = muster_stream_of(seed, view->id, -1, MUSTER_FOR_SEARCH);

    tpe->gain = -INFINITY;
    for (int64_t c = 0; c < tpe->candidates; c++) {
        muster_parzen_draw(tpe->good, stream, (uint64_t)c << 32, tpe->draw);
        double gain = muster_parzen_log(tpe->good, tpe->draw) -
                      muster_parzen_log(tpe->bad, tpe->draw) + log_belief(tpe, tpe->draw, finite);
        if (gain > tpe->gain && !muster_search_seen(tpe->search, tpe->draw)) {
            tpe->gain = gain;
            memcpy(x, tpe->draw, d * sizeof *x);
        }
    }
}

static enum muster_status propose(void *state, const struct muster_view *view, double *x,
                                  bool *done)
{
    enum muster_status status = MUSTER_OK;
    struct tpe *tpe = state;
    size_t finite = 0;
    (void)done;

    tpe->gain = NAN;
    if (view->id >= tpe->startup)
        MUSTER_TRY(rank(tpe, view, &finite));
    if ((int64_t)finite < least_known(tpe))
        return muster_search_design(tpe->search, view->id, tpe->startup, x);
    MUSTER_TRY(estimate(tpe, view, finite));
    pick(tpe, view, finite, x);
    if (!isfinite(tpe->gain)) { /* every draw was asked before */
        memcpy(x, tpe->draw, tpe->space->d * sizeof *x);
        MUSTER_TRY(muster_search_settle(tpe->search, view->id, x));
    }
done:
    return status;
}

static void reason(const void *state, struct muster_reason *out)
{
    const struct tpe *tpe = state;
    out->acquisition = isfinite(tpe->gain) ? tpe->gain : NAN;
    if (isnan(tpe->gain))
        out->source = "design";
}

static const struct muster_option options[] = {
    {.name = "startup",
     .type = MUSTER_INT,
     .standard = "10",
     .low = 1,
     .high = 1e6,
     .help = "points of the space-filling start"},
    {.name = "candidates",
     .type = MUSTER_INT,
     .standard = "24",
     .low = 1,
     .high = 1e6,
     .help = "draws from which a configuration is picked"},
    {.name = "gamma",
     .type = MUSTER_REAL,
     .standard = "0.15",
     .low = 0.001,
     .high = 0.5,
     .help = "share of the results that count as good ones, 25 at most"},
    {.name = "prior_weight",
     .type = MUSTER_REAL,
     .standard = "1",
     .low = 1e-6,
     .high = 1e6,
     .help = "weight of the uniform density beside results of weight 1: more explores more"},
    {.type = MUSTER_END}};

const struct muster_method muster_method_tpe = {
    .plugin = {.name = "tpe",
               .help = "Parzen estimators of good and other results; learns from every result",
               .options = options},
    .warm = true,
    .create = create,
    .destroy = destroy,
    .blind = blind,
    .propose = propose,
    .reason = reason,
};
