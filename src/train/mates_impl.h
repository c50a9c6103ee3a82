/* What mates.c and mates_layout.c share: who is who in a team, and where the numbers lie. */
#ifndef MUSTER_TRAIN_MATES_IMPL_H
#define MUSTER_TRAIN_MATES_IMPL_H

#include "train_impl.h"

/* Pieces of a gradient are whole vectors of so many floats. */
enum { MATES_LANES = 16 };

static inline size_t ranks_of(const struct mates *mates)
{
    return (size_t)muster_team_size(mates->team);
}

static inline size_t own_rank(const struct mates *mates)
{
    return (size_t)muster_team_rank(mates->team);
}

/* Where piece c of a gradient begins. */
static inline size_t piece_at(const struct mates *mates, size_t c)
{
    return mates->whole ? 0 : mates->weights / MATES_LANES * c / ranks_of(mates) * MATES_LANES;
}

/* Of rank r: a word, and loss and weight of each node. */
static inline double *head_of(const struct mates *mates, size_t r)
{
    return mates->heads + r + 2 * mates->starts[r];
}

static inline void add_parcel(struct muster_parcel *list, size_t *n, size_t peer, void *data,
                              size_t bytes)
{
    list[(*n)++] = (struct muster_parcel){.peer = (int)peer, .data = data, .bytes = bytes};
}

#endif
