/* catalog: the one place where the tables of all rooms are registered with `study`. */
#include <string.h>

#include "cli_impl.h"
#include "muster/data.h"
#include "muster/metrics.h"
#include "muster/nn.h"
#include "muster/objective.h"
#include "muster/search.h"
#include "muster/train.h"

/* A section: up to three tables of its own, and the options of every plug-in of some registries. */
static const struct {
    const char *name, *help;
    const struct muster_option *tables[3];
    const struct muster_registry *merged[3]; /* their options stand in the section itself */
    const struct muster_registry *methods;   /* their options stand under the plug-in's name */
    bool tunable;
} sections[] = {
    {.name = "data",
     .help = "the data file, how its columns are prepared, what is held out",
     .tables = {muster_data_options}},
    {.name = "train",
     .help = "how a network is trained",
     .tables = {muster_train_options},
     .merged = {&muster_nn_losses, &muster_nn_optimizers, &muster_nn_schedules},
     .tunable = true},
    {.name = "validate",
     .help = "folds, and the metrics that are optimised and reported",
     .tables = {muster_validate_options, muster_metric_options, muster_metric_bounds}},
    {.name = "search",
     .help = "how configurations are proposed, and how many",
     .tables = {muster_search_options},
     .methods = &muster_search_methods},
    {.name = "parallel", .help = "how the ranks are used", .tables = {muster_parallel_options}},
    {.name = "objective",
     .help = "in place of network: a built-in test function over a space, or ask-tell's direction",
     .tables = {muster_objective_options}},
};
enum { N_SECTIONS = sizeof sections / sizeof *sections };

/* Tables of section s, in order, into `tables` (NULL: only counted). */
static size_t collect(size_t s, const struct muster_option **tables)
{
    size_t n = 0;

    for (size_t i = 0; i < 3 && sections[s].tables[i] != NULL; i++, n++)
        if (tables != NULL)
            tables[n] = sections[s].tables[i];
    for (size_t r = 0; r < 3 && sections[s].merged[r] != NULL; r++)
        for (size_t i = 0; i < sections[s].merged[r]->n; i++) {
            const struct muster_option *options = sections[s].merged[r]->items[i]->options;
            if (options == NULL)
                continue;
            if (tables != NULL)
                tables[n] = options;
            n++;
        }
    return n;
}

enum muster_status cli_catalog_create(struct cli_catalog *catalog)
{
    enum muster_status status = MUSTER_OK;
    struct muster_section *list = NULL;

    *catalog = (struct cli_catalog){.catalog.layers = &muster_nn_layers};
    MUSTER_NEW(list, N_SECTIONS);
    catalog->catalog.sections = list;
    MUSTER_NEW(catalog->lists, N_SECTIONS);
    for (size_t s = 0; s < N_SECTIONS; s++) {
        const struct muster_option **tables;
        MUSTER_NEW(tables, collect(s, NULL));
        catalog->lists[s] = tables;
        list[s] = (struct muster_section){.name = sections[s].name,
                                          .n_tables = collect(s, tables),
                                          .tables = tables,
                                          .methods = sections[s].methods,
                                          .tunable = sections[s].tunable};
        catalog->catalog.n_sections = s + 1;
    }
done:
    return status;
}

void cli_catalog_clear(struct cli_catalog *catalog)
{
    for (size_t s = 0; catalog->lists != NULL && s < N_SECTIONS; s++)
        muster_free((void *)(uintptr_t)catalog->lists[s]);
    muster_free(catalog->lists);
    muster_free((void *)(uintptr_t)catalog->catalog.sections);
    *catalog = (struct cli_catalog){0};
}

const char *cli_section_help(const char *name)
{
    for (size_t s = 0; s < N_SECTIONS; s++)
        if (strcmp(sections[s].name, name) == 0)
            return sections[s].help;
    return "";
}
