/* islands: populations that results enter in the order they become known. Each id belongs to island
 * id mod K; every so many results of an island, copies of its best go to the next one (a ring).
 * What they hold is a function of the known ids alone, however often they are asked in between.
 *
 * A population is its `elite` best members and the youngest others: elite = population keeps the
 * best of all, elite = 1 replaces the old by the new. Better means, with one objective, less
 * violation, then a lower score; with several, the order of NSGA-II (Deb et al. 2002): constrained
 * front, then crowding distance. Failed results never enter. */
#ifndef MUSTER_SEARCH_ISLANDS_H
#define MUSTER_SEARCH_ISLANDS_H

#include "search/search_impl.h"

struct muster_islands_setup {
    const struct muster_search *search; /* borrowed, outlives the islands */
    size_t islands, population;         /* >= 1 each; members of one island */
    size_t elite;                       /* <= population */
    size_t migrants, interval;          /* copies that leave every `interval` results */
    double step;                        /* of mutation, at the start */
};

struct muster_islands; /* opaque */

enum muster_status muster_islands_create(const struct muster_islands_setup *setup,
                                         struct muster_islands **islands);
void muster_islands_destroy(struct muster_islands **islands);

/* Notes which id a proposal was bred from (-1: none), before its result can be known. */
enum muster_status muster_islands_bred(struct muster_islands *islands, int64_t id, int64_t parent);

/* Lets the known results in that have not entered yet. */
enum muster_status muster_islands_learn(struct muster_islands *islands,
                                        const struct muster_view *view);

/* The island of an id: its members best first, and how many; borrowed, until the next call. */
enum muster_status muster_islands_members(struct muster_islands *islands, int64_t id,
                                          const int64_t **members, size_t *n);

/* The step of mutation that has proved right on the island of an id: it grows with every child
 * better than its parent, and shrinks with every other one, in balance at one in five (Rechenberg
 * 1973; Kern et al. 2004). */
double muster_islands_step(const struct muster_islands *islands, int64_t id);

#endif
