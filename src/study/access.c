/* access.c: what others ask of a study. */
#include "study/study_impl.h"

#include <string.h>

const char *muster_study_name(const struct muster_study *study)
{
    return study->name;
}

const char *muster_study_file(const struct muster_study *study)
{
    return study->file;
}

const char *muster_study_text(const struct muster_study *study)
{
    return study->text;
}

const char *muster_study_sets(const struct muster_study *study)
{
    return study->sets;
}

uint64_t muster_study_seed(const struct muster_study *study)
{
    return study->seed;
}

enum muster_study_kind muster_study_kind(const struct muster_study *study)
{
    return study->kind;
}

const struct muster_space *muster_study_space(const struct muster_study *study)
{
    return &study->space;
}

const char *muster_study_first_layer(const struct muster_study *study, const char *branch)
{
    const struct study_layer *list = study->network;

    if (branch != NULL && list != NULL && list->n > 0) {
        const struct study_layer *first = list->layers[0];
        list = NULL;
        for (size_t i = 0; i < first->n; i++)
            if (first->layers[i]->branch != NULL && strcmp(first->layers[i]->branch, branch) == 0)
                list = first->layers[i];
    }
    return list != NULL && list->n > 0 && list->layers[0]->plugin != NULL
               ? list->layers[0]->plugin->name
               : NULL;
}

const struct muster_block *muster_study_section(const struct muster_study *study, const char *name)
{
    for (size_t s = 0; s < study->catalog->n_sections; s++)
        if (strcmp(study->catalog->sections[s].name, name) == 0)
            return &study->blocks[s];
    return NULL;
}

double muster_study_fallback(const struct muster_study *study, size_t param)
{
    return study_range_fallback(study->params[param]->range);
}

const double *muster_study_initial(const struct muster_study *study, size_t *n)
{
    *n = study->n_initial;
    return study->initial;
}

/* ---- by path --------------------------------------------------------------------------------- */

/* The path is `length` characters of `path`, and `tail` behind a dot where that is not NULL. */
struct search {
    const char *path, *tail;
    size_t length;
    const struct study_slot *found;
};

static void compare_path(const struct study_slot *slot, void *context)
{
    struct search *search = context;
    const char *rest = slot->path + search->length, *tail = search->tail;

    if (strncmp(slot->path, search->path, search->length) == 0 &&
        (tail == NULL ? *rest == '\0' : *rest == '.' && strcmp(rest + 1, tail) == 0))
        search->found = slot;
}

static void find_path(const struct muster_study *study, struct search *search)
{
    study_visit_network(study, compare_path, search);
    for (size_t s = 0; s < study->catalog->n_sections; s++)
        for (size_t i = 0; i < study->groups[s].n; i++)
            compare_path(&study->groups[s].slots[i], search);
}

/* As a path, as a layer's main option, or as the name that a range had. */
static const struct study_slot *find_slot(const struct muster_study *study, const char *path,
                                          size_t length)
{
    const char *given = study_given_path(study, path, length);
    struct search search = {given != NULL ? given : path, NULL,
                            given != NULL ? strlen(given) : length, NULL};
    const struct muster_registry *layers = study->catalog->layers;

    find_path(study, &search);
    for (size_t i = 0; i < layers->n && search.found == NULL; i++) {
        search.tail = layers->items[i]->main_option;
        size_t kind = strlen(layers->items[i]->name);
        if (search.tail != NULL && search.length > kind &&
            strncmp(search.path + search.length - kind, layers->items[i]->name, kind) == 0)
            find_path(study, &search);
    }
    return search.found;
}

const struct study_slot *study_slot_find(const struct muster_study *study, const char *path)
{
    const struct study_slot *slot = find_slot(study, path, strlen(path));
    const char *dot = strrchr(path, '.');

    /* What would be a parameter for each repetition, `units.2`, is one constant for all. */
    if (slot == NULL && dot != NULL && dot[1] != '\0' &&
        dot[1 + strspn(dot + 1, "0123456789")] == '\0')
        slot = find_slot(study, path, (size_t)(dot - path));
    return slot;
}

const char *muster_study_place(const struct muster_study *study, const char *path)
{
    const struct study_instance *instance = study_instance_find(study, path);
    const struct study_item *item;
    const char *rest;

    muster_text_free(study->place);
    if (instance != NULL)
        study_place_print(&instance->range->place, study->place);
    else if ((item = study_tree_walk(study->root, path, &rest)) != NULL)
        study_place_print(&item->place, study->place);
    else
        study_place_print(&study->root->place, study->place);
    return study->place->data != NULL ? study->place->data : study->file;
}

char *muster_study_resolve(const struct muster_study *study, const char *file)
{
    const char *slash = strrchr(study->file, '/');

    if (file[0] == '/' || slash == NULL)
        return muster_strdup(file);
    return muster_format("%.*s/%s", (int)(slash - study->file), study->file, file);
}
