/* space.c: points of the search space: which entries are active, and the unit cube. */
#include "study/study_impl.h"

#include <math.h>
#include <string.h>

size_t muster_space_find(const struct muster_space *space, const char *name)
{
    size_t i = 0;

    while (i < space->d && strcmp(space->params[i].name, name) != 0)
        i++;
    return i;
}

bool study_condition_holds(const struct muster_condition *condition, const double *x)
{
    for (size_t i = 0; i < condition->n; i++)
        if (x[condition->param] == condition->values[i])
            return true;
    return false; /* an inactive parent equals nothing */
}

bool study_param_active(const struct muster_param *param, const double *x)
{
    for (size_t i = 0; i < param->n_conditions; i++)
        if (!study_condition_holds(&param->conditions[i], x))
            return false;
    return true;
}

bool muster_space_settle(const struct muster_space *space, double *x)
{
    bool whole = true;

    for (size_t i = 0; i < space->d; i++) {
        bool on = study_param_active(&space->params[i], x);
        if (!on)
            x[i] = NAN;
        whole = whole && !(on && isnan(x[i]));
    }
    return whole;
}

void muster_space_decode(const struct muster_space *space, const double *u, double *x)
{
    for (size_t i = 0; i < space->d; i++)
        x[i] = muster_param_decode(&space->params[i], u[i]);
    muster_space_settle(space, x);
}

void muster_space_encode(const struct muster_space *space, const double *x, double *u)
{
    for (size_t i = 0; i < space->d; i++)
        u[i] = muster_param_encode(&space->params[i], x[i]);
}

bool muster_space_equal(const struct muster_space *space, const double *a, const double *b)
{
    for (size_t i = 0; i < space->d; i++) {
        bool off = isnan(a[i]) && isnan(b[i]);
        if (!off && memcmp(&a[i], &b[i], sizeof *a) != 0)
            return false;
    }
    return true;
}
