/* arguments: a command line read by the table of its command, so that parsing, help and messages
 * have one source. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "cli_impl.h"

const struct cli_command *const cli_commands[] = {
    &cli_run,    &cli_check,   &cli_eval,   &cli_ask_tell, &cli_show,
    &cli_export, &cli_predict, &cli_import, &cli_help,     NULL};

const struct cli_command *cli_command_find(const char *name)
{
    for (const struct cli_command *const *c = cli_commands; *c != NULL; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return NULL;
}

const char *cli_nearest(const char *word, const char *const *names, size_t n)
{
    int nearest = 1 + (int)strlen(word) / 3;
    const char *found = NULL;

    for (size_t i = 0; i < n; i++) {
        int distance = muster_edit_distance(word, names[i]);
        if (distance <= nearest) {
            nearest = distance - 1;
            found = names[i];
        }
    }
    return found;
}

static enum muster_status unknown(const char *what, const char *word, const char *nearest,
                                  const char *help)
{
    if (nearest != NULL)
        return muster_error(MUSTER_USAGE, "unknown %s %s (did you mean %s?)", what, word, nearest);
    return muster_error(MUSTER_USAGE, "unknown %s %s (see: %s)", what, word, help);
}

static enum muster_status unknown_command(const char *word)
{
    const char *names[16];
    size_t n = 0;

    for (; cli_commands[n] != NULL && n < 16; n++)
        names[n] = cli_commands[n]->name;
    return unknown("command", word, cli_nearest(word, names, n), "muster --help");
}

static enum muster_status unknown_flag(const struct cli_command *command, const char *word)
{
    const char *names[32] = {"help"};
    const char *nearest;
    char shown[64], help[64];
    size_t n = 1;

    for (const struct cli_flag *f = command->flags; f != NULL && f->option.type != MUSTER_END; f++)
        if (n < 32)
            names[n++] = f->option.name;
    nearest = cli_nearest(word + strspn(word, "-"), names, n);
    if (nearest != NULL)
        snprintf(shown, sizeof shown, "--%s", nearest);
    snprintf(help, sizeof help, "muster %s --help", command->name);
    return unknown("option", word, nearest != NULL ? shown : NULL, help);
}

/* ---- values -------------------------------------------------------------------------------- */

static bool read_count(const struct muster_option *option, const char *text,
                       struct muster_value *value)
{
    return muster_number_read(text, &value->number) && value->number == floor(value->number) &&
           value->number >= option->low && value->number <= option->high;
}

static bool read_time(const struct muster_option *option, const char *text,
                      struct muster_value *value)
{
    (void)option;
    return muster_duration_read(text, &value->number) && value->number >= 0.0;
}

static bool read_text(const struct muster_option *option, const char *text,
                      struct muster_value *value)
{
    (void)option;
    value->text = text;
    return text[0] != '\0';
}

/* The number of the word in "a|b|c". */
static bool read_word(const struct muster_option *option, const char *text,
                      struct muster_value *value)
{
    int index = 0;

    for (const char *at = option->words; *at != '\0'; index++) {
        size_t length = strcspn(at, "|");
        if (strlen(text) == length && strncmp(at, text, length) == 0) {
            value->number = index;
            value->text = text;
            return true;
        }
        at += length + (at[length] == '|');
    }
    return false;
}

static bool append_text(const struct muster_option *option, const char *text,
                        struct muster_value *value)
{
    const char **items = (const char **)(uintptr_t)value->items;

    (void)option;
    items = muster_realloc(items, value->n + 1, sizeof *items);
    if (items == NULL)
        return false;
    items[value->n++] = text;
    value->items = items;
    return true;
}

static const struct {
    bool (*read)(const struct muster_option *option, const char *text, struct muster_value *value);
    const char *right; /* what would be right; NULL: the option's words */
} readers[] = {
    [MUSTER_INT] = {read_count, "a whole number"},
    [MUSTER_TIME] = {read_time, "seconds, or 90s, 30m, 2h, 1d, HH:MM:SS, D-HH:MM:SS"},
    [MUSTER_WORD] = {read_word, NULL},
    [MUSTER_TEXT] = {read_text, "not empty"},
    [MUSTER_WORDS] = {append_text, "text"},
};

/* ---- the walk over argv -------------------------------------------------------------------- */

static size_t count_flags(const struct cli_command *command)
{
    size_t n = 0;

    while (command->flags != NULL && command->flags[n].option.type != MUSTER_END)
        n++;
    return n;
}

/* Reads argv[*at], `--name`, `--name VALUE` or `--name=VALUE`, and moves *at to its last word. */
static enum muster_status read_flag(struct cli_arguments *arguments, int argc, char **argv, int *at)
{
    const char *word = argv[*at], *name = word + 2, *text = strchr(word, '=');
    size_t length = text != NULL ? (size_t)(text++ - name) : strlen(name);

