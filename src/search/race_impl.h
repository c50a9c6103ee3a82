/* Racing, inside: what a step may be discarded by, from the results known before it. */
#ifndef MUSTER_RACE_IMPL_H
#define MUSTER_RACE_IMPL_H

#include "search/fidelity_impl.h"

enum { RACE_BEST = 5 }; /* so many of the best show how folds differ and scores spread */

/* The best complete results of a rung, the best first, and what they say. */
struct race_rung {
    size_t n; /* RACE_BEST at most */
    double score[RACE_BEST];
    double *folds;   /* owned, [RACE_BEST][K] */
    double *level;   /* owned, [K], about zero: what a fold's scores have in common; 0 of one */
    double worst;    /* fold of the best, by how far it is from its level */
    double variance; /* of a fold's score about what is expected of it */
    int64_t freedom; /* of these */
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
/* By how much the mean of the folds [n] that were run differs, of its own, from that of all. */
double race_level(const struct race *race, size_t rung, const double *folds, size_t n);
/* What a step of the rung is judged by. */
void race_fill(const struct race *race, size_t rung, struct muster_step *step);

#endif
