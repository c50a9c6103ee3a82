/* The bottom of a bowl under ripples: a quadratic without mixed terms of a power of scores, by
 * ridge regression. It has 2 d + 2 terms where a whole quadratic has (d + 1)(d + 2) / 2, so that
 * few results suffice, and takes for noise what a process would follow.
 *
 * Curvatures are one that all parameters share and a deviation of each, which the ridge keeps
 * small. The power, of what a score lies above the least one, is the likeliest one (Box and Cox,
 * J. R. Stat. Soc. B 26, 1964), so that a cone is a bowl, too. */
#include <math.h>
#include <string.h>

#include "surrogate/surrogate_impl.h"

/* Powers in question; so far below the least score is their zero, in parts of the median above it.
 */
static const double powers[] = {0.5, 1, 1.5, 2};
static const double footing = 0.1;

/* What is added to the squares of a deviation of curvatures, and of any other term. */
static const double ridge = 0.1, next_to_none = 1e-8;

/* A result that is all but fitted by itself says little when left out, but something. */
static const double least_rest = 1e-3;

struct bowl {
    const struct muster_solver *solver;
    const double *u, *y; /* borrowed [n][d], [n] */
    size_t n, d, p;      /* p terms */
    double *terms;       /* [n][p]: 1, v, |v|^2 / d, v^2 of v = u - 1/2 */
    double *factor;      /* [p][p] */
    double *lever;       /* [n]: the share of each result in its own fit */
    double *t;           /* [n]: powers of scores */
    double *weights;     /* [p] */
    double *best;        /* [p]: those of the likeliest power */
};

static void fill_terms(struct bowl *bowl)
{
    size_t d = bowl->d;
    for (size_t i = 0; i < bowl->n; i++) {
        double *row = bowl->terms + i * bowl->p, *square = row + 1 + d;
        row[0] = 1;
        *square = 0;
        for (size_t j = 0; j < d; j++) {
            double v = bowl->u[i * d + j] - 0.5;
            row[1 + j] = v;
            square[1 + j] = v * v;
            *square += v * v / (double)d;
        }
    }
}

static enum muster_status factor(struct bowl *bowl)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_solver *solver = bowl->solver;
    size_t p = bowl->p;

    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b <= a; b++) {
            double sum = a != b ? 0 : a >= 2 + bowl->d ? ridge : next_to_none;
            for (size_t i = 0; i < bowl->n; i++)
                sum += bowl->terms[i * p + a] * bowl->terms[i * p + b];
            bowl->factor[a * p + b] = sum;
        }
    MUSTER_TRY(solver->factor(solver->context, p, bowl->factor));
    for (size_t i = 0; i < bowl->n; i++) {
        double *row = bowl->weights; /* scratch until there are weights */
        memcpy(row, bowl->terms + i * p, p * sizeof *row);
        solver->forward(solver->context, p, bowl->factor, 1, row);
        bowl->lever[i] = 0;
        for (size_t a = 0; a < p; a++)
            bowl->lever[i] += row[a] * row[a];
    }
done:
    return status;
}

/* The weights for t: their squared errors, and *left: those at results that are left out. */
static double regress(struct bowl *bowl, double *left)
{
    const struct muster_solver *solver = bowl->solver;
    size_t p = bowl->p;
    double squares = 0, *weights = bowl->weights;

    memset(weights, 0, p * sizeof *weights);
    for (size_t i = 0; i < bowl->n; i++)
        for (size_t a = 0; a < p; a++)
            weights[a] += bowl->terms[i * p + a] * bowl->t[i];
    solver->forward(solver->context, p, bowl->factor, 1, weights);
    solver->backward(solver->context, p, bowl->factor, 1, weights);
    *left = 0;
    for (size_t i = 0; i < bowl->n; i++) {
        double error = bowl->t[i];
        for (size_t a = 0; a < p; a++)
            error -= bowl->terms[i * p + a] * weights[a];
        squares += error * error;
        *left += pow(error / fmax(1 - bowl->lever[i], least_rest), 2);
    }
    return squares;
}

static double square_spread(const double *t, size_t n)
{
    double mean = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        mean += t[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (t[i] - mean) * (t[i] - mean);
    return squares;
}

/* Powers of heights over their geometric mean differ in likelihood by squared errors alone. */
static enum muster_status choose_power(struct bowl *bowl, double *explained)
{
    enum muster_status status = MUSTER_OK;
    double *sorted = NULL, logarithms = 0, least = INFINITY, left;
    size_t n = bowl->n;

    MUSTER_TRY(muster_local_sorted(bowl->y, n, &sorted));
    double zero = sorted[0] - footing * (sorted[n / 2] - sorted[0]);
    if (!(zero < sorted[0]))
        goto done;
    for (size_t i = 0; i < n; i++)
        logarithms += log(bowl->y[i] - zero) / (double)n;
    for (size_t k = 0; k < sizeof powers / sizeof *powers; k++) {
        for (size_t i = 0; i < n; i++)
            bowl->t[i] = pow((bowl->y[i] - zero) / exp(logarithms), powers[k]) / powers[k];
        double squares = regress(bowl, &left);
        if (!(squares < least))
            continue;
        least = squares;
        *explained = 1 - left / square_spread(bowl->t, n);
        memcpy(bowl->best, bowl->weights, bowl->p * sizeof *bowl->best);
    }
done:
    muster_free(sorted);
    return status;
}

/* Along each parameter by itself; from a ridge down to the face of the cube. */
static void find_bottom(const struct bowl *bowl, double *bottom)
{
    for (size_t j = 0; j < bowl->d; j++) {
        double slope = bowl->best[1 + j];
        double shared = bowl->best[1 + bowl->d] / (double)bowl->d;
        double curvature = shared + bowl->best[2 + bowl->d + j];
        double v = curvature > 0 ? -slope / (2 * curvature) : slope > 0 ? -0.5 : 0.5;
        bottom[j] = 0.5 + fmin(fmax(v, -0.5), 0.5);
    }
}

enum muster_status muster_bowl_bottom(const struct muster_solver *solver, const double *u,
                                      const double *y, size_t n, size_t d, double *bottom,
                                      double *explained)
{
    enum muster_status status = MUSTER_OK;
    struct bowl bowl = {.solver = solver, .u = u, .y = y, .n = n, .d = d, .p = 2 * d + 2};

    *explained = 0;
    MUSTER_NEW(bowl.terms, n * bowl.p);
    MUSTER_NEW(bowl.factor, bowl.p * bowl.p);
    MUSTER_NEW(bowl.lever, n);
    MUSTER_NEW(bowl.t, n);
    MUSTER_NEW(bowl.weights, bowl.p);
    MUSTER_NEW(bowl.best, bowl.p);
    fill_terms(&bowl);
    MUSTER_TRY(factor(&bowl));
    MUSTER_TRY(choose_power(&bowl, explained));
    find_bottom(&bowl, bottom);
done:
    muster_free(bowl.terms);
    muster_free(bowl.factor);
    muster_free(bowl.lever);
    muster_free(bowl.t);
    muster_free(bowl.weights);
    muster_free(bowl.best);
    return status;
}
