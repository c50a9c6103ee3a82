/* network.c: the layers of `network:`, a list of kinds with their options, repeated one by one or
 * several together (`sequence`), or standing side by side in named branches. */
#include "study/study_impl.h"

#include <assert.h>
#include <string.h>

#define MOST_LAYERS 10000 /* written out */

static const char sequence[] = "sequence";

static const struct muster_option repeat_options[] = {
    {.name = "repeat",
     .type = MUSTER_INT,
     .standard = "1",
     .low = 0,
     .high = 1000,
     .help = "how often the layer stands one behind the other; 0: not at all"},
    {.type = MUSTER_END}};

static void read_layers(struct muster_study *study, struct study_layer *parent,
                        const struct study_node *list, const char *path);
static void read_element(struct muster_study *study, struct study_layer *parent,
                         const struct study_node *node, const char *path);

const struct study_slot *study_layer_repeat(const struct study_layer *layer)
{
    return layer->group.n > 0 ? &layer->group.slots[0] : NULL;
}

double study_layer_most(const struct study_layer *layer)
{
    const struct study_slot *slot = study_layer_repeat(layer);
    const struct muster_param *param;
    double most = 0;

    if (slot == NULL || (slot->range != NULL && slot->range->bad))
        return 1;
    if (slot->range == NULL)
        return slot->value.number;
    param = &slot->range->param;
    if (param->kind == MUSTER_PARAM_INT)
        return param->high;
    for (size_t i = 0; i < param->n_choices; i++)
        most = param->choices[i].number > most ? param->choices[i].number : most;
    return most;
}

const struct study_layer *study_layer_binder(const struct study_layer *layer)
{
    while (layer != NULL &&
           (study_layer_repeat(layer) == NULL || study_layer_repeat(layer)->node == NULL))
        layer = layer->parent;
    return layer;
}

/* How many layers it may come to when written out. */
static double total(const struct study_layer *layer)
{
    double sum = layer->plugin != NULL ? 1 : 0;

    for (size_t i = 0; i < layer->n; i++)
        sum += total(layer->layers[i]);
    return sum * study_layer_most(layer);
}

/* ---- one layer ------------------------------------------------------------------------------ */

/* `dropout: 0.5`: the value of the main option. */
static void read_main(struct muster_study *study, struct study_layer *layer,
                      const struct study_place *place, const struct study_node *node)
{
    struct study_slot *slot = study_group_find(&layer->group, layer->plugin->main_option);

    assert(slot != NULL); /* a plug-in has its main option */
    struct study_spot spot = {.path = layer->group.path,
                              .alias = slot->path,
                              .home = layer->group.path,
                              .layer = layer,
                              .place = *place};
    study_slot_read(study, &layer->group, slot, &spot, node);
}

/* The bare kind is another name of its main option, however that was written. */
static void name_main(struct study_layer *layer)
{
    const char *main_option = layer->plugin->main_option;
    struct study_slot *slot =
        main_option != NULL ? study_group_find(&layer->group, main_option) : NULL;

    if (slot != NULL && slot->range != NULL && slot->range->alias == NULL)
        slot->range->alias = layer->group.path;
}

/* The list `layers` of a kind that holds layers. */
static void read_inner(struct muster_study *study, struct study_layer *layer,
                       const struct study_item *item)
{
    const struct study_item *layers = study_tree_get(item->node, "layers");
    const char *path = study_print(&study->work, "%s.layers", layer->group.path);

    if (layers == NULL)
        study_problem(&study->work, &item->place, "`%s` has no `layers` (%s: {layers: [...]})",
                      layer->group.path, item->key);
    else if (layers->node->kind != STUDY_LIST)
        study_problem(&study->work, &layers->node->place, "`%s` is %s (a list of layers)", path,
                      study_tree_show(&study->work, layers->node));
    else
        read_layers(study, layer, layers->node, path);
}

