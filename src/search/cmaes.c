/* What method cmaes makes of results: generations, margins, stops and restarts. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/cmaes.h"

/* How far distributions of choices move a generation. */
#define CHOICE_RATE 0.4

/* ---- coordinates ----------------------------------------------------------------------------- */

enum muster_status cmaes_reserve(struct cmaes *es, int64_t id)
{
    return muster_grow(&es->latent, &es->latent_capacity, ((size_t)id + 1) * es->n_axes + 1,
                       sizeof *es->latent);
}

double *cmaes_latent(const struct cmaes *es, int64_t id)
{
    return es->latent + (size_t)id * es->n_axes;
}

/* ---- begin ----------------------------------------------------------------------------------- */

static struct muster_search_ranked ranked_of(const struct cmaes *es, int64_t id, size_t at)
{
    const struct muster_told *told = muster_search_told(es->search, id);
    bool scored = told->state != MUSTER_FAILED && isfinite(told->score);
    return (struct muster_search_ranked){{scored ? told->score : NAN, at}, id};
}

/* The best of the points known before the first generation, or NULL. */
static const double *best_known(const struct cmaes *es, const struct muster_view *view)
{
    struct muster_search_ranked best = {.by = {.score = NAN}};
    for (size_t i = 0; i < view->n_known; i++) {
        struct muster_search_ranked other = ranked_of(es, view->known[i], i);
        if (!isnan(other.by.score) && !(best.by.score <= other.by.score))
            best = other;
    }
    return isnan(best.by.score) ? NULL : muster_search_x(es->search, best.id);
}

/* Where a run begins: the first one at the best point known, in the middle of the space where there
 * is none; the others anywhere. Inactive parameters begin in the middle. */
static void begin_at(const struct cmaes *es, const double *x, struct muster_stream stream,
                     double *mean)
{
    for (size_t j = 0; j < es->space->d; j++) {
        const struct muster_param *param = &es->space->params[j];
        size_t n = param->n_choices, k = es->axis[j];
        if (k == CMAES_NAMES)
            for (size_t c = 0; c < n; c++)
                es->share[es->offset[j] + c] =
                    x != NULL && x[j] == (double)c && n > 1
                        ? (1 + 1 / (double)n) / 2
                        : (x != NULL && !isnan(x[j]) && n > 1 ? 0.5 : 1) / (double)n;
        else if (es->runs > 0)
            mean[k] = muster_random_uniform(stream, j);
        else
            mean[k] = x != NULL ? muster_param_encode(param, x[j]) : 0.5;
    }
}

static enum muster_status begin(struct cmaes *es, const struct muster_view *view)
{
    enum muster_status status = MUSTER_OK;
    uint64_t seed = muster_search_setup_of(es->search)->seed;
    struct muster_stream stream = muster_stream_of(seed, es->runs, 1, MUSTER_FOR_SEARCH);
    const double *x = es->runs == 0 ? best_known(es, view) : NULL;

    begin_at(es, x, stream, es->scratch);
    es->lambda = es->standard << (es->runs < 20 ? es->runs : 20);
    MUSTER_TRY(muster_cma_start(&es->cma, es->n_axes, es->lambda, es->scratch, es->step));
    es->runs++;
    es->run_first = view->id;
    es->started = true;
    es->best = INFINITY;
    es->stalled = 0;
done:
    return status;
}

/* ---- margins --------------------------------------------------------------------------------- */

/* Every value but the first and the last has two edges within (0, 1). */
static void keep_margin(struct cmaes *es, size_t j, double alpha)
{
    const struct muster_param *param = &es->space->params[j];
    double n = muster_param_count(param), low, high, mean = es->cma.mean[es->axis[j]];
    double i = muster_param_index(param, muster_param_decode(param, mean));

    if (n < 2)
        return;
    muster_param_cell(param, i, &low, &high);
    muster_cma_margin(&es->cma, es->axis[j], i == 0 ? -INFINITY : low, i == n - 1 ? INFINITY : high,
                      alpha);
}

/* No choice falls below alpha / (n - 1); the others give what is missing. */
static void keep_choices(double *share, size_t n, double alpha)
{
    double least = alpha / (double)(n - 1), spare = 0, sum = 0;
    for (size_t c = 0; c < n; c++) {
        share[c] = fmax(share[c], least);
        sum += share[c];
        spare += share[c] - least;
    }
    for (size_t c = 0; c < n && spare > 0; c++)
        share[c] -= (sum - 1) * (share[c] - least) / spare;
}

/* Towards the choices of the better half, by their weights; where the parameter was inactive in a
 * point, it says nothing. */
