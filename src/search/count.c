/* How many configurations a conditional space holds. Parameters tied by conditions form a group;
 * groups multiply. Within a group only values that a condition names are told apart. */
#include <math.h>

#include "search/search_impl.h"

struct counter {
    const struct muster_space *space;
    size_t *group; /* owned [d]: the lowest parameter tied to this one */
    bool *parent;  /* owned [d]: a condition hangs on it */
    double *x;     /* owned [d]: the values told apart so far; NaN inactive */
};

static size_t root_of(const size_t *group, size_t j)
{
    while (group[j] != j)
        j = group[j];
    return j;
}

static void tie_groups(struct counter *c)
{
    for (size_t j = 0; j < c->space->d; j++)
        c->group[j] = j;
    for (size_t j = 0; j < c->space->d; j++)
        for (size_t k = 0; k < c->space->params[j].n_conditions; k++) {
            size_t a = root_of(c->group, j);
            size_t b = root_of(c->group, c->space->params[j].conditions[k].param);
            c->group[a > b ? a : b] = a > b ? b : a;
            c->parent[c->space->params[j].conditions[k].param] = true;
        }
}

static bool holds(const struct muster_condition *condition, const double *x)
{
    for (size_t i = 0; i < condition->n; i++)
        if (x[condition->param] == condition->values[i])
            return true;
    return false;
}

static bool is_active(const struct counter *c, size_t j)
{
    for (size_t k = 0; k < c->space->params[j].n_conditions; k++)
        if (!holds(&c->space->params[j].conditions[k], c->x))
            return false;
    return true;
}

/* True where value v of parent j is named by a condition, for the first time at (child, k, i). */
static bool first_named(const struct muster_space *space, size_t j, double v, size_t child,
                        size_t k, size_t i)
{
    for (size_t a = 0; a <= child; a++)
        for (size_t b = 0; b < space->params[a].n_conditions; b++) {
            const struct muster_condition *condition = &space->params[a].conditions[b];
            for (size_t e = 0; condition->param == j && e < condition->n; e++) {
                if (a == child && b == k && e == i)
                    return true;
                if (condition->values[e] == v)
                    return false;
            }
        }
    return false;
}

/* A condition may name a value that the parameter cannot take. */
static bool can_take(const struct muster_param *param, double v)
{
    return v >= param->low && v <= param->high &&
           muster_param_decode(param, muster_param_encode(param, v)) == v;
}

static double count_from(struct counter *c, size_t j, size_t group);

/* Sum over the named values of parent j, and the rest in one. */
static double count_parent(struct counter *c, size_t j, size_t group)
{
    const struct muster_space *space = c->space;
    double sum = 0, rest = muster_param_count(&space->params[j]);

    for (size_t a = 0; a < space->d; a++)
        for (size_t b = 0; b < space->params[a].n_conditions; b++) {
            const struct muster_condition *condition = &space->params[a].conditions[b];
            for (size_t e = 0; condition->param == j && e < condition->n; e++) {
                double v = condition->values[e];
                if (!can_take(&space->params[j], v) || !first_named(space, j, v, a, b, e))
                    continue;
                c->x[j] = v;
                sum += count_from(c, j + 1, group);
                rest--;
            }
        }
    c->x[j] = INFINITY; /* no condition names it */
    return rest > 0 ? sum + rest * count_from(c, j + 1, group) : sum;
}

/* Configurations of the group's parameters from j on, given those before. */
static double count_from(struct counter *c, size_t j, size_t group)
{
    while (j < c->space->d && c->group[j] != group)
        j++;
    if (j == c->space->d)
        return 1;
    c->x[j] = NAN;
    if (!is_active(c, j))
        return count_from(c, j + 1, group);
    if (c->parent[j])
        return count_parent(c, j, group);
    return muster_param_count(&c->space->params[j]) * count_from(c, j + 1, group);
}

enum muster_status muster_count_points(const struct muster_space *space, double *points)
{
    enum muster_status status = MUSTER_OK;
    struct counter c = {.space = space};

    *points = 1;
    MUSTER_NEW(c.group, space->d);
    MUSTER_NEW(c.parent, space->d);
    MUSTER_NEW(c.x, space->d);
    tie_groups(&c);
    for (size_t j = 0; j < space->d; j++)
        c.group[j] = root_of(c.group, j);
    for (size_t j = 0; j < space->d; j++)
        if (c.group[j] == j)
            *points *= count_from(&c, j, j);
done:
    muster_free(c.group);
    muster_free(c.parent);
    muster_free(c.x);
    return status;
}