/* A branch, `NAME: [LAYERS]`, or one layer alone. */
static void read_branch(struct muster_study *study, struct study_layer *parent,
                        const struct study_item *item)
{
    struct study_work *work = &study->work;
    struct study_layer *branch = study_new(work, 1, sizeof *branch);
    struct study_layer **entry =
        branch != NULL ? study_push(work, &parent->layers, &parent->n, sizeof *entry) : NULL;
    if (entry == NULL)
        return;
    *entry = branch;
    const char *path = study_print(work, "%s.%s", parent->group.path, item->key);
    *branch = (struct study_layer){
        .path = path, .branch = item->key, .parent = parent, .group.path = path};
    if (!study_name_good(item->key))
        study_problem(work, &item->place,
                      "`%s` is no name of a branch (at most 64 of A-Z, a-z, 0-9, _ and -)",
                      item->key);
    else if (item->node->kind == STUDY_LIST)
        read_layers(study, branch, item->node, path);
    else
        read_element(study, branch, item->node, path);
}

/* All keys but `repeat`. */
static void read_branches(struct muster_study *study, struct study_layer *layer,
                          const struct study_item *item)
{
    const struct study_node *node = item->node;

    for (size_t i = 0; node->kind == STUDY_MAP && i < node->n; i++) {
        if (strcmp(node->items[i].key, repeat_options[0].name) == 0)
            study_group_item(study, &layer->group, layer, &node->items[i]);
        else
            read_branch(study, layer, &node->items[i]);
    }
    if (layer->n == 0)
        study_problem(&study->work, &item->place,
                      "`%s` has no branches (%s: {NAME: [LAYERS], NAME: [LAYERS]}; [] takes what "
                      "comes in as it is)",
                      layer->group.path, item->key);
}

static void refuse_value(struct muster_study *study, const struct study_layer *layer,
                         const struct study_node *node)
{
    struct muster_text names = {0};

    for (size_t i = 0; i < layer->group.n; i++)
        muster_text_add(&names, "%s%s", i > 0 ? ", " : "", layer->group.slots[i].option->name);
    study_problem(&study->work, &node->place, "`%s` is %s (a mapping of its options: %s%s)",
                  layer->group.path,
                  study_range_is(node) ? "a range" : study_tree_show(&study->work, node),
                  study_keep(&study->work, &names),
                  layer->plugin->ranges != NULL ? "; or auto: its usual ranges" : "");
}

static const char *const layers_key[] = {"layers", NULL};

static void read_plugin(struct muster_study *study, struct study_layer *layer,
                        const struct study_item *item)
{
    const struct study_node *node = item->node;
    bool options = study_tree_empty(node) || (node->kind == STUDY_MAP && !study_range_is(node));

    study_group_add(&study->work, &layer->group, layer->plugin->options);
    if (study->work.failed) /* the group may lack options */
        return;
    if (layer->plugin->branches) {
        read_branches(study, layer, item);
    } else if (layer->plugin->nests) {
        layer->group.structural = layers_key;
        study_group_read(study, &layer->group, layer, node);
        read_inner(study, layer, item);
    } else if (options) {
        study_group_read(study, &layer->group, layer, node);
        name_main(layer);
    } else if (layer->plugin->main_option != NULL) {
        read_main(study, layer, &item->place, node);
    } else {
        refuse_value(study, layer, node);
    }
}

static void read_sequence(struct muster_study *study, struct study_layer *layer,
                          const struct study_item *item)
{
    layer->group.structural = layers_key;
    study_group_read(study, &layer->group, layer, item->node);
    read_inner(study, layer, item);
}

static void refuse_kind(struct muster_study *study, const struct study_item *item)
{
    const struct muster_registry *kinds = study->catalog->layers;
    struct study_names names = {0};

    for (size_t i = 0; i < kinds->n; i++)
        study_names_add(&study->work, &names, kinds->items[i]->name);
    study_names_add(&study->work, &names, sequence);
    study_problem(&study->work, &item->place, "there is no layer `%s` (%s)", item->key,
                  study_suggest(&study->work, &names, item->key));
}