    for (size_t i = 0; i < arguments->n; i++) {
        const struct muster_option *option = &arguments->command->flags[i].option;
        struct muster_value *value = &arguments->values[i];
        if (strncmp(option->name, name, length) != 0 || option->name[length] != '\0')
            continue;
        value->set = true;
        if (option->type == MUSTER_BOOL) {
            if (text != NULL)
                return muster_error(MUSTER_USAGE, "--%s takes no value", option->name);
            value->number = 1.0;
            return MUSTER_OK;
        }
        if (text == NULL && *at + 1 < argc && strncmp(argv[*at + 1], "--", 2) != 0)
            text = argv[++*at];
        if (text == NULL)
            return muster_error(MUSTER_USAGE, "--%s needs a value: --%s %s", option->name,
                                option->name, arguments->command->flags[i].value);
        if (readers[option->type].read(option, text, value))
            return MUSTER_OK;
        return muster_error(MUSTER_USAGE, "--%s %s: %s is wanted", option->name, text,
                            option->type == MUSTER_WORD ? option->words
                                                        : readers[option->type].right);
    }
    return unknown_flag(arguments->command, word);
}

static bool asks_for_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static enum muster_status take_operand(struct cli_arguments *arguments, const char *word)
{
    const struct cli_command *command = arguments->command;

    if (arguments->operand == NULL && command->operand != NULL)
        arguments->operand = word;
    else if (arguments->second == NULL && command->second != NULL)
        arguments->second = word;
    else
        return muster_error(MUSTER_USAGE, "muster %s takes one %s%s%s, %s is one too many",
                            command->name, command->operand,
                            command->second != NULL ? " and one " : "",
                            command->second != NULL ? command->second : "", word);
    return MUSTER_OK;
}

/* The operands that the command cannot do without. */
static enum muster_status check_operands(const struct cli_arguments *arguments)
{
    const struct cli_command *command = arguments->command;
    bool first = arguments->operand == NULL && !command->operand_optional;
    bool second = arguments->second == NULL && command->second != NULL;

    if (arguments->help || (!first && !second))
        return MUSTER_OK;
    return muster_error(MUSTER_USAGE, "%s is missing: muster %s %s%s%s (see: muster %s --help)",
                        first ? command->operand : command->second, command->name, command->operand,
                        command->second != NULL ? " " : "",
                        command->second != NULL ? command->second : "", command->name);
}

/* Everything behind the command's name. */
static enum muster_status read_words(struct cli_arguments *arguments, int argc, char **argv)
{
    enum muster_status status = MUSTER_OK;
    bool flags = true;

    for (int i = 2; i < argc; i++) {
        const char *word = argv[i];
        if (flags && asks_for_help(word))
            arguments->help = true;
        else if (flags && strcmp(word, "--") == 0)
            flags = false;
        else if (flags && strncmp(word, "--", 2) == 0)
            MUSTER_TRY(read_flag(arguments, argc, argv, &i));
        else if (flags && word[0] == '-' && word[1] != '\0')
            return unknown_flag(arguments->command, word);
        else
            MUSTER_TRY(take_operand(arguments, word));
    }
done:
    return status;
}

enum muster_status cli_arguments_read(int argc, char **argv, struct cli_arguments *arguments)
{
    enum muster_status status;

    *arguments = (struct cli_arguments){
        .help = argc > 1 && asks_for_help(argv[1]),
        .version = argc > 1 && (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)};
    if (arguments->help || arguments->version)
        return MUSTER_OK;
    if (argc < 2)
        return muster_error(MUSTER_USAGE, "a command is missing (see: muster --help)");
    arguments->command = cli_command_find(argv[1]);
    if (arguments->command == NULL)
        return unknown_command(argv[1]);
    arguments->n = count_flags(arguments->command);
    MUSTER_NEW(arguments->values, arguments->n);
    MUSTER_TRY(read_words(arguments, argc, argv));
    status = check_operands(arguments);
done:
    return status;
}

void cli_arguments_clear(struct cli_arguments *arguments)
{
    for (size_t i = 0; i < arguments->n && arguments->values != NULL; i++)
        muster_free((void *)(uintptr_t)arguments->values[i].items);
    muster_free(arguments->values);
    *arguments = (struct cli_arguments){0};
}

const struct muster_value *cli_flag(const struct cli_arguments *arguments, const char *name)
{
    for (size_t i = 0; i < arguments->n; i++)
        if (strcmp(arguments->command->flags[i].option.name, name) == 0)
            return &arguments->values[i];
    assert(!"a flag that the command does not have");
    return NULL;
}
