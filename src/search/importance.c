/* Importance of parameters by PED-ANOVA (Watanabe, Bansal, Hutter 2023, arXiv 2304.10255): the
 * variance, under the density of all trials, of the ratio between the density of the best tenth and
 * that density, one parameter at a time; densities are kernel estimates on a grid.
 *
 * Conditional parameters: the ratio's variance falls into one between the trials in which the
 * parameter is active and those in which it is not, which is its parents', and one within the
 * former, which is its own and is what is reported (the law of total variance). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/search_impl.h"

/* Points of the grid; trials that the best tenth is made up to. */
enum { GRID = 64, LEAST_BEST = 5 };

/* Kernels are no narrower. */
static const double least_width = 0.05;

struct ped {
    const struct muster_space *space; /* borrowed */
    const double *x;                  /* borrowed [n][d], the best first in `order` */
    const size_t *order;              /* borrowed [n] */
    size_t n, best;
    double *codes; /* owned [n]: of the parameter's active trials, in order */
};

/* ---- densities ------------------------------------------------------------------------------- */

static size_t grid_of(const struct muster_param *param, double *grid)
{
    double count = muster_param_count(param);
    bool all = count <= GRID;
    size_t n = all ? (size_t)count : GRID;

    for (size_t g = 0; g < n; g++)
        grid[g] = all ? muster_param_encode(param, muster_param_value(param, (double)g))
                      : ((double)g + 0.5) / (double)n;
    return n;
}

/* Scott's rule. */
static double width_of(const double *codes, size_t n)
{
    double mean = 0, square = 0;
    for (size_t i = 0; i < n; i++)
        mean += codes[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        square += (codes[i] - mean) * (codes[i] - mean) / (double)n;
    return fmax(sqrt(square) * pow((double)n, -0.2), least_width);
}

/* p[m], of sum 1: each trial spreads over the grid by a normal kernel. */
static void spread_kernels(const double *codes, size_t n, const double *grid, size_t m, double *p)
{
    double width = width_of(codes, n);
    for (size_t i = 0; i < n; i++) {
        double kernel[GRID], sum = 0;
        for (size_t g = 0; g < m; g++) {
            double z = (grid[g] - codes[i]) / width;
            kernel[g] = exp(-z * z / 2);
            sum += kernel[g];
        }
        for (size_t g = 0; g < m; g++)
            p[g] += kernel[g] / sum / (double)n;
    }
}

/* Values without an order: their shares, with one trial spread over all. */
static void count_values(const double *codes, size_t n, const double *grid, size_t m, double *p)
{
    for (size_t g = 0; g < m; g++) {
        double count = 1 / (double)m;
        for (size_t i = 0; i < n; i++)
            count += codes[i] == grid[g];
        p[g] = count / (double)(n + 1);
    }
}

static void estimate(const struct muster_param *param, const double *codes, size_t n,
                     const double *grid, size_t m, double *p)
{
    bool words = param->kind == MUSTER_PARAM_CHOICE && !param->ordered;
    memset(p, 0, m * sizeof *p);
    (words ? count_values : spread_kernels)(codes, n, grid, m, p);
}

/* ---- one parameter --------------------------------------------------------------------------- */

/* Codes of the trials in which it is active, the best first; how many, and how many of the best. */
static size_t gather(struct ped *ped, size_t j, size_t *best)
{
    size_t n = 0;
    *best = 0;
    for (size_t i = 0; i < ped->n; i++) {
        double value = ped->x[ped->order[i] * ped->space->d + j];
        if (isnan(value))
            continue;
        *best += i < ped->best;
        ped->codes[n++] = muster_param_encode(&ped->space->params[j], value);
    }
    return n;
}

static double variance_of(struct ped *ped, size_t j)
{
    const struct muster_param *param = &ped->space->params[j];
    double grid[GRID], top[GRID], all[GRID], sum = 0;
    size_t best, n = gather(ped, j, &best), m = grid_of(param, grid);

    if (best == 0)
        return 0;
    estimate(param, ped->codes, n, grid, m, all);
    estimate(param, ped->codes, best, grid, m, top);
    for (size_t g = 0; g < m; g++) {
        double off = top[g] / all[g] - 1;
        sum += all[g] > 0 ? all[g] * off * off : 0;
    }
    double active = (double)n / (double)ped->n, active_best = (double)best / (double)ped->best;
    return sum * active_best * active_best / active;
}

/* ---- all ------------------------------------------------------------------------------------- */

static enum muster_status rank(const double *score, size_t n, size_t *order)
{
    enum muster_status status = MUSTER_OK;
    struct muster_ranked *ranked;

    MUSTER_NEW(ranked, n);
    for (size_t i = 0; i < n; i++)
        ranked[i] = (struct muster_ranked){score[i], i};
    qsort(ranked, n, sizeof *ranked, muster_best_first);
    for (size_t i = 0; i < n; i++)
        order[i] = ranked[i].at;
    muster_free(ranked);
done:
    return status;
}

/* A tenth, and whoever is as good as the last of them: among equals an order would be chance. */
static size_t count_best(const double *score, const size_t *order, size_t n)
{
    size_t best = (n + 9) / 10, most = (n + 1) / 2;
    best = best < LEAST_BEST ? LEAST_BEST : best;
    best = best < most ? best : most;
    while (best > 0 && best < n && score[order[best]] == score[order[best - 1]])
        best++;
    return best;
}

enum muster_status muster_importance(const struct muster_space *space, const double *x,
                                     const double *score, size_t n, double *share)
{
    enum muster_status status = MUSTER_OK;
    struct ped ped = {.space = space, .x = x, .n = n};
    size_t *order = NULL;
    double sum = 0;

    MUSTER_NEW(order, n);
    MUSTER_NEW(ped.codes, n);
    ped.order = order;
    MUSTER_TRY(rank(score, n, order));
    ped.best = count_best(score, order, n);
    for (size_t j = 0; j < space->d; j++) {
        share[j] = variance_of(&ped, j);
        sum += share[j];
    }
    for (size_t j = 0; j < space->d && sum > 0; j++)
        share[j] /= sum;
done:
    muster_free(order);
    muster_free(ped.codes);
    return status;
}