/* `item`: the kind and what stands for it. */
static void read_layer(struct muster_study *study, struct study_layer *parent,
                       const struct study_item *item, const char *path)
{
    struct study_work *work = &study->work;
    bool several = strcmp(item->key, sequence) == 0;
    const struct muster_plugin *plugin =
        several ? NULL : muster_registry_find(study->catalog->layers, item->key);

    if (!several && plugin == NULL) {
        refuse_kind(study, item);
        return;
    }
    struct study_layer *layer = study_new(work, 1, sizeof *layer);
    struct study_layer **entry =
        layer != NULL ? study_push(work, &parent->layers, &parent->n, sizeof *entry) : NULL;
    if (entry == NULL)
        return;
    *entry = layer;
    *layer = (struct study_layer){.plugin = plugin, .path = path, .parent = parent};
    layer->group =
        (struct study_group){.path = study_print(work, "%s.%s", path, item->key), .tunable = true};
    study_group_add(work, &layer->group, repeat_options);
    if (work->failed)
        return;
    if (several)
        read_sequence(study, layer, item);
    else
        read_plugin(study, layer, item);
}

/* An element of the list: `KIND` or `KIND: ...`. */
static void read_element(struct muster_study *study, struct study_layer *parent,
                         const struct study_node *node, const char *path)
{
    struct study_node nothing = {.kind = STUDY_SCALAR, .text = "", .place = node->place};
    struct study_item bare = {node->text, node->place, &nothing};

    if (node->kind == STUDY_SCALAR && !study_tree_empty(node)) {
        read_layer(study, parent, &bare, path);
    } else if (node->kind == STUDY_MAP && node->n == 1) {
        read_layer(study, parent, &node->items[0], path);
    } else if (node->kind == STUDY_MAP && node->n > 1) {
        study_problem(&study->work, &node->items[1].place,
                      "`%s` beside `%s` (a layer is one key, KIND: {OPTION: VALUE, ...}; its "
                      "options stand below it, indented further)",
                      node->items[1].key, node->items[0].key);
    } else {
        study_problem(&study->work, &node->place, "`%s` is %s (a layer, KIND: {OPTION: VALUE})",
                      path, study_tree_show(&study->work, node));
    }
}

static void read_layers(struct muster_study *study, struct study_layer *parent,
                        const struct study_node *list, const char *path)
{
    for (size_t i = 0; i < list->n && !study->work.failed; i++)
        read_element(study, parent, list->items[i].node,
                     study_print(&study->work, "%s.%zu", path, i));
}

void study_network_read(struct muster_study *study, const struct study_item *item)
{
    struct study_layer *network = study_new(&study->work, 1, sizeof *network);

    if (network == NULL)
        return;
    *network = (struct study_layer){.path = "network", .group.path = "network"};
    study->network = network;
    if (item->node->kind == STUDY_LIST)
        read_layers(study, network, item->node, network->path);
    else
        read_element(study, network, item->node, network->path);
    if (total(network) > MOST_LAYERS)
        study_problem(&study->work, &item->place,
                      "the network may come to %.0f layers (at most %d)", total(network),
                      MOST_LAYERS);
}

/* ---- `cnn: auto` ---------------------------------------------------------------------------- */

/* A node and all below it, as though written here. */
static void move(struct study_node *node, const struct study_place *place)
{
    node->place = *place;
    for (size_t i = 0; i < node->n; i++) {
        node->items[i].place = *place;
        move(node->items[i].node, place);
    }
}

static void put_ranges(struct study_work *work, struct study_item *item, const char *ranges)
{
    struct study_node *written = study_tree_read(work, ranges, item->place.file, 0);

    if (written == NULL)
        return;
    move(written, &item->node->place);
    item->node = written;
}

static void put_below(struct study_work *work, struct study_node *node,
                      const struct muster_registry *layers)
{
    for (size_t i = 0; i < node->n && !work->failed; i++) {
        struct study_item *item = &node->items[i];
        const struct muster_plugin *plugin =
            item->key != NULL ? muster_registry_find(layers, item->key) : NULL;
        if (plugin != NULL && plugin->ranges != NULL && item->node->kind == STUDY_SCALAR &&
            strcmp(item->node->text, "auto") == 0)
            put_ranges(work, item, plugin->ranges);
        else
            put_below(work, item->node, layers);
    }
}

void study_network_ranges(struct study_work *work, struct study_node *root,
                          const struct muster_registry *layers)
{
    for (size_t i = 0; i < root->n; i++)
        if (root->items[i].key != NULL && strcmp(root->items[i].key, "network") == 0)
            put_below(work, root->items[i].node, layers);
}
