/* eval_read: from --params to configurations. A name that is a parameter of the space becomes a
 * value of the point; any other name of `network` or `train` replaces a constant, as --set does.
 * Configurations with the same constants in a row share one study, and so one reading of the data.
 */
#include <string.h>

#include "eval.h"

/* The message so far, with the configuration before it where there are several. */
static enum muster_status in_case(const struct eval *eval, size_t i, enum muster_status status)
{
    static const char set[] = "--set ";
    char *text = NULL;
    const char *said;

    if (status != MUSTER_USAGE && status != MUSTER_BAD_STUDY)
        return status;
    text = muster_strdup(muster_error_text());
    if (text == NULL)
        return MUSTER_NO_MEMORY;
    said = strncmp(text, set, sizeof set - 1) == 0 ? text + sizeof set - 1 : text;
    if (cJSON_IsArray(eval->list))
        muster_error(MUSTER_USAGE, "configuration %zu: %s", i, said);
    else
        muster_error(MUSTER_USAGE, "%s", said);
    muster_free(text);
    return MUSTER_USAGE;
}

/* Whether a name of --params replaces a constant of the study. */
static bool is_constant(const struct muster_study *study, const char *name)
{
    return muster_study_kind(study) == MUSTER_STUDY_TRAIN && !muster_study_tunes(study, name) &&
           (strncmp(name, "network.", 8) == 0 || strncmp(name, "train.", 6) == 0);
}

static enum muster_status find_constants(const struct eval *eval, struct eval_case *one)
{
    for (const cJSON *item = one->given->child; item != NULL; item = item->next) {
        if (cJSON_IsNull(item) || !is_constant(eval->study, item->string))
            continue;
        muster_text_add(&one->constants, "%s%s=", one->constants.length > 0 ? "\n" : "",
                        item->string);
        cli_json_write(item, &one->constants);
    }
    return one->constants.failed ? MUSTER_NO_MEMORY : MUSTER_OK;
}

/* ---- batches ------------------------------------------------------------------------------- */

/* Parses the study again with the user's sets and then the constants, which lie in `lines`. */
static enum muster_status parse_with(const struct eval *eval, char *lines,
                                     struct muster_study **study)
{
    const struct muster_value *sets = cli_flag(eval->arguments, "set");
    enum muster_status status = MUSTER_OK;
    const char **all = NULL;
    size_t n = sets->n;

    MUSTER_NEW(all, sets->n + strlen(lines) / 2 + 1);
    if (sets->n > 0)
        memcpy(all, sets->items, sets->n * sizeof *all);
    for (char *line = strtok(lines, "\n"); line != NULL; line = strtok(NULL, "\n"))
        all[n++] = line;
    MUSTER_TRY(muster_study_parse(muster_study_text(eval->study), muster_study_file(eval->study),
                                  all, n, &eval->catalog->catalog, study));
done:
    muster_free(all);
    return status;
}

static enum muster_status begin_batch(struct eval *eval, size_t first)
{
    const struct eval_case *one = &eval->cases[first];
    struct eval_batch *batch = &eval->batches[eval->n_batches];
    char *lines = muster_strdup(one->constants.data != NULL ? one->constants.data : "");
    enum muster_status status =
        lines != NULL ? parse_with(eval, lines, &batch->study) : MUSTER_NO_MEMORY;

    muster_free(lines);
    if (status != MUSTER_OK)
        return in_case(eval, first, status);
    batch->first = first;
    eval->n_batches++;
    return MUSTER_OK;
}

static bool same_constants(const struct eval_case *a, const struct eval_case *b)
{
    return a->constants.length == b->constants.length &&
           (a->constants.length == 0 || strcmp(a->constants.data, b->constants.data) == 0);
}

/* The point of the parameters that the batch's study leaves to be tuned. */
static enum muster_status read_point(const struct eval *eval, struct eval_case *one)
{
    enum muster_status status = MUSTER_OK;
    struct muster_text text = {0};
    const char *between = "";

    MUSTER_NEW(one->x, muster_study_space(one->study)->d);
    muster_text_add(&text, "{");
    for (const cJSON *item = one->given->child; item != NULL; item = item->next) {
        cJSON *name;
        if (is_constant(eval->study, item->string))
            continue;
        name = cJSON_CreateString(item->string);
        muster_text_add(&text, "%s", between);
        cli_json_write(name, &text);
        muster_text_add(&text, ": ");
        cli_json_write(item, &text);
        cJSON_Delete(name);
        between = ", ";
    }
    muster_text_add(&text, "}");
    MUSTER_TRY(text.failed ? MUSTER_NO_MEMORY : MUSTER_OK);
    MUSTER_TRY(muster_study_point(one->study, text.data, one->x));
done:
    muster_text_free(&text);
    return status;
}

static enum muster_status read_case(struct eval *eval, size_t i)
{
    struct eval_case *one = &eval->cases[i];
    enum muster_status status = MUSTER_OK;

    if (!cJSON_IsObject(one->given))
        return muster_error(MUSTER_USAGE,
                            "--params: configuration %zu is no object ({\"NAME\": VALUE, ...})", i);
    MUSTER_TRY(find_constants(eval, one));
    if (i == 0 || !same_constants(one, one - 1))
        MUSTER_TRY(begin_batch(eval, i));
    eval->batches[eval->n_batches - 1].n++;
    one->study = eval->batches[eval->n_batches - 1].study;
    status = in_case(eval, i, read_point(eval, one));
done:
    return status;
}

/* ---- the list ------------------------------------------------------------------------------ */

static enum muster_status parse(struct eval *eval, const char *text)
{
    enum muster_status status = MUSTER_OK;
    const char *end = text;
    const cJSON *item;

    eval->list = cJSON_ParseWithOpts(text, &end, true);
    if (!cJSON_IsObject(eval->list) && !cJSON_IsArray(eval->list))
        return muster_error(MUSTER_USAGE,
                            "--params: this is no JSON object or list of objects, at character %td "
                            "({\"NAME\": VALUE, ...})",
                            eval->list == NULL ? end - text + 1 : 1);
    eval->n = cJSON_IsArray(eval->list) ? (size_t)cJSON_GetArraySize(eval->list) : 1;
    MUSTER_NEW(eval->cases, eval->n);
    MUSTER_NEW(eval->batches, eval->n);
    item = cJSON_IsArray(eval->list) ? eval->list->child : eval->list;
    for (size_t i = 0; i < eval->n; i++, item = item->next)
        eval->cases[i].given = item;
    for (size_t i = 0; i < eval->n; i++)
        MUSTER_TRY(read_case(eval, i));
done:
    return status;
}

enum muster_status eval_read(struct eval *eval)
{
    const struct muster_value *params = cli_flag(eval->arguments, "params");
    enum muster_status status = MUSTER_OK;
    char *text = NULL;
    void *block = NULL;
    size_t bytes = (size_t)1 << 30;

    if (muster_comm_rank(eval->world) == 0 && params->set && params->text[0] == '@') {
        status = cli_text_read(params->text + 1, "file of parameters", &text, &bytes);
    } else if (muster_comm_rank(eval->world) == 0) {
        text = muster_strdup(params->set ? params->text : "{}");
        bytes = text != NULL ? strlen(text) + 1 : 0;
        status = text != NULL ? MUSTER_OK : MUSTER_NO_MEMORY;
    }
    block = text;
    MUSTER_TRY(muster_agree(eval->world, status));
    MUSTER_TRY(muster_broadcast_block(eval->world, &block, &bytes, 0));
    MUSTER_TRY(muster_agree(eval->world, parse(eval, block)));
done:
    muster_free(block);
    return status;
}
