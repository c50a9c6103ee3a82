/* when.c: conditions. What is conditional on a constant is settled here; on a parameter, it becomes
 * a condition of the space. A layer's parameters hang on its `repeat` in the same way. */
#include "study/study_impl.h"

#include <math.h>
#include <string.h>

/* What a `when` names: one parameter, one a repetition, or a constant. */
struct target {
    struct study_instance *instance;
    const struct study_range *range;
    const struct study_slot *slot;
};

static void add_condition(struct muster_study *study, struct study_instance *instance,
                          const struct study_instance *parent, const double *values, size_t n)
{
    struct study_work *work = &study->work;
    double *kept = study_new(work, n, sizeof *kept);
    struct muster_condition *condition =
        study_push(work, &instance->conditions, &instance->n_conditions, sizeof *condition);

    if (work->failed)
        return;
    memcpy(kept, values, n * sizeof *kept);
    *condition = (struct muster_condition){(size_t)(parent - study->instances), n, kept};
}

/* ---- repetitions ----------------------------------------------------------------------------- */

static void require_more(struct muster_study *study, struct study_instance *instance,
                         const struct study_layer *layer, size_t count)
{
    const struct study_slot *slot = study_layer_repeat(layer);
    const struct study_range *range = slot->range;

    if (range == NULL) {
        instance->never = instance->never || slot->value.number <= (double)count;
        return;
    }
    if (range->bad || range->n != 1)
        return;
    size_t total = (size_t)muster_param_count(&range->param), n = 0;
    double *values = study_new(&study->work, total, sizeof *values);
    if (values == NULL)
        return;
    for (size_t i = 0; i < total; i++) {
        bool choice = range->param.kind == MUSTER_PARAM_CHOICE;
        double whole = range->param.low + (double)i * fmax(range->param.step, 1);
        if ((choice ? range->param.choices[i].number : whole) > (double)count)
            values[n++] = choice ? (double)i : whole;
    }
    /* An inactive repeat is 1: then further repetitions are inactive too. */
    if (n < total || (count > 0 && range->when != NULL))
        add_condition(study, instance, &study->instances[range->first], values, n);
}

static void require_layers(struct muster_study *study, struct study_instance *instance)
{
    const struct study_range *range = instance->range;
    const struct study_layer *layer = range->layer;
    const struct study_layer *binder = range->per_layer ? study_layer_binder(layer) : NULL;

    if (layer != NULL && range->slot == study_layer_repeat(layer))
        layer = layer->parent; /* a repeat does not hang on itself */
    for (; layer != NULL; layer = layer->parent)
        if (study_layer_repeat(layer) != NULL)
            require_more(study, instance, layer, layer == binder ? instance->index : 0);
}

/* ---- when ------------------------------------------------------------------------------------ */

static bool is_base(const struct study_range *range, const char *name)
{
    return strcmp(range->path, name) == 0 || strcmp(range->name, name) == 0 ||
           (range->alias != NULL && strcmp(range->alias, name) == 0);
}

static bool find_full(const struct muster_study *study, const char *name, struct target *target)
{
    *target = (struct target){0};
    target->instance = study_instance_find(study, name);
    for (size_t i = 0; target->instance == NULL && i < study->n_ranges; i++)
        if (is_base(study->ranges[i], name))
            target->range = study->ranges[i];
    if (target->instance == NULL && target->range == NULL)
        target->slot = study_slot_find(study, name);
    return target->instance != NULL || target->range != NULL || target->slot != NULL;
}

/* A sibling in the same section or layer, or a full name. */
static bool find_target(struct muster_study *study, const struct study_range *range,
                        const char *key, struct target *target)
{
    const char *sibling = study_print(&study->work, "%s.%s", range->home, key);

    return (range->home[0] != '\0' && find_full(study, sibling, target)) ||
           find_full(study, key, target);
}

static void refuse_name(struct muster_study *study, const struct study_item *item)
{
    struct study_names names = {0};

    study_instance_names(study, &study->work, &names);
    study_problem(&study->work, &item->place,
                  "`when` names `%s`, which is no parameter and no option here (%s)", item->key,
                  study_suggest(&study->work, &names, item->key));
}

/* The values that a condition names: one, or a list of alternatives. */
static size_t count_values(const struct study_node *node)
{
    return node->kind == STUDY_LIST ? node->n : 1;
}

static const struct study_node *value_of(const struct study_node *node, size_t i)
{
    return node->kind == STUDY_LIST ? node->items[i].node : node;
}

static void on_constant(struct muster_study *study, struct study_instance *instance,
                        const struct study_slot *slot, const struct study_item *item)
{
    struct study_work *work = &study->work;
    struct muster_value value;
    bool holds = false;

    for (size_t i = 0; i < count_values(item->node); i++)
        if (study_value_read(work, slot->path, slot->option, value_of(item->node, i), &value))
            holds = holds || study_value_equal(&value, &slot->value);
    instance->never = instance->never || !holds;
}

static void on_parameter(struct muster_study *study, struct study_instance *instance,
                         const struct study_instance *parent, const struct study_item *item)
{
    struct study_work *work = &study->work;
    size_t n = count_values(item->node), good = 0;
    double *values = study_new(work, n, sizeof *values);

    for (size_t i = 0; i < n && !work->failed; i++) {
        const struct study_node *node = value_of(item->node, i);
        struct muster_text range = {0};
        if (study_range_place(work, parent->range, node, &values[good])) {
            good++;
            continue;
        }
        study_range_print(parent->range, &range);
        study_problem(work, &node->place, "%s is no value of `%s` (%s)",
                      study_tree_show(work, node), parent->range->path, study_keep(work, &range));
    }
    if (n == 0)
        study_problem(work, &item->node->place, "`when` names no value of `%s`", item->key);
    if (good > 0)
        add_condition(study, instance, parent, values, good);
}

static void on_item(struct muster_study *study, struct study_instance *instance,
                    const struct study_item *item)
{
    const struct study_range *range = instance->range;
    struct target target;

    if (!find_target(study, range, item->key, &target)) {
        if (instance->index == 0)
            refuse_name(study, item);
        return;
    }
    if (target.range != NULL && target.range->bad)
        return;
    if (target.range != NULL && range->per_layer &&
        study_layer_binder(target.range->layer) == study_layer_binder(range->layer))
        target.instance = &study->instances[target.range->first + instance->index];
    if (target.instance != NULL)
        on_parameter(study, instance, target.instance, item);
    else if (target.slot != NULL)
        on_constant(study, instance, target.slot, item);
    else
        study_problem(&study->work, &item->place,
                      "`%s` is a parameter for each repetition (name one of them: `%s.0`)",
                      item->key, item->key);
}

void study_conditions(struct muster_study *study)
{
    for (size_t i = 0; i < study->n_instances && !study->work.failed; i++) {
        struct study_instance *instance = &study->instances[i];
        const struct study_node *when = instance->range->when;
        require_layers(study, instance);
        for (size_t j = 0; when != NULL && j < when->n; j++)
            on_item(study, instance, &when->items[j]);
    }
}
