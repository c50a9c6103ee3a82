/* configure.c: one point of the space as blocks whose options are all constants, repetitions
 * written out. */
#include "study/study_impl.h"

#include <math.h>
#include <string.h>

/* The repetitions that are being written, innermost first. */
struct frame {
    const struct study_layer *layer;
    size_t index;
    const struct frame *around;
};

struct writer {
    const struct muster_study *study;
    const double *x;
    struct muster_block *blocks; /* NULL: only counted */
    size_t n;
};

struct muster_value study_value_at(const struct muster_study *study, const double *x,
                                   const struct study_slot *slot, size_t index)
{
    const struct study_range *range = slot->range;
    struct muster_value value = {.set = true};

    if (range == NULL)
        return slot->value;
    size_t param = index < range->n ? study->instances[range->first + index].param : STUDY_NONE;
    if (param == STUDY_NONE || isnan(x[param]))
        return slot->standard;
    if (range->param.kind == MUSTER_PARAM_CHOICE)
        return range->values[(size_t)x[param]];
    value.number = x[param];
    return value;
}

/* Which of a range's parameters counts in this repetition. */
static size_t index_of(const struct study_range *range, const struct frame *frame)
{
    if (range == NULL || !range->per_layer)
        return 0;
    while (frame->layer != study_layer_binder(range->layer))
        frame = frame->around;
    return frame->index;
}

static enum muster_status fill_block(const struct writer *w, const struct study_group *group,
                                     size_t first, const struct frame *frame,
                                     struct muster_block *block)
{
    enum muster_status status = MUSTER_OK;

    MUSTER_NEW(block->options, group->n - first);
    MUSTER_NEW(block->values, group->n - first);
    block->n = group->n - first;
    for (size_t i = 0; i < block->n; i++) {
        const struct study_slot *slot = &group->slots[first + i];
        block->options[i] = slot->option;
        block->values[i] = study_value_at(w->study, w->x, slot, index_of(slot->range, frame));
    }
done:
    return status;
}

static enum muster_status write_layer(struct writer *w, const struct study_layer *layer,
                                      const struct frame *around)
{
    enum muster_status status = MUSTER_OK;
    const struct study_slot *repeat = study_layer_repeat(layer);
    size_t times = repeat != NULL ? (size_t)study_value_at(w->study, w->x, repeat, 0).number : 1;
    struct frame frame = {layer, 0, around};

    for (; frame.index < times; frame.index++) {
        for (size_t i = 0; i < layer->n; i++)
            MUSTER_TRY(write_layer(w, layer->layers[i], &frame));
        if (layer->plugin == NULL)
            continue;
        struct muster_block *block = w->blocks != NULL ? &w->blocks[w->n] : NULL;
        w->n++;
        if (block == NULL)
            continue;
        block->kind = layer->plugin->name;
        block->path = layer->path;
        MUSTER_TRY(fill_block(w, &layer->group, 1, &frame, block)); /* all but `repeat` */
    }
done:
    return status;
}

static enum muster_status write_network(struct writer *w, struct muster_config *config)
{
    enum muster_status status = MUSTER_OK;

    if (w->study->network == NULL)
        return MUSTER_OK;
    MUSTER_TRY(write_layer(w, w->study->network, NULL));
    MUSTER_NEW(config->layers, w->n);
    config->n_layers = w->n;
    w->blocks = config->layers;
    w->n = 0;
    MUSTER_TRY(write_layer(w, w->study->network, NULL));
done:
    return status;
}

enum muster_status muster_study_configure(const struct muster_study *study, const double *x,
                                          struct muster_config *config)
{
    static const char train[] = "train";
    struct writer writer = {.study = study, .x = x};
    enum muster_status status = MUSTER_OK;

    *config = (struct muster_config){.train = {.kind = train, .path = train}};
    MUSTER_TRY(write_network(&writer, config));
    for (size_t s = 0; s < study->catalog->n_sections; s++)
        if (strcmp(study->catalog->sections[s].name, train) == 0)
            MUSTER_TRY(fill_block(&writer, &study->groups[s], 0, NULL, &config->train));
done:
    if (status != MUSTER_OK)
        muster_config_clear(config);
    return status;
}

void muster_config_clear(struct muster_config *config)
{
    for (size_t i = 0; i < config->n_layers; i++)
        muster_block_clear(&config->layers[i]);
    muster_free(config->layers);
    muster_block_clear(&config->train);
    *config = (struct muster_config){0};
}

static void print_block(const struct muster_block *block, struct muster_text *text)
{
    const char *between = ": {";

    muster_text_add(text, "- %s", block->kind);
    for (size_t i = 0; i < block->n; i++) {
        if (!block->values[i].set)
            continue;
        muster_text_add(text, "%s%s: ", between, block->options[i]->name);
        study_value_print(block->options[i], &block->values[i], text);
        between = ", ";
    }
    muster_text_add(text, between[0] == ',' ? "}\n" : "\n");
}

void muster_config_layers_yaml(const struct muster_config *config, struct muster_text *text)
{
    for (size_t i = 0; i < config->n_layers; i++)
        print_block(&config->layers[i], text);
    if (config->n_layers == 0)
        muster_text_add(text, "[]\n");
}
