/* Racing, inside: what a step may be discarded by, from the results known before it. */
#ifndef MUSTER_RACE_IMPL_H
#define MUSTER_RACE_IMPL_H

#include "search/fidelity_impl.h"

/* The best complete result of a rung, and how differences to it spread. */
struct race_rung {
    bool any;
    double score, worst; /* the mean, and the worst fold */
    double *folds;       /* owned, [K] */
    double squares;      /* of differences to the best of the time, about their mean in a trial */
    int64_t freedom;     /* of these */
};

struct race {
    enum { RACE_NONE, RACE_FORGIVING, RACE_PAIRED } kind;
    size_t folds; /* K */
    struct race_rung rungs[MUSTER_RUNGS];
};

/* MUSTER_BAD_STUDY where folds cannot race. */
enum muster_status race_create(const struct muster_search_setup *setup,
                               const struct muster_ladder *ladder, struct race *race);
void race_clear(struct race *race);
/* A result of a rung is known; folds [n] are copied. */
void race_learn(struct race *race, size_t rung, const struct muster_told *told, const double *folds,
                size_t n);
/* What a step of the rung is judged by. */
void race_fill(const struct race *race, size_t rung, struct muster_step *step);

#endif
