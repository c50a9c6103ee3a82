/* What run.c and merge.c share: a rank's part of a step, and the parts of a group. */
#ifndef MUSTER_TRAIN_PART_IMPL_H
#define MUSTER_TRAIN_PART_IMPL_H

#include <math.h>

#include "train_impl.h"

struct part {
    const struct muster_trainer *trainer; /* borrowed */
    struct muster_config config;          /* owned contents */
    struct fold_bench bench;
    struct muster_result result; /* filled where this rank trained */
    struct pool pool;
    size_t first, last;             /* folds of the step: first .. last - 1 */
    int64_t failed;                 /* the first own fold that failed; K: none */
    const struct muster_step *step; /* borrowed */
    size_t ranks, teams;            /* of the group; see muster_sharing_of */
    size_t team;                    /* this rank's */
    struct muster_team *mates;      /* owned; NULL: it trains alone */
    bool leads, idle;               /* the first of its team; it has nothing to do */
    double *scores; /* owned, [K + 1]: of all ranks' folds so far, where they race; -INFINITY: not
                       yet. Behind them whether a rank's training ended */
};

/* What the ranks of the group sent, one pack a rank. */
struct parts {
    unsigned char *all;
    size_t *offsets; /* [ranks + 1] */
};

static inline bool part_races(const struct muster_step *step)
{
    return !isnan(step->threshold);
}

/* teams.c: where a team begins. */
size_t part_root(const struct part *part, size_t t);
/* Finds this rank's team; nothing is sent. */
enum muster_status part_join(struct part *part, struct muster_comm *group);

/* The smallest number of the step's folds, in their order, that discards it; `known` of them have
 * scores. The step's folds otherwise. */
size_t part_decide(const struct part *part, const double *scores, size_t known, char *reason,
                   size_t size);

/* Rank 0: the group's result from its parts. A rank that failed sent nothing and says so in the
 * agreement that follows. */
enum muster_status parts_merge(struct part *part, const struct parts *parts,
                               struct muster_result *result);

#endif
