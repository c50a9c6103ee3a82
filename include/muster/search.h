/* search: ask/tell optimizers as a library; no MPI. The wrapper keeps the promise that a proposal
 * depends on the results of S_i alone (see below), methods only propose.
 *
 * What is asked for and told is a step. Without fidelity each is a trial of its own; with it, a
 * step is the first of a new trial or promotes one to its next rung. Ids and window count steps.
 *
 * Everything is minimised: callers negate scores that are to be maximised.
 *
 * S_i, the results a proposal i may know, follows from the study: nothing for methods that never
 * learn and for initial points; otherwise exactly ids 0 .. i - window - 1 (strict), even when more
 * is known, or what was told before the ask (arrival). A method with generations knows all before
 * its last barrier. Where steps are judged by others, by a fidelity or a race, every step knows
 * 0 .. i - window - 1, whatever proposes it, and as many more in the order of ids as it takes until
 * something follows from them; muster_search_known says how many. Results reach the method in id
 * order (strict) or in the order told (arrival). */
#ifndef MUSTER_SEARCH_H
#define MUSTER_SEARCH_H

#include "muster/base.h"
#include "muster/study.h"

extern const struct muster_option muster_search_options[];    /* section `search` */
extern const struct muster_registry muster_search_methods;    /* `search.method` */
extern const struct muster_registry muster_search_fidelities; /* `search.fidelity` */

struct muster_search; /* opaque */

/* Results of earlier runs in this space. Each source's scores, to be minimised, are standardised:
 * (score - shift) / scale. Methods that can learn from them, others begin with their best points.
 * They cost no step and have no id. */
struct muster_warm {
    size_t n, sources;
    const double *x;             /* [n][d], settled and allowed */
    const double *score;         /* [n]; NaN: it failed */
    const int64_t *source;       /* [n], from 0 */
    const double *shift, *scale; /* [sources] */
};

struct muster_search_setup {
    const struct muster_space *space;   /* borrowed, outlives the search */
    const struct muster_block *options; /* the section's block; borrowed */
    uint64_t seed;
    int64_t window;        /* W, in steps, >= 1 */
    bool strict;           /* order: strict */
    bool noiseless;        /* the objective is a function */
    size_t n_objectives;   /* m; 0 as 1 */
    size_t n_bounds;       /* on outcomes */
    const double *initial; /* [n_initial][d]; borrowed */
    size_t n_initial;
    int64_t trials; /* configurations at most; 0: no end */
    int64_t epochs; /* the most that a trial trains, and its folds: what a fidelity may cut; 0: */
    size_t folds;   /* there are none */
    const struct muster_warm *warm; /* NULL: none; borrowed, outlives the search */
};

/* The setup is copied. MUSTER_USAGE for an unknown method or a window below 1; MUSTER_BAD_STUDY as
 * muster_search_fits. */
enum muster_status muster_search_create(const struct muster_search_setup *setup,
                                        struct muster_search **search);
void muster_search_destroy(struct muster_search **search);

/* MUSTER_BAD_STUDY where fidelity or racing have nothing to cut in such a study; the message begins
 * with the option's path. */
enum muster_status muster_search_fits(const struct muster_search_setup *setup);

/* What a fidelity cuts, how far trials go on each rung, and about how many get there. */
enum { MUSTER_RUNGS = 40 }; /* at most: 2^40 epochs */
struct muster_rungs {
    const char *of;              /* "epochs", "rows" or "folds"; static */
    size_t n;                    /* 1: there is no fidelity */
    double budget[MUSTER_RUNGS]; /* [n] epochs, folds, or shares of the rows; ascending */
    double share[MUSTER_RUNGS];  /* [n] of all trials; 1 on the lowest */
};

/* The rungs of a study that fits, otherwise as muster_search_fits. */
enum muster_status muster_search_rungs(const struct muster_search_setup *setup,
                                       struct muster_rungs *rungs);

/* W from `search.window`, or its default: an eighth of `search.trials`, between 8 and 4096. */
int64_t muster_search_window(const struct muster_block *options);

/* True where the study has a fidelity, so that a trial may take several steps. */
bool muster_search_climbs(const struct muster_block *options);

enum muster_answer {
    MUSTER_ASK_STEP, /* *step is the next one; its x stays valid until destroy */
    MUSTER_ASK_WAIT, /* results of S_i are still missing: tell, then ask again */
    MUSTER_ASK_DONE  /* nothing is left: no further point, and no trial to promote */
};

/* The next step; its level stays valid until the next call, and carries the sign of what is told.
 */
enum muster_status muster_search_ask(struct muster_search *search, struct muster_step *step,
                                     enum muster_answer *answer);

/* The parameters fitted for the last ask, to be journaled with its step; *n = 0 where nothing was
 * fitted. Borrowed, valid until the next ask. */
const double *muster_search_fitted(const struct muster_search *search, size_t *n);

/* Why a step was proposed, for the record. */
struct muster_reason {
    const char *source;     /* one word: "initial", "random", the fidelity's name for a promotion,
                               or the method's own; static */
    double acquisition;     /* what the method maximised, at the point; NaN: nothing */
    double mean, deviation; /* predicted score and its deviation, on the scale of what is told; NaN:
                               no prediction */
};

/* The reason of the last ask; valid until the next ask or replay. */
void muster_search_reason(const struct muster_search *search, struct muster_reason *reason);

/* How many results the last step rests on: to be journaled with it, for muster_search_replay. */
int64_t muster_search_known(const struct muster_search *search);

/* Takes the step of a journal in place of an ask, with its fitted parameters; maximises nothing.
 * `known`: what muster_search_known said of it (without it: what follows from the window alone).
 * All results of its S_i must have been told before. MUSTER_INTERNAL when the journal's step cannot
 * be the next one. */
