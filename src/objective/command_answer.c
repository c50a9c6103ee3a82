/* What a program's end and its last line of output mean. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "command_impl.h"

/* Bytes of a line that are repeated in a reason. */
enum { SHOWN = 80 };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

/* The last line that is not blank, trimmed; NULL: there is none. Ends the text behind it. */
static char *last_line(const struct command_tail *tail)
{
    size_t end = tail->n, begin;

    while (end > 0 && is_blank(tail->data[end - 1]))
        end--;
    for (begin = end; begin > 0 && tail->data[begin - 1] != '\n'; begin--)
        continue;
    tail->data[end] = '\0';
    while (begin < end && is_blank(tail->data[begin]))
        begin++;
    return begin < end ? tail->data + begin : NULL;
}

/* Programs print anything: what goes on record is printable. */
static const char *shown(const char *line, char text[SHOWN + 4])
{
    size_t n = strlen(line), kept = n < SHOWN ? n : SHOWN;

    for (size_t i = 0; i < kept; i++)
        text[i] = line[i] >= 0x20 && line[i] < 0x7f ? line[i] : line[i] == '\t' ? ' ' : '?';
    strcpy(text + kept, kept < n ? "..." : "");
    return text;
}

static void fail(struct muster_result *result, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void fail(struct muster_result *result, const char *format, ...)
{
    va_list args;

    result->state = MUSTER_FAILED;
    for (size_t m = 0; m < result->metrics; m++)
        result->scores[m * result->folds] = NAN;
    va_start(args, format);
    vsnprintf(result->reason, sizeof result->reason, format, args);
    va_end(args);
}

/* True where the program did not end well. */
static bool ended_badly(const struct command_child *child, struct muster_result *result)
{
    const char *line = last_line(&child->err);
    char text[SHOWN + 4];
    const char *said = line != NULL ? shown(line, text) : "nothing on standard error";

    if (child->timed_out)
        fail(result, "not ended after %g s (objective.timeout)", child->timeout);
    else if (child->signal != 0)
        fail(result, "ended by signal %d (%s): %s", child->signal, strsignal(child->signal), said);
    else if (child->code != 0)
        fail(result, "exit code %d: %s", child->code, said);
    return result->state == MUSTER_FAILED;
}

/* Once, of the first trial: names that nobody asked for are not recorded. */
static void warn_unrecorded(const cJSON *object, const char *const *names, size_t n)
{
    struct muster_text list = {0};

    for (const cJSON *item = object->child; item != NULL; item = item->next) {
        size_t m = 0;
        while (m < n && strcmp(names[m], item->string) != 0)
            m++;
        if (m == n && cJSON_IsNumber(item))
            muster_text_add(&list, "%s%s", list.length > 0 ? ", " : "", item->string);
    }
    if (list.data != NULL)
        muster_log(MUSTER_WARNINGS,
                   "the command also says %s, which is not recorded (objective.report: [%s])",
                   list.data, list.data);
    muster_text_free(&list);
}

/* The numbers of {"value": ..., NAME: ...}; a reported one that is missing or no number is NaN. */
static void take_object(const cJSON *object, const char *const *names, struct muster_result *result)
{
    const cJSON *why = cJSON_GetObjectItemCaseSensitive(object, "reason");
    char text[SHOWN + 4];

    for (size_t m = 0; m < result->metrics; m++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, names[m]);
        bool finite = cJSON_IsNumber(item) && isfinite(item->valuedouble);
        result->scores[m * result->folds] = finite ? item->valuedouble : NAN;
    }
    if (isnan(result->scores[0]) && cJSON_IsString(why))
        fail(result, "%s", shown(why->valuestring, text));
    else if (isnan(result->scores[0]))
        fail(result, "the JSON object in its last line of output has no finite number as `value`");
}

static void take_line(const char *line, const char *const *names, bool first,
                      struct muster_result *result)
{
    cJSON *json = *line == '{' ? cJSON_ParseWithOpts(line, NULL, true) : NULL;
    char text[SHOWN + 4];

    if (cJSON_IsObject(json))
        take_object(json, names, result);
    else if (!muster_number_read(line, &result->scores[0]))
        fail(result,
             "its last line of output, `%s`, is neither a finite number nor a JSON object with "
             "`value`",
             shown(line, text));
    if (first && cJSON_IsObject(json))
        warn_unrecorded(json, names, result->metrics);
    cJSON_Delete(json);
}

void command_answer(const struct command_child *child, const char *const *names, bool first,
                    struct muster_result *result)
{
    const char *line = last_line(&child->out);

    result->state = MUSTER_COMPLETE;
    for (size_t m = 0; m < result->metrics; m++)
        result->scores[m * result->folds] = NAN;
    if (!ended_badly(child, result)) {
        if (line == NULL)
            fail(result, "it wrote nothing (its last line of output is the score)");
        else if (child->out.cut && line == child->out.data)
            fail(result, "its last line of output is longer than %zu bytes", child->out.capacity);
        else
            take_line(line, names, first, result);
    }
    muster_result_summarise(result);
}
