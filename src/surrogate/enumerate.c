/* The distinct points of a conditional space as an odometer: only active parameters turn, and what
 * stands behind the turned one starts over, so that no point comes twice. */
#include <math.h>

#include "surrogate/surrogate_impl.h"

static size_t level_count(const struct muster_param *param, size_t points)
{
    double count = muster_param_count(param);
    if (param->kind != MUSTER_PARAM_CHOICE && points > 0 && count > (double)points)
        return points;
    return (size_t)count;
}

static double level_value(const struct muster_param *param, size_t points, size_t level)
{
    double count = muster_param_count(param), k = (double)level;
    size_t levels = level_count(param, points);
    double share = levels > 1 ? k / (double)(levels - 1) : 0.5, low, high;
    if (isinf(count))
        return muster_param_decode(param, share);
    if ((double)levels < count) /* evenly on the parameter's own scale */
        return muster_param_decode(param, (round(share * (count - 1)) + 0.5) / count);
    muster_param_cell(param, k, &low, &high);
    return muster_param_decode(param, (low + high) / 2);
}

/* Level 0 for parameters from `first` on; which of them are active follows from those before. */
static void start_over(const struct muster_space *space, size_t points, size_t first, size_t *level,
                       double *x)
{
    for (size_t j = first; j < space->d; j++) {
        level[j] = 0;
        x[j] = level_value(&space->params[j], points, 0);
    }
    muster_space_settle(space, x);
}

void muster_space_first(const struct muster_space *space, size_t points, size_t *level, double *x)
{
    start_over(space, points, 0, level, x);
}

bool muster_space_next(const struct muster_space *space, size_t points, size_t *level, double *x)
{
    for (size_t j = space->d; j-- > 0;) {
        const struct muster_param *param = &space->params[j];
        if (isnan(x[j]) || level[j] + 1 >= level_count(param, points))
            continue;
        x[j] = level_value(param, points, ++level[j]);
        start_over(space, points, j + 1, level, x);
        return true;
    }
    muster_space_first(space, points, level, x);
    return false;
}

/* Steps after which the rest, ruled out in large parts, counts as taken. */
enum { MOST_STEPS = 1 << 24 };

enum muster_status muster_space_first_free(const struct muster_space *space,
                                           bool (*taken)(const void *context, const double *x),
                                           const void *context, double *x, bool *found)
{
    enum muster_status status = MUSTER_OK;
    size_t *level = NULL, points = 0, steps = 0;

    MUSTER_NEW(level, space->d);
    for (size_t j = 0; j < space->d; j++)
        if (muster_param_is_continuous(&space->params[j]))
            points = (size_t)1 << 20;
    muster_space_first(space, points, level, x);
    *found = true;
    while (*found && taken(context, x))
        *found = steps++ < MOST_STEPS && muster_space_next(space, points, level, x);
done:
    muster_free(level);
    return status;
}
