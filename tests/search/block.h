/* The options of a search by hand, with those of its methods as a study file brings them. */
#ifndef MUSTER_TEST_BLOCK_H
#define MUSTER_TEST_BLOCK_H

#include "muster/search.h"

enum { OWN_OPTIONS = 7 };

static const struct muster_option own_options[OWN_OPTIONS + 1] = {
    {.name = "grid.points", .type = MUSTER_INT, .standard = "3"},
    {.name = "bayes.design", .type = MUSTER_INT},
    {.name = "cmaes.generations",
     .type = MUSTER_WORD,
     .words = "whole|window",
     .standard = "whole"},
    {.name = "bayes.objectives",
     .type = MUSTER_WORD,
     .words = "auto|hypervolume|scalarised",
     .standard = "auto"},
    {.name = "bayes.cost", .type = MUSTER_WORD, .words = "none|flops|seconds", .standard = "none"},
    {.name = "bayes.failures",
     .type = MUSTER_WORD,
     .words = "ignore|feasibility",
     .standard = "ignore"},
    {.name = "bayes.acquisition",
     .type = MUSTER_WORD,
     .words = "log_ei|log_pi|ucb",
     .standard = "log_ei"},
    {.type = MUSTER_END}};

/* A block of all section options and those above; free with muster_block_clear. */
static inline void search_block(struct muster_block *block, const char *method)
{
    static struct muster_option all[96];
    size_t n = 0;
    for (const struct muster_option *o = muster_search_options; o->type != MUSTER_END; o++)
        all[n++] = *o;
    for (size_t i = 0; i <= OWN_OPTIONS; i++)
        all[n++] = own_options[i];
    const struct muster_plugin section = {.name = "search", .options = all};
    assert_int_equal(muster_block_default(&section, block), MUSTER_OK);
    muster_block_set(block, "method", NAN, method);
}

#endif
