/* range.c: ranges as written, `{float: [lo, hi], log: true}`: a kind (range_kind.c) and its
 * modifiers, one line of a table each. */
#include "study/study_impl.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MOST_STEPS 1e9

void study_range_wrong(struct study_range_reader *r, const struct study_place *place,
                       const char *format, ...)
{
    char text[600];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    study_problem(r->work, place, "`%s`: %s", r->range->path, text);
    r->range->bad = true;
}

/* ---- modifiers ------------------------------------------------------------------------------ */

static bool read_flag(struct study_range_reader *r, const struct study_item *item)
{
    bool on = false;

    if (!study_boolean(item->node, &on))
        study_range_wrong(r, &item->node->place, "`%s` is %s (true or false)", item->key,
                          study_tree_show(r->work, item->node));
    return on;
}

static bool numeric_kind(struct study_range_reader *r, const struct study_item *item)
{
    if (r->range->param.kind != MUSTER_PARAM_CHOICE)
        return true;
    study_range_wrong(r, &item->place, "`%s` does not go with `choice` (it is for float and int)",
                      item->key);
    return false;
}

static void read_log(struct study_range_reader *r, const struct study_item *item)
{
    struct muster_param *param = &r->range->param;

    if (!numeric_kind(r, item) || !read_flag(r, item))
        return;
    param->log = true;
    if (!r->range->bad && param->low <= 0)
        study_range_wrong(r, &item->place, "a log scale needs bounds above 0 (the lower one is %g)",
                          param->low);
}

static void read_step(struct study_range_reader *r, const struct study_item *item)
{
    struct muster_param *param = &r->range->param;
    const struct study_node *node = item->node;
    bool whole = param->kind == MUSTER_PARAM_INT;
    double step;

    if (!numeric_kind(r, item))
        return;
    if (!study_number(node, &step) || step <= 0 || (whole && step != floor(step)))
        study_range_wrong(r, &node->place, "`step` is %s (a %snumber above 0)",
                          study_tree_show(r->work, node), whole ? "whole " : "");
    else if (r->range->bad)
        return;
    else if (step > param->high - param->low)
        study_range_wrong(r, &node->place,
                          "`step` is `%s`, more than from the lower to the upper bound",
                          node->text);
    else if ((param->high - param->low) / step > MOST_STEPS)
        study_range_wrong(r, &node->place, "`step` gives more than %g values (leave it out)",
                          MOST_STEPS);
    else
        param->step = step;
}

static void read_when(struct study_range_reader *r, const struct study_item *item)
{
    if (item->node->kind == STUDY_MAP)
        r->range->when = item->node;
    else
        study_range_wrong(r, &item->node->place,
                          "`when` is %s (a mapping: when: {PARAMETER: VALUE})",
                          study_tree_show(r->work, item->node));
}

static void read_per_layer(struct study_range_reader *r, const struct study_item *item)
{
    r->range->per_layer = read_flag(r, item);
    if (r->range->per_layer && r->range->layer == NULL)
        study_range_wrong(r, &item->place, "`per_layer` is for layers of `network:`");
}

static bool name_fits(const char *name)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";

    /* `.` cannot be a data set of the result file. */
    return name[0] != '\0' && strcmp(name, ".") != 0 && strspn(name, letters) == strlen(name);
}

static void read_name(struct study_range_reader *r, const struct study_item *item)
{
    const struct study_node *node = item->node;

    if (node->kind == STUDY_SCALAR && name_fits(node->text))
        r->range->name = node->text;
    else
        study_range_wrong(r, &node->place, "`name` is %s (letters, digits, `_`, `.` and `-`)",
                          study_tree_show(r->work, node));
}

static void read_ordered(struct study_range_reader *r, const struct study_item *item)
{
    struct muster_param *param = &r->range->param;
    bool on = read_flag(r, item);

    if (param->kind != MUSTER_PARAM_CHOICE)
        study_range_wrong(r, &item->place,
                          "`ordered` is for choice (float and int are ordered anyway)");
    else if (on && !param->ordered && !r->range->bad)
        study_range_wrong(r, &item->place,
                          "`ordered: true` needs choices that are numbers and increase");
    else
        param->ordered = on && param->ordered;
}

