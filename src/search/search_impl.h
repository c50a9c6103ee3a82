/* search, inside: what a method is, and what it may know of the search it serves. */
#ifndef MUSTER_SEARCH_IMPL_H
#define MUSTER_SEARCH_IMPL_H

#include "muster/search.h"

/* What proposal `id` may know: the results of S_i, and which specifications stand besides. Ids
 * count configurations, which without fidelity are the steps; see learn.c for what is shown with
 * it. */
struct muster_view {
    int64_t id;
    const int64_t *known; /* ids with a result, in the order the method learns them */
    size_t n_known;
    const int64_t *pending; /* ids below `id` that are not known, ascending */
    size_t n_pending;
    /* Results of earlier runs as ids below 0, of methods with `warm`: muster_search_x and
     * muster_search_told hold for them too. Which they are, and how they are told, may change from
     * proposal to proposal, with what is known. */
    const int64_t *warm;
    size_t n_warm;
};

/* A method proposes; order, waiting, duplicates of the journal and exhaustion are the wrapper's. */
struct muster_method {
    struct muster_plugin plugin;

    bool warm; /* it learns from view.warm */

    /* MUSTER_BAD_STUDY, the message beginning with the option's path, where its options do not go
     * together or with the study. NULL: they always do. */
    enum muster_status (*fits)(const struct muster_search_setup *setup);
    enum muster_status (*create)(const struct muster_search *search, void **state);
    void (*destroy)(void *state);
    /* Proposals below this id use no results (muster_search_never_learns: none ever does). */
    int64_t (*blind)(const void *state);
    /* How many ids must be known before proposal id (> blind) is made: the last barrier of a method
     * with generations. NULL: all but the window's. Under `arrival` nothing waits. */
    int64_t (*barrier)(const void *state, int64_t id);
    /* Configurations of a generation, about: they wait for all before them. NULL, or 0: none do. */
    int64_t (*generation)(const void *state);
    /* x[d] settled; or *done where nothing is left. */
    enum muster_status (*propose)(void *state, const struct muster_view *view, double *x,
                                  bool *done);
    /* Takes x as the proposal made with these fitted parameters. NULL: nothing to take.
     * MUSTER_INTERNAL when the method cannot have proposed it. */
    enum muster_status (*replay)(void *state, const struct muster_view *view, const double *x,
                                 const double *fitted, size_t n_fitted);
    /* Parameters fitted for the last proposal. NULL: none ever. */
    const double *(*fitted)(const void *state, size_t *n);
    /* Fills in what is known of the last proposal's reason; all of it but the source is NaN before,
     * the source is the method's name. NULL: no more to say. */
    void (*reason)(const void *state, struct muster_reason *reason);
};

/* ---- what a method may ask the wrapper ------------------------------------------------------ */

const struct muster_search_setup *muster_search_setup_of(const struct muster_search *search);
/* The point of an id asked before, [d]; borrowed. */
const double *muster_search_x(const struct muster_search *search, int64_t id);
/* The result of a known id, as a method of one objective is to see it: with several objectives, and
 * where outcomes break constraints, `score` is what outcomes.c makes of them for the next proposal.
 */
const struct muster_told *muster_search_told(const struct muster_search *search, int64_t id);
/* The result of a known id as it was told, with its objectives [m] and violation. */
const struct muster_told *muster_search_outcome(const struct muster_search *search, int64_t id);
/* The scores of a known id's folds [setup.folds], NaN where one was not run; NULL where they were
 * not told or trials may take several steps. */
const double *muster_search_folds(const struct muster_search *search, int64_t id);
/* True while the scores of muster_search_told are the same for every proposal; what a method keeps
 * of them from one proposal to the next holds only then. Once false, it stays so. */
bool muster_search_steady(const struct muster_search *search);
/* True where x[d], settled, may not be proposed: it was asked before, or the space forbids it.
 * `search` is untyped to serve as a callback's context. */
bool muster_search_seen(const void *search, const double *x);

/* The `blind` of a method that uses no results at all. */
int64_t muster_search_never_learns(const void *state);

/* A result as it is sorted. */
struct muster_search_ranked {
    struct muster_ranked by; /* `at`: in the order learnt */
    int64_t id;
};

/* The option NAME of a method's own table: `METHOD.NAME` of the block, or its default where the
 * block (of a caller without a study file) has no such option. */
double muster_search_option(const struct muster_search *search, const struct muster_plugin *method,
                            const char *name);

/* The same for an option that is a word. */
const char *muster_search_word(const struct muster_search *search,
                               const struct muster_plugin *method, const char *name);

