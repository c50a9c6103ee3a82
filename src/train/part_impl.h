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
    double *scores; /* owned, [K + 1]: of all ranks' folds so far, where they race; -INFINITY: not
                       yet. Behind them whether a rank's training ended */
};

/* What the ranks of the group sent, one pack a rank. */
struct parts {
    unsigned char *all;
    size_t *offsets; /* [ranks + 1] */
    size_t ranks;
};

static inline bool part_races(const struct muster_step *step)
{
    return !isnan(step->threshold) || step->rival != NULL;
}

/* The smallest number of the step's folds, in their order, that discards it; `known` of them have
 * scores. The step's folds otherwise. */
size_t part_decide(const struct part *part, const double *scores, size_t known, char *reason,
                   size_t size);

/* Rank 0: the group's result from its parts. A rank that failed sent nothing and says so in the
 * agreement that follows. */
enum muster_status parts_merge(struct part *part, const struct parts *parts,
                               struct muster_result *result);

#endif
