/* The options of a search by hand, with those of its methods as a study file brings them. */
#ifndef MUSTER_TEST_BLOCK_H
#define MUSTER_TEST_BLOCK_H

#include <stdio.h>

#include "muster/search.h"

enum { OWN_OPTIONS = 2, MOST_OPTIONS = 128 };

static const struct muster_option own_options[OWN_OPTIONS + 1] = {
    {.name = "grid.points", .type = MUSTER_INT, .standard = "3"},
    {.name = "cmaes.generations",
     .type = MUSTER_WORD,
     .words = "whole|window",
     .standard = "whole"},
    {.type = MUSTER_END}};

/* Those of `bayes`, under their names in the block, from all[*n] on. */
static inline void add_bayes_options(struct muster_option *all, size_t *n)
{
    static char names[MOST_OPTIONS][48];
    const struct muster_plugin *bayes = NULL;
    for (size_t i = 0; i < muster_search_methods.n; i++)
        if (strcmp(muster_search_methods.items[i]->name, "bayes") == 0)
            bayes = muster_search_methods.items[i];
    for (const struct muster_option *o = bayes->options; o->type != MUSTER_END; o++, (*n)++) {
        snprintf(names[*n], sizeof names[*n], "bayes.%s", o->name);
        all[*n] = *o;
        all[*n].name = names[*n];
    }
}

/* A block of all section options and those above; free with muster_block_clear. */
static inline void search_block(struct muster_block *block, const char *method)
{
    static struct muster_option all[MOST_OPTIONS];
    size_t n = 0;
    for (const struct muster_option *o = muster_search_options; o->type != MUSTER_END; o++)
        all[n++] = *o;
    add_bayes_options(all, &n);
    for (size_t i = 0; i <= OWN_OPTIONS; i++)
        all[n++] = own_options[i];
    const struct muster_plugin section = {.name = "search", .options = all};
    assert_int_equal(muster_block_default(&section, block), MUSTER_OK);
    muster_block_set(block, "method", NAN, method);
}

#endif
