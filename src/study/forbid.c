/* forbid.c: `search.forbid`, combinations that may not be proposed: mappings of parameters to
 * values that may not stand together, and comparisons such as "a < b". */
#include "study/forbid_impl.h"

#include <math.h>
#include <string.h>

/* ---- names and values ------------------------------------------------------------------------ */

bool study_forbid_operand(struct muster_study *study, const char *name,
                          const struct study_place *place, struct study_operand *operand)
{
    struct study_names names = {0};

    *operand = (struct study_operand){.instance = study_instance_find(study, name)};
    if (operand->instance == NULL)
        operand->slot = study_slot_find(study, name);
    if (operand->instance != NULL || operand->slot != NULL)
        return true;
    study_instance_names(study, &study->work, &names);
    study_problem(&study->work, place, "`search.forbid` names `%s`, which is no parameter (%s)",
                  name, study_suggest(&study->work, &names, name));
    return false;
}

static size_t count_values(const struct study_node *node)
{
    return node->kind == STUDY_LIST ? node->n : 1;
}

static const struct study_node *value_of(const struct study_node *node, size_t i)
{
    return node->kind == STUDY_LIST ? node->items[i].node : node;
}

struct muster_condition *study_forbid_condition(struct study_work *work,
                                                struct muster_forbidden *forbidden, size_t param,
                                                size_t n)
{
    struct muster_condition *condition =
        study_push(work, &forbidden->conditions, &forbidden->n_conditions, sizeof *condition);

    if (condition != NULL)
        *condition = (struct muster_condition){param, 0, study_new(work, n, sizeof(double))};
    return work->failed ? NULL : condition;
}

/* `NAME: value` or `NAME: [values]` on a parameter; false where a value is none of its own. */
static bool on_parameter(struct muster_study *study, struct muster_forbidden *forbidden,
                         const struct study_instance *instance, const struct study_node *values)
{
    struct study_work *work = &study->work;
    struct muster_condition *condition =
        study_forbid_condition(work, forbidden, instance->param, count_values(values));

    for (size_t i = 0; condition != NULL && i < count_values(values); i++) {
        const struct study_node *node = value_of(values, i);
        struct muster_text range = {0};
        if (study_range_place(work, instance->range, node, &condition->values[condition->n])) {
            condition->n++;
            continue;
        }
        study_range_print(instance->range, &range);
        study_problem(work, &node->place, "%s is no value of `%s` (%s)",
                      study_tree_show(work, node), instance->name, study_keep(work, &range));
    }
    return condition != NULL && condition->n > 0;
}

/* A constant either always fulfils its part, or the entry never applies. */
static bool on_constant(struct muster_study *study, const struct study_slot *slot,
                        const struct study_node *values)
{
    struct muster_value value;
    bool holds = false;

    for (size_t i = 0; i < count_values(values); i++)
        if (study_value_read(&study->work, slot->path, slot->option, value_of(values, i), &value))
            holds = holds || study_value_equal(&value, &slot->value);
    return holds;
}

/* {a: 1, b: [2, 3]}: false where it can never apply. */
static bool read_values(struct muster_study *study, const struct study_node *map,
                        struct muster_forbidden *forbidden)
{
    bool can = map->n > 0;

    if (map->n == 0)
        study_problem(&study->work, &map->place,
                      "`search.forbid`: an empty mapping ({NAME: VALUE})");
    for (size_t i = 0; i < map->n; i++) {
        const struct study_item *item = &map->items[i];
        struct study_operand operand;
        if (!study_forbid_operand(study, item->key, &item->place, &operand))
            can = false;
        else if (operand.instance == NULL)
            can = on_constant(study, operand.slot, item->node) && can;
        else if (operand.instance->param == STUDY_NONE)
            can = false; /* never active */
        else
            can = on_parameter(study, forbidden, operand.instance, item->node) && can;
    }
    return can;
}

/* ---- the list -------------------------------------------------------------------------------- */

static void read_entry(struct muster_study *study, const struct study_node *node)
{
    struct muster_space *space = &study->space;
    struct muster_forbidden forbidden = {.right = space->d}, *entry;
    bool can = false;

    if (node->kind == STUDY_MAP)
        can = read_values(study, node, &forbidden);
    else if (node->kind == STUDY_SCALAR)
        can = study_forbid_compare(study, node, &forbidden);
    else
        study_problem(&study->work, &node->place,
                      "`search.forbid`: an entry is a list ({NAME: VALUE, ...} or \"a < b\")");
    if (!can)
        return;
    entry = study_push(&study->work, &space->forbidden, &space->n_forbidden, sizeof *entry);
    if (entry != NULL)
        *entry = forbidden;
}

/* Draws of which one at least must be allowed, or so many points that all are gone through. */
enum { DRAWS = 1 << 16 };

static bool any_drawn(const struct muster_space *space, double *x)
{
    struct muster_stream stream = muster_stream_of(0, -1, -1, MUSTER_FOR_SEARCH);

    for (uint64_t i = 0; i < DRAWS; i++) {
        for (size_t j = 0; j < space->d; j++)
            x[j] =
                muster_param_decode(&space->params[j], muster_random_uniform(stream, i << 16 | j));
        muster_space_settle(space, x);
        if (muster_space_allows(space, x))
            return true;
    }
    return false;
}

/* Whether there is an allowed one among all points: of a space small enough, an odometer. */
static bool any_at_all(const struct muster_space *space, double *x)
{
    double points = 1;

    for (size_t j = 0; j < space->d; j++)
        points *= muster_param_count(&space->params[j]);
    for (double i = 0; points <= DRAWS && i < points; i++) {
        double rest = i;
        for (size_t j = 0; j < space->d; j++) {
            double n = muster_param_count(&space->params[j]);
            x[j] = muster_param_value(&space->params[j], fmod(rest, n));
            rest = floor(rest / n);
        }
        muster_space_settle(space, x);
        if (muster_space_allows(space, x))
            return true;
    }
    return false;
}

static void check_feasible(struct muster_study *study, const struct study_place *place)
{
    const struct muster_space *space = &study->space;
    double *x = study_new(&study->work, space->d, sizeof *x);

    if (x != NULL && !any_drawn(space, x) && !any_at_all(space, x))
        study_problem(&study->work, place,
                      "`search.forbid` leaves nothing to search (of %d points, none is allowed)",
                      DRAWS);
}

void study_forbid_read(struct muster_study *study)
{
    const struct study_item *search = study_tree_get(study->root, "search");
    const struct study_item *item = search != NULL ? study_tree_get(search->node, "forbid") : NULL;

    if (item == NULL || study->work.failed)
        return;
    if (item->node->kind != STUDY_LIST) {
        study_problem(&study->work, &item->node->place,
                      "`search.forbid` is %s (a list: [{NAME: VALUE, ...}, \"a < b\"])",
                      study_tree_show(&study->work, item->node));
        return;
    }
    for (size_t i = 0; i < item->node->n && !study->work.failed; i++)
        read_entry(study, item->node->items[i].node);
    if (study->space.n_forbidden > 0 && study->work.n_problems == 0)
        check_feasible(study, &item->place);
}