/* The same in a section's block. */
const char *muster_search_word_in(const struct muster_block *block,
                                  const struct muster_plugin *method, const char *name);

/* Makes x[d] (decoded; inactive entries need not be NaN yet) a point that may be proposed: x itself
 * where it is new, else x with one parameter drawn anew, else a drawn one. The space must hold a
 * point that was not asked yet. */
enum muster_status muster_search_settle(const struct muster_search *search, int64_t id, double *x);

/* A point not seen before, drawn for `id`: the first free of some random ones, else (of a nearly
 * exhausted space) the first free one in order behind the last. A seen one where none is found: to
 * propose it says that the space is exhausted. */
enum muster_status muster_search_draw(const struct muster_search *search, int64_t id, double *x);

/* Point `id` of a space-filling design: blocks of Latin hypercubes of `block` points each. */
enum muster_status muster_search_design(const struct muster_search *search, int64_t id,
                                        int64_t block, double *x);

/* ---- results of earlier runs (warm.c) -------------------------------------------------------- */

struct muster_warm_view; /* opaque */

/* Of a search whose setup has `warm`; `learns`: the method takes view.warm. */
enum muster_status muster_warm_view_create(const struct muster_search *search, bool learns,
                                           struct muster_warm_view **out);
void muster_warm_view_destroy(struct muster_warm_view **self);
/* The setup's initial points and the best of the earlier ones behind them, [n][d]; borrowed. */
const double *muster_warm_view_initial(const struct muster_warm_view *self, size_t *n);
/* Forgets what was known: the next view may show other results, in another order. */
void muster_warm_view_forget(struct muster_warm_view *self);
/* Fills in view->warm by what is known; valid until the next one. */
enum muster_status muster_warm_view_update(struct muster_warm_view *self, struct muster_view *view);
const struct muster_told *muster_warm_view_told(const struct muster_warm_view *self, int64_t id);

/* ---- outcomes: what was told, and what of it a proposal is shown ----------------------------- */

struct muster_outcomes; /* opaque */

/* Of m objectives and so many bounds on outcomes. */
enum muster_status muster_outcomes_create(size_t m, size_t n_bounds, uint64_t seed,
                                          struct muster_outcomes **out);
/* Keeps the scores of folds [n] too; none but those told so are known. */
enum muster_status muster_outcomes_put_folds(struct muster_outcomes *outcomes, int64_t id,
                                             const double *folds, size_t n);
/* NULL: none were told. */
const double *muster_outcomes_folds(const struct muster_outcomes *outcomes, int64_t id);
void muster_outcomes_destroy(struct muster_outcomes **outcomes);
/* Room for the results of ids below n. */
enum muster_status muster_outcomes_reserve(struct muster_outcomes *outcomes, size_t n);
/* Copies a result. */
enum muster_status muster_outcomes_put(struct muster_outcomes *outcomes, int64_t id,
                                       const struct muster_told *told);
/* Another score than was told, of one objective. */
void muster_outcomes_rescore(struct muster_outcomes *outcomes, int64_t id, double score);
/* As it was told; with objectives where there is a score and m > 1. */
const struct muster_told *muster_outcomes_raw(const struct muster_outcomes *outcomes, int64_t id);
bool muster_outcomes_steady(const struct muster_outcomes *outcomes);
/* As proposal `view->id` is shown the result of a known id. */
const struct muster_told *muster_outcomes_shown(struct muster_outcomes *outcomes,
                                                const struct muster_view *view, int64_t id);

/* ---- sets of points -------------------------------------------------------------------------- */

/* Configurations that a space holds and allows; INFINITY where an active parameter is continuous.
 * Of parameters that forbidden combinations tie together, more than 2^22 combinations are counted
 * as if all were allowed. */
enum muster_status muster_count_points(const struct muster_space *space, double *points);

/* Distinct points, by number into an array of the caller's. */
struct muster_seen {
    size_t n, capacity;
    int64_t *slots; /* owned: id + 1, or 0 */
};

/* The x[d] of an id that was added; the set stores only ids. */
typedef const double *muster_point_of(const void *context, int64_t id);

/* The id of a point equal to x, or -1. */
int64_t muster_seen_find(const struct muster_seen *seen, const struct muster_space *space,
                         muster_point_of *point_of, const void *context, const double *x);
/* Adds an id unless an equal point is there. */
enum muster_status muster_seen_add(struct muster_seen *seen, const struct muster_space *space,
                                   muster_point_of *point_of, const void *context, int64_t id);
void muster_seen_free(struct muster_seen *seen);

#endif
