/* expand.c: from ranges to parameters, one for each or, with `per_layer`, one a repetition. Their
 * order is that of the layers and option tables, not of the keys in the file, so that a file whose
 * keys were sorted anew means the same search. */
#include "study/study_impl.h"

#include <string.h>

#define MOST_PARAMS 4096

static void visit_layer(const struct study_layer *layer, study_slot_visit *visit, void *context)
{
    for (size_t i = 0; i < layer->group.n; i++)
        visit(&layer->group.slots[i], context);
    for (size_t i = 0; i < layer->n; i++)
        visit_layer(layer->layers[i], visit, context);
}

void study_visit_network(const struct muster_study *study, study_slot_visit *visit, void *context)
{
    if (study->network != NULL)
        visit_layer(study->network, visit, context);
}

/* How many repetitions tell the range's parameters apart; says why where none do. */
static size_t repetitions(struct muster_study *study, struct study_range *range)
{
    const struct study_layer *binder = study_layer_binder(range->layer);
    bool itself = range->slot == study_layer_repeat(range->layer);

    if (binder != NULL && !itself)
        return (size_t)study_layer_most(binder);
    range->bad = true;
    study_problem(&study->work, &range->place,
                  itself ? "`%s`: a `repeat` may not be per_layer (leave it out)"
                         : "`%s`: per_layer needs a `repeat` in this layer or around it",
                  range->path);
    return 0;
}

static void add_instance(struct muster_study *study, const struct study_range *range, size_t index)
{
    struct study_work *work = &study->work;
    struct study_instance *instance =
        study_push(work, &study->instances, &study->n_instances, sizeof *instance);
    const char *names[3] = {range->name, range->path, range->alias};

    if (instance == NULL)
        return;
    for (size_t i = 0; range->per_layer && i < 3; i++)
        names[i] = names[i] != NULL ? study_print(work, "%s.%zu", names[i], index) : NULL;
    *instance = (struct study_instance){.name = names[0],
                                        .path = names[1],
                                        .alias = names[2],
                                        .range = range,
                                        .index = index,
                                        .param = STUDY_NONE};
}

static void expand(struct muster_study *study, struct study_range *range)
{
    size_t n = 0;

    if (!range->bad)
        n = range->per_layer ? repetitions(study, range) : 1;
    range->first = study->n_instances;
    if (range->first + n > MOST_PARAMS) {
        study_problem(&study->work, &range->place, "`%s`: more than %d parameters", range->path,
                      MOST_PARAMS);
        range->bad = true;
        return;
    }
    for (size_t i = 0; i < n && !study->work.failed; i++)
        add_instance(study, range, i);
    range->n = n;
}

static void expand_slot(const struct study_slot *slot, void *study)
{
    if (slot->range != NULL)
        expand(study, slot->range);
}

/* Paths differ as the file is made; names that were given may clash. */
static void check_name(struct muster_study *study, size_t i)
{
    const struct study_instance *a = &study->instances[i];

    for (size_t j = 0; j < study->n_instances; j++) {
        const struct study_instance *b = &study->instances[j];
        bool given = b->range->name != b->range->path;
        if (i == j || strcmp(a->name, b->name) != 0 || (given && j > i))
            continue;
        study_problem(&study->work, &a->range->place,
                      "the name `%s` is taken by the parameter in line %zu", a->name,
                      b->range->place.line);
        return;
    }
}

void study_expand(struct muster_study *study)
{
    study_visit_network(study, expand_slot, study);
    for (size_t s = 0; s < study->catalog->n_sections; s++)
        for (size_t i = 0; i < study->groups[s].n; i++)
            expand_slot(&study->groups[s].slots[i], study);
    for (size_t i = 0; i < study->n_ranges; i++)
        if (study->ranges[i]->slot == NULL)
            expand(study, study->ranges[i]);
    for (size_t i = 0; i < study->n_instances; i++)
        if (study->instances[i].range->name != study->instances[i].range->path)
            check_name(study, i);
}

static bool is_name(const char *candidate, const char *name)
{
    return candidate != NULL && strcmp(candidate, name) == 0;
}

struct study_instance *study_instance_find(const struct muster_study *study, const char *name)
{
    const char *given = study_given_path(study, name, strlen(name));

    for (size_t i = 0; i < study->n_instances; i++)
        if (is_name(study->instances[i].name, name))
            return &study->instances[i];
    for (size_t i = 0; i < study->n_instances; i++)
        if (is_name(study->instances[i].path, name) || is_name(study->instances[i].alias, name))
            return &study->instances[i];
    return given != NULL ? study_instance_find(study, given) : NULL;
}

void study_instance_names(const struct muster_study *study, struct study_work *work,
                          struct study_names *names)
{
    for (size_t i = 0; i < study->n_instances; i++)
        study_names_add(work, names, study->instances[i].name);
}
