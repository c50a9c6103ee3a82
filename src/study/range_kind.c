/* range_kind.c: the kinds of a range, and what their bounds and choices may be. */
#include "study/study_impl.h"

#include <math.h>

#define MOST_REAL 1e300
#define MOST_WHOLE 1e12 /* the cells of so many values can still be told apart in [0, 1] */

static bool read_bound(struct study_range_reader *r, const struct study_node *node, double *bound)
{
    bool whole = r->range->param.kind == MUSTER_PARAM_INT;
    double most = whole ? MOST_WHOLE : MOST_REAL;
    struct muster_value value;

    if (!study_number(node, bound) || fabs(*bound) > most || (whole && *bound != floor(*bound))) {
        study_range_wrong(r, &node->place, "a bound is %s (a %snumber up to %g)",
                          study_tree_show(r->work, node), whole ? "whole " : "", most);
        return false;
    }
    if (r->option != NULL && !study_value_read(r->work, r->range->path, r->option, node, &value)) {
        r->range->bad = true;
        return false;
    }
    return true;
}

static void read_bounds(struct study_range_reader *r, const struct study_item *item)
{
    struct muster_param *param = &r->range->param;
    const struct study_node *node = item->node;
    enum muster_option_type type = param->kind == MUSTER_PARAM_INT ? MUSTER_INT : MUSTER_REAL;

    if (r->option != NULL && r->option->type != type) {
        study_range_wrong(r, &item->place, "its values are not of the kind `%s` (%s; use %s)",
                          item->key, study_value_expected(r->work, r->option),
                          r->option->type == MUSTER_REAL  ? "`float`, with `step` for a grid"
                          : r->option->type == MUSTER_INT ? "`int`"
                                                          : "`choice`");
    } else if (node->kind != STUDY_LIST || node->n != 2) {
        study_range_wrong(r, &node->place, "`%s` takes two bounds (%s: [LOW, HIGH])", item->key,
                          item->key);
    } else if (read_bound(r, node->items[0].node, &param->low) &&
               read_bound(r, node->items[1].node, &param->high) && param->low > param->high) {
        study_range_wrong(r, &node->place,
                          "the lower bound %s is above the upper bound %s (swap them)",
                          node->items[0].node->text, node->items[1].node->text);
    }
}

bool study_range_increasing(const struct muster_param *param)
{
    for (size_t i = 1; i < param->n_choices; i++)
        if (!(param->choices[i - 1].number < param->choices[i].number))
            return false;
    return param->numeric;
}

static void describe_choices(struct muster_param *param)
{
    param->numeric = true;
    param->integral = true;
    for (size_t i = 0; i < param->n_choices; i++) {
        double number = param->choices[i].number;
        param->numeric = param->numeric && !isnan(number);
        param->integral = param->integral && number == floor(number) && fabs(number) < 9e15;
    }
    param->integral = param->integral && param->numeric;
    param->ordered = study_range_increasing(param);
    param->low = 0;
    param->high = (double)param->n_choices - 1;
}

static void read_choice(struct study_range_reader *r, const struct study_node *node)
{
    struct study_range *range = r->range;
    struct muster_param *param = &range->param;
    struct muster_choice *choice = &param->choices[param->n_choices];
    struct muster_value *value = &range->values[param->n_choices];
    const struct study_node *bad = study_choice_parse(r->work, r->option, node, choice, value);

    if (bad != NULL && r->option != NULL) {
        study_value_read(r->work, range->path, r->option, node, value); /* says what is wrong */
        range->bad = true;
        return;
    }
    if (bad != NULL) {
        study_range_wrong(r, &bad->place, "a choice is %s (a number, a text, or a list of them)",
                          study_tree_show(r->work, bad));
        return;
    }
    for (size_t i = 0; i < param->n_choices; i++)
        if (study_choice_equal(&param->choices[i], choice)) {
            study_range_wrong(r, &node->place, "the choice `%s` stands twice", choice->text);
            return;
        }
    param->n_choices++;
}

static void read_choices(struct study_range_reader *r, const struct study_item *item)
{
    struct muster_param *param = &r->range->param;
    const struct study_node *node = item->node;

    if (node->kind != STUDY_LIST || node->n == 0) {
        study_range_wrong(
            r, &node->place, "`choice` is %s (a list with at least one value: choice: [A, B])",
            node->kind == STUDY_LIST ? "an empty list" : study_tree_show(r->work, node));
        return;
    }
    param->choices = study_new(r->work, node->n, sizeof *param->choices);
    r->range->values = study_new(r->work, node->n, sizeof *r->range->values);
    for (size_t i = 0; i < node->n && !r->work->failed; i++)
        read_choice(r, node->items[i].node);
    describe_choices(param);
}

const struct study_range_kind study_range_kinds[STUDY_N_RANGE_KINDS] = {
    {"float", MUSTER_PARAM_FLOAT, read_bounds},
    {"int", MUSTER_PARAM_INT, read_bounds},
    {"choice", MUSTER_PARAM_CHOICE, read_choices},
};
