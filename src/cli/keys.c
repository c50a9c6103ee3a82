/* keys: what may stand in a study file, listed from the tables that also check it. */
#include <math.h>
#include <string.h>

#include "cli_impl.h"
#include "muster/metrics.h"
#include "muster/nn.h"
#include "muster/objective.h"
#include "muster/search.h"

/* Kinds that a word of the study file chooses. */
static const struct {
    const struct muster_registry *registry;
    const char *key;
} registries[] = {
    {&muster_nn_layers, "network"},
    {&muster_nn_losses, "train.loss"},
    {&muster_nn_optimizers, "train.optimizer"},
    {&muster_nn_schedules, "train.schedule"},
    {&muster_metrics, "validate.metric"},
    {&muster_search_methods, "search.method"},
    {&muster_functions, "objective.function"},
};
enum { N_REGISTRIES = sizeof registries / sizeof *registries };

static const char network_help[] =
    "network: a list of layers, each `KIND: {KEY: VALUE}`; keys marked * may be ranges.\n"
    "The output layer follows from the task.\n";

/* Keys that stand outside sections. */
static const char top_help[] =
    "A study file is YAML: `study:` (its name), `seed:`, and sections.\n";

/* ---- one option ---------------------------------------------------------------------------- */

/* Bounds that only keep nonsense out are not worth a reader's time. */
static bool tells(double bound)
{
    return fabs(bound) < 1e6;
}

static void bounds_text(const struct muster_option *option, const char *what,
                        struct muster_text *text)
{
    char low[32], high[32];
    bool none = option->low == 0.0 && option->high == 0.0;
    bool below = !none && tells(option->low), above = !none && tells(option->high);

    muster_number_text(option->low, low);
    muster_number_text(option->high, high);
    muster_text_add(text, "%s", what);
    if (below && above)
        muster_text_add(text, " %s .. %s", low, high);
    else if (below && option->low > 0.0 && option->low <= 1e-6)
        muster_text_add(text, " > 0");
    else if (below)
        muster_text_add(text, " >= %s", low);
    else if (above)
        muster_text_add(text, " <= %s", high);
}

enum { WORDS_SHOWN = 10 };

/* A long registry is listed once, below its section. */
static void words_text(const struct muster_option *option, struct muster_text *text)
{
    const struct muster_registry *registry = option->registry;

    if (registry != NULL && registry->n > WORDS_SHOWN)
        muster_text_add(text, "any %s listed below", registry->what);
    for (size_t i = 0; registry != NULL && i < registry->n && registry->n <= WORDS_SHOWN; i++)
        muster_text_add(text, "%s%s", i > 0 ? " | " : "", registry->items[i]->name);
    for (const char *at = option->words; at != NULL && *at != '\0';) {
        size_t length = strcspn(at, "|");
        muster_text_add(text, "%s%.*s", text->length > 0 ? " | " : "", (int)length, at);
        at += length + (at[length] == '|');
    }
}

static void type_text(const struct muster_option *option, struct muster_text *text)
{
    static const char *const plain[] = {
        [MUSTER_BOOL] = "true | false", [MUSTER_TEXT] = "text", [MUSTER_TIME] = "time",
        [MUSTER_BYTES] = "bytes",       [MUSTER_INT] = "int",   [MUSTER_REAL] = "number",
        [MUSTER_NUMBERS] = "numbers"};
    bool numeric = option->type == MUSTER_INT || option->type == MUSTER_REAL ||
                   option->type == MUSTER_NUMBERS || option->type == MUSTER_TIME ||
                   option->type == MUSTER_BYTES;

    if (numeric)
        bounds_text(option, plain[option->type], text);
    else if (option->type != MUSTER_WORD && option->type != MUSTER_WORDS)
        muster_text_add(text, "%s", plain[option->type]);
    words_text(option, text);
    if (option->type == MUSTER_WORDS)
        muster_text_add(text, "%s", text->length > 0 ? ", or a list of them" : "list of words");
}

static void option_rows(struct cli_table *table, const struct muster_option *option, bool tunable)
{
    struct muster_text type = {0};

    type_text(option, &type);
    if (option->standard != NULL)
        muster_text_add(&type, "; default %s", option->standard);
    cli_cell(table, tunable && !option->constant ? "*" : " ");
    cli_cell(table, "%s", option->name);
    cli_cell(table, "%s", type.data != NULL ? type.data : "");
    cli_cell(table, "%s", "");
    cli_cell(table, "%s", "");
    cli_cell(table, "  %s", option->help != NULL ? option->help : "");
    table->failed = table->failed || type.failed;
    muster_text_free(&type);
}

/* ---- topics -------------------------------------------------------------------------------- */

static enum muster_status print_plugin(FILE *out, const struct muster_registry *registry,
                                       const struct muster_plugin *plugin, bool tunable)
{
    struct cli_table table = cli_table("lll");

    fprintf(out, "%s (%s): %s\n", plugin->name, registry->what, plugin->help);
    if (plugin->nests)
        fprintf(out, "    %s: {layers: [...]}: a list of layers, as in `network:`\n", plugin->name);
    if (plugin->branches)
        fprintf(out, "    %s: {NAME: [...], NAME: [...]}: lists of layers, as in `network:`\n",
                plugin->name);
    if (plugin->ranges != NULL)
        fprintf(out, "    %s: auto = %s\n", plugin->name, plugin->ranges);
    if (plugin->options == NULL || plugin->options->type == MUSTER_END)
        return MUSTER_OK;
    for (const struct muster_option *o = plugin->options; o->type != MUSTER_END; o++)
        option_rows(&table, o, tunable);
    return cli_table_print(&table, out, 2);
}

