/* section.c: options in their sections. A table says what may stand in a mapping; a dotted name is
 * a mapping in the mapping. */
#include "study/study_impl.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static void add_option(struct study_work *work, struct study_group *group,
                       const struct muster_option *option)
{
    const struct study_slot *twin = study_group_find(group, option->name);

    assert(twin == NULL || twin->option->type == option->type); /* declared alike */
    if (twin != NULL)
        return;
    struct study_slot *slot = study_push(work, &group->slots, &group->n, sizeof *slot);
    if (slot == NULL)
        return;
    slot->option = option;
    slot->path = study_print(work, "%s.%s", group->path, option->name);
    study_value_standard(work, option, &slot->standard);
    slot->value = slot->standard;
}

void study_group_add(struct study_work *work, struct study_group *group,
                     const struct muster_option *options)
{
    for (; options != NULL && options->type != MUSTER_END; options++)
        add_option(work, group, options);
}

/* A method's options stand one level down: "bayes.NAME". */
static void add_method(struct study_work *work, struct study_group *group,
                       const struct muster_plugin *method)
{
    const struct muster_option *options = method->options;

    for (; options != NULL && options->type != MUSTER_END; options++) {
        struct muster_option *option = study_new(work, 1, sizeof *option);
        if (option == NULL)
            return;
        *option = *options;
        option->name = study_print(work, "%s.%s", method->name, options->name);
        add_option(work, group, option);
    }
}

void study_group_section(struct study_work *work, struct study_group *group,
                         const struct muster_section *section)
{
    *group = (struct study_group){
        .path = section->name, .tunable = section->tunable, .methods = section->methods};
    for (size_t t = 0; t < section->n_tables; t++)
        study_group_add(work, group, section->tables[t]);
    for (size_t m = 0; section->methods != NULL && m < section->methods->n; m++)
        add_method(work, group, section->methods->items[m]);
}

struct study_slot *study_group_find(const struct study_group *group, const char *name)
{
    for (size_t i = 0; i < group->n; i++)
        if (strcmp(group->slots[i].option->name, name) == 0)
            return &group->slots[i];
    return NULL;
}

/* ---- one option ----------------------------------------------------------------------------- */

void study_slot_read(struct muster_study *study, const struct study_group *group,
                     struct study_slot *slot, const struct study_spot *spot,
                     const struct study_node *node)
{
    struct study_work *work = &study->work;
    enum muster_option_type type = slot->option->type;
    bool tunable = group->tunable && !slot->option->constant;

    slot->node = node;
    if (node->kind == STUDY_LIST && tunable && type != MUSTER_WORDS && type != MUSTER_NUMBERS) {
        study_problem(work, &node->place,
                      "`%s` is a list (%s; a range of these is {choice: [...]})", spot->path,
                      study_value_expected(work, slot->option));
    } else if (study_range_is(node) && !tunable) {
        study_problem(work, &node->place, "`%s` may not be a range (it takes a constant: %s)",
                      spot->path, study_value_expected(work, slot->option));
    } else if (node->kind == STUDY_MAP && tunable) {
        slot->range = study_range_read(study, slot, spot, node);
        slot->value = (struct muster_value){.number = NAN};
    } else {
        study_value_read(work, spot->path, slot->option, node, &slot->value);
    }
}

/* ---- a mapping of options -------------------------------------------------------------------- */

struct reader {
    struct muster_study *study;
    struct study_group *group;
    struct study_layer *layer; /* NULL outside `network:` */
};

/* What follows "prefix." in a name; NULL where it does not start so. */
static const char *below(const char *name, const char *prefix)
{
    size_t length = strlen(prefix);

    if (length == 0)
        return name;
    return strncmp(name, prefix, length) == 0 && name[length] == '.' ? name + length + 1 : NULL;
}

static bool holds(const struct study_group *group, const char *prefix)
{
    for (size_t i = 0; i < group->n; i++)
        if (below(group->slots[i].option->name, prefix) != NULL)
            return true;
    return false;
}

/* The keys that may stand at `prefix`. */
static struct study_names keys_below(const struct reader *r, const char *prefix)
{
    struct study_work *work = &r->study->work;
    struct study_names names = {0};
    const struct muster_registry *methods = r->group->methods;

    for (size_t i = 0; i < r->group->n; i++) {
        const char *key = below(r->group->slots[i].option->name, prefix);
        if (key != NULL)
            study_names_add(work, &names,
                            key[0] == '*' ? "NAME"
                                          : study_print(work, "%.*s", (int)strcspn(key, "."), key));
    }
    if (prefix[0] != '\0')
        return names;
    for (const char *const *key = r->group->structural; key != NULL && *key != NULL; key++)
        study_names_add(work, &names, *key);
    for (size_t m = 0; methods != NULL && m < methods->n; m++)
        study_names_add(work, &names, methods->items[m]->name);
    return names;
}

static void refuse_key(const struct reader *r, const char *prefix, const struct study_item *item)
{
    struct study_work *work = &r->study->work;
    struct study_names names = keys_below(r, prefix);
    const char *dot = strchr(item->key, '.');

    if (dot != NULL && prefix[0] == '\0' && study_group_find(r->group, item->key) != NULL)
        study_problem(work, &item->place, "`%s` is a mapping in a mapping (%.*s: {%s: ...})",
                      item->key, (int)(dot - item->key), item->key, dot + 1);
    else
        study_problem(work, &item->place, "`%s` is not known in `%s%s%s` (%s)", item->key,
                      r->group->path, prefix[0] != '\0' ? "." : "", prefix,
                      study_suggest(work, &names, item->key));
}

