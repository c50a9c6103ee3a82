/* The wrapper's own insides: steps as they are asked and told, the configurations they belong to,
 * and the view of these that a method gets. */
#ifndef MUSTER_SEARCH_WRAPPER_IMPL_H
#define MUSTER_SEARCH_WRAPPER_IMPL_H

#include "search/fidelity_impl.h"
#include "search/race_impl.h"
#include "search/search_impl.h"

enum { CHUNK = 1024 }; /* points a block, so that they never move */

struct step_entry {
    bool told, known;
    int64_t trial;
    size_t rung;
    struct muster_told result;
    double *folds; /* owned: scores by fold, while they wait to be learnt; NULL: none */
    size_t n_folds;
};

struct trial_entry {
    int64_t first, last; /* its steps */
    int64_t shown;       /* the step whose result the method knows; -1: none */
};

struct muster_search {
    struct muster_search_setup setup;
    const struct muster_method *method;
    void *state; /* the method's */
    double points;
    int64_t blind;
    bool dry;  /* the method has nothing left to propose */
    bool made; /* the last step was a proposal of the method */

    const struct muster_scheduler *scheduler;
    struct muster_ladder ladder;
    void *schedule; /* the scheduler's */
    struct race race;

    int64_t asked;
    struct step_entry *steps; /* owned [asked] */
    size_t step_capacity;
    int64_t *learnt; /* owned: steps in the order they became known */
    size_t n_learnt, learnt_capacity;

    int64_t n_trials;
    struct trial_entry *trials; /* owned [n_trials] */
    size_t trial_capacity;
    double **chunks; /* owned: [CHUNK][d] each, by trial */
    size_t n_chunks, chunk_capacity;
    struct muster_seen seen;

    /* What the method is shown: results of one rung, so that they compare. */
    size_t shown;   /* that rung */
    int64_t *known; /* owned: trials with such a result, in the order learnt */
    size_t n_known, known_capacity;
    int64_t *pending; /* owned: trials under way without one, ascending */
    size_t n_pending, pending_capacity;
    struct muster_outcomes *outcomes; /* owned: these results, by trial */
    struct muster_warm_view *warm;    /* owned; NULL: no earlier results */
    int64_t usable[MUSTER_RUNGS];     /* scores known of each rung */
};

static inline bool has_rungs(const struct muster_search *search)
{
    return search->ladder.n > 1;
}

/* ---- learn.c -------------------------------------------------------------------------------- */

/* Makes the first `end` steps known (strict), or none where one of them was not told: *missing. */
enum muster_status wrapper_learn(struct muster_search *search, int64_t end, bool *missing);
/* A step of a trial is under way. */
void wrapper_await(struct muster_search *search, int64_t trial);

#endif
