/* json: see json.h. cJSON's own printing of numbers may lose the last bit. */
#include <math.h>

#include "json.h"

void cli_json_put(struct cli_json *json, cJSON *object, const char *name, cJSON *item)
{
    bool done = item != NULL && object != NULL &&
                (name != NULL ? cJSON_AddItemToObject(object, name, item)
                              : cJSON_AddItemToArray(object, item));

    if (!done) {
        cJSON_Delete(item);
        json->failed = true;
    }
}

void cli_json_number(struct cli_json *json, cJSON *object, const char *name, double value)
{
    char text[32];

    cli_json_put(json, object, name,
                 isfinite(value) ? cJSON_CreateRaw(muster_number_text(value, text))
                                 : cJSON_CreateNull());
}

void cli_json_numbers(struct cli_json *json, cJSON *object, const char *name, const double *values,
                      size_t n)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < n; i++)
        cli_json_number(json, list, NULL, values[i]);
    cli_json_put(json, object, name, list);
}

void cli_json_param(struct cli_json *json, cJSON *object, const struct muster_param *param,
                    double value)
{
    const struct muster_choice *choice =
        param->kind == MUSTER_PARAM_CHOICE ? &param->choices[(size_t)value] : NULL;

    if (choice == NULL)
        cli_json_number(json, object, param->name, value);
    else if (choice->json)
        cli_json_put(json, object, param->name, cJSON_CreateRaw(choice->text));
    else if (isnan(choice->number))
        cli_json_put(json, object, param->name, cJSON_CreateString(choice->text));
    else
        cli_json_number(json, object, param->name, choice->number);
}

enum muster_status cli_json_print(struct cli_json *json, cJSON *root, bool lines, FILE *out)
{
    char *text = json->failed ? NULL : lines ? cJSON_Print(root) : cJSON_PrintUnformatted(root);
    enum muster_status status = MUSTER_OK;

    if (text == NULL)
        status = muster_error(MUSTER_NO_MEMORY, "no memory for the answer as JSON");
    else if (fputs(text, out) < 0)
        status = muster_error(MUSTER_IO, "the answer cannot be written");
    cJSON_free(text);
    cJSON_Delete(root);
    return status;
}

static void write_string(const char *string, struct muster_text *text)
{
    cJSON *item = cJSON_CreateString(string);
    char *quoted = item != NULL ? cJSON_PrintUnformatted(item) : NULL;

    if (quoted == NULL)
        text->failed = true;
    else
        muster_text_add(text, "%s", quoted);
    cJSON_free(quoted);
    cJSON_Delete(item);
}

static void write_scalar(const cJSON *item, struct muster_text *text)
{
    char digits[32];

    if (cJSON_IsNumber(item))
        muster_text_add(text, "%s", muster_number_text(item->valuedouble, digits));
    else if (cJSON_IsString(item))
        write_string(item->valuestring, text);
    else
        muster_text_add(text, "%s",
                        cJSON_IsTrue(item)    ? "true"
                        : cJSON_IsFalse(item) ? "false"
                                              : "null");
}

void cli_json_write(const cJSON *item, struct muster_text *text)
{
    bool object = cJSON_IsObject(item);

    if (!object && !cJSON_IsArray(item)) {
        write_scalar(item, text);
        return;
    }
    muster_text_add(text, "%c", object ? '{' : '[');
    for (const cJSON *child = item->child; child != NULL; child = child->next) {
        if (object) {
            write_string(child->string, text);
            muster_text_add(text, ": ");
        }
        cli_json_write(child, text);
        muster_text_add(text, "%s", child->next != NULL ? ", " : "");
    }
    muster_text_add(text, "%c", object ? '}' : ']');
}
