/* range_value.c: values against a range, and a range as text. */
#include "study/study_impl.h"

#include <math.h>

static bool place_number(const struct muster_param *param, double number, double *x)
{
    if (!(number >= param->low && number <= param->high))
        return false;
    *x = number;
    if (!muster_param_is_continuous(param))
        *x = muster_param_decode(param, muster_param_encode(param, number));
    return fabs(*x - number) <= 1e-9 * fmax(param->step, fabs(number));
}

bool study_range_place(struct study_work *work, const struct study_range *range,
                       const struct study_node *node, double *x)
{
    const struct muster_param *param = &range->param;
    const struct muster_option *option = range->slot != NULL ? range->slot->option : NULL;
    struct muster_choice choice;
    struct muster_value value;
    double number;

    if (param->kind != MUSTER_PARAM_CHOICE)
        return study_number(node, &number) && place_number(param, number, x);
    if (study_choice_parse(work, option, node, &choice, &value) != NULL || work->failed)
        return false;
    for (size_t i = 0; i < param->n_choices; i++)
        if (study_choice_equal(&param->choices[i], &choice)) {
            *x = (double)i;
            return true;
        }
    return false;
}

double study_range_fallback(const struct study_range *range)
{
    const struct muster_param *param = &range->param;
    const struct muster_value *standard = range->slot != NULL ? &range->slot->standard : NULL;
    double x;

    if (standard != NULL && standard->set && param->kind == MUSTER_PARAM_CHOICE) {
        for (size_t i = 0; i < param->n_choices; i++)
            if (study_value_equal(standard, &range->values[i]))
                return (double)i;
    } else if (standard != NULL && standard->set && place_number(param, standard->number, &x)) {
        return x;
    }
    return muster_param_decode(param, 0.5);
}

static void print_choices(const struct study_range *range, struct muster_text *text)
{
    const struct muster_param *param = &range->param;

    for (size_t i = 0; i < param->n_choices; i++) {
        const struct muster_choice *choice = &param->choices[i];
        muster_text_add(text, "%s", i > 0 ? ", " : "");
        if (range->slot != NULL)
            study_value_print(range->slot->option, &range->values[i], text);
        else if (choice->json || !isnan(choice->number))
            muster_text_add(text, "%s", choice->text);
        else
            study_string_print(choice->text, text);
    }
}

static void print_kind(const struct study_range *range, struct muster_text *text)
{
    const struct muster_param *param = &range->param;
    char low[32], high[32];

    if (param->kind == MUSTER_PARAM_CHOICE) {
        muster_text_add(text, "choice: [");
        print_choices(range, text);
        muster_text_add(text, "]");
        return;
    }
    muster_text_add(text, "%s: [%s, %s]", param->kind == MUSTER_PARAM_INT ? "int" : "float",
                    muster_number_text(param->low, low), muster_number_text(param->high, high));
    if (param->step > 0)
        muster_text_add(text, ", step: %s", muster_number_text(param->step, low));
    if (param->log)
        muster_text_add(text, ", log: true");
}

void study_range_print(const struct study_range *range, struct muster_text *text)
{
    const struct muster_param *param = &range->param;

    muster_text_add(text, "{");
    print_kind(range, text);
    if (param->kind == MUSTER_PARAM_CHOICE && study_range_increasing(param) && !param->ordered)
        muster_text_add(text, ", ordered: false");
    study_prior_print(range, text);
    if (range->when != NULL) {
        muster_text_add(text, ", when: ");
        study_tree_print(range->when, text);
    }
    if (range->per_layer)
        muster_text_add(text, ", per_layer: true");
    if (range->name != range->path)
        muster_text_add(text, ", name: %s", range->name);
    muster_text_add(text, "}");
}
