/* echo.c: a study's effective values, one a line: all of them for people, and those that may not
 * change between a run and its resume. */
#include "study/study_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct echo {
    const struct muster_study *study;
    struct muster_text *text;
    bool identity; /* no marks, and only what may not change */
};

/* What a resumed run may do differently; a name stands for all below it. */
static const char *const free_to_change[] = {"search.trials", "search.stop", "parallel"};
/* ... but for these, which change the bits of a result. */
static const char *const bound[] = {"parallel.shards", "parallel.threads"};

static bool below(const char *path, const char *name)
{
    size_t length = strlen(name);

    return strncmp(path, name, length) == 0 && (path[length] == '.' || path[length] == '\0');
}

/* True where the chosen method is a design over the whole budget. */
static bool budget_bound(const struct muster_study *study)
{
    const struct study_slot *slot = study_slot_find(study, "search.method");
    const struct muster_plugin *method = NULL;

    if (slot != NULL && slot->option->registry != NULL && slot->value.text != NULL)
        method = muster_registry_find(slot->option->registry, slot->value.text);
    return method != NULL && method->fixed;
}

static bool may_change(const struct muster_study *study, const char *path)
{
    bool change = false;

    for (size_t i = 0; i < sizeof free_to_change / sizeof *free_to_change; i++)
        change = change || below(path, free_to_change[i]);
    for (size_t i = 0; i < sizeof bound / sizeof *bound; i++)
        change = change && !below(path, bound[i]);
    if (strcmp(path, "search.trials") == 0)
        change = !budget_bound(study);
    return change;
}

static void mark(struct echo *e, bool standard)
{
    muster_text_add(e->text, "%s\n", standard && !e->identity ? "  # default" : "");
}

/* A default in whose place another option stands: that of X where X.method is given. */
static bool is_replaced(const struct muster_study *study, const struct study_slot *slot)
{
    char path[160];
    const struct study_slot *method;

    if (slot->node != NULL ||
        snprintf(path, sizeof path, "%s.method", slot->path) >= (int)sizeof path)
        return false;
    method = study_slot_find(study, path);
    return method != NULL && method->value.set;
}

static void print_slot(const struct study_slot *slot, void *context)
{
    struct echo *e = context;

    if ((slot->range == NULL && !slot->value.set) ||
        (e->identity && may_change(e->study, slot->path)) ||
        (!e->identity && is_replaced(e->study, slot)))
        return;
    muster_text_add(e->text, "%s = ", slot->path);
    if (slot->range != NULL)
        study_range_print(slot->range, e->text);
    else
        study_value_print(slot->option, &slot->value, e->text);
    if (e->identity && strcmp(slot->path, "search.trials") == 0)
        muster_text_add(e->text, "  # the method's design is made for this number");
    mark(e, slot->node == NULL);
}

static void print_layer(struct echo *e, const struct study_layer *layer)
{
    for (size_t i = 0; i < layer->n; i++) {
        const struct study_layer *inner = layer->layers[i];
        if (inner->branch == NULL || inner->n == 0)
            muster_text_add(e->text, "%s = %s\n", inner->path,
                            inner->plugin != NULL   ? inner->plugin->name
                            : inner->branch != NULL ? "[]"
                                                    : "sequence");
        for (size_t s = 0; s < inner->group.n; s++)
            print_slot(&inner->group.slots[s], e);
        print_layer(e, inner);
    }
}

static void print_space(struct echo *e)
{
    for (size_t i = 0; i < e->study->n_ranges; i++) {
        muster_text_add(e->text, "space.%s = ", e->study->ranges[i]->path);
        study_range_print(e->study->ranges[i], e->text);
        mark(e, false);
    }
}

/* Options of a method that is not the chosen one mean nothing, but for those that are given under
 * `auto`, which works with several. */
static bool applies(const struct study_group *group, const struct study_slot *slot)
{
    const struct muster_registry *methods = group->methods;
    const char *chosen = NULL, *name = slot->option->name;

    for (size_t i = 0; i < group->n; i++)
        if (methods != NULL && group->slots[i].option->registry == methods)
            chosen = group->slots[i].value.text;
    for (size_t m = 0; methods != NULL && m < methods->n; m++)
        if (below(name, methods->items[m]->name) && strchr(name, '.') != NULL)
            return chosen != NULL &&
                   (below(name, chosen) || (strcmp(chosen, "auto") == 0 && slot->node != NULL));
    return true;
}

static void print_initial(struct echo *e)
{
    const struct muster_study *study = e->study;

    if (study->n_initial == 0)
        return;
    muster_text_add(e->text, "search.initial = ");
    for (size_t i = 0; i < study->n_initial; i++) {
        muster_text_add(e->text, "%s", i > 0 ? ", " : "[");
        muster_space_json(&study->space, study->initial + i * study->space.d, e->text);
    }
    muster_text_add(e->text, "]\n");
}

static void print_forbidden(struct echo *e)
{
    const struct study_item *search = study_tree_get(e->study->root, "search");
    const struct study_item *item = search != NULL ? study_tree_get(search->node, "forbid") : NULL;

    if (item == NULL)
        return;
    muster_text_add(e->text, "search.forbid = ");
    study_tree_print(item->node, e->text);
    muster_text_add(e->text, "\n");
}

static void print_study(struct echo *e)
{
    const struct muster_study *study = e->study;

    muster_text_add(e->text, "seed = %" PRIu64, study->seed);
    mark(e, study_tree_get(study->root, "seed") == NULL);
    if (study->network != NULL)
        print_layer(e, study->network);
    else
        print_space(e);
    for (size_t s = 0; s < study->catalog->n_sections; s++) {
        const struct study_group *group = &study->groups[s];
        if (!study_section_applies(study, group->path))
            continue;
        for (size_t i = 0; i < group->n; i++)
            if (applies(group, &group->slots[i]))
                print_slot(&group->slots[i], e);
        if (strcmp(group->path, "search") != 0)
            continue;
        print_forbidden(e);
        print_initial(e);
    }
}

void muster_study_echo(const struct muster_study *study, struct muster_text *text)
{
    struct echo echo = {study, text, false};

    muster_text_add(text, "study = ");
    study_string_print(study->name, text);
    mark(&echo, study_tree_get(study->root, "study") == NULL);
    print_study(&echo);
}

void muster_study_identity(const struct muster_study *study, struct muster_text *text)
{
    struct echo echo = {study, text, true};

    print_study(&echo);
}
