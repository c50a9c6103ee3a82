/* choice.c: one choice of a range: a value of the option, or in `space:` whatever stands there,
 * with the text that tells it from the others. */
#include "study/study_impl.h"

#include <math.h>
#include <string.h>

static bool print_json(const struct study_node *node, struct muster_text *text)
{
    char digits[32];
    double number;
    bool on, good = node->kind != STUDY_MAP;

    if (study_number(node, &number))
        muster_text_add(text, "%s", muster_number_text(number, digits));
    else if (study_boolean(node, &on))
        muster_text_add(text, "%s", node->text);
    else if (node->kind == STUDY_SCALAR)
        study_json_string(node->text, text);
    if (node->kind != STUDY_LIST)
        return good;
    for (size_t i = 0; i < node->n; i++) {
        muster_text_add(text, "%s", i > 0 ? ", " : "[");
        good = print_json(node->items[i].node, text) && good;
    }
    muster_text_add(text, node->n > 0 ? "]" : "[]");
    return good;
}

/* A choice owns its text. */
static char *text_of(struct study_work *work, const char *text)
{
    char *copy = study_new(work, strlen(text) + 1, 1);

    return copy != NULL ? strcpy(copy, text) : NULL;
}

/* A scalar as the option read it, or as it stands (value NULL). */
static void set_scalar(struct study_work *work, const struct muster_option *option,
                       const struct study_node *node, const struct muster_value *value,
                       struct muster_choice *choice)
{
    bool on, boolean = option != NULL ? option->type == MUSTER_BOOL : study_boolean(node, &on);
    double number;
    char digits[32];

    *choice = (struct muster_choice){NAN, text_of(work, node->text), boolean};
    if (boolean || (value != NULL && (value->text != NULL || value->items != NULL)))
        return;
    if (value == NULL && !study_number(node, &number))
        return;
    if (value != NULL)
        number = value->numbers != NULL ? value->numbers[0] : value->number;
    choice->number = number;
    choice->text = text_of(work, muster_number_text(number, digits));
}

const struct study_node *study_choice_parse(struct study_work *work,
                                            const struct muster_option *option,
                                            const struct study_node *node,
                                            struct muster_choice *choice,
                                            struct muster_value *value)
{
    struct muster_text text = {0};
    const struct study_node *bad = NULL;

    if (option != NULL)
        bad = study_value_parse(work, option, node, value);
    else if (study_tree_empty(node))
        bad = node;
    if (bad != NULL || work->failed)
        return bad;
    if (node->kind == STUDY_SCALAR) {
        set_scalar(work, option, node, option != NULL ? value : NULL, choice);
        return NULL;
    }
    bool good = print_json(node, &text);
    *choice = (struct muster_choice){NAN, text_of(work, study_keep(work, &text)), true};
    return good ? NULL : node;
}

bool study_choice_equal(const struct muster_choice *a, const struct muster_choice *b)
{
    return a->text != NULL && b->text != NULL && a->json == b->json &&
           isnan(a->number) == isnan(b->number) && strcmp(a->text, b->text) == 0;
}
