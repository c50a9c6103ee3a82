/* Search spaces and options of a search written by hand, for benchmarks that need no study file. */
#ifndef MUSTER_BENCH_SPACES_H
#define MUSTER_BENCH_SPACES_H

#include <stdio.h>
#include <string.h>

#include "muster/search.h"
#include "muster/study.h"

static inline struct muster_param bench_float(double low, double high, bool log)
{
    return (struct muster_param){.kind = MUSTER_PARAM_FLOAT, .low = low, .high = high, .log = log};
}

static inline struct muster_param bench_int(double low, double high)
{
    return (struct muster_param){.kind = MUSTER_PARAM_INT, .low = low, .high = high};
}

static inline struct muster_param bench_choice(size_t n)
{
    return (struct muster_param){
        .kind = MUSTER_PARAM_CHOICE, .high = (double)n - 1, .n_choices = n};
}

enum { BENCH_NAME_SIZE = 64 };

/* METHOD.NAME of one option, for as long as the program runs. */
static inline enum muster_status bench_own_option(const char *method, struct muster_option *option)
{
    char *name = muster_alloc(BENCH_NAME_SIZE, 1);
    if (name == NULL)
        return MUSTER_NO_MEMORY;
    snprintf(name, BENCH_NAME_SIZE, "%s.%s", method, option->name);
    option->name = name;
    return MUSTER_OK;
}

/* All options of section `search` and of its methods at their defaults; *options belongs to the
 * caller and outlives the block. */
static inline enum muster_status bench_search_block(struct muster_block *block,
                                                    struct muster_option **options)
{
    enum muster_status status = MUSTER_OK;
    size_t n = 0, capacity = 0;

    for (const struct muster_option *o = muster_search_options; o->type != MUSTER_END; o++) {
        MUSTER_TRY(muster_grow(options, &capacity, n + 2, sizeof **options));
        (*options)[n++] = *o;
    }
    for (size_t m = 0; m < muster_search_methods.n; m++) {
        const struct muster_plugin *method = muster_search_methods.items[m];
        for (const struct muster_option *o = method->options; o != NULL && o->type != MUSTER_END;
             o++) {
            MUSTER_TRY(muster_grow(options, &capacity, n + 2, sizeof **options));
            (*options)[n] = *o;
            MUSTER_TRY(bench_own_option(method->name, &(*options)[n++]));
        }
    }
    (*options)[n] = (struct muster_option){.type = MUSTER_END};
    const struct muster_plugin section = {.name = "search", .options = *options};
    MUSTER_TRY(muster_block_default(&section, block));
done:
    return status;
}

static inline bool bench_has_option(const struct muster_block *block, const char *name)
{
    for (size_t i = 0; i < block->n; i++)
        if (strcmp(block->options[i]->name, name) == 0)
            return true;
    return false;
}

#endif
