/* A mixture of product kernels, one on each point, and a uniform one as prior (Bergstra et al.,
 * NIPS 2011; multivariate as in Falkner et al. 2018 and Watanabe, arXiv 2304.11127).
 *
 * Numbers have normal kernels truncated to the range, which a discrete one's are integrated over
 * the cells of its values; unordered choices the kernel of Aitchison and Aitken (1976). A point's
 * kernel is uniform in what is inactive there, so that it says nothing of it: the whole is a
 * density over a conditional space, whatever is active in which point. */
#include <math.h>
#include <string.h>

#include "search/parzen_axis.h"
#include "search/parzen_impl.h"

/* Kernels drawn until one knows of a parameter. */
enum { TRIES = 8 };

struct muster_parzen {
    const struct muster_space *space; /* borrowed */
    struct parzen_axis *axes;         /* owned [d] */
    size_t n;                         /* kernels on points; the prior's is one more */
    double *log_weight, *cumulative;  /* owned [n + 1] each */
    double *sum;                      /* owned [n + 1]: scratch */
    size_t log_weight_capacity, cumulative_capacity, sum_capacity;
};

/* ---- life ------------------------------------------------------------------------------------ */

enum muster_status muster_parzen_create(const struct muster_space *space,
                                        struct muster_parzen **out)
{
    enum muster_status status = MUSTER_OK;
    struct muster_parzen *parzen;

    *out = NULL;
    MUSTER_NEW(parzen, 1);
    parzen->space = space;
    MUSTER_NEW(parzen->axes, space->d);
    for (size_t j = 0; j < space->d; j++)
        MUSTER_TRY(parzen_axis_start(&parzen->axes[j], &space->params[j]));
    MUSTER_TRY(
        muster_parzen_fit(parzen, &(struct muster_parzen_shape){.prior = 1}, 0, NULL, NULL, NULL));
done:
    if (status != MUSTER_OK)
        muster_parzen_destroy(&parzen);
    *out = parzen;
    return status;
}

void muster_parzen_destroy(struct muster_parzen **out)
{
    struct muster_parzen *parzen = *out;
    if (parzen == NULL)
        return;
    for (size_t j = 0; parzen->axes != NULL && j < parzen->space->d; j++)
        parzen_axis_free(&parzen->axes[j]);
    muster_free(parzen->axes);
    muster_free(parzen->log_weight);
    muster_free(parzen->cumulative);
    muster_free(parzen->sum);
    muster_free(parzen);
    *out = NULL;
}

/* ---- fit ------------------------------------------------------------------------------------- */

/* Standard deviation of a parameter over the points, and in how many it is active. */
static double spread_of(const double *const *x, const double *const *u, size_t n, size_t j,
                        double *active)
{
    double sum = 0, squares = 0, count = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i][j])) {
            sum += u[i][j];
            count++;
        }
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i][j]))
            squares += (u[i][j] - sum / count) * (u[i][j] - sum / count);
    *active = count;
    return count > 0 ? sqrt(squares / count) : 0;
}

static double bandwidth_of(const struct muster_parzen *parzen,
                           const struct muster_parzen_shape *shape, size_t j, double spread,
                           double active)
{
    const struct parzen_axis *axis = &parzen->axes[j];
    double rule = pow(fmax(active, 1), -1 / ((double)parzen->space->d + 4));

    if (axis->kind == PARZEN_NAMES)
        return (axis->values - 1) / axis->values * fmin(1, shape->names * rule);
    return fmin(1, rule * fmax(shape->share * spread, shape->least));
}

static enum muster_status fit_weights(struct muster_parzen *parzen, double prior, size_t n,
                                      const double *weight)
{
    enum muster_status status = MUSTER_OK;
    double sum = 0, total = 0;

    MUSTER_TRY(muster_grow(&parzen->log_weight, &parzen->log_weight_capacity, n + 1,
                           sizeof *parzen->log_weight));
    MUSTER_TRY(muster_grow(&parzen->cumulative, &parzen->cumulative_capacity, n + 1,
                           sizeof *parzen->cumulative));
    MUSTER_TRY(muster_grow(&parzen->sum, &parzen->sum_capacity, n + 1, sizeof *parzen->sum));
    for (size_t i = 0; i < n; i++)
        total += weight != NULL ? weight[i] : 1;
    for (size_t i = 0; i <= n; i++) {
        double share = (double)n / ((double)n + prior) / fmax(total, 1e-300);
        double w = i == n ? prior / ((double)n + prior) : share * (weight != NULL ? weight[i] : 1);
        sum += w;
        parzen->log_weight[i] = log(fmax(w, 1e-300));
        parzen->cumulative[i] = sum;
    }
    parzen->n = n;
done:
    return status;
}

enum muster_status muster_parzen_fit(struct muster_parzen *parzen,
                                     const struct muster_parzen_shape *shape, size_t n,
                                     const double *const *x, const double *const *u,
                                     const double *weight)
{
    enum muster_status status = MUSTER_OK;
    for (size_t j = 0; j < parzen->space->d; j++) {
        double active, spread = spread_of(x, u, n, j, &active);
        MUSTER_TRY(parzen_axis_fit(&parzen->axes[j], bandwidth_of(parzen, shape, j, spread, active),
                                   j, n, x, u));
    }
    MUSTER_TRY(fit_weights(parzen, shape->prior, n, weight));
done:
    return status;
}

/* ---- draw ------------------------------------------------------------------------------------ */

/* The code of a kernel's point in one parameter, drawn among kernels in which it is active; NaN:
 * the uniform one. */
static double draw_centre(const struct muster_parzen *parzen, const struct parzen_axis *axis,
                          struct muster_stream stream, uint64_t counter)
{
    double centre = NAN;
    size_t low = 0;
    for (uint64_t attempt = 0; attempt < TRIES && isnan(centre) && low < parzen->n; attempt++) {
        double p = muster_random_uniform(stream, counter + attempt) * parzen->cumulative[parzen->n];
        size_t high = parzen->n;
        low = 0;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (parzen->cumulative[middle] < p)
                low = middle + 1;
            else
                high = middle;
        }
        centre = low < parzen->n ? axis->centre[low] : NAN;
    }
    return centre;
}

void muster_parzen_draw(const struct muster_parzen *parzen, struct muster_stream stream,
                        uint64_t counter, double *x)
{
    const struct muster_space *space = parzen->space;
    for (size_t j = 0; j < space->d; j++) {
        uint64_t at = counter + (TRIES + 1) * j;
        double centre = draw_centre(parzen, &parzen->axes[j], stream, at);
        double p = muster_random_uniform(stream, at + TRIES);
        x[j] = isnan(centre) ? muster_param_draw(&space->params[j], p)
                             : muster_param_decode(&space->params[j],
                                                   parzen_axis_draw(&parzen->axes[j], centre, p));
    }
    muster_space_settle(space, x);
}

/* ---- density --------------------------------------------------------------------------------- */

double muster_parzen_log(struct muster_parzen *parzen, const double *x)
{
    size_t n = parzen->n;
    double *sum = parzen->sum, most = -INFINITY, total = 0;

    memcpy(sum, parzen->log_weight, (n + 1) * sizeof *sum);
    for (size_t j = 0; j < parzen->space->d; j++)
        if (!isnan(x[j]))
            parzen_axis_add(&parzen->axes[j], x[j], n, sum);
    for (size_t i = 0; i <= n; i++)
        most = fmax(most, sum[i]);
    for (size_t i = 0; i <= n; i++)
        total += exp(sum[i] - most);
    return most + log(total);
}
