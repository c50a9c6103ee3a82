/* bayes, inside: what its files share. */
#ifndef MUSTER_BAYES_IMPL_H
#define MUSTER_BAYES_IMPL_H

#include "search/bayes_sides.h"
#include "search/search_impl.h"
#include "muster/surrogate.h"

/* Results that enter the model at a fit at most. */
enum { BAYES_MODEL_LIMIT = 1500 };

/* Pending points that are believed at most. While there are more, each proposal maximises a
 * function drawn from the model instead, which keeps them apart, and no step is local: too many
 * would crowd around one point. */
enum { BAYES_BELIEVED = 64 };

/* A step as it was proposed in a region. */
struct bayes_step {
    int64_t turn; /* of the region; -1: it was no step of the region */
    double radius;
};

/* The box of local steps around the best result, a function of results in the order learnt and of
 * what each local step knew. */
struct bayes_region {
    int64_t best; /* id; -1: none */
    double radius;
    int64_t turn;            /* counts what makes steps before it say nothing about the radius */
    struct bayes_step *step; /* owned [.]: by id */
    size_t capacity, n;      /* of step */
    size_t seen;             /* results taken in */
    bool refined;            /* local steps care for the surroundings of the best result */
    int64_t start; /* of a trust region, whose sides are `radius`: the first id of its own */
    int64_t successes, failures; /* in a row, since its sides changed */
};

/* So many local steps in a row at least, and at most, say whether they still gain anything. */
enum { BAYES_SETTLING = 4, BAYES_SETTLING_MOST = 16 };

/* What local steps know of the basin that they are in, and the search for another one. */
struct bayes_basin {
    double before[BAYES_SETTLING_MOST]; /* the best score before each of the last steps, a ring */
    int64_t steps;                      /* learnt in this basin */
    int64_t *left;                      /* owned [n]: the best ids of basins settled before it */
    double *u, *y;                      /* owned: points of the model of what lies outside */
    size_t n, capacity, u_capacity, y_capacity;
};

/* Where the best result lies: there is no other basin to look for, or there is one while local
 * steps still gain in this one, or after they have come to its bottom. */
enum bayes_basin_state { BAYES_ALONE, BAYES_SINKING, BAYES_SETTLED };

/* What a proposal is to be. */
enum bayes_turn { BAYES_GLOBAL, BAYES_LOCAL, BAYES_ELSEWHERE };

/* All results of this run, where they are more than the model takes. */
struct bayes_crowd {
    struct muster_gp *gp; /* owned; NULL while there is none */
    double *u, *y;        /* owned [n][d], [n]: warped, NaN where pending */
    size_t u_capacity, y_capacity, n;
    size_t held; /* points that the process held last, but for pending ones */
};

/* What folds say of noise, from the results of the last fit. */
struct bayes_noise {
    size_t folds;   /* 0: they are not asked */
    double *level;  /* owned [folds]: mean over results */
    double usual;   /* the median of variances over folds; 0: unknown */
    double *spread; /* owned: scratch */
    size_t capacity;
};

struct bayes {
    const struct muster_search *search; /* borrowed */
    const struct muster_space *space;   /* borrowed */
    const struct muster_plugin *plugin; /* whose options hold */
    struct muster_gp *gp;               /* owned */
    bool local;                         /* there are local steps */
    bool turbo;                         /* or there is a trust region */
    const char *acquisition;            /* the option's word; static or the block's */
    struct muster_criterion criterion;
    int64_t design; /* points of the space-filling start, and of its blocks */
    double *fitted; /* owned: kernel parameters */
    size_t n_parameters;
    size_t fitted_known; /* results known when they were fitted; 0: never */
    bool fitted_now;     /* for the last proposal */
    int64_t fitted_warm; /* sum of the ids of earlier results that the model held then */
    size_t n_warm;       /* points of earlier results, at the front of the model */
    bool stale;          /* the process does not hold `fitted` yet */
    int64_t *base;       /* owned: ids of the model at the fit, in the order learnt */
    size_t n_base, base_capacity;
    size_t base_known;   /* results that base was chosen from */
    int64_t *ids;        /* owned: of the model's points */
    double *u, *raw, *y; /* owned: the model's points [.][d], scores [.], the same warped */
    bool *counts;        /* owned: the point counts for the median of scores */
    struct muster_output_warp warp; /* owned: from raw to y */
    double *mean;                   /* owned */
    size_t id_capacity, u_capacity, y_capacity, counts_capacity, raw_capacity, mean_capacity;
    size_t n, n_observed;
    bool draws; /* the last proposal maximises a draw; pending points are not believed */
    struct bayes_noise noise;
    double *ratio; /* owned: the points' noise to that of the process */
    size_t ratio_capacity;
    struct bayes_sides sides;     /* what else the model is of */
    struct muster_gp_model model; /* what gp is */
    struct bayes_crowd crowd;
    struct bayes_region region;
    struct bayes_basin basin;
    double *box;              /* owned [3][d]: scratch of boxes */
    struct muster_reason why; /* of the last proposal */
};

