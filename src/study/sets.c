/* sets.c: `--set PATH=VALUE` puts a value into the tree, with the keys that lead to it where the
 * file does not have them. Whether the keys mean anything is found out when the tree is read. */
#include "study/study_impl.h"

#include <string.h>

struct setter {
    struct muster_study *study;
    struct study_work *work;
    const struct muster_registry *layers;
    struct study_place place; /* of what stands in PATH */
    const char *path;         /* as it leads through the tree */
    struct study_node *value;
};

static struct study_node *new_node(struct setter *s, enum study_node_kind kind)
{
    struct study_node *node = study_new(s->work, 1, sizeof *node);

    if (node != NULL)
        *node = (struct study_node){.kind = kind, .place = s->place, .text = ""};
    return node;
}

static struct study_item *add_item(struct setter *s, struct study_node *map, const char *key,
                                   struct study_node *node)
{
    struct study_item *item = study_push(s->work, &map->items, &map->n, sizeof *item);

    if (item != NULL)
        *item = (struct study_item){key, s->place, node};
    return item;
}

/* The next step of a path; names in `space:` may have dots. */
static const char *first_step(struct setter *s, const char *path, const struct study_item *item,
                              const char **rest)
{
    bool whole = item != NULL && item->key != NULL && strcmp(item->key, "space") == 0;
    size_t length = whole ? strlen(path) : strcspn(path, ".");

    *rest = path + length + (path[length] == '.');
    return study_print(s->work, "%.*s", (int)length, path);
}

/* The node as a mapping into which `key` can be put:
 * `flatten` is {flatten: }, and `dropout: 0.5` is {rate: 0.5} where `rate` or `repeat` is set. */
static struct study_node *as_map(struct setter *s, const struct study_item *item, const char *key)
{
    struct study_node *node = item->node, *map;
    const struct muster_plugin *plugin =
        item->key != NULL ? muster_registry_find(s->layers, item->key) : NULL;
    const char *main_option = plugin != NULL ? plugin->main_option : NULL;
    bool bare = node->kind != STUDY_MAP || study_range_is(node);

    if (!bare || (study_range_is(node) && (main_option == NULL || study_range_key(key))))
        return node;
    map = new_node(s, STUDY_MAP);
    if (map == NULL)
        return NULL;
    if (main_option != NULL && !study_tree_empty(node))
        add_item(s, map, main_option, node);
    else if (node->kind == STUDY_SCALAR && !study_tree_empty(node) &&
             (item->key == NULL || strcmp(node->text, key) == 0))
        add_item(s, map, node->text, new_node(s, STUDY_SCALAR));
    return map;
}

static void refuse_index(struct setter *s, const struct study_node *list, const char *key)
{
    study_problem(s->work, &s->place, "`%s` is no element of a list of %zu (0 to %zu)", key,
                  list->n, list->n > 0 ? list->n - 1 : 0);
}

/* Puts the value in the item's place. Conditions and points may go on calling it by the name that
 * the range had. */
static void replace(struct setter *s, struct study_item *item)
{
    const struct study_item *name =
        study_range_is(item->node) ? study_tree_get(item->node, "name") : NULL;
    struct study_given *given;

    if (name != NULL && study_range_is(s->value)) {
        if (study_tree_get(s->value, "name") == NULL)
            add_item(s, s->value, name->key, name->node);
    } else if (name != NULL && name->node->kind == STUDY_SCALAR) {
        given = study_push(s->work, &s->study->given, &s->study->n_given, sizeof *given);
        if (given != NULL)
            *given = (struct study_given){name->node->text, s->path};
    }
    item->node = s->value;
}

/* Goes on from `item` (NULL: the root), whose node is `node`. */
static void descend(struct setter *s, struct study_item *item, struct study_node *node,
                    const char *path)
{
    while (*path != '\0' && !s->work->failed) {
        const char *rest, *key = first_step(s, path, item, &rest);
        struct study_item *next;
        if (node->kind != STUDY_LIST && item != NULL) {
            node = as_map(s, item, key);
            if (node == NULL)
                return;
            item->node = node;
        }
        next = study_tree_walk(node, path, &rest);
        if (next != NULL) { /* as far as the tree goes */
            item = next;
            node = item->node;
            path = rest;
            continue;
        }
        if (node->kind == STUDY_LIST) {
            refuse_index(s, node, key);
            return;
        }
        key = first_step(s, path, item, &rest);
        item = add_item(s, node, key, new_node(s, STUDY_MAP));
        if (item == NULL || item->node == NULL)
            return;
        node = item->node;
        path = rest;
    }
    if (item != NULL)
        replace(s, item);
}

/* The path to the range below `node` that has `name: NAME`; NULL: none. */
static const char *find_named(struct setter *s, const struct study_node *node, const char *name)
{
    for (size_t i = 0; i < node->n; i++) {
        const struct study_item *item = &node->items[i];
        const struct study_item *own =
            study_range_is(item->node) ? study_tree_get(item->node, "name") : NULL;
        const char *step = item->key != NULL ? item->key : study_print(s->work, "%zu", i);
        if (own != NULL && own->node->kind == STUDY_SCALAR && strcmp(own->node->text, name) == 0)
            return step;
        const char *rest = own == NULL ? find_named(s, item->node, name) : NULL;
        if (rest != NULL)
            return study_print(s->work, "%s.%s", step, rest);
    }
    return NULL;
}

/* A PATH as it is; or that of the range, which may be replaced by now, with such a name. */
static const char *path_of(struct setter *s, const struct study_node *root, const char *path)
{
    const char *first = study_print(s->work, "%.*s", (int)strcspn(path, "."), path);
    const char *given = study_given_path(s->study, path, strlen(path));
    const char *named = given != NULL ? given : find_named(s, root, path);

    return named == NULL || study_key_known(s->study, first) ? path : named;
}

static bool well_formed(const char *path)
{
    size_t length = strlen(path);

    return length > 0 && path[0] != '.' && path[length - 1] != '.' && strstr(path, "..") == NULL;
}

static void apply(struct setter *s, struct study_node *root, const char *set, size_t source)
{
    const char *equal = strchr(set, '=');
    const char *path = study_print(s->work, "%.*s",
                                   (int)(equal != NULL ? (size_t)(equal - set) : strlen(set)), set);
    const char *file = study_print(s->work, "--set %s", path);

    s->place = (struct study_place){file, source, 1, 1, true};
    if (equal == NULL || !well_formed(path)) {
        study_problem(s->work, &s->place, "%s (--set PATH=VALUE, e.g. train.epochs=20)",
                      equal == NULL ? "there is no `=`" : "this is no path");
        return;
    }
    if (equal[1] == '\0')
        s->value = new_node(s, STUDY_SCALAR);
    else
        s->value = study_tree_read(s->work, equal + 1, file, source);
    if (s->value == NULL)
        return;
    s->value->place.path = false;
    s->path = path_of(s, root, path);
    descend(s, NULL, root, s->path);
}

void study_sets_apply(struct muster_study *study, const char *const *sets, size_t n_sets)
{
    struct setter setter = {.study = study, .work = &study->work, .layers = study->catalog->layers};

    for (size_t i = 0; i < n_sets && !study->work.failed; i++)
        apply(&setter, study->root, sets[i], i + 1);
}

const char *study_given_path(const struct muster_study *study, const char *name, size_t length)
{
    for (size_t i = 0; i < study->n_given; i++)
        if (strlen(study->given[i].name) == length &&
            strncmp(study->given[i].name, name, length) == 0)
            return study->given[i].path;
    return NULL;
}
