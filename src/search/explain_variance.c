/* Shares of variance (Sobol' indices) of the surrogate's mean: first-order and total effects by the
 * estimators of Jansen (1999), interactions of pairs by that of Saltelli (2002), all from the same
 * 2 d + 2 sets of points, A, B, and those with one column of the other. */
#include <math.h>
#include <string.h>

#include "search/explain_impl.h"

/* Rows of a set: a power of two, fewer in many dimensions. */
enum { MOST_ROWS = 2048, LEAST_ROWS = 128, EVALUATIONS = 1 << 15 };

struct sets {
    size_t n, d;
    double *a, *b, *mixed;       /* owned [n][d] */
    double *at_a, *at_b;         /* owned [n] */
    double *a_with_b, *b_with_a; /* owned [d][n]: at A with column j of B, at B with that of A */
    double *deviation;           /* owned [n] */
    double variance;
};

static void sets_clear(struct sets *sets)
{
    muster_free(sets->a);
    muster_free(sets->b);
    muster_free(sets->mixed);
    muster_free(sets->at_a);
    muster_free(sets->at_b);
    muster_free(sets->a_with_b);
    muster_free(sets->b_with_a);
    muster_free(sets->deviation);
}

static enum muster_status sets_create(const struct explain *self, struct sets *sets)
{
    enum muster_status status = MUSTER_OK;
    size_t d = self->space->d, n = MOST_ROWS;

    while (n > LEAST_ROWS && n * (2 * d + 2) > EVALUATIONS)
        n /= 2;
    *sets = (struct sets){.n = n, .d = d};
    MUSTER_NEW(sets->a, n * d);
    MUSTER_NEW(sets->b, n * d);
    MUSTER_NEW(sets->mixed, n * d);
    MUSTER_NEW(sets->at_a, n);
    MUSTER_NEW(sets->at_b, n);
    MUSTER_NEW(sets->a_with_b, d * n);
    MUSTER_NEW(sets->b_with_a, d * n);
    MUSTER_NEW(sets->deviation, n);
    MUSTER_TRY(explain_points(self, n, 0, sets->a));
    MUSTER_TRY(explain_points(self, n, d, sets->b));
done:
    return status;
}

/* The mean at `rows`, with column j of `other` (j == d: none). */
static void evaluate(const struct explain *self, struct sets *sets, const double *rows,
                     const double *other, size_t j, double *mean)
{
    memcpy(sets->mixed, rows, sets->n * sets->d * sizeof *rows);
    for (size_t i = 0; i < sets->n && j < sets->d; i++)
        sets->mixed[i * sets->d + j] = other[i * sets->d + j];
    explain_predict(self, sets->mixed, sets->n, mean, sets->deviation);
}

/* Means are taken off the mean of A and B, so that products do not cancel. */
static void centre(struct sets *sets)
{
    double sum = 0, squares = 0, n = (double)sets->n;

    for (size_t i = 0; i < sets->n; i++)
        sum += sets->at_a[i] + sets->at_b[i];
    for (size_t i = 0; i < sets->n; i++) {
        sets->at_a[i] -= sum / (2 * n);
        sets->at_b[i] -= sum / (2 * n);
        squares += sets->at_a[i] * sets->at_a[i] + sets->at_b[i] * sets->at_b[i];
    }
    for (size_t k = 0; k < sets->d * sets->n; k++) {
        sets->a_with_b[k] -= sum / (2 * n);
        sets->b_with_a[k] -= sum / (2 * n);
    }
    sets->variance = squares / (2 * n);
}

static double half_square(const double *p, const double *q, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (p[i] - q[i]) * (p[i] - q[i]);
    return sum / (2 * (double)n);
}

static double product(const double *p, const double *q, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += p[i] * q[i];
    return sum / (double)n;
}

static double within(double share)
{
    return fmin(fmax(share, 0), 1);
}

static void take_shares(const struct sets *sets, struct muster_explanation *out)
{
    size_t d = sets->d, n = sets->n;

    for (size_t j = 0; j < d; j++) {
        const double *mixed = sets->a_with_b + j * n;
        out->total[j] = within(half_square(sets->at_a, mixed, n) / sets->variance);
        out->first[j] = within(1 - half_square(sets->at_b, mixed, n) / sets->variance);
        out->pairs[j * d + j] = out->first[j];
    }
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < i; j++) {
            double both = (product(sets->b_with_a + i * n, sets->a_with_b + j * n, n) +
                           product(sets->b_with_a + j * n, sets->a_with_b + i * n, n)) /
                              2 -
                          product(sets->at_a, sets->at_b, n);
            double share = within(both / sets->variance - out->first[i] - out->first[j]);
            out->pairs[i * d + j] = out->pairs[j * d + i] = share;
        }
}

enum muster_status explain_variance(const struct explain *self,
                                    struct muster_explanation *explanation)
{
    enum muster_status status = MUSTER_OK;
    struct sets sets;

    MUSTER_TRY(sets_create(self, &sets));
    evaluate(self, &sets, sets.a, NULL, sets.d, sets.at_a);
    evaluate(self, &sets, sets.b, NULL, sets.d, sets.at_b);
    for (size_t j = 0; j < sets.d; j++) {
        evaluate(self, &sets, sets.a, sets.b, j, sets.a_with_b + j * sets.n);
        evaluate(self, &sets, sets.b, sets.a, j, sets.b_with_a + j * sets.n);
    }
    centre(&sets);
    if (sets.variance > 0)
        take_shares(&sets, explanation);
done:
    sets_clear(&sets);
    return status;
}