static void move_choices(struct cmaes *es, size_t j)
{
    size_t n = es->space->params[j].n_choices;
    double *share = es->share + es->offset[j], told = 0;

    for (size_t i = 0; i < es->cma.mu; i++)
        told += isnan(muster_search_x(es->search, es->batch[i].id)[j]) ? 0 : es->cma.weight[i];
    for (size_t c = 0; c < n; c++)
        share[c] *= 1 - CHOICE_RATE * told;
    for (size_t i = 0; i < es->cma.mu; i++) {
        double value = muster_search_x(es->search, es->batch[i].id)[j];
        if (!isnan(value))
            share[(size_t)value] += CHOICE_RATE * es->cma.weight[i];
    }
}

static void keep_margins(struct cmaes *es)
{
    double alpha = 1 / ((double)es->space->d * (double)es->lambda);
    for (size_t j = 0; j < es->space->d; j++) {
        const struct muster_param *param = &es->space->params[j];
        if (es->axis[j] != CMAES_NAMES && !muster_param_is_continuous(param))
            keep_margin(es, j, alpha);
        if (es->axis[j] == CMAES_NAMES && param->n_choices > 1) {
            move_choices(es, j);
            keep_choices(es->share + es->offset[j], param->n_choices, alpha);
        }
    }
}

/* ---- generations ----------------------------------------------------------------------------- */

static enum muster_status update(struct cmaes *es)
{
    enum muster_status status = MUSTER_OK;
    const double **v = NULL;
    const bool **active = NULL;
    bool *flags = NULL;
    size_t n = es->lambda;

    MUSTER_NEW(v, n);
    MUSTER_NEW(active, n);
    MUSTER_NEW(flags, n * es->n_axes);
    for (size_t i = 0; i < n; i++) {
        const double *x = muster_search_x(es->search, es->batch[i].id);
        v[i] = cmaes_latent(es, es->batch[i].id);
        active[i] = flags + i * es->n_axes;
        for (size_t j = 0; j < es->space->d; j++)
            if (es->axis[j] != CMAES_NAMES)
                flags[i * es->n_axes + es->axis[j]] = !isnan(x[j]);
    }
    if (es->n_axes > 0)
        MUSTER_TRY(muster_cma_update(&es->cma, v, active));
    keep_margins(es);
done:
    muster_free(v);
    muster_free(active);
    muster_free(flags);
    return status;
}

/* Deviations, in ranges, that tell nothing apart any more; the worst condition; generations without
 * a better score, 10 + ceil(30 d / lambda) of which end a run (Hansen 2009, TolHistFun). */
static bool run_is_over(const struct cmaes *es)
{
    const struct muster_cma *cma = &es->cma;
    double most = 0;
    int64_t patience = 10 + (int64_t)ceil(30 * (double)es->space->d / (double)es->lambda);

    for (size_t j = 0; j < es->space->d; j++)
        if (es->axis[j] != CMAES_NAMES && muster_param_is_continuous(&es->space->params[j]))
            most = fmax(most, muster_cma_deviation(cma, es->axis[j]));
    bool real = most > 0;
    return (real && most < 1e-12) || es->stalled >= patience ||
           (es->n_axes > 0 && cma->length[es->n_axes - 1] > 1e7 * cma->length[0]);
}

/* The batch is a whole generation. */
static enum muster_status end_generation(struct cmaes *es, const struct muster_view *view)
{
    enum muster_status status = MUSTER_OK;

    for (size_t i = 0; i < es->n_batch; i++) /* all as this proposal is shown them */
        es->batch[i] = ranked_of(es, es->batch[i].id, i);
    qsort(es->batch, es->n_batch, sizeof *es->batch, muster_best_first);
    es->n_batch = 0;
    es->stalled++;
    if (es->batch[0].by.score < es->best) {
        es->best = es->batch[0].by.score;
        es->stalled = 0;
    }
    MUSTER_TRY(update(es));
    if (es->restarts && run_is_over(es))
        MUSTER_TRY(begin(es, view));
    es->first = view->id;
    es->end = view->id + (int64_t)es->lambda;
done:
    return status;
}

enum muster_status cmaes_learn(struct cmaes *es, const struct muster_view *view)
{
    enum muster_status status = MUSTER_OK;

    if (!es->started) {
        MUSTER_TRY(begin(es, view));
        es->consumed = view->n_known;
        es->first = view->id;
        es->end = view->id + (int64_t)es->lambda;
    }
    for (; es->consumed < view->n_known; es->consumed++) {
        if (view->known[es->consumed] < es->run_first)
            continue; /* of the initial points or of an earlier run, come late */
        MUSTER_TRY(
            muster_grow(&es->batch, &es->batch_capacity, es->n_batch + 1, sizeof *es->batch));
        es->batch[es->n_batch++].id = view->known[es->consumed];
        if (es->n_batch == es->lambda)
            MUSTER_TRY(end_generation(es, view));
    }
done:
    return status;
}
