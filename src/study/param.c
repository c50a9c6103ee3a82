/* param.c: one parameter and the unit interval. Discrete values own cells of [0, 1]: equal ones, or
 * on a log scale those between v - step/2 and v + step/2, so that u uniform gives v with about the
 * density 1/v. A value's code is the centre of its cell. */
#include "study/study_impl.h"

#include <math.h>

static double step_of(const struct muster_param *param)
{
    return param->step > 0 ? param->step : 1;
}

double muster_param_count(const struct muster_param *param)
{
    double steps = (param->high - param->low) / step_of(param);

    if (param->kind == MUSTER_PARAM_CHOICE)
        return (double)param->n_choices;
    if (param->kind == MUSTER_PARAM_INT)
        return floor(steps) + 1; /* exact: whole numbers below 2^53 */
    if (param->high == param->low)
        return 1;
    return param->step > 0 ? floor(steps + 1e-6) + 1 : INFINITY;
}

bool muster_param_is_continuous(const struct muster_param *param)
{
    return isinf(muster_param_count(param));
}

/* 0.1 + 2 * 0.1 is to be 0.3: where low and step are short decimals, so is the value. */
static double decimal(double low, double step, double i)
{
    double value = low + i * step;

    for (double scale = 1; scale <= 1e12; scale *= 10) {
        double a = low * scale, b = step * scale;
        if (fabs(a - rint(a)) <= 1e-14 * fabs(a) && fabs(b - rint(b)) <= 1e-14 * fabs(b))
            return fabs(value * scale) < 1e15 ? (rint(a) + i * rint(b)) / scale : value;
    }
    return value;
}

/* The i-th of the n values of a discrete parameter. */
static double value_at(const struct muster_param *param, double i)
{
    if (param->kind == MUSTER_PARAM_CHOICE)
        return i;
    return fmin(decimal(param->low, step_of(param), i), param->high);
}

double muster_param_value(const struct muster_param *param, double i)
{
    return isfinite(muster_param_count(param)) ? value_at(param, i) : NAN;
}

static double index_of(const struct muster_param *param, double n, double value)
{
    double low = param->kind == MUSTER_PARAM_CHOICE ? 0 : param->low;
    double step = param->kind == MUSTER_PARAM_CHOICE ? 1 : step_of(param);

    return fmax(0, fmin(rint((value - low) / step), n - 1));
}

/* The edge below cell i on the log scale. Below the first one it is half a step too, but not below
 * half the value, so that it stays positive. */
static double log_edge(const struct muster_param *param, double i)
{
    double half = step_of(param) / 2;

    if (i > 0)
        return log(param->low + i * step_of(param) - half);
    return log(fmax(param->low - half, param->low / 2));
}

static double clamp(double value, double low, double high)
{
    return !(value > low) ? low : value < high ? value : high; /* NaN: low */
}

static double encode_discrete(const struct muster_param *param, double n, double value)
{
    double i = index_of(param, n, value);

    if (!param->log || n < 2)
        return (i + 0.5) / n;
    double low = log_edge(param, 0), high = log_edge(param, n);
    double centre = (log_edge(param, i) + log_edge(param, i + 1)) / 2;
    return (centre - low) / (high - low);
}

static double decode_discrete(const struct muster_param *param, double n, double u)
{
    if (!param->log || n < 2)
        return value_at(param, fmin(floor(u * n), n - 1));
    double low = log_edge(param, 0), high = log_edge(param, n);
    return value_at(param, index_of(param, n, exp(low + u * (high - low))));
}

double muster_param_encode(const struct muster_param *param, double value)
{
    double n = muster_param_count(param);
    double low = param->low, high = param->high;

    if (isnan(value))
        return 0.5;
    if (isfinite(n))
        return encode_discrete(param, n, value);
    if (param->log)
        return clamp((log(value) - log(low)) / (log(high) - log(low)), 0, 1);
    return clamp((value - low) / (high - low), 0, 1);
}

double muster_param_decode(const struct muster_param *param, double u)
{
    double n = muster_param_count(param);
    double low = param->low, high = param->high;

    u = clamp(u, 0, 1);
    if (isfinite(n))
        return decode_discrete(param, n, u);
    if (u == 0 || u == 1)
        return u == 0 ? low : high;
    if (param->log)
        return clamp(exp(log(low) + u * (log(high) - log(low))), low, high);
    return clamp(low + u * (high - low), low, high);
}

double muster_param_index(const struct muster_param *param, double value)
{
    return index_of(param, muster_param_count(param), value);
}

void muster_param_cell(const struct muster_param *param, double i, double *low, double *high)
{
    double n = muster_param_count(param);

    *low = i / n;
    *high = (i + 1) / n;
    if (param->log && n >= 2) {
        double first = log_edge(param, 0), width = log_edge(param, n) - first;
        *low = (log_edge(param, i) - first) / width;
        *high = (log_edge(param, i + 1) - first) / width;
    }
}