static const struct {
    const char *key;
    void (*read)(struct study_range_reader *r, const struct study_item *item);
} modifiers[] = {
    {"log", read_log},           {"step", read_step},           {"when", read_when},
    {"name", read_name},         {"per_layer", read_per_layer}, {"ordered", read_ordered},
    {"prior", study_prior_read},
};
enum { N_MODIFIERS = sizeof modifiers / sizeof *modifiers };

/* ---- a range -------------------------------------------------------------------------------- */

static size_t kind_of(const char *key)
{
    size_t k = 0;

    while (k < STUDY_N_RANGE_KINDS && strcmp(study_range_kinds[k].key, key) != 0)
        k++;
    return k;
}

bool study_range_is(const struct study_node *node)
{
    for (size_t k = 0; k < STUDY_N_RANGE_KINDS; k++)
        if (study_tree_get(node, study_range_kinds[k].key) != NULL)
            return true;
    return false;
}

bool study_range_key(const char *key)
{
    for (size_t m = 0; m < N_MODIFIERS; m++)
        if (strcmp(modifiers[m].key, key) == 0)
            return true;
    return kind_of(key) < STUDY_N_RANGE_KINDS;
}

static void refuse_key(struct study_range_reader *r, const struct study_item *item)
{
    struct study_names names = {0};

    for (size_t k = 0; k < STUDY_N_RANGE_KINDS; k++)
        study_names_add(r->work, &names, study_range_kinds[k].key);
    for (size_t m = 0; m < N_MODIFIERS; m++)
        study_names_add(r->work, &names, modifiers[m].key);
    study_range_wrong(r, &item->place, "`%s` is not known in a range (%s)", item->key,
                      study_suggest(r->work, &names, item->key));
}

static void read_kind(struct study_range_reader *r, const struct study_node *node)
{
    const struct study_item *first = NULL;

    for (size_t i = 0; i < node->n; i++) {
        const struct study_item *item = &node->items[i];
        size_t k = kind_of(item->key);
        if (k == STUDY_N_RANGE_KINDS)
            continue;
        if (first != NULL) {
            study_range_wrong(r, &item->place, "`%s` beside `%s` (a range is one of them)",
                              item->key, first->key);
            continue;
        }
        first = item;
        r->range->param.kind = study_range_kinds[k].kind;
        study_range_kinds[k].read(r, item);
    }
    if (first == NULL && !r->range->bad)
        study_range_wrong(r, &node->place,
                          "a mapping stands for a range, but has no float, int or choice");
}

static void read_range(struct study_range_reader *r, const struct study_node *node)
{
    for (size_t i = 0; i < node->n; i++)
        if (!study_range_key(node->items[i].key))
            refuse_key(r, &node->items[i]);
    read_kind(r, node);
    for (size_t m = 0; m < N_MODIFIERS; m++) {
        const struct study_item *item = study_tree_get(node, modifiers[m].key);
        if (item != NULL)
            modifiers[m].read(r, item);
    }
    if (!name_fits(r->range->name))
        study_range_wrong(r, &r->range->place,
                          "this is no name for a parameter (letters, digits, `_`, `.` and `-`)");
}

struct study_range *study_range_read(struct muster_study *study, struct study_slot *slot,
                                     const struct study_spot *spot, const struct study_node *node)
{
    struct study_work *work = &study->work;
    struct study_range *range = study_new(work, 1, sizeof *range);
    struct study_range **entry = study_push(work, &study->ranges, &study->n_ranges, sizeof *entry);

    if (range == NULL || entry == NULL) {
        study->n_ranges -= entry != NULL;
        return NULL;
    }
    *entry = range;
    *range = (struct study_range){.place = spot->place.path ? node->place : spot->place,
                                  .path = spot->path,
                                  .alias = spot->alias,
                                  .name = spot->path,
                                  .home = spot->home,
                                  .slot = slot,
                                  .layer = spot->layer};
    struct study_range_reader reader = {work, range, slot != NULL ? slot->option : NULL};
    read_range(&reader, node);
    return range;
}
