/* fidelity, inside: the rungs that a configuration climbs, and what decides on its next one. */
#ifndef MUSTER_FIDELITY_IMPL_H
#define MUSTER_FIDELITY_IMPL_H

#include "muster/search.h"

enum muster_fidelity_of { MUSTER_OF_EPOCHS, MUSTER_OF_ROWS, MUSTER_OF_FOLDS };

/* Rung k of a trial is trained up to budget[k]: the last of n is all there is. */
struct muster_ladder {
    enum muster_fidelity_of of;
    size_t n; /* 1: no fidelity */
    int64_t eta;
    double budget[MUSTER_RUNGS];    /* epochs, folds, or shares of the rows; ascending */
    int64_t per_rise[MUSTER_RUNGS]; /* of so many results of a rung one goes on to the next */
};

/* What comes next. */
struct muster_move {
    enum {
        MUSTER_MOVE_NEW,     /* a configuration that was not tried yet, at `rung` */
        MUSTER_MOVE_PROMOTE, /* trial `trial`, to `rung` */
        MUSTER_MOVE_MORE,    /* more results must be known first; none to come: the end */
        MUSTER_MOVE_END      /* nothing will ever come */
    } kind;
    int64_t trial;
    size_t rung;
};

/* A scheduler decides from what it was told to take and to learn, in that order, and from nothing
 * else; methods propose what it calls new. */
struct muster_scheduler {
    struct muster_plugin plugin;
    const char *method;  /* what `auto` stands for under it; NULL: what it always does */
    double random_share; /* of new configurations that are drawn, whatever the method */
    bool few_rungs;      /* two below the top unless the study says more, not three */
    int64_t (*per_rise)(int64_t eta, size_t rung); /* as in a ladder; NULL: eta on all rungs */
    /* Search, still without results, and ladder are borrowed and outlive the state. */
    enum muster_status (*create)(const struct muster_search *search,
                                 const struct muster_ladder *ladder, void **state);
    void (*destroy)(void *state);
    /* `room`: a new configuration may be had; once it is false it stays so. */
    enum muster_status (*next)(void *state, bool room, struct muster_move *move);
    /* What `auto` stands for, if it is no method (NULL): x[d], settled, of the configuration that
     * `next` has called new, as trial `id`. A point that was asked says that there is no other. */
    enum muster_status (*propose)(void *state, int64_t id, double *x);
    /* The step was asked, or stands in a journal: trial is the number of trials so far where it is
     * a new one. */
    enum muster_status (*take)(void *state, int64_t trial, size_t rung);
    /* Its result is known; score NAN where it failed or was discarded. */
    void (*learn)(void *state, int64_t trial, size_t rung, double score);
    /* As muster_search_given_up; NULL: any trial may go on as long as others come. */
    int64_t (*given_up)(void *state);
};

/* The study's choice, and its rungs over `epochs` epochs and `folds` folds. MUSTER_BAD_STUDY where
 * there is nothing to cut. */
enum muster_status muster_fidelity_choose(const struct muster_search_setup *setup,
                                          const struct muster_scheduler **scheduler,
                                          struct muster_ladder *ladder);

/* MUSTER_BAD_STUDY, with the option's path in front, where the study gives options that do nothing:
 * without a method (unless it is put off by `method: none`), or of another kind of fidelity. */
enum muster_status muster_fidelity_check(const struct muster_block *block);

/* What a step does at a rung; `fresh`: its trial's first. */
void muster_ladder_fill(const struct muster_ladder *ladder, size_t rung, bool fresh,
                        struct muster_step *step);

#endif
