/* value.c: values of options as they stand in the file. The option, not the YAML text, decides the
 * type: what is no list is read by base's one
 * reader of scalars. */
#include "study/study_impl.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define MOST_WHOLE 9007199254740992.0 /* 2^53: doubles hold every whole number up to it */

bool study_number(const struct study_node *node, double *number)
{
    return node->kind == STUDY_SCALAR && !node->quoted && muster_number_read(node->text, number);
}

bool study_boolean(const struct study_node *node, bool *value)
{
    if (node->kind != STUDY_SCALAR || node->quoted)
        return false;
    *value = strcmp(node->text, "true") == 0;
    return *value || strcmp(node->text, "false") == 0;
}

/* The i-th word an option allows; false past the last. */
static bool word_at(const struct muster_option *option, size_t i, const char **word, size_t *length)
{
    const char *at = option->words;

    if (option->registry != NULL) {
        if (i >= option->registry->n)
            return false;
        *word = option->registry->items[i]->name;
        *length = strlen(*word);
        return true;
    }
    for (; at != NULL && i > 0; i--) {
        at = strchr(at, '|');
        at = at != NULL ? at + 1 : NULL;
    }
    if (at == NULL || *at == '\0')
        return false;
    *word = at;
    *length = strcspn(at, "|");
    return true;
}

/* What each type is called, and what the elements of a list are. */
static const struct {
    const char *what;
    enum muster_option_type element; /* END: no list */
} types[] = {
    [MUSTER_BOOL] = {"true or false", MUSTER_END},
    [MUSTER_INT] = {"a whole number", MUSTER_END},
    [MUSTER_REAL] = {"a number", MUSTER_END},
    [MUSTER_WORD] = {"one of", MUSTER_END},
    [MUSTER_TEXT] = {"a text", MUSTER_END},
    [MUSTER_TIME] = {"seconds, or 90s, 30m, 2h, 1d, HH:MM:SS, D-HH:MM:SS", MUSTER_END},
    [MUSTER_BYTES] = {"bytes, or 500MB, 2GB, 1GiB", MUSTER_END},
    [MUSTER_WORDS] = {"a list of", MUSTER_WORD},
    [MUSTER_NUMBERS] = {"a list of numbers", MUSTER_REAL},
};

static bool any_word(const struct muster_option *option)
{
    return option->words == NULL && option->registry == NULL;
}

/* A quoted scalar is a string: no number and no boolean, but a time may be (`"02:00:00"`). */
static bool parse_scalar(const struct muster_option *option, const struct study_node *node,
                         struct muster_value *value)
{
    if (node->kind != STUDY_SCALAR || study_tree_empty(node) ||
        !muster_option_scalar(option, node->text, value))
        return false;
    if (option->type == MUSTER_INT && fabs(value->number) > MOST_WHOLE)
        return false;
    return !node->quoted || value->text != NULL || option->type == MUSTER_TIME ||
           option->type == MUSTER_BYTES;
}

/* The option that an element of a list follows. */
static struct muster_option element_of(const struct muster_option *option)
{
    struct muster_option element = *option;

    element.type = types[option->type].element;
    if (element.type == MUSTER_WORD && any_word(option))
        element.type = MUSTER_TEXT;
    if (element.type == MUSTER_REAL)
        element.words = NULL; /* they stand instead of the whole list */
    return element;
}

/* `auto` where a list of numbers is expected. */
static bool stands_instead(const struct muster_option *option, const struct study_node *node,
                           struct muster_value *value)
{
    struct muster_option word = *option;

    word.type = MUSTER_WORD;
    if (option->type != MUSTER_NUMBERS || option->words == NULL ||
        !parse_scalar(&word, node, value))
        return false;
    value->number = NAN;
    return true;
}

static const struct study_node *parse_list(struct study_work *work,
                                           const struct muster_option *option,
                                           const struct study_node *node,
                                           struct muster_value *value)
{
    const struct muster_option element = element_of(option);
    bool list = node->kind == STUDY_LIST, words = element.type != MUSTER_REAL;
    size_t n = list ? node->n : 1;

    if (stands_instead(option, node, value))
        return NULL;
    const char **items = words ? study_new(work, n, sizeof *items) : NULL;
    double *numbers = words ? NULL : study_new(work, n, sizeof *numbers);
    if (items == NULL && numbers == NULL)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        const struct study_node *at = list ? node->items[i].node : node;
        struct muster_value one;
        if (!parse_scalar(&element, at, &one))
            return at;
        if (words)
            items[i] = one.text;
        else
            numbers[i] = one.number;
    }
    *value = (struct muster_value){true, NAN, NULL, n, items, numbers};
    return NULL;
}

