/* shade: differential evolution that learns its parameters, SHADE (Tanabe and Fukunaga 2013) and
 * with `shrink` L-SHADE (2014), without generations: a child is told against the member in whose
 * place it was bred as its result becomes known, and the means of F and CR follow the successes of
 * so many results as there are members. */
#ifndef MUSTER_SEARCH_SHADE_H
#define MUSTER_SEARCH_SHADE_H

#include "search/genes.h"

struct muster_shade_setup {
    const struct muster_search *search; /* borrowed, outlives the shade */
    size_t population;                  /* >= 4 */
    size_t smallest, shrink; /* members left after `shrink` results; shrink 0: all stay */
    size_t memory;           /* H, >= 1: means kept of F and CR */
    double greed;            /* p: share of the best that children are drawn to */
    double archive;          /* replaced members kept, in populations */
};

struct muster_shade; /* opaque */

enum muster_status muster_shade_create(const struct muster_shade_setup *setup,
                                       struct muster_shade **shade);
void muster_shade_destroy(struct muster_shade **shade);

/* What a proposal is bred with: the place of the member that it is to replace, SIZE_MAX: none. */
struct muster_shade_trial {
    size_t place;
    double f, cr; /* scale of differences; share of genes crossed */
};

/* Learns from the view, and draws how its proposal is bred; with place SIZE_MAX where there are too
 * few members yet, or `design` is set. */
enum muster_status muster_shade_plan(struct muster_shade *shade, const struct muster_view *view,
                                     bool design, struct muster_dice *dice,
                                     struct muster_shade_trial *trial);

/* child[d] by current-to-pbest/1 and binomial crossover, each gene with a value. */
void muster_shade_breed(struct muster_shade *shade, const struct muster_shade_trial *trial,
                        struct muster_dice *dice, double *child);

#endif