/* What may stand under `bayes:`; ends with MUSTER_END. */
extern const struct muster_option bayes_options[];

/* True where no parameter is discrete: bowls and other basins are looked for there alone. */
bool bayes_all_continuous(const struct muster_space *space);

/* The score of an id; NaN where it failed. */
double bayes_score(const struct bayes *bayes, int64_t id);

/* ---- the model: points, warped scores, kernel parameters ------------------------------------- */

/* Chooses what of the first n known results the model holds from a fit on: by scores as this
 * proposal is shown them, so that it is done for it alone, whether it is asked for or replayed. */
enum muster_status bayes_model_base(struct bayes *bayes, const struct muster_view *view, size_t n);
/* Brings the process up to date with the view; fits kernel parameters where that is due. */
enum muster_status bayes_model_update(struct bayes *bayes, const struct muster_view *view);
/* Takes what a journal says was fitted for this step. */
enum muster_status bayes_model_restore(struct bayes *bayes, const struct muster_view *view,
                                       const double *fitted, size_t n_fitted);

/* ---- noise from folds ------------------------------------------------------------------------ */

enum muster_status bayes_noise_create(struct bayes *bayes);
void bayes_noise_clear(struct bayes_noise *noise);
/* From the results in base. */
enum muster_status bayes_noise_learn(struct bayes *bayes);
/* The noise variance of a result in parts of the usual one. */
double bayes_noise_ratio(const struct bayes *bayes, int64_t id);

/* A process of all results for muster_acquire, borrowed until the next one; *gp = NULL where the
 * model, up to date with the view, is enough. */
enum muster_status bayes_crowd_update(struct bayes *bayes, const struct muster_view *view,
                                      const struct muster_gp **gp);
void bayes_crowd_clear(struct bayes_crowd *crowd);

/* ---- local steps ----------------------------------------------------------------------------- */

/* Takes in what became known. */
enum muster_status bayes_region_update(struct bayes *bayes, const struct muster_view *view);
/* What this proposal is, by kernel parameters as they are for it; a local step is marked. */
enum muster_status bayes_region_turn(struct bayes *bayes, const struct muster_view *view,
                                     enum bayes_turn *turn);
/* Notes the region's turn when an id is proposed, and the radius in which that is done. */
enum muster_status bayes_region_mark(struct bayes_region *region, int64_t id, double radius);
/* The local step that was marked last; *found = false where there is none. */
enum muster_status bayes_region_step(struct bayes *bayes, struct muster_stream stream, double *x,
                                     bool *found);
/* True where an id was a local step. */
bool bayes_region_is_local(const struct bayes *bayes, int64_t id);
/* True where results are too few for local steps yet, and others are pending. */
bool bayes_region_starts(const struct bayes *bayes, const struct muster_view *view);
/* True where x was asked before, or lies where local steps care; `bayes` as a callback's context.
 */
bool bayes_region_taken(const void *bayes, const double *x);
void bayes_region_clear(struct bayes_region *region);

/* ---- along one parameter --------------------------------------------------------------------- */

/* Whether the proposal, of a model up to date, is to keep all continuous parameters but one as the
 * first of the elite has them: then its box. */
void bayes_axis_box(const struct bayes *bayes, const struct muster_view *view,
                    struct muster_acquisition *acquisition);

/* ---- the bottom of a bowl -------------------------------------------------------------------- */

/* Until there are local steps, for a model up to date with the view: the bottom of a bowl; *found
 * (false before) stays where results show none, or its bottom is known. */
enum muster_status bayes_bowl_step(struct bayes *bayes, const struct muster_view *view, double *x,
                                   bool *found);

/* ---- other basins ---------------------------------------------------------------------------- */

/* A local step became known, where this was the best result before it. */
void bayes_basin_step(struct bayes *bayes, int64_t best);
/* The best result lies elsewhere now, and this was the one before it. */
enum muster_status bayes_basin_leave(struct bayes *bayes, int64_t best);
/* Where local steps are. */
enum bayes_basin_state bayes_basin_state(const struct bayes *bayes, const struct muster_view *view);
/* A point outside of basins that are known, with stream and belief of the usual acquisition; *found
 * (false before) stays where there is none. */
enum muster_status bayes_basin_elsewhere(struct bayes *bayes, const struct muster_view *view,
                                         const struct muster_acquisition *usual, double *x,
                                         bool *found);
void bayes_basin_clear(struct bayes_basin *basin);

/* ---- trust region ---------------------------------------------------------------------------- */

/* Takes in what became known. */
enum muster_status bayes_turbo_update(struct bayes *bayes, const struct muster_view *view);
/* True where the region is still in need of its space-filling design. */
bool bayes_turbo_starts(const struct bayes *bayes, const struct muster_view *view);
/* A proposal is to lie in the region, whose sides are in the ratio of length scales, and to improve
 * on its best result; discrete parameters keep their whole range. */
void bayes_turbo_box(const struct bayes *bayes, struct muster_acquisition *acquisition);

#endif
