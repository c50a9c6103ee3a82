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
                                      const struct frame *around);

static enum muster_status write_inner(struct writer *w, const struct study_layer *layer,
                                      const struct frame *frame)
{
    enum muster_status status = MUSTER_OK;

    for (size_t i = 0; i < layer->n; i++)
        MUSTER_TRY(write_layer(w, layer->layers[i], frame));
done:
    return status;
}

/* What a layer holds, counted first and then written, into a list of its own. */
static enum muster_status write_list(const struct writer *around, const struct study_layer *layer,
                                     const struct frame *frame, struct muster_block **blocks,
                                     size_t *n)
{
    struct writer w = {.study = around->study, .x = around->x};
    enum muster_status status = MUSTER_OK;

    MUSTER_TRY(write_inner(&w, layer, frame));
    MUSTER_NEW(*blocks, w.n);
    *n = w.n;
    w.blocks = *blocks;
    w.n = 0;
    MUSTER_TRY(write_inner(&w, layer, frame));
done:
    return status;
}

/* One repetition. */
static enum muster_status write_once(struct writer *w, const struct study_layer *layer,
                                     const struct frame *frame)
{
    enum muster_status status = MUSTER_OK;

    if (layer->plugin == NULL && layer->branch == NULL)
        return write_inner(w, layer, frame);
    struct muster_block *block = w->blocks != NULL ? &w->blocks[w->n] : NULL;
    w->n++;
    if (block == NULL)
        return MUSTER_OK;
    block->branch = layer->branch != NULL;
    block->kind = block->branch ? layer->branch : layer->plugin->name;
    block->path = layer->path;
    if (!block->branch)
        MUSTER_TRY(fill_block(w, &layer->group, 1, frame, block)); /* all but `repeat` */
    if (block->branch || layer->plugin->nests || layer->plugin->branches)
        MUSTER_TRY(write_list(w, layer, frame, &block->children, &block->n_children));
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

    for (; frame.index < times; frame.index++)
        MUSTER_TRY(write_once(w, layer, &frame));
done:
    return status;
}

enum muster_status muster_study_configure(const struct muster_study *study, const double *x,
                                          struct muster_config *config)
{
    static const char train[] = "train";
    const struct writer writer = {.study = study, .x = x};
    const struct frame frame = {study->network, 0, NULL};
    enum muster_status status = MUSTER_OK;

    *config = (struct muster_config){.train = {.kind = train, .path = train}};
    if (study->network != NULL)
        MUSTER_TRY(write_list(&writer, study->network, &frame, &config->layers, &config->n_layers));
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

static bool has_values(const struct muster_block *block)
{
    for (size_t i = 0; i < block->n; i++)
        if (block->values[i].set)
            return true;
    return block->n_children > 0;
}

static void print_block(const struct muster_block *block, struct muster_text *text);

static void print_list(const struct muster_block *blocks, size_t n, struct muster_text *text)
{
    muster_text_add(text, "[");
    for (size_t i = 0; i < n; i++) {
        const bool braces = has_values(&blocks[i]);
        muster_text_add(text, "%s%s", i > 0 ? ", " : "", braces ? "{" : "");
        print_block(&blocks[i], text);
        muster_text_add(text, braces ? "}" : "");
    }
    muster_text_add(text, "]");
}

/* `dense: {units: 8}`, or `flatten` alone. */
static void print_block(const struct muster_block *block, struct muster_text *text)
{
    const char *between = ": {";

    muster_text_add(text, "%s", block->kind);
    for (size_t i = 0; i < block->n; i++) {
        if (!block->values[i].set)
            continue;
        muster_text_add(text, "%s%s: ", between, block->options[i]->name);
        study_value_print(block->options[i], &block->values[i], text);
        between = ", ";
    }
    for (size_t i = 0; i < block->n_children && block->children[i].branch; i++) {
        const struct muster_block *branch = &block->children[i];
        muster_text_add(text, "%s%s: ", between, branch->kind);
        print_list(branch->children, branch->n_children, text);
        between = ", ";
    }
    if (block->n_children > 0 && !block->children[0].branch) {
        muster_text_add(text, "%slayers: ", between);
        print_list(block->children, block->n_children, text);
    }
    if (has_values(block))
        muster_text_add(text, "}");
}

void muster_config_layers_yaml(const struct muster_config *config, struct muster_text *text)
{
    for (size_t i = 0; i < config->n_layers; i++) {
        muster_text_add(text, "- ");
        print_block(&config->layers[i], text);
        muster_text_add(text, "\n");
    }
    if (config->n_layers == 0)
        muster_text_add(text, "[]\n");
}
