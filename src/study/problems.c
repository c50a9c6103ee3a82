/* problems.c: all that is wrong with a study, gathered while it is read and told in one go, in the
 * order of the file. */
#include "study/study_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct study_problem {
    struct study_place place;
    size_t number; /* keeps the order of what stands at one place */
    const char *text;
};

void study_problem(struct study_work *work, const struct study_place *place, const char *format,
                   ...)
{
    char text[1000];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);

    const char *kept = study_print(work, "%s", text);
    struct study_problem *problem =
        study_push(work, &work->problems, &work->n_problems, sizeof *problem);
    if (problem != NULL)
        *problem = (struct study_problem){*place, work->n_problems, kept};
}

void study_place_print(const struct study_place *place, struct muster_text *text)
{
    if (place->path)
        muster_text_add(text, "%s", place->file);
    else
        muster_text_add(text, "%s:%zu:%zu", place->file, place->line, place->column);
}

static int compare_sizes(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int compare(const void *left, const void *right)
{
    const struct study_problem *a = left, *b = right;
    int order = compare_sizes(a->place.source, b->place.source);

    if (order == 0)
        order = compare_sizes(a->place.line, b->place.line);
    if (order == 0)
        order = compare_sizes(a->place.column, b->place.column);
    return order != 0 ? order : compare_sizes(a->number, b->number);
}

/* One problem found by way of several repetitions of a layer is one problem. */
static bool told_before(const struct study_problem *problem, const struct study_problem *before)
{
    return before->place.source == problem->place.source &&
           before->place.line == problem->place.line &&
           before->place.column == problem->place.column &&
           strcmp(before->text, problem->text) == 0;
}

static void print_problem(const struct study_problem *problem, struct muster_text *text)
{
    muster_text_add(text, "%s", text->length > 0 ? "\n" : "");
    study_place_print(&problem->place, text);
    muster_text_add(text, ": %s", problem->text);
}

enum muster_status study_report(struct study_work *work)
{
    struct muster_text text = {0};
    enum muster_status status = MUSTER_BAD_STUDY;
    size_t untold = 0;

    if (work->failed)
        return MUSTER_NO_MEMORY; /* whose message is set */
    if (work->n_problems == 0)
        return MUSTER_OK;
    qsort(work->problems, work->n_problems, sizeof *work->problems, compare);
    for (size_t i = 0; i < work->n_problems; i++) {
        const struct study_problem *problem = &work->problems[i];
        if (problem->place.path)
            status = MUSTER_USAGE;
        if (i > 0 && told_before(problem, problem - 1))
            continue;
        if (text.length < MUSTER_ERROR_SIZE - 2048)
            print_problem(problem, &text);
        else
            untold++;
    }
    if (untold > 0)
        muster_text_add(&text, "\n(and %zu problems more)", untold);
    if (!text.failed)
        muster_error(status, "%s", text.data);
    else
        status = MUSTER_NO_MEMORY;
    muster_text_free(&text);
    return status;
}

void study_names_add(struct study_work *work, struct study_names *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++)
        if (strcmp(names->names[i], name) == 0)
            return;
    const char **slot = study_push(work, &names->names, &names->n, sizeof *slot);
    if (slot != NULL)
        *slot = name;
}

const char *study_suggest(struct study_work *work, const struct study_names *names,
                          const char *word)
{
    const size_t most = 30; /* names in a list that is still read */
    struct muster_text text = {0};
    int best = -1;
    size_t at = 0, length = strlen(word);

    for (size_t i = 0; length <= 100 && i < names->n; i++) {
        int distance = muster_edit_distance(word, names->names[i]);
        if (best < 0 || distance < best) {
            best = distance;
            at = i;
        }
    }
    if (best >= 0 && (size_t)best <= (length < 6 ? 2 : length / 3))
        return study_print(work, "did you mean `%s`?", names->names[at]);
    if (names->n == 0)
        return "there are none";
    muster_text_add(&text, "known: ");
    for (size_t i = 0; i < names->n && i < most; i++)
        muster_text_add(&text, "%s%s", i > 0 ? ", " : "", names->names[i]);
    if (names->n > most)
        muster_text_add(&text, ", ...");
    return study_keep(work, &text);
}
