/* allow.c: which points the forbidden combinations of a space leave. */
#include "study/forbid_impl.h"

#include <math.h>

double muster_param_number(const struct muster_param *param, double x)
{
    if (isnan(x) || param->kind != MUSTER_PARAM_CHOICE)
        return x;
    return param->choices[(size_t)x].number;
}

bool study_relation_holds(enum muster_relation relation, double a, double b)
{
    switch (relation) {
    case MUSTER_LESS:
        return a < b;
    case MUSTER_LESS_EQUAL:
        return a <= b;
    case MUSTER_EQUAL:
        return a == b;
    case MUSTER_UNEQUAL:
        return a < b || a > b;
    case MUSTER_GREATER_EQUAL:
        return a >= b;
    case MUSTER_GREATER:
        return a > b;
    case MUSTER_NO_RELATION:
        break;
    }
    return true;
}

static bool applies(const struct muster_space *space, const struct muster_forbidden *forbidden,
                    const double *x)
{
    for (size_t i = 0; i < forbidden->n_conditions; i++)
        if (!study_condition_holds(&forbidden->conditions[i], x))
            return false;
    if (forbidden->relation == MUSTER_NO_RELATION)
        return true;
    size_t left = forbidden->left, right = forbidden->right;
    double a = muster_param_number(&space->params[left], x[left]);
    double b =
        right < space->d ? muster_param_number(&space->params[right], x[right]) : forbidden->number;
    return study_relation_holds(forbidden->relation, a, b);
}

bool muster_space_allows(const struct muster_space *space, const double *x)
{
    for (size_t i = 0; i < space->n_forbidden; i++)
        if (applies(space, &space->forbidden[i], x))
            return false;
    return true;
}
