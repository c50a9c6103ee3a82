/* Further processes of `bayes` beside that of the score, over the same points: what they are of,
 * and how they enter what a proposal maximises. Their kernel parameters stand behind those of the
 * score's process in `fitted`, and are fitted and restored with them. */
#ifndef MUSTER_BAYES_SIDES_H
#define MUSTER_BAYES_SIDES_H

#include "search/search_impl.h"
#include "muster/surrogate.h"

struct bayes;

enum bayes_side_kind {
    BAYES_OBJECTIVE, /* an objective behind the first */
    BAYES_BOUND,     /* how far an outcome is beyond a bound: below 0 it is within */
    BAYES_FAILURE,   /* 1 where a trial failed, else -1 */
    BAYES_COST       /* the logarithm of what a trial costs */
};

struct bayes_side {
    enum bayes_side_kind kind;
    size_t of;     /* which objective or bound; of costs: 0 flops, 1 seconds */
    bool speaks;   /* it has results to go by */
    double *u, *y; /* owned: those points of the model that have a value, then pending ones */
    size_t u_capacity, y_capacity, n, n_observed;
};

/* The front that proposals are to push on, as the model sees it. */
struct bayes_front {
    struct muster_front *front; /* owned; NULL: no result is within all bounds yet */
    double *f;            /* owned [n][m]: of results within all bounds, then of pending ones */
    size_t *at, *rank;    /* owned [n]: their number in the model; 0 on the front */
    double *elite, *mean; /* owned */
    double reference[MUSTER_FRONT_OBJECTIVES];
    double bend[MUSTER_FRONT_OBJECTIVES]; /* from where on values count by their rank alone */
    size_t n, f_capacity, at_capacity, rank_capacity, elite_capacity, mean_capacity;
};

struct bayes_sides {
    size_t n, m; /* processes; objectives of the front, 0: there is none, the score is all */
    struct bayes_side *side; /* owned [n] */
    struct muster_gp **gp;   /* owned [n], each owned */
    struct bayes_front front;
    struct muster_criterion criterion; /* of the score, where there is no front */
    struct muster_joint joint;
};

/* Which processes the study needs; bayes->gp stands. */
enum muster_status bayes_sides_create(struct bayes *bayes);
void bayes_sides_clear(struct bayes_sides *sides);
/* How many kernel parameters they have. */
size_t bayes_sides_parameters(const struct bayes_sides *sides);
/* Kernel parameters from `fitted`, behind the first process'. */
void bayes_sides_set(struct bayes *bayes);
/* The model's points with their values. */
enum muster_status bayes_sides_observe(struct bayes *bayes);
/* Fits kernel parameters, into `fitted`. */
enum muster_status bayes_sides_fit(struct bayes *bayes);
/* What the next proposal maximises, where that is more than a criterion of the score. */
enum muster_status bayes_sides_aim(struct bayes *bayes, const struct muster_view *view,
                                   struct muster_acquisition *acquisition);

/* ---- several objectives (bayes_front.c) ------------------------------------------------------ */

/* Front, reference and elite of the model as it stands. */
enum muster_status bayes_front_update(struct bayes *bayes, const struct muster_view *view,
                                      struct muster_acquisition *acquisition);
/* The reference for the model's results. */
enum muster_status bayes_front_reference(struct bayes *bayes);
/* y[n] of objective k as its process learns it, in place. */
enum muster_status bayes_front_warp(const struct bayes *bayes, size_t k, double *y, size_t n);
void bayes_front_clear(struct bayes_front *front);
/* The rank [n] of results by domination, failures behind all. */
enum muster_status bayes_front_ranks(const struct bayes *bayes, const int64_t *ids, size_t n,
                                     struct muster_ranked *ranked);

#endif
