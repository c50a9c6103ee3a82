/* A mixture of product kernels, one on each point, and a uniform one as prior (Bergstra et al.,
 * NIPS 2011; multivariate as in Falkner et al. 2018 and Watanabe, arXiv 2304.11127).
 *
 * Numbers have normal kernels truncated to the range, which a discrete one's are integrated over
 * the cells of its values; unordered choices the kernel of Aitchison and Aitken (1976). A point's
 * kernel is uniform in what is inactive there, so that it says nothing of it: the whole is a
 * density over a conditional space, whatever is active in which point. */
#include <math.h>
#include <string.h>

#include "search/parzen_impl.h"
#include "muster/surrogate.h"

/* Values of a discrete parameter up to which kernels are tabulated; kernels drawn until one knows
 * of a parameter. */
enum { TABLE = 64, TRIES = 8 };

enum kind { REAL, CELLS, NAMES };

/* One parameter: kernels of points in which it is active are at [i] of the arrays. */
struct axis {
    enum kind kind;
    double values;      /* discrete: how many */
    double bandwidth;   /* of numbers, in ranges; of names the probability of another one */
    double *table;      /* owned [values][values + 1]: log mass of value a around b; column
                           `values`: of the uniform kernel. NULL: none */
    double *centre;     /* owned [n]: code; NaN: inactive */
    double *correction; /* owned [n]: minus the log of the mass within the range, and of REAL of the
                           kernel's own norm */
    int32_t *index;     /* owned [n]: the value's number, `values` where inactive; with a table */
    size_t centre_capacity, correction_capacity, index_capacity;
};

struct muster_parzen {
    const struct muster_space *space; /* borrowed */
    struct axis *axes;                /* owned [d] */
    size_t n;                         /* kernels on points; the prior's is one more */
    double *log_weight, *cumulative;  /* owned [n + 1] each */
    double *sum;                      /* owned [n + 1]: scratch */
    size_t log_weight_capacity, cumulative_capacity, sum_capacity;
};

static const double log_root_2_pi = 0.91893853320467274178;

static double normal_cdf(double z)
{
    return 0.5 * erfc(-z * 0.70710678118654752440);
}

/* The mass of a normal distribution between a < b. */
static double normal_mass(double a, double b)
{
    return a > 0 ? normal_cdf(-a) - normal_cdf(-b) : normal_cdf(b) - normal_cdf(a);
}

static double log_mass(double centre, double bandwidth, double low, double high)
{
    return log(fmax(normal_mass((low - centre) / bandwidth, (high - centre) / bandwidth), 1e-300));
}

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
    for (size_t j = 0; j < space->d; j++) {
        struct axis *axis = &parzen->axes[j];
        bool names = space->params[j].kind == MUSTER_PARAM_CHOICE && !space->params[j].ordered;
        axis->values = muster_param_count(&space->params[j]);
        axis->kind = names ? NAMES : isfinite(axis->values) ? CELLS : REAL;
        size_t values = axis->values <= TABLE ? (size_t)axis->values : 0;
        if (axis->kind != REAL && values > 0)
            MUSTER_NEW(axis->table, values * (values + 1));
    }
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
    for (size_t j = 0; parzen->axes != NULL && j < parzen->space->d; j++) {
        muster_free(parzen->axes[j].table);
        muster_free(parzen->axes[j].centre);
        muster_free(parzen->axes[j].correction);
        muster_free(parzen->axes[j].index);
    }
    muster_free(parzen->axes);
    muster_free(parzen->log_weight);
    muster_free(parzen->cumulative);
    muster_free(parzen->sum);
    muster_free(parzen);
    *out = NULL;
}

/* ---- fit ------------------------------------------------------------------------------------- */

static bool same(const struct axis *axis, double a, double b)
{
    return fabs(a - b) * axis->values < 0.5;
}

/* Log probability of value a under the kernel on value b of an unordered choice. */
static double log_name(const struct axis *axis, bool equal)
{
    return equal ? log(1 - axis->bandwidth) : log(axis->bandwidth / (axis->values - 1));
}

static double log_cell(const struct muster_param *param, double value, double centre,
                       double bandwidth)
{
    double low, high;
    muster_param_cell(param, value, &low, &high);
    return log_mass(centre, bandwidth, low, high) - log_mass(centre, bandwidth, 0, 1);
}

static double log_width(const struct muster_param *param, double value)
{
    double low, high;
    muster_param_cell(param, value, &low, &high);
    return log(high - low);
}

static void fill_table(struct axis *axis, const struct muster_param *param)
{
    size_t values = (size_t)axis->values;
    for (size_t a = 0; a < values; a++) {
        double *row = axis->table + a * (values + 1), low, high;
        row[values] = log_width(param, (double)a);
        for (size_t b = 0; b < values; b++) {
            muster_param_cell(param, (double)b, &low, &high);
            row[b] = axis->kind == NAMES
                         ? log_name(axis, a == b)
                         : log_cell(param, (double)a, (low + high) / 2, axis->bandwidth);
        }
    }
}

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
    const struct axis *axis = &parzen->axes[j];
    double rule = pow(fmax(active, 1), -1 / ((double)parzen->space->d + 4));

    if (axis->kind == NAMES)
        return (axis->values - 1) / axis->values * fmin(1, shape->names * rule);
    return fmin(1, rule * fmax(shape->share * spread, shape->least));
}

