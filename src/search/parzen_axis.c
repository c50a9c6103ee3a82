/* One parameter of a Parzen estimator: its kernels, drawn from and added up. */
#include <math.h>

#include "search/parzen_axis.h"
#include "muster/surrogate.h"

/* Values of a discrete parameter up to which kernels are tabulated. */
enum { TABLE = 64 };

static const double log_root_2_pi = 0.91893853320467274178;

/* The mass of a normal distribution between a < b. */
static double normal_mass(double a, double b)
{
    return a > 0 ? muster_normal_cdf(-a) - muster_normal_cdf(-b)
                 : muster_normal_cdf(b) - muster_normal_cdf(a);
}

static double log_mass(double centre, double bandwidth, double low, double high)
{
    return log(fmax(normal_mass((low - centre) / bandwidth, (high - centre) / bandwidth), 1e-300));
}

/* ---- kernels --------------------------------------------------------------------------------- */

static bool same(const struct parzen_axis *axis, double a, double b)
{
    return fabs(a - b) * axis->values < 0.5;
}

/* Log probability of value a under the kernel on value b of an unordered choice. */
static double log_name(const struct parzen_axis *axis, bool equal)
{
    return equal ? log(1 - axis->bandwidth) : log(axis->bandwidth / (axis->values - 1));
}

static double log_width(const struct muster_param *param, double value)
{
    double low, high;
    muster_param_cell(param, value, &low, &high);
    return log(high - low);
}

static void fill_table(struct parzen_axis *axis)
{
    size_t values = (size_t)axis->values;
    double low, high, begin, end;

    for (size_t b = 0; b < values; b++) {
        muster_param_cell(axis->param, (double)b, &low, &high);
        axis->table[b * (values + 1) + values] = log(high - low);
        double centre = (low + high) / 2, whole = log_mass(centre, axis->bandwidth, 0, 1);
        for (size_t a = 0; a < values; a++) {
            muster_param_cell(axis->param, (double)a, &begin, &end);
            axis->table[a * (values + 1) + b] =
                axis->kind == PARZEN_NAMES ? log_name(axis, a == b)
                                           : log_mass(centre, axis->bandwidth, begin, end) - whole;
        }
    }
}

enum muster_status parzen_axis_start(struct parzen_axis *axis, const struct muster_param *param)
{
    enum muster_status status = MUSTER_OK;
    bool names = param->kind == MUSTER_PARAM_CHOICE && !param->ordered;

    axis->param = param;
    axis->values = muster_param_count(param);
    axis->kind = names ? PARZEN_NAMES : isfinite(axis->values) ? PARZEN_CELLS : PARZEN_REAL;
    size_t values = axis->values <= TABLE ? (size_t)axis->values : 0;
    if (axis->kind != PARZEN_REAL && values > 0)
        MUSTER_NEW(axis->table, values * (values + 1));
done:
    return status;
}

void parzen_axis_free(struct parzen_axis *axis)
{
    muster_free(axis->table);
    muster_free(axis->centre);
    muster_free(axis->correction);
    muster_free(axis->index);
    *axis = (struct parzen_axis){0};
}

static enum muster_status make_room(struct parzen_axis *axis, size_t n)
{
    enum muster_status status = MUSTER_OK;

    MUSTER_TRY(muster_grow(&axis->centre, &axis->centre_capacity, n, sizeof *axis->centre));
    if (axis->table != NULL)
        MUSTER_TRY(muster_grow(&axis->index, &axis->index_capacity, n, sizeof *axis->index));
    else
        MUSTER_TRY(muster_grow(&axis->correction, &axis->correction_capacity, n,
                               sizeof *axis->correction));
done:
    return status;
}

enum muster_status parzen_axis_fit(struct parzen_axis *axis, double bandwidth, size_t j, size_t n,
                                   const double *const *x, const double *const *u)
{
    enum muster_status status = MUSTER_OK;

    axis->bandwidth = bandwidth;
    MUSTER_TRY(make_room(axis, n));
    if (axis->table != NULL)
        fill_table(axis);
    double norm = axis->kind == PARZEN_REAL ? log(bandwidth) + log_root_2_pi : 0;
    for (size_t i = 0; i < n; i++) {
        bool on = !isnan(x[i][j]);
        axis->centre[i] = on ? u[i][j] : NAN;
        if (axis->table != NULL)
            axis->index[i] =
                (int32_t)(on ? muster_param_index(axis->param, x[i][j]) : axis->values);
        else if (on && axis->kind != PARZEN_NAMES)
            axis->correction[i] = -log_mass(u[i][j], bandwidth, 0, 1) - norm;
    }
done:
    return status;
}

/* ---- draw and density ------------------------------------------------------------------------ */

double parzen_axis_draw(const struct parzen_axis *axis, double centre, double p)
{
    double b = axis->bandwidth;
    if (axis->kind == PARZEN_NAMES) {
        double own = floor(centre * axis->values), other;
        if (p < 1 - b)
            return centre;
        other = floor((p - (1 - b)) / b * (axis->values - 1));
        other = fmin(other, axis->values - 2);
        return (other + (other >= own) + 0.5) / axis->values;
    }
    double low = muster_normal_cdf(-centre / b), high = muster_normal_cdf((1 - centre) / b);
    double q = low + p * (high - low);
    return fmin(1, fmax(0, centre + b * muster_normal_quantile(fmin(1 - 1e-16, fmax(q, 1e-300)))));
}

static void add_real(const struct parzen_axis *axis, double u, size_t n, double *sum)
{
    double inverse = 1 / axis->bandwidth;
    for (size_t i = 0; i < n; i++) {
        double z = (u - axis->centre[i]) * inverse;
        double term = axis->correction[i] - 0.5 * z * z;
        sum[i] += isnan(z) ? 0 : term;
    }
}

static void add_table(const struct parzen_axis *axis, size_t value, size_t n, double *sum)
{
    size_t values = (size_t)axis->values;
    const double *row = axis->table + value * (values + 1);
    for (size_t i = 0; i < n; i++)
        sum[i] += row[axis->index[i]];
    sum[n] += row[values];
}

static void add_many(const struct parzen_axis *axis, double value, size_t n, double *sum)
{
    const struct muster_param *param = axis->param;
    double low, high, code = muster_param_encode(param, value);
    double cell = muster_param_index(param, value), uniform = log_width(param, cell);
    muster_param_cell(param, cell, &low, &high);
    for (size_t i = 0; i < n; i++) {
        double centre = axis->centre[i];
        if (isnan(centre))
            sum[i] += uniform;
        else if (axis->kind == PARZEN_NAMES)
            sum[i] += log_name(axis, same(axis, code, centre));
        else
            sum[i] += log_mass(centre, axis->bandwidth, low, high) + axis->correction[i];
    }
    sum[n] += uniform;
}

void parzen_axis_add(const struct parzen_axis *axis, double value, size_t n, double *sum)
{
    if (axis->kind == PARZEN_REAL)
        add_real(axis, muster_param_encode(axis->param, value), n, sum);
    else if (axis->table != NULL)
        add_table(axis, (size_t)muster_param_index(axis->param, value), n, sum);
    else
        add_many(axis, value, n, sum);
}
