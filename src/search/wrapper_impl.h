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
    bool dry;   /* the method has nothing left to propose */
    bool made;  /* the last step was a proposal of the method */
    bool joint; /* the scheduler proposes in the method's place */

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

static inline double *wrapper_point(const struct muster_search *search, int64_t trial)
{
    return search->chunks[trial / CHUNK] + (size_t)(trial % CHUNK) * search->setup.space->d;
}

static inline bool has_rungs(const struct muster_search *search)
{
    return search->ladder.n > 1;
}

/* ---- learn.c -------------------------------------------------------------------------------- */

/* Makes the first `end` steps known (strict), or none where one of them was not told: *missing. */
enum muster_status wrapper_learn(struct muster_search *search, int64_t end, bool *missing);
/* A step of a trial is under way. */
void wrapper_await(struct muster_search *search, int64_t trial);

/* ---- view.c --------------------------------------------------------------------------------- */

/* What a method is shown, for the proposal of the next configuration. */
struct muster_view wrapper_view(const struct muster_search *search);
/* The point of a trial, as the table of points seen asks for it. */
const double *wrapper_point_of(const void *search, int64_t trial);

/* ---- next.c --------------------------------------------------------------------------------- */

/* How many steps, from 0 on, the next one must know, and may. */
int64_t wrapper_horizon(const struct muster_search *search);
/* What comes next, by the smallest number of known results that something follows from. `answer`
 * says WAIT where a result is missing, DONE where nothing is to come. */
enum muster_status wrapper_decide(struct muster_search *search, struct muster_move *move,
                                  enum muster_answer *answer);

/* ---- search.c ------------------------------------------------------------------------------- */

/* Room for one more step and trial, and for all that may be known of them. */
enum muster_status wrapper_reserve(struct muster_search *search);
/* True where the scheduler wants the configuration drawn, whatever the method. */
bool wrapper_drawn(const struct muster_search *search, int64_t trial);
/* The step of a trial, whose point stands where wrapper_reserve made room for it, becomes one. */
enum muster_status wrapper_take(struct muster_search *search, int64_t trial, size_t rung);

#endif
