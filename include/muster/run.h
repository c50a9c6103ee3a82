/* run: the main job. Rank 0 conducts (asks, hands out, journals, tells), groups compute; with one
 * rank both happen in one loop. Resume, time limit and signals, the result file. */
#ifndef MUSTER_RUN_H
#define MUSTER_RUN_H

#include "muster/base.h"
#include "muster/objective.h"
#include "muster/par.h"
#include "muster/search.h"
#include "muster/study.h"

extern const struct muster_option muster_parallel_options[]; /* section `parallel` */

/* How the ranks are used; the same on all ranks. */
struct muster_plan {
    int ranks, workers; /* workers: ranks that train */
    int groups, group_size;
    struct muster_sharing sharing; /* of the folds in a group */
    int64_t trials, window;
    bool strict;
};

/* MUSTER_BAD_STUDY, with the place of what asks for it, where fidelity, racing, costs or a stop
 * have nothing to go by. Of the info it takes its kind (NULL: results are told from outside),
 * objectives, epochs, folds and whether they are pooled. */
enum muster_status muster_plan_fits(const struct muster_study *study,
                                    const struct muster_objective_info *info);
enum muster_status muster_plan_make(const struct muster_study *study,
                                    const struct muster_objective_info *info, int ranks,
                                    struct muster_plan *plan);

/* What the progress line says; given to `progress` on rank 0. */
struct muster_run_state {
    int64_t done, failed, trials; /* finished, of them failed, budget */
    double best;                  /* NaN: none yet */
    int64_t best_trial;
    int busy, groups;
    int64_t epochs, most_epochs; /* of the trial at work, or refit, that has come farthest, as far
                                    as its first rank trains it: done, and to do at most; 0: none */
    double seconds;              /* of this process */
    double rate;                 /* trials/s lately */
    double remaining;            /* s to go, NaN: unknown */
    const char *phase;           /* "searching", "waiting", "refitting", "writing" */
};

/* Trials of earlier runs as points of a study's space; see struct muster_warm. */
struct muster_earlier {
    size_t n, sources;
    double *x, *score, *shift, *scale; /* owned */
    int64_t *source;                   /* owned */
    size_t x_capacity, score_capacity, source_capacity, shift_capacity, scale_capacity;
};

/* Reads the result files of `search.warm_start`, which may be none. MUSTER_NO_INPUT: a file is not
 * there; MUSTER_BAD_DATA: it is no result file. Trials that do not lie in the space, and pruned
 * ones, are left out; the log says how many. Clear it whatever is returned. */
enum muster_status muster_earlier_read(const struct muster_study *study,
                                       struct muster_earlier *earlier);
void muster_earlier_clear(struct muster_earlier *earlier);
/* The same for a search's setup; borrowed. */
struct muster_warm muster_earlier_warm(const struct muster_earlier *earlier);

struct muster_run_setup {
    const struct muster_study *study;
    const char *out;     /* result file; its journal is OUT.journal */
    const char *version; /* of the program, for file and journal; NULL: left empty */
    bool resume, fresh;
    double time_limit; /* s from muster_run_start; INFINITY: none */
    double started;    /* muster_clock() at the start of the program */
    void (*progress)(void *context, const struct muster_run_state *state); /* may be NULL */
    void *context;
};

struct muster_run_summary {
    struct muster_run_state state;
    bool nothing_to_do;        /* resumed a complete run */
    char stopped_by[64];       /* "SIGUSR1", "--time-limit"; "" */
    char stopped_because[160]; /* the study's rule that ended the search, and by what; "" */
};

/* Collective on `world`; all ranks return the same status. MUSTER_OK: complete, the result file
 * stands; MUSTER_STOPPED: everything finished is in journal and result file; MUSTER_USAGE: the
 * output exists and neither resume nor fresh was said, or a resume differs (names the difference);
 * otherwise as the rooms below. */
enum muster_status muster_run(const struct muster_run_setup *setup, struct muster_comm *world,
                              struct muster_run_summary *summary);

/* SIGUSR1, SIGTERM and SIGINT set a flag that muster_run looks at, also where they were blocked by
 * who started the program (env --block-signal=USR1), which keeps those that come while it is
 * loaded. Call once, early in main. */
enum muster_status muster_run_catch_signals(void);

#endif
