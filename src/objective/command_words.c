/* The words of a command: which placeholders they hold, and what stands for them. */
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "command_impl.h"

/* ---- the parts of a word --------------------------------------------------------------------- */

/* A piece of a word: text as it is, or the name between braces. */
struct part {
    const char *text;
    size_t length;
    bool placeholder;
};

static size_t name_length(const char *at)
{
    size_t n = 0;
    while (isalnum((unsigned char)at[n]) || at[n] == '_' || at[n] == '.' || at[n] == '-')
        n++;
    return n;
}

/* The length of `{NAME}` at `at`; 0: none stands there. */
static size_t braced(const char *at)
{
    size_t n = *at == '{' ? name_length(at + 1) : 0;
    return n > 0 && at[n + 1] == '}' ? n + 2 : 0;
}

/* Steps through a word; false at its end. */
static bool next_part(const char **at, struct part *part)
{
    const char *from = *at;
    size_t n = braced(from), inner = *from == '{' ? braced(from + 1) : 0;

    if (*from == '\0')
        return false;
    if (n > 0) {
        *part = (struct part){from + 1, n - 2, true};
        *at = from + n;
    } else if (inner > 0 && from[1 + inner] == '}') { /* {{NAME}} */
        *part = (struct part){from + 1, inner, false};
        *at = from + inner + 2;
    } else {
        n = 1;
        while (from[n] != '\0' && from[n] != '{')
            n++;
        *part = (struct part){from, n, false};
        *at = from + n;
    }
    return true;
}

/* ---- what a name stands for ------------------------------------------------------------------ */

enum meaning { PARAMETER, PARAMS, SEED, TRIAL, NOTHING };

static enum meaning meaning_of(const struct muster_space *space, const struct part *part,
                               size_t *index)
{
    static const char *const own[] = {[PARAMS] = "params", [SEED] = "seed", [TRIAL] = "trial"};

    for (*index = 0; *index < space->d; (*index)++) {
        const char *name = space->params[*index].name;
        if (strlen(name) == part->length && strncmp(name, part->text, part->length) == 0)
            return PARAMETER;
    }
    for (enum meaning m = PARAMS; m < NOTHING; m++)
        if (strlen(own[m]) == part->length && strncmp(own[m], part->text, part->length) == 0)
            return m;
    return NOTHING;
}

/* The place of word i: of the list, where one word stands alone. */
static void refuse(const struct muster_study *study, size_t i, const struct part *part,
                   struct muster_text *problems)
{
    const struct muster_space *space = muster_study_space(study);
    char path[64];

    snprintf(path, sizeof path, "objective.command.%zu", i);
    muster_text_add(problems, "%s%s: `{%.*s}` is no parameter of the space (",
                    problems->length > 0 ? "\n" : "", muster_study_place(study, path),
                    (int)part->length, part->text);
    for (size_t j = 0; j < space->d && j < 8; j++)
        muster_text_add(problems, "{%s}, ", space->params[j].name);
    muster_text_add(problems, "%s{params}, {seed} or {trial}; {{%.*s}} for the braces themselves)",
                    space->d > 8 ? "..., " : "", (int)part->length, part->text);
}

static void warn_unused(const struct muster_space *space, const bool *used)
{
    struct muster_text names = {0};

    for (size_t j = 0; j < space->d; j++)
        if (!used[j])
            muster_text_add(&names, "%s%s", names.length > 0 ? ", " : "", space->params[j].name);
    if (names.data != NULL)
        muster_log(MUSTER_WARNINGS,
                   "objective.command: no word passes on %s (as {NAME}, or all as {params})",
                   names.data);
    muster_text_free(&names);
}

enum muster_status command_words_check(const struct muster_study *study,
                                       const struct muster_value *words)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_space *space = muster_study_space(study);
    struct muster_text problems = {0};
    bool *used = NULL, all = false;

    MUSTER_NEW(used, space->d);
    for (size_t i = 0; i < words->n; i++) {
        const char *at = words->items[i];
        struct part part;
        size_t index;
        while (next_part(&at, &part)) {
            enum meaning meaning = part.placeholder ? meaning_of(space, &part, &index) : NOTHING;
            if (part.placeholder && meaning == NOTHING)
                refuse(study, i, &part, &problems);
            if (meaning == PARAMETER)
                used[index] = true;
            all = all || meaning == PARAMS;
        }
    }
    if (problems.length > 0)
        status = muster_error(MUSTER_BAD_STUDY, "%s", problems.data);
    else if (!all)
        warn_unused(space, used);
done:
    muster_text_free(&problems);
    muster_free(used);
    return status;
}

/* ---- filled in ------------------------------------------------------------------------------- */

static void add_part(const struct muster_study *study, const struct muster_step *step,
                     const struct part *part, struct muster_text *text)
{
    const struct muster_space *space = muster_study_space(study);
    size_t index;

    if (!part->placeholder) {
        muster_text_add(text, "%.*s", (int)part->length, part->text);
        return;
    }
    switch (meaning_of(space, part, &index)) {
    case PARAMETER:
        muster_param_print(&space->params[index], step->x[index], text);
        break;
    case PARAMS:
        muster_space_json(space, step->x, text);
        break;
    case SEED:
        muster_text_add(text, "%" PRIu64, muster_study_seed(study));
        break;
    case TRIAL:
        muster_text_add(text, "%" PRId64, step->trial);
        break;
    case NOTHING: /* refused by command_words_check */
        break;
    }
}

static enum muster_status fill_word(const struct muster_study *study,
                                    const struct muster_step *step, const char *word, char **filled)
{
    struct muster_text text = {0};
    struct part part;

    while (next_part(&word, &part))
        add_part(study, step, &part, &text);
    muster_text_add(&text, "%s", ""); /* an empty word is a word */
    *filled = text.failed ? NULL : text.data;
    if (text.failed)
        muster_text_free(&text);
    return *filled != NULL ? MUSTER_OK : MUSTER_NO_MEMORY;
}

enum muster_status command_words_fill(const struct muster_study *study,
                                      const struct muster_value *words,
                                      const struct muster_step *step, char ***argv)
{
    enum muster_status status = MUSTER_OK;

    MUSTER_NEW(*argv, words->n + 1);
    for (size_t i = 0; i < words->n; i++)
        MUSTER_TRY(fill_word(study, step, words->items[i], &(*argv)[i]));
done:
    if (status != MUSTER_OK)
        command_words_free(argv);
    return status;
}

void command_words_free(char ***argv)
{
    for (size_t i = 0; *argv != NULL && (*argv)[i] != NULL; i++)
        muster_free((*argv)[i]);
    muster_free(*argv);
    *argv = NULL;
}
