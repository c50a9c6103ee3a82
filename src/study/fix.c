/* fix.c: one configuration as a study of its own. The tree is printed again, sections and layers a
 * line each and what is below them in flow style, with the values at a point in place of ranges. */
#include "study/study_impl.h"

#include <math.h>
#include <string.h>

struct fixer {
    const struct muster_study *study;
    const double *x;
    struct muster_text *text;
};

/* The range that the node is, NULL for any other node. */
static const struct study_range *range_of(const struct fixer *f, const struct study_node *node)
{
    for (size_t i = 0; i < f->study->n_ranges; i++) {
        const struct study_range *range = f->study->ranges[i];
        if (range->slot != NULL && range->slot->node == node)
            return range;
    }
    return NULL;
}

/* Its value at the point; not set where it is inactive and its option has no default. */
static struct muster_value value_of(const struct fixer *f, const struct study_range *range)
{
    return study_value_at(f->study, f->x, range->slot, 0);
}

/* Left out: without a value, or inactive in a section, where an absent option has its default. */
static bool left_out(const struct fixer *f, const struct study_range *range)
{
    if (range == NULL)
        return false;
    size_t param = range->n == 1 ? f->study->instances[range->first].param : 0;
    return !value_of(f, range).set ||
           (range->layer == NULL && range->n == 1 && (param == STUDY_NONE || isnan(f->x[param])));
}

static void print_scalar(const struct study_node *node, struct muster_text *text)
{
    static const char special[] = ",:[]{}#&*!|>'\"%@`\n";

    if (node->quoted || strpbrk(node->text, special) != NULL)
        study_json_string(node->text, text);
    else
        muster_text_add(text, "%s", node->text);
}

static void print_node(const struct fixer *f, const struct study_node *node);

static void print_items(const struct fixer *f, const struct study_node *node)
{
    const char *between = "";

    for (size_t i = 0; i < node->n; i++) {
        const struct study_item *item = &node->items[i];
        const struct study_range *range = range_of(f, item->node);
        if (item->key != NULL && left_out(f, range))
            continue;
        muster_text_add(f->text, "%s", between);
        if (item->key != NULL) {
            study_string_print(item->key, f->text);
            muster_text_add(f->text, ": ");
        }
        print_node(f, item->node);
        between = ", ";
    }
}

/* In flow style. */
static void print_node(const struct fixer *f, const struct study_node *node)
{
    const struct study_range *range = range_of(f, node);
    struct muster_value value;

    if (range != NULL) {
        value = value_of(f, range);
        if (value.set)
            study_value_print(range->slot->option, &value, f->text);
    } else if (node->kind == STUDY_SCALAR) {
        print_scalar(node, f->text);
    } else {
        muster_text_add(f->text, node->kind == STUDY_MAP ? "{" : "[");
        print_items(f, node);
        muster_text_add(f->text, node->kind == STUDY_MAP ? "}" : "]");
    }
}

/* ---- sections -------------------------------------------------------------------------------- */

/* A mapping's keys or a list's elements a line each. */
static void print_lines(const struct fixer *f, const struct study_node *node)
{
    for (size_t i = 0; i < node->n; i++) {
        const struct study_item *item = &node->items[i];
        const struct study_range *range = range_of(f, item->node);
        if (node->kind == STUDY_MAP && left_out(f, range))
            continue;
        muster_text_add(f->text, "\n  ");
        if (node->kind == STUDY_LIST && item->node->kind == STUDY_MAP && item->node->n == 1) {
            muster_text_add(f->text, "- ");
            print_items(f, item->node);
        } else if (node->kind == STUDY_LIST) {
            muster_text_add(f->text, "- ");
            print_node(f, item->node);
        } else {
            study_string_print(item->key, f->text);
            muster_text_add(f->text, ": ");
            print_node(f, item->node);
        }
    }
    if (node->n == 0)
        muster_text_add(f->text, node->kind == STUDY_MAP ? " {}" : " []");
}

/* True where a range of the network has several parameters: its layers can only be written out. */
static bool has_per_layer(const struct muster_study *study)
{
    for (size_t i = 0; i < study->n_ranges; i++)
        if (study->ranges[i]->layer != NULL && study->ranges[i]->per_layer)
            return true;
    return false;
}

/* The layers written out, repetitions too. */
static enum muster_status print_layers(const struct fixer *f)
{
    struct muster_config config = {0};
    enum muster_status status;

    MUSTER_TRY(muster_study_configure(f->study, f->x, &config));
    muster_text_add(f->text, "\n");
    muster_config_layers_yaml(&config, f->text);
    MUSTER_TRY(f->text->failed ? MUSTER_NO_MEMORY : MUSTER_OK);
    f->text->data[--f->text->length] = '\0'; /* its last line's end */
done:
    muster_config_clear(&config);
    return status;
}

/* The active parameters of `space:` with one choice each. */
static void print_space(const struct fixer *f)
{
    const struct muster_space *space = &f->study->space;

    for (size_t i = 0; i < space->d; i++) {
        const struct muster_param *param = &space->params[i];
        const struct muster_choice *choice = param->kind == MUSTER_PARAM_CHOICE && !isnan(f->x[i])
                                                 ? &param->choices[(size_t)f->x[i]]
                                                 : NULL;
        if (isnan(f->x[i]))
            continue;
        muster_text_add(f->text, "\n  %s: {choice: [", param->name);
        if (choice != NULL && isnan(choice->number) && !choice->json)
            study_json_string(choice->text, f->text);
        else
            muster_param_print(param, f->x[i], f->text);
        muster_text_add(f->text, "]}");
    }
}

static enum muster_status print_section(const struct fixer *f, const struct study_item *item)
{
    bool scalar = item->node->kind == STUDY_SCALAR;
    enum muster_status status = MUSTER_OK;

    muster_text_add(f->text, scalar ? "%s: " : "%s:", item->key);
    if (strcmp(item->key, "space") == 0)
        print_space(f);
    else if (strcmp(item->key, "network") == 0 && has_per_layer(f->study))
        status = print_layers(f);
    else if (scalar)
        print_scalar(item->node, f->text);
    else
        print_lines(f, item->node);
    muster_text_add(f->text, "\n");
    return status;
}

enum muster_status muster_study_fix(const struct muster_study *study, const double *x,
                                    struct muster_text *text)
{
    const struct fixer fixer = {.study = study, .x = x, .text = text};
    enum muster_status status = MUSTER_OK;

    if (study_tree_get(study->root, "study") == NULL) {
        muster_text_add(text, "study: ");
        study_string_print(study->name, text);
        muster_text_add(text, "\n");
    }
    for (size_t i = 0; i < study->root->n; i++)
        if (strcmp(study->root->items[i].key, "search") != 0)
            MUSTER_TRY(print_section(&fixer, &study->root->items[i]));
    status = text->failed ? MUSTER_NO_MEMORY : MUSTER_OK;
done:
    return status;
}