enum muster_status muster_search_replay(struct muster_search *search,
                                        const struct muster_step *step, const double *fitted,
                                        size_t n_fitted);
enum muster_status muster_search_replay_known(struct muster_search *search,
                                              const struct muster_step *step, int64_t known,
                                              const double *fitted, size_t n_fitted);

/* What a method learns of a step. */
struct muster_told {
    enum muster_state state; /* a failed one has no score */
    double score;            /* to be minimised */
    double deviation;        /* over folds; NaN: unknown */
    double flops;
    double seconds;           /* that it took; 0: unknown, and under a strict order always */
    int64_t n_folds;          /* that the score is the mean of; 0: unknown */
    const double *objectives; /* [m], all to be minimised, the first is the score; copied. NULL:
                                 there is only the score, or none */
    double violation;         /* by how much constraints on the outcome are broken; 0: feasible */
    const double *margins;    /* [n_bounds]: how far beyond each bound the outcome is, below 0:
                                 within; NaN: unknown; copied. NULL: all are unknown */
};

/* MUSTER_INTERNAL when the id was never asked or is told twice, and when a complete one of several
 * objectives comes without them. */
enum muster_status muster_search_tell(struct muster_search *search, int64_t id,
                                      const struct muster_told *told);

/* The same with the scores of its folds [n], NaN where one was not run: what racing compares. */
enum muster_status muster_search_tell_folds(struct muster_search *search, int64_t id,
                                            const struct muster_told *told, const double *folds,
                                            size_t n);

/* How far, at most, the least of n >= 2 scores (finite, to be minimised) at x[n][d] is thought to
 * stand above the least of the space; on the scores' scale. That is what a model of them says, and
 * no guarantee: of runs of 60 it held in 10 of 10 on branin and a mixed space, in 5 to 7 of 10 on
 * hartmann6, in none on ackley of ten parameters, whose single funnel so few results do not show.
 * Depends on its arguments alone; of the setup it takes space, seed and noiseless. */
enum muster_status muster_search_regret(const struct muster_search_setup *setup, const double *x,
                                        const double *score, size_t n, double *bound);

/* The next trial of which it is decided, in the order of the decisions, that it stays below the top
 * rung; -1: none that was not returned before. Decisions fall when there is a next step to ask for.
 */
int64_t muster_search_given_up(struct muster_search *search);

int64_t muster_search_asked(const struct muster_search *search); /* steps so far */
/* How many configurations there are (forbidden ones left out, of not too many); INFINITY where a
 * parameter is continuous. */
double muster_search_points(const struct muster_search *search);
/* How many configurations wait together for all results before them, about; 0: each waits for what
 * the window does not let through. */
int64_t muster_search_generation(const struct muster_search *search);

/* A score, to be minimised, and where it stands. */
struct muster_ranked {
    double score; /* NaN: none */
    size_t at;
};
/* For qsort: the best first, those without a score last, in the order they stand in. Sorts whatever
 * begins with a struct muster_ranked. */
int muster_best_first(const void *a, const void *b);

/* ---- several objectives, all to be minimised: f[n][m] ---------------------------------------- */

/* True where a is nowhere worse than b and better in one of them. */
bool muster_dominates(const double *a, const double *b, size_t m);

/* rank[n]: 0 for the points that none dominates, 1 for those that only these dominate, and so on.
 * Constrained domination (Deb et al. 2002): of two points with different violation (NULL: none has)
 * the one with less dominates, whatever its objectives. */
enum muster_status muster_pareto_rank(const double *f, const double *violation, size_t n, size_t m,
                                      size_t *rank);

/* The volume between the front of n points and the reference r[m], of points better than it in all
 * objectives. */
enum muster_status muster_hypervolume(const double *f, size_t n, size_t m, const double *r,
                                      double *volume);

/* ---- explanation: what a score depends on ---------------------------------------------------- */

/* Shares [d], of sum 1, of what tells the best tenth of n trials x[n][d] (settled, with score[n] to
 * be minimised) from all: PED-ANOVA. A conditional parameter's is that among the trials in which it
 * is active. All 0 where nothing tells them apart. */
enum muster_status muster_importance(const struct muster_space *space, const double *x,
                                     const double *score, size_t n, double *share);

/* How the score depends on one or two parameters, all others averaged over their ranges. */
struct muster_dependence {
    size_t n_params, param[2];
    size_t n[2];       /* values of either; n[1] == 1 where there is one */
    double *at;        /* owned [n[0] + n[1]]: the values, as entries of a point */
    double *mean;      /* owned [n[0]][n[1]] */
    double *deviation; /* owned, the same: how far the surrogate is unsure of it, at most */
};

/* Of a Gaussian process over all trials. Parameters vary evenly over their ranges. */
struct muster_explanation {
    size_t d;
    double *value;         /* owned [d]: muster_importance */
    double *first, *total; /* owned [d]: shares of the score's variance that a parameter explains
                              alone, and with all its interactions */
    double *pairs;         /* owned [d][d]: shares of interactions of two; first on the diagonal */
    double unexplained;    /* share of the trials' variance that the process takes for noise */
    size_t n_dependences;
    struct muster_dependence *dependences; /* owned: each parameter's, then strong pairs' */
};

/* From n >= 2 finite scores; of many, some hundred evenly spaced trials. Clear it whatever is
 * returned. */
enum muster_status muster_explain(const struct muster_space *space, const double *x,
                                  const double *score, size_t n, uint64_t seed,
                                  struct muster_explanation *explanation);
void muster_explanation_clear(struct muster_explanation *explanation);

#endif
