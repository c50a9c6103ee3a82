/* selection: which members of a population become parents. */
#ifndef MUSTER_SEARCH_SELECTION_H
#define MUSTER_SEARCH_SELECTION_H

#include "search/genes.h"

struct muster_selection;

/* Which of members[n], ids best first, n >= 1, becomes a parent. */
typedef size_t muster_selecting(const struct muster_selection *by, const int64_t *members, size_t n,
                                struct muster_dice *dice);

struct muster_selection {
    const struct muster_search *search; /* borrowed */
    muster_selecting *select;
    size_t tournament; /* drawn for each; the best wins */
    double pressure;   /* of ranks: the best one's chance in parts of the mean one's, 1 to 2 */
};

/* "tournament", "rank" or "roulette"; NULL for any other. */
muster_selecting *muster_selection_find(const char *name);

#endif