static void refuse_scalar(const struct reader *r, const char *name, const struct study_item *item)
{
    struct study_work *work = &r->study->work;
    struct study_names names = keys_below(r, name);
    struct muster_text text = {0};

    for (size_t i = 0; i < names.n; i++)
        muster_text_add(&text, "%s%s: ...", i > 0 ? ", " : "", names.names[i]);
    study_problem(work, &item->node->place, "`%s.%s` is %s (a mapping: {%s})", r->group->path, name,
                  study_tree_show(work, item->node), study_keep(work, &text));
}

static void read_map(struct reader *r, const struct study_node *map, const char *prefix);

static void read_item(struct reader *r, const char *prefix, const struct study_item *item)
{
    struct study_work *work = &r->study->work;
    const struct study_node *node = item->node;
    const char *name =
        prefix[0] != '\0' ? study_print(work, "%s.%s", prefix, item->key) : item->key;
    struct study_slot *slot = study_group_find(r->group, name);
    bool mapping = holds(r->group, name);
    bool method = prefix[0] == '\0' && r->group->methods != NULL &&
                  muster_registry_find(r->group->methods, name) != NULL;

    if (strchr(item->key, '.') != NULL || (slot == NULL && !mapping && !method)) {
        refuse_key(r, prefix, item);
    } else if (slot != NULL && (!mapping || node->kind != STUDY_MAP || study_range_is(node))) {
        struct study_spot spot = {
            .path = slot->path, .home = r->group->path, .layer = r->layer, .place = item->place};
        study_slot_read(r->study, r->group, slot, &spot, node);
    } else if (node->kind == STUDY_MAP) {
        read_map(r, node, name);
    } else if (!study_tree_empty(node)) {
        refuse_scalar(r, name, item);
    }
}

static bool read_elsewhere(const struct study_group *group, const char *key)
{
    for (const char *const *k = group->structural; k != NULL && *k != NULL; k++)
        if (strcmp(*k, key) == 0)
            return true;
    return false;
}

static void read_map(struct reader *r, const struct study_node *map, const char *prefix)
{
    for (size_t i = 0; i < map->n; i++) {
        if (prefix[0] != '\0' || !read_elsewhere(r->group, map->items[i].key))
            read_item(r, prefix, &map->items[i]);
    }
}

void study_group_item(struct muster_study *study, struct study_group *group,
                      struct study_layer *layer, const struct study_item *item)
{
    struct reader reader = {study, group, layer};

    read_item(&reader, "", item);
}

/* ---- options under any name ------------------------------------------------------------------ */

bool study_name_good(const char *name)
{
    const char *at = name;

    for (; (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9') ||
           *at == '_' || *at == '-';
         at++)
        continue;
    return at > name && at <= name + 64 && *at == '\0';
}

/* The mapping that the steps of `name` before its `*` lead to, or NULL. */
static const struct study_node *mapping_of(const struct study_node *node, const char *name)
{
    while (node != NULL && *name != '*') {
        const struct study_item *next = NULL;
        const size_t length = strcspn(name, ".");
        for (size_t i = 0; node->kind == STUDY_MAP && i < node->n; i++)
            if (strlen(node->items[i].key) == length &&
                strncmp(node->items[i].key, name, length) == 0)
                next = &node->items[i];
        node = next != NULL ? next->node : NULL;
        name += length + 1;
    }
    return node != NULL && node->kind == STUDY_MAP ? node : NULL;
}

/* The option as it is called under one name. */
static void add_named(struct study_work *work, struct study_group *group,
                      const struct muster_option *wild, const char *key)
{
    const char *star = strchr(wild->name, '*');
    struct muster_option *option = study_new(work, 1, sizeof *option);

    if (option == NULL)
        return;
    *option = *wild;
    option->name =
        study_print(work, "%.*s%s%s", (int)(star - wild->name), wild->name, key, star + 1);
    add_option(work, group, option);
}

/* An option for each name that the study gives, in its order, before anything is read: slots do not
 * move afterwards. */
static void add_names(struct study_work *work, struct study_group *group,
                      const struct study_node *root)
{
    const size_t n = group->n;

    for (size_t s = 0; s < n && !work->failed; s++) {
        const struct muster_option *wild = group->slots[s].option;
        const char *star = strchr(wild->name, '*');
        const struct study_node *map = star != NULL ? mapping_of(root, wild->name) : NULL;
        for (size_t i = 0; map != NULL && i < map->n; i++) {
            if (study_name_good(map->items[i].key))
                add_named(work, group, wild, map->items[i].key);
            else if (star[1] == '\0')
                study_problem(work, &map->items[i].place,
                              "`%s` is no name (at most 64 of A-Z, a-z, 0-9, _ and -)",
                              map->items[i].key);
        }
    }
}

void study_group_read(struct muster_study *study, struct study_group *group,
                      struct study_layer *layer, const struct study_node *node)
{
    struct reader reader = {study, group, layer};

    add_names(&study->work, group, node);
    if (node->kind == STUDY_MAP)
        read_map(&reader, node, "");
    else if (!study_tree_empty(node))
        study_problem(&study->work, &node->place, "`%s` is %s (a mapping of options)", group->path,
                      study_tree_show(&study->work, node));
}

void study_group_block(struct study_work *work, const struct study_group *group,
                       struct muster_block *block)
{
    *block = (struct muster_block){.kind = group->path, .path = group->path};
    block->options = study_new(work, group->n, sizeof *block->options);
    block->values = study_new(work, group->n, sizeof *block->values);
    if (work->failed)
        return;
    block->n = group->n;
    for (size_t i = 0; i < group->n; i++) {
        block->options[i] = group->slots[i].option;
        block->values[i] = group->slots[i].value;
    }
}
