/* print.c: values and points as text: YAML that reads back as the same value, and JSON. */
#include "study/study_impl.h"

#include <math.h>
#include <string.h>

static const char plain_letters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-";

void study_json_string(const char *string, struct muster_text *text)
{
    static const char letters[] = "\"\\\b\f\n\r\t", escapes[] = "\"\\bfnrt";

    muster_text_add(text, "\"");
    for (const char *at = string; *at != '\0'; at++) {
        const char *escape = strchr(letters, *at);
        if (escape != NULL)
            muster_text_add(text, "\\%c", escapes[escape - letters]);
        else if ((unsigned char)*at < 0x20)
            muster_text_add(text, "\\u%04x", (unsigned)*at);
        else
            muster_text_add(text, "%c", *at);
    }
    muster_text_add(text, "\"");
}

void study_string_print(const char *string, struct muster_text *text)
{
    double number;
    bool plain = string[0] != '\0' && string[0] != '-' &&
                 strspn(string, plain_letters) == strlen(string) && strcmp(string, "true") != 0 &&
                 strcmp(string, "false") != 0 && !muster_number_read(string, &number);

    if (plain)
        muster_text_add(text, "%s", string);
    else
        study_json_string(string, text);
}

static void print_number(double number, struct muster_text *text)
{
    char digits[32];

    muster_text_add(text, "%s", muster_number_text(number, digits));
}

void study_value_print(const struct muster_option *option, const struct muster_value *value,
                       struct muster_text *text)
{
    bool list = value->items != NULL || value->numbers != NULL;

    if (option->type == MUSTER_BOOL)
        muster_text_add(text, "%s", value->number != 0 ? "true" : "false");
    else if (value->text != NULL)
        study_string_print(value->text, text);
    else if (!list)
        print_number(value->number, text);
    for (size_t i = 0; list && i < value->n; i++) {
        muster_text_add(text, "%s", i > 0 ? ", " : "[");
        if (value->items != NULL)
            study_string_print(value->items[i], text);
        else
            print_number(value->numbers[i], text);
    }
    if (list)
        muster_text_add(text, value->n > 0 ? "]" : "[]");
}

void muster_param_print(const struct muster_param *param, double value, struct muster_text *text)
{
    if (isnan(value))
        return;
    if (param->kind == MUSTER_PARAM_CHOICE)
        muster_text_add(text, "%s", param->choices[(size_t)value].text);
    else
        print_number(value, text);
}

void muster_space_json(const struct muster_space *space, const double *x, struct muster_text *text)
{
    const char *between = "";

    muster_text_add(text, "{");
    for (size_t i = 0; i < space->d; i++) {
        const struct muster_param *param = &space->params[i];
        if (isnan(x[i]))
            continue;
        muster_text_add(text, "%s", between);
        study_json_string(param->name, text);
        muster_text_add(text, ": ");
        const struct muster_choice *choice =
            param->kind == MUSTER_PARAM_CHOICE ? &param->choices[(size_t)x[i]] : NULL;
        if (choice != NULL && isnan(choice->number) && !choice->json)
            study_json_string(choice->text, text);
        else
            muster_param_print(param, x[i], text);
        between = ", ";
    }
    muster_text_add(text, "}");
}
