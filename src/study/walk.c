/* walk.c: ways through the tree: by key, by path, and out again as text. */
#include "study/study_impl.h"

#include <stdlib.h>
#include <string.h>

struct study_item *study_tree_get(const struct study_node *map, const char *key)
{
    if (map == NULL || map->kind != STUDY_MAP)
        return NULL;
    for (size_t i = 0; i < map->n; i++)
        if (strcmp(map->items[i].key, key) == 0)
            return &map->items[i];
    return NULL;
}

bool study_tree_empty(const struct study_node *node)
{
    return node->kind == STUDY_SCALAR && !node->quoted && node->text[0] == '\0';
}

/* Whether `path` starts with the step `key`; then *rest is what follows. */
static bool starts(const char *path, const char *key, const char **rest)
{
    size_t length = strlen(key);

    if (length == 0 || strncmp(path, key, length) != 0)
        return false;
    if (path[length] != '.' && path[length] != '\0')
        return false;
    *rest = path + length + (path[length] == '.');
    return true;
}

static struct study_item *step_list(const struct study_node *list, const char *path,
                                    const char **rest)
{
    char *end;

    if (path[0] < '0' || path[0] > '9')
        return NULL;
    unsigned long index = strtoul(path, &end, 10);
    if ((*end != '.' && *end != '\0') || index >= list->n)
        return NULL;
    *rest = end + (*end == '.');
    return &list->items[index];
}

/* Keys may have dots of their own: the longest one that fits is the step. */
static struct study_item *step_map(const struct study_node *map, const char *path,
                                   const char **rest)
{
    struct study_item *best = NULL;
    const char *after;

    *rest = path;
    for (size_t i = 0; i < map->n; i++)
        if (starts(path, map->items[i].key, &after) && after > *rest) {
            best = &map->items[i];
            *rest = after;
        }
    return best;
}

struct study_item *study_tree_walk(struct study_node *root, const char *path, const char **rest)
{
    struct study_item *item = NULL;
    struct study_node *node = root;

    *rest = path;
    while (**rest != '\0' && node != NULL && node->kind != STUDY_SCALAR) {
        const char *after;
        struct study_item *step = node->kind == STUDY_MAP ? step_map(node, *rest, &after)
                                                          : step_list(node, *rest, &after);
        if (step == NULL)
            break;
        item = step;
        node = item->node;
        *rest = after;
    }
    return item;
}

const char *study_tree_show(struct study_work *work, const struct study_node *node)
{
    const int most = 40;

    if (node->kind != STUDY_SCALAR)
        return node->kind == STUDY_LIST ? "a list" : "a mapping";
    if (study_tree_empty(node))
        return "empty";
    if (node->quoted)
        return study_print(work, "the string \"%.*s\"", most, node->text);
    return study_print(work, "`%.*s%s`", most, node->text,
                       strlen(node->text) > (size_t)most ? "..." : "");
}

void study_tree_print(const struct study_node *node, struct muster_text *text)
{
    if (node->kind == STUDY_SCALAR && node->quoted)
        study_json_string(node->text, text);
    else if (node->kind == STUDY_SCALAR)
        muster_text_add(text, "%s", node->text);
    else {
        muster_text_add(text, node->kind == STUDY_MAP ? "{" : "[");
        for (size_t i = 0; i < node->n; i++) {
            muster_text_add(text, "%s", i > 0 ? ", " : "");
            if (node->kind == STUDY_MAP)
                muster_text_add(text, "%s: ", node->items[i].key);
            study_tree_print(node->items[i].node, text);
        }
        muster_text_add(text, node->kind == STUDY_MAP ? "}" : "]");
    }
}
