/* How many configurations a conditional space holds. Parameters tied by conditions or by forbidden
 * combinations form a group; groups multiply. Within a group only values that a condition names are
 * told apart; one with forbidden combinations is gone through value by value. */
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

static void tie(struct counter *c, size_t j, size_t k)
{
    size_t a = root_of(c->group, j), b = root_of(c->group, k);
    c->group[a > b ? a : b] = a > b ? b : a;
}

/* Every parameter of a forbidden combination to its first one. */
static void tie_forbidden(struct counter *c, const struct muster_forbidden *forbidden)
{
    size_t first = forbidden->n_conditions > 0 ? forbidden->conditions[0].param : forbidden->left;
    for (size_t i = 0; i < forbidden->n_conditions; i++)
        tie(c, first, forbidden->conditions[i].param);
    if (forbidden->relation == MUSTER_NO_RELATION)
        return;
    tie(c, first, forbidden->left);
    if (forbidden->right < c->space->d)
        tie(c, first, forbidden->right);
}

static void tie_groups(struct counter *c)
{
    for (size_t j = 0; j < c->space->d; j++)
        c->group[j] = j;
    for (size_t j = 0; j < c->space->d; j++)
        for (size_t k = 0; k < c->space->params[j].n_conditions; k++) {
            tie(c, j, c->space->params[j].conditions[k].param);
            c->parent[c->space->params[j].conditions[k].param] = true;
        }
    for (size_t i = 0; i < c->space->n_forbidden; i++)
        tie_forbidden(c, &c->space->forbidden[i]);
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

/* ---- forbidden combinations ------------------------------------------------------------------ */

#define MOST_WALKED ((double)(1 << 22))

static bool has_forbidden(const struct counter *c, size_t group)
{
    for (size_t i = 0; i < c->space->n_forbidden; i++) {
        const struct muster_forbidden *f = &c->space->forbidden[i];
        size_t member = f->n_conditions > 0 ? f->conditions[0].param : f->left;
        if (c->group[member] == group)
            return true;
    }
    return false;
}

/* Allowed combinations of the group's parameters from j on; those of other groups are NaN, so that
 * none of their forbidden combinations applies. */
static double walk_from(struct counter *c, size_t j, size_t group)
{
    const struct muster_space *space = c->space;
    while (j < space->d && c->group[j] != group)
        j++;
    if (j == space->d)
        return muster_space_allows(space, c->x);
    c->x[j] = NAN;
    if (!is_active(c, j))
        return walk_from(c, j + 1, group);
    double n = muster_param_count(&space->params[j]), sum = 0;
    for (double i = 0; i < n; i++) {
        c->x[j] = muster_param_value(&space->params[j], i);
        sum += walk_from(c, j + 1, group);
    }
    c->x[j] = NAN;
    return sum;
}

static double count_group(struct counter *c, size_t group)
{
    double all = count_from(c, group, group);
    if (!has_forbidden(c, group) || all > MOST_WALKED)
        return all;
    for (size_t j = 0; j < c->space->d; j++)
        c->x[j] = NAN;
    return walk_from(c, group, group);
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
            *points *= count_group(&c, j);
done:
    muster_free(c.group);
    muster_free(c.parent);
    muster_free(c.x);
    return status;
}