const struct study_node *study_value_parse(struct study_work *work,
                                           const struct muster_option *option,
                                           const struct study_node *node,
                                           struct muster_value *value)
{
    assert(option->type > MUSTER_END && option->type <= MUSTER_NUMBERS);
    if (types[option->type].element != MUSTER_END)
        return parse_list(work, option, node, value);
    return parse_scalar(option, node, value) ? NULL : node;
}

static void describe_bounds(const struct muster_option *option, struct muster_text *text)
{
    char low[32], high[32];

    if (option->low == 0 && option->high == 0)
        return;
    muster_number_text(option->low, low);
    muster_number_text(option->high, high);
    if (option->high >= 1e300)
        muster_text_add(text, ", at least %s", low);
    else if (option->low <= -1e300)
        muster_text_add(text, ", at most %s", high);
    else
        muster_text_add(text, " from %s to %s", low, high);
}

static void describe_words(const struct muster_option *option, struct muster_text *text)
{
    bool words = option->type == MUSTER_WORD || option->type == MUSTER_WORDS;
    const char *word;
    size_t length;

    for (size_t i = 0; word_at(option, i, &word, &length); i++)
        muster_text_add(text, words ? "%s%.*s" : "%s`%.*s`",
                        !words  ? " or "
                        : i > 0 ? ", "
                                : " ",
                        (int)length, word);
    if (words && any_word(option))
        muster_text_add(text, " words");
}

const char *study_value_expected(struct study_work *work, const struct muster_option *option)
{
    struct muster_text text = {0};

    muster_text_add(&text, "%s", types[option->type].what);
    describe_bounds(option, &text);
    describe_words(option, &text);
    return study_keep(work, &text);
}

/* What would help besides saying what is expected. */
static const char *hint(struct study_work *work, const struct muster_option *option,
                        const struct study_node *node)
{
    struct study_node plain = *node;
    struct muster_value value;
    struct muster_text text = {0};
    const char *word;
    size_t length, nearest = 3;

    plain.quoted = false;
    if (node->kind != STUDY_SCALAR)
        return "";
    if (node->quoted && node->text[0] != '\0' &&
        study_value_parse(work, option, &plain, &value) == NULL)
        return ", without quotes";
    for (size_t i = 0; strlen(node->text) < 100 && word_at(option, i, &word, &length); i++) {
        const char *known = study_print(work, "%.*s", (int)length, word);
        size_t distance = (size_t)muster_edit_distance(node->text, known);
        if (distance < nearest && distance < length) {
            nearest = distance;
            muster_text_free(&text);
            muster_text_add(&text, "; did you mean `%s`?", known);
        }
    }
    return study_keep(work, &text);
}

bool study_value_read(struct study_work *work, const char *path, const struct muster_option *option,
                      const struct study_node *node, struct muster_value *value)
{
    struct muster_value read = {0};
    const struct study_node *bad = study_value_parse(work, option, node, &read);

    if (bad == NULL) {
        *value = read;
        return true;
    }
    study_problem(work, &bad->place, "`%s` is %s (%s%s)", path, study_tree_show(work, bad),
                  study_value_expected(work, option), hint(work, option, bad));
    return false;
}

void study_value_standard(struct study_work *work, const struct muster_option *option,
                          struct muster_value *value)
{
    const struct study_node scalar = {.text = option->standard};
    const struct study_node *node = &scalar; /* a value borrows no more than the text */

    *value = (struct muster_value){.number = NAN};
    if (option->standard == NULL)
        return;
    if (option->standard[0] == '[')
        node = study_tree_read(work, option->standard, option->name, 0);
    const struct study_node *bad =
        node != NULL ? study_value_parse(work, option, node, value) : NULL;
    assert(bad == NULL); /* a table's default is a value of its option */
    (void)bad;
}

static bool equal_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool study_value_equal(const struct muster_value *a, const struct muster_value *b)
{
    if (a->set != b->set || a->n != b->n || !equal_text(a->text, b->text))
        return false;
    if (a->number != b->number && !(isnan(a->number) && isnan(b->number)))
        return false;
    for (size_t i = 0; i < a->n; i++) {
        if (a->items != NULL && b->items != NULL && !equal_text(a->items[i], b->items[i]))
            return false;
        if (a->numbers != NULL && b->numbers != NULL && a->numbers[i] != b->numbers[i])
            return false;
    }
    return true;
}