/* What a key may choose from; layers with all their keys. */
static enum muster_status print_registry(FILE *out, size_t r)
{
    const struct muster_registry *registry = registries[r].registry;
    struct cli_table table = cli_table("ll");

    fprintf(out, "\n%s:\n", registries[r].key);
    for (size_t i = 0; i < registry->n; i++) {
        cli_cell(&table, "%s", registry->items[i]->name);
        cli_cell(&table, "%s", registry->items[i]->help);
    }
    return cli_table_print(&table, out, 4);
}

/* True where an option of that name stood in an earlier table of the section. */
static bool seen_before(const struct muster_section *section, size_t table,
                        const struct muster_option *option)
{
    for (size_t t = 0; t < table; t++)
        for (const struct muster_option *o = section->tables[t]; o->type != MUSTER_END; o++)
            if (strcmp(o->name, option->name) == 0)
                return true;
    return false;
}

static enum muster_status print_section(FILE *out, const struct muster_section *section)
{
    struct cli_table table = cli_table("lll");
    enum muster_status status;

    fprintf(out, "%s: %s%s\n", section->name, cli_section_help(section->name),
            section->tunable ? "; keys marked * may be ranges" : "");
    for (size_t t = 0; t < section->n_tables; t++)
        for (const struct muster_option *o = section->tables[t]; o->type != MUSTER_END; o++)
            if (!seen_before(section, t, o))
                option_rows(&table, o, section->tunable);
    MUSTER_TRY(cli_table_print(&table, out, 2));
    cli_print_forms(out, section->name);
    for (size_t r = 0; r < N_REGISTRIES; r++)
        if (strncmp(registries[r].key, section->name, strlen(section->name)) == 0 &&
            registries[r].key[strlen(section->name)] == '.')
            MUSTER_TRY(print_registry(out, r));
    for (size_t i = 0; section->methods != NULL && i < section->methods->n; i++)
        if (section->methods->items[i]->options != NULL) {
            fputc('\n', out);
            MUSTER_TRY(print_plugin(out, section->methods, section->methods->items[i], false));
        }
done:
    return status;
}

static enum muster_status print_network(FILE *out)
{
    enum muster_status status = MUSTER_OK;

    fputs(network_help, out);
    cli_print_forms(out, "network");
    for (size_t i = 0; i < muster_nn_layers.n; i++) {
        fputc('\n', out);
        MUSTER_TRY(print_plugin(out, &muster_nn_layers, muster_nn_layers.items[i], true));
    }
done:
    return status;
}

static enum muster_status print_all(FILE *out, const struct muster_catalog *catalog)
{
    enum muster_status status = MUSTER_OK;

    fputs(top_help, out);
    cli_print_forms(out, "");
    fputc('\n', out);
    MUSTER_TRY(print_network(out));
    for (size_t s = 0; s < catalog->n_sections; s++) {
        fputc('\n', out);
        MUSTER_TRY(print_section(out, &catalog->sections[s]));
    }
done:
    return status;
}

static enum muster_status no_topic(const char *topic, const struct muster_catalog *catalog)
{
    const char *names[128] = {"network", "keys"}, *nearest;
    size_t n = 2;

    for (size_t s = 0; s < catalog->n_sections && n < 128; s++)
        names[n++] = catalog->sections[s].name;
    for (size_t r = 0; r < N_REGISTRIES; r++)
        for (size_t i = 0; i < registries[r].registry->n && n < 128; i++)
            names[n++] = registries[r].registry->items[i]->name;
    n += cli_form_words(names + n, 128 - n);
    nearest = cli_nearest(topic, names, n);
    return muster_error(MUSTER_USAGE, "no help on %s (%s%s)", topic,
                        nearest != NULL ? "did you mean " : "see: muster help keys",
                        nearest != NULL ? nearest : "");
}

static enum muster_status print_topic(FILE *out, const char *topic,
                                      const struct muster_catalog *catalog)
{
    if (strcmp(topic, "network") == 0)
        return print_network(out);
    for (size_t s = 0; s < catalog->n_sections; s++)
        if (strcmp(topic, catalog->sections[s].name) == 0)
            return print_section(out, &catalog->sections[s]);
    for (size_t r = 0; r < N_REGISTRIES; r++) {
        const struct muster_plugin *plugin = muster_registry_find(registries[r].registry, topic);
        bool tunable = strncmp(registries[r].key, "network", 7) == 0 ||
                       strncmp(registries[r].key, "train", 5) == 0;
        if (plugin != NULL)
            return print_plugin(out, registries[r].registry, plugin, tunable);
    }
    return cli_print_form(out, topic) ? MUSTER_OK : no_topic(topic, catalog);
}

enum muster_status cli_print_keys(FILE *out, const char *topic)
{
    struct cli_catalog catalog;
    enum muster_status status = cli_catalog_create(&catalog);

    if (status == MUSTER_OK)
        status = topic != NULL ? print_topic(out, topic, &catalog.catalog)
                               : print_all(out, &catalog.catalog);
    cli_catalog_clear(&catalog);
    return status;
}
