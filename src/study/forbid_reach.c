/* forbid_reach.c: what the ranges leave of a comparison in `search.forbid`: one that never holds
 * forbids nothing, and one that always does every point where its parameters are active. */
#include "study/forbid_impl.h"

struct reach {
    double low, high;
};

static struct reach reach_of(const struct muster_param *param)
{
    struct reach reach = {param->low, param->high};

    if (param->kind != MUSTER_PARAM_CHOICE)
        return reach;
    reach = (struct reach){param->choices[0].number, param->choices[0].number};
    for (size_t c = 1; c < param->n_choices; c++) {
        double number = param->choices[c].number;
        reach.low = number < reach.low ? number : reach.low;
        reach.high = number > reach.high ? number : reach.high;
    }
    return reach;
}

static bool can_hold(enum muster_relation relation, struct reach a, struct reach b)
{
    switch (relation) {
    case MUSTER_LESS:
        return a.low < b.high;
    case MUSTER_LESS_EQUAL:
        return a.low <= b.high;
    case MUSTER_GREATER:
        return a.high > b.low;
    case MUSTER_GREATER_EQUAL:
        return a.high >= b.low;
    case MUSTER_EQUAL:
        return a.low <= b.high && a.high >= b.low;
    case MUSTER_UNEQUAL:
        return a.low < a.high || b.low < b.high || a.low < b.low || a.low > b.low;
    case MUSTER_NO_RELATION:
        break;
    }
    return true;
}

static enum muster_relation opposite_of(enum muster_relation relation)
{
    static const enum muster_relation opposites[] = {
        [MUSTER_NO_RELATION] = MUSTER_NO_RELATION, [MUSTER_LESS] = MUSTER_GREATER_EQUAL,
        [MUSTER_LESS_EQUAL] = MUSTER_GREATER,      [MUSTER_EQUAL] = MUSTER_UNEQUAL,
        [MUSTER_UNEQUAL] = MUSTER_EQUAL,           [MUSTER_GREATER_EQUAL] = MUSTER_LESS,
        [MUSTER_GREATER] = MUSTER_LESS_EQUAL};
    return opposites[relation];
}

void study_forbid_reach(const struct study_instance *left, const struct study_instance *right,
                        const struct muster_forbidden *forbidden, const struct study_node *node)
{
    const enum muster_relation relation = forbidden->relation;
    struct reach number = {forbidden->number, forbidden->number};
    struct reach a = reach_of(&left->range->param);
    struct reach b = right != NULL ? reach_of(&right->range->param) : number;
    bool never = !can_hold(relation, a, b), always = !can_hold(opposite_of(relation), a, b);
    struct muster_text place = {0};

    if (relation == MUSTER_NO_RELATION || (!never && !always))
        return;
    study_place_print(&node->place, &place);
    muster_log(MUSTER_WARNINGS, "%s: `search.forbid`: \"%s\" %s in these ranges",
               place.data != NULL ? place.data : "", node->text,
               never ? "never holds" : "always holds");
    muster_text_free(&place);
}