static enum muster_status fit_axis(struct muster_parzen *parzen,
                                   const struct muster_parzen_shape *shape, size_t j, size_t n,
                                   const double *const *x, const double *const *u)
{
    enum muster_status status = MUSTER_OK;
    struct axis *axis = &parzen->axes[j];
    const struct muster_param *param = &parzen->space->params[j];
    double active, spread = spread_of(x, u, n, j, &active);

    axis->bandwidth = bandwidth_of(parzen, shape, j, spread, active);
    MUSTER_TRY(muster_grow(&axis->centre, &axis->centre_capacity, n, sizeof *axis->centre));
    if (axis->table != NULL) {
        fill_table(axis, param);
        MUSTER_TRY(muster_grow(&axis->index, &axis->index_capacity, n, sizeof *axis->index));
    } else {
        MUSTER_TRY(muster_grow(&axis->correction, &axis->correction_capacity, n,
                               sizeof *axis->correction));
    }
    for (size_t i = 0; i < n; i++) {
        bool on = !isnan(x[i][j]);
        axis->centre[i] = on ? u[i][j] : NAN;
        if (axis->table != NULL)
            axis->index[i] = (int32_t)(on ? muster_param_index(param, x[i][j]) : axis->values);
        else if (on && axis->kind != NAMES)
            axis->correction[i] = -log_mass(u[i][j], axis->bandwidth, 0, 1) -
                                  (axis->kind == REAL ? log(axis->bandwidth) + log_root_2_pi : 0);
    }
done:
    return status;
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
    for (size_t j = 0; j < parzen->space->d; j++)
        MUSTER_TRY(fit_axis(parzen, shape, j, n, x, u));
    MUSTER_TRY(fit_weights(parzen, shape->prior, n, weight));
done:
    return status;
}

/* ---- draw ------------------------------------------------------------------------------------ */

/* A code of one parameter from the kernel on `centre`, by one uniform number. */
static double draw_axis(const struct axis *axis, double centre, double p)
{
    double b = axis->bandwidth;
    if (axis->kind == NAMES) {
        double own = floor(centre * axis->values), other;
        if (p < 1 - b)
            return centre;
        other = floor((p - (1 - b)) / b * (axis->values - 1));
        other = fmin(other, axis->values - 2);
        return (other + (other >= own) + 0.5) / axis->values;
    }
    double low = normal_cdf(-centre / b), high = normal_cdf((1 - centre) / b);
    double q = low + p * (high - low);
    return fmin(1, fmax(0, centre + b * muster_normal_quantile(fmin(1 - 1e-16, fmax(q, 1e-300)))));
}

/* The code of a kernel's point in one parameter, drawn among kernels in which it is active; NaN:
 * the uniform one. */
static double draw_centre(const struct muster_parzen *parzen, const struct axis *axis,
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
        x[j] = isnan(centre)
                   ? muster_param_draw(&space->params[j], p)
                   : muster_param_decode(&space->params[j], draw_axis(&parzen->axes[j], centre, p));
    }
    muster_space_settle(space, x);
}

/* ---- density --------------------------------------------------------------------------------- */

static void add_real(const struct axis *axis, double u, size_t n, double *sum)
{
    double inverse = 1 / axis->bandwidth;
    for (size_t i = 0; i < n; i++) {
        double z = (u - axis->centre[i]) * inverse;
        double term = axis->correction[i] - 0.5 * z * z;
        sum[i] += isnan(z) ? 0 : term;
    }
}

static void add_table(const struct axis *axis, size_t value, size_t n, double *sum)
{
    size_t values = (size_t)axis->values;
    const double *row = axis->table + value * (values + 1);
    for (size_t i = 0; i < n; i++)
        sum[i] += row[axis->index[i]];
    sum[n] += row[values];
}

static void add_many(const struct axis *axis, const struct muster_param *param, double value,
                     size_t n, double *sum)
{
    double low, high, code = muster_param_encode(param, value);
    double cell = muster_param_index(param, value), uniform = log_width(param, cell);
    muster_param_cell(param, cell, &low, &high);
    for (size_t i = 0; i < n; i++) {
        double centre = axis->centre[i];
        if (isnan(centre))
            sum[i] += uniform;
        else if (axis->kind == NAMES)
            sum[i] += log_name(axis, same(axis, code, centre));
        else
            sum[i] += log_mass(centre, axis->bandwidth, low, high) + axis->correction[i];
    }
    sum[n] += uniform;
}

double muster_parzen_log(struct muster_parzen *parzen, const double *x)
{
    size_t n = parzen->n;
    double *sum = parzen->sum, most = -INFINITY, total = 0;

    memcpy(sum, parzen->log_weight, (n + 1) * sizeof *sum);
    for (size_t j = 0; j < parzen->space->d; j++) {
        const struct axis *axis = &parzen->axes[j];
        const struct muster_param *param = &parzen->space->params[j];
        if (isnan(x[j]))
            continue;
        if (axis->kind == REAL)
            add_real(axis, muster_param_encode(param, x[j]), n, sum);
        else if (axis->table != NULL)
            add_table(axis, (size_t)muster_param_index(param, x[j]), n, sum);
        else
            add_many(axis, param, x[j], n, sum);
    }
    for (size_t i = 0; i <= n; i++)
        most = fmax(most, sum[i]);
    for (size_t i = 0; i <= n; i++)
        total += exp(sum[i] - most);
    return most + log(total);
}
