/* Local steps while others are pending. Each is proposed without what the last ones found, so that
 * all of a window follow one hope, often one beyond what the function can hold: near a valley that
 * falls over decades, a model of plain values promises ever more. Two things hold back: where
 * that is the case, values may stand on a logarithmic scale above the least one, if a model of them
 * is likelier there; and pending points count for a little worse than they are predicted, not for
 * what was hoped of them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "surrogate/surrogate_impl.h"

/* By so much plain values have to be the likelier ones, as a difference of logarithms. */
static const double least_evidence = 5;

/* Plain values that promise no more than this share of the unit are not in doubt: near the least
 * value a function is nearly a quadratic, which they show best. */
static const double modest = 0.25;

static int ascending(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

enum muster_status muster_local_sorted(const double *y, size_t n, double **sorted)
{
    enum muster_status status = MUSTER_OK;

    MUSTER_NEW(*sorted, n);
    memcpy(*sorted, y, n * sizeof *y);
    qsort(*sorted, n, sizeof *y, ascending);
done:
    return status;
}

/* The unit of the scale: by how much the d + 1 values behind the least one exceed it. */
static enum muster_status bend_create(const double *y, size_t n, size_t d, struct muster_bend *bend)
{
    enum muster_status status = MUSTER_OK;
    double *sorted;

    MUSTER_TRY(muster_local_sorted(y, n, &sorted));
    *bend = (struct muster_bend){sorted[0], sorted[d + 1 < n ? d + 1 : n - 1] - sorted[0]};
done:
    muster_free(sorted);
    return status;
}

/* The negative log posterior of a process whose kernel parameters stand, by y as it was told. */
static enum muster_status misfit(struct muster_gp *gp, double *value)
{
    enum muster_status status = MUSTER_OK;

    MUSTER_TRY(muster_gp_objective(gp, gp->theta, value, NULL));
    *value += (double)gp->n * log(gp->scale);
done:
    return status;
}

enum muster_status muster_local_bend(struct muster_gp **gp, const double *u, double *y, size_t n,
                                     double promised, struct muster_bend *bend)
{
    enum muster_status status = MUSTER_OK;
    struct muster_gp *bent = NULL, *plain = *gp;
    double *t = NULL, plain_misfit, misfit_bent;

    MUSTER_TRY(bend_create(y, n, plain->d, bend));
    if (!(bend->unit > 0 && promised > modest * bend->unit)) {
        bend->unit = 0;
        return MUSTER_OK;
    }
    MUSTER_NEW(t, n);
    for (size_t i = 0; i < n; i++)
        t[i] = bend->unit * log1p((y[i] - bend->least) / bend->unit);
    MUSTER_TRY(muster_gp_create_as(plain->space, plain->solver, &plain->model, &bent));
    MUSTER_TRY(muster_gp_observe(bent, u, t, n));
    MUSTER_TRY(muster_gp_fit(bent));
    MUSTER_TRY(misfit(plain, &plain_misfit));
    MUSTER_TRY(misfit(bent, &misfit_bent));
    for (size_t i = 0; i < n; i++) /* to densities of y */
        misfit_bent += t[i] / bend->unit;
    if (misfit_bent < plain_misfit + least_evidence) {
        memcpy(y, t, n * sizeof *y);
        *gp = bent;
        bent = plain;
    } else
        bend->unit = 0;
done:
    muster_gp_destroy(&bent);
    muster_free(t);
    return status;
}

static double back(const struct muster_bend *bend, double t)
{
    return bend->unit > 0 ? bend->least + bend->unit * expm1(t / bend->unit) : t;
}

void muster_local_bend_predict(const struct muster_bend *bend, double *mean, double *deviation)
{
    double low = back(bend, *mean - *deviation), high = back(bend, *mean + *deviation);
    if (!(bend->unit > 0))
        return;
    *mean = back(bend, *mean);
    *deviation = 0.5 * (high - low);
}
