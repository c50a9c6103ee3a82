/* run, inside: what a run holds on every rank, the conductor's book, and the messages between them.
 *
 * The parts: `plan` lays ranks out, `output` opens or resumes the journal, `book` holds what rank 0
 * knows of the trials, `conductor`, `group` and `alone` are the three loops, `finish` refits,
 * `file` and `model` write the result file, `meter` watches clock, signals and progress. */
#ifndef MUSTER_RUN_IMPL_H
#define MUSTER_RUN_IMPL_H

#include "muster/results.h"
#include "muster/run.h"
#include "muster/search.h"

/* ---- verdict: the first failure of this rank, kept with its words -------------------------- */

struct run_verdict {
    enum muster_status status;
    char text[MUSTER_ERROR_SIZE];
};

/* Takes `status` and the error message where it is the first failure; returns true on a failure. */
bool run_verdict_take(struct run_verdict *verdict, enum muster_status status);
/* The verdict as this thread's error message again. */
enum muster_status run_verdict_say(const struct run_verdict *verdict);

/* ---- where the seconds of a rank went ------------------------------------------------------ */

struct run_times {
    double train, communicate, wait, optimize; /* s; journal and result file count as communicate */
};

struct run_watch {
    double last; /* muster_clock() up to which all is booked */
    struct run_times times;
};

/* Books the seconds since the last booking on one of watch->times. */
void run_watch_book(struct run_watch *watch, double *account);

/* ---- the book: what rank 0 knows of the trials ----------------------------------------------
 *
 * Entry i is step i. Without fidelity a trial is one step; otherwise the entry of a trial's last
 * step holds all that is known of the trial, and is its row of the trial table. */

struct run_entry {
    struct muster_step step; /* x and level owned */
    int64_t previous;        /* entry of the trial's step before; -1: none */
    bool handed, done;       /* handed out in this sitting; its result is known */
    enum muster_state state;
    double score, score_std, flops;
    double violation;              /* by how much constraints are broken; 0: feasible */
    double *scores;                /* owned [M][K] */
    int64_t *epochs, *best_epochs; /* [K] each, one block owned by epochs */
    char *reason;                  /* owned; NULL: none */
    char source[16];               /* why it was proposed: see struct muster_reason */
    double acquisition, predicted, deviation;
    struct muster_observation seen;
};

/* `search.stop`; NaN where a rule is not set. */
struct run_rules {
    double score, stall, time, regret;
};

struct run_book {
    const struct muster_study *study;         /* borrowed, as info */
    const struct muster_objective_info *info; /* borrowed */
    size_t d;
    struct muster_earlier past;     /* owned: what `search.warm_start` brought */
    struct muster_warm warm;        /* the same, borrowed by the search */
    struct muster_search *search;   /* owned */
    struct muster_journal *journal; /* owned */
    bool unsynced;                  /* the journal has records that are not on disk */
    int64_t budget;                 /* trials */
    int64_t *last_of;               /* owned, [trials]: the entry of each one's last step */
    size_t trials, trial_capacity;

    struct run_entry *entries; /* owned, [n]; index = step id */
    size_t n, capacity;
    size_t next, queued;     /* first entry that may be unhanded; how many are unhanded */
    size_t prefix;           /* entries 0 .. prefix - 1 are done and judged by the stop rules */
    bool waiting, exhausted; /* what the last ask said */
    int64_t limit;           /* ids below it count: where a rule stopped; INT64_MAX: nowhere */
    int64_t window;
    struct run_rules rules;
    int64_t stalled; /* judged trials since the best of the prefix; -1: none complete yet */
    double prefix_best;
    int64_t judged,
        regret_due;            /* of the prefix: eligible ones, and at how many regret is bounded */
    char stopped_because[160]; /* the rule that set the limit, and by what; "" */

    int64_t done, failed; /* trials below limit with a result, steps of them that failed */
    int64_t best;         /* entry, -1: none */
    int64_t streak;       /* failures in a row in this sitting */
    double slowest_epoch; /* s, of this run: how long a group may take to its next safe point */
    double trial_seconds; /* running mean of what a trial takes; NaN: none yet */
    double started;       /* wall, of the first sitting */
    double earlier;       /* s used by earlier sittings */
    double began;         /* muster_clock() at the start of this sitting */
    bool complete;        /* the journal ends with a completed run */
    bool out_of_time;     /* `search.stop.time` ended the search */
};

void run_book_begin(const struct muster_study *study, const struct muster_objective_info *info,
                    struct run_book *book);
void run_book_clear(struct run_book *book);
/* Makes the search; before the first step. */
enum muster_status run_book_open_search(struct run_book *book, int64_t window);

/* True where nothing is left out of the trial: only such ones may be the best. */
bool run_entry_whole(const struct run_entry *entry);
/* True while a further step may be asked for. */
bool run_book_may_ask(const struct run_book *book);
/* Asks and journals (not yet on disk) one step, or sets book->waiting or book->exhausted. */
enum muster_status run_book_ask(struct run_book *book);
/* The lowest entry not handed out, marked as handed; NULL: none. */
struct run_entry *run_book_hand(struct run_book *book);
/* Takes a group's report of kind RUN_RESULT: journals (not yet on disk) and tells it. */
enum muster_status run_book_take(struct run_book *book, struct muster_pack *report);
/* Puts on disk what was asked and taken; before anything is acted on. */
enum muster_status run_book_commit(struct run_book *book);
/* Everything that counts is done. */
bool run_book_finished(const struct run_book *book);
/* Appends and syncs a record of one of the kinds without content of their own. */
enum muster_status run_book_mark(struct run_book *book, enum muster_record kind);
/* Seconds of the run over all sittings. */
double run_book_elapsed(const struct run_book *book);
/* MUSTER_STOPPED with advice when failures pile up in this sitting. */
enum muster_status run_book_check_failures(const struct run_book *book);
/* True where a trial may be the best one: complete and feasible. */
bool run_eligible(const struct run_entry *entry);
/* Its objectives f[m] in their own units; of a trial that failed, NaN. */
void run_objectives(const struct muster_objective_info *info, const struct run_entry *entry,
                    double *f);
/* At the end: warns where half of the trials failed or more, with the most common reason. */
void run_book_tell_failures(const struct run_book *book);
/* True where score `a` is better than `b`. */
bool run_better(const struct muster_objective_info *info, double a, double b);

/* The stop rules on the prefix in id order (rules.c); after each result. */
enum muster_status run_book_judge(struct run_book *book);
struct run_rules run_rules_of(const struct muster_study *study);

/* Earlier results in the journal's header, so that a resume does without their files. */
void run_earlier_pack(const struct muster_earlier *earlier, size_t d, struct muster_pack *pack);
enum muster_status run_earlier_unpack(const void *payload, size_t n, size_t d,
                                      struct muster_earlier *earlier);

/* Journal records back into the book (replay.c). */
enum muster_status run_replay_step(struct run_book *book, const void *payload, size_t n);
enum muster_status run_replay_result(struct run_book *book, const void *payload, size_t n);
/* Puts a step in the book as its last entry, with why it was proposed; copies x. */
enum muster_status run_book_enter(struct run_book *book, const struct muster_step *step,
                                  const struct muster_reason *why);
/* Puts a result in the book and tells it. */
enum muster_status run_book_settle(struct run_book *book, const void *report, size_t n);

/* ---- a run, on every rank ------------------------------------------------------------------- */

enum run_wish { RUN_ON, RUN_PAUSE, RUN_END };

struct run_meter {
    double next_progress, next_file; /* muster_clock() */
    double file_cost;                /* s that the last result file took */
    double arrivals[32];             /* clock of the last results, a ring */
    int64_t arrived;                 /* results of this sitting */
};

struct run_job {
    const struct muster_run_setup *setup; /* borrowed */
    struct muster_comm *comm;             /* owned: the run's own copy of the world */
    struct muster_comm *group;            /* owned; NULL on a conductor and on a lone rank */
    struct muster_objective *objective;   /* owned */
    struct muster_plan plan;
    struct run_verdict verdict;
    struct run_watch watch;
    struct run_book book;    /* rank 0 */
    struct run_meter meter;  /* rank 0 */
    struct run_wire *refits; /* owned: rank 0's orders at the end; NULL: it refits alone */
    struct muster_run_summary *summary;
    int busy;                    /* groups at work */
    int64_t epochs, most_epochs; /* of what is trained, as in the state */
    const char *phase;
};

/* What clock and signals ask for; names the reason in summary->stopped_by. */
enum run_wish run_meter_wish(struct run_job *job);
void run_meter_arrival(struct run_job *job);
/* Calls the progress callback when it is due, or at once. */
void run_meter_progress(struct run_job *job, bool now);
/* Rewrites the interim result file when it is due. A failure is a warning. */
void run_meter_file(struct run_job *job);
/* The signal that arrived, NULL: none; and forget it. */
const char *run_signal_name(void);
void run_signal_forget(void);

/* Rank 0. Refuses an output that exists without --resume or --fresh; *nothing: it is complete and
 * no journal is left to resume. */
enum muster_status run_output_check(const struct muster_run_setup *setup, bool *nothing);
/* Rank 0. Opens the journal, writes its header or replays it; *nothing: the run is complete. */
enum muster_status run_output_open(struct run_job *job, bool *nothing);
/* The type of this host's CPU, "unknown" where it is. */
enum { RUN_CPU_SIZE = 128 };
void run_cpu_name(char cpu[RUN_CPU_SIZE]);
extern const char run_build[]; /* what the program was compiled by */

/* Tells the trainer where to put folds aside (keep.c); and, on rank 0, removes all that is there.
 */
enum muster_status run_keep_begin(struct run_job *job);
void run_keep_clear(const struct run_job *job);
/* Rank 0, after an ask: removes what is there of trials that the fidelity has given up. */
void run_keep_drop(const struct run_job *job);

/* ---- messages ------------------------------------------------------------------------------- */

enum run_order { RUN_STEP, RUN_RELEASE };

/* Conductor -> leader -> members: one fixed size, so that receiving needs no memory. */
struct run_wire {
    int64_t order;           /* enum run_order */
    int64_t stopped;         /* RELEASE: a stop message was sent before, and is to be received */
    int64_t levels;          /* the folds' levels stand behind x */
    struct muster_step step; /* without its pointers */
    double numbers[];        /* x [d], level [K] where folds race */
};
/* How many numbers a wire of this study has. */
size_t run_wire_numbers(const struct muster_study *study, const struct muster_objective_info *info);
size_t run_wire_bytes(size_t numbers);
enum muster_status run_wire_create(size_t numbers, struct run_wire **wire);
void run_wire_write(struct run_wire *wire, const struct muster_step *step, size_t d,
                    size_t numbers);
struct muster_step run_wire_read(const struct run_wire *wire, size_t d);

/* Leader -> conductor: a pack with `kind`, `step`, `group`. RESULT: the result and what was
 * observed. ERROR: `status` and `text`; the group goes on answering. GONE: as ERROR, and the group
 * has left. EPOCHS: `epochs` of at most `most` are done, of a step whose report is yet to come.
 */
enum run_report { RUN_RESULT, RUN_DROPPED, RUN_ERROR, RUN_GONE, RUN_EPOCHS };
/* Fill an emptied pack; a failure shows in it. */
void run_report_result(struct muster_pack *pack, int64_t id, const struct muster_result *result,
                       const struct muster_observation *seen);
void run_report_epochs(struct muster_pack *pack, int64_t epochs, int64_t most);
void run_report_other(struct muster_pack *pack, enum run_report kind, int64_t id,
                      enum muster_status status);

/* ---- the three loops, after all ranks have prepared ----------------------------------------- */

struct run_crew; /* opaque: a rank of a group */
enum muster_status run_crew_create(struct run_job *job, struct run_crew **crew);
void run_crew_destroy(struct run_crew **crew);
void run_crew_work(struct run_crew *crew);

struct run_conductor; /* opaque */
enum muster_status run_conductor_create(struct run_job *job, struct run_conductor **conductor);
void run_conductor_destroy(struct run_conductor **conductor);
void run_conductor_work(struct run_conductor *conductor);

void run_alone(struct run_job *job);

/* ---- the end --------------------------------------------------------------------------------- */

/* One rank in the table of utilisation; gathered on rank 0. */
struct run_rank {
    struct run_times times;
    char host[256];
};

/* Rank 0: refit, result file, last record. `ranks` [plan.ranks], or NULL. */
void run_finish(struct run_job *job, const struct run_rank *ranks);

/* The test scores of the selected, the first and the default configuration (overtuning.c). */
enum { RUN_CONTENDERS = 3 };
struct run_overtuning {
    size_t n; /* 0: not asked for */
    int64_t trial[RUN_CONTENDERS], epochs[RUN_CONTENDERS];
    double score[RUN_CONTENDERS]; /* in cross-validation; NaN: not tried */
    double *metrics;              /* owned [n][M] */
};

/* The refit that ranks share (refit.c). Makes room for orders, where there will be some. */
enum muster_status run_refit_prepare(struct run_job *job);
/* Rank 0: refits, with the help of the others; as muster_trainer_refit. */
enum muster_status run_refit(struct run_job *job, const struct muster_refit_of *of,
                             const struct muster_interrupt *interrupt, struct muster_refit *refit);
/* Rank 0, once, behind the last refit: nothing more is asked of the others. */
void run_refit_release(struct run_job *job);
/* The other ranks: helps until released. */
void run_refit_help(struct run_job *job);

/* Where the study asks for it; `refit`: the selected one's. */
enum muster_status run_overtuning_check(struct run_job *job, const struct muster_refit *refit,
                                        struct run_overtuning *found);
void run_overtuning_clear(struct run_overtuning *found);

/* The median best epoch over the folds that were run, rounded up between two; at least one. */
enum muster_status run_median_epochs(const struct run_book *book, const struct run_entry *entry,
                                     int64_t *epochs);

/* What a result file holds besides the book. */
struct run_outcome {
    const char *status;               /* "running", "stopped", "complete" */
    bool curves;                      /* streamed from the journal */
    const struct run_rank *ranks;     /* [plan.ranks], NULL: left out */
    const struct muster_refit *refit; /* NULL: left out */
    struct run_overtuning overtuning; /* owned; n == 0: left out */
};
enum muster_status run_file_write(const struct run_job *job, const struct run_outcome *outcome);

/* A result file on its way: what its parts are written from. */
struct run_draft {
    const struct run_job *job;
    const struct run_book *book;
    struct muster_file *file; /* owned */
    int64_t *rows;            /* owned, [n]: the entries in the trial table, by id */
    size_t n;
    void *scratch; /* owned: [n][K] of 8 bytes */
};
enum muster_status run_file_trials(const struct run_draft *draft);
/* `/trials/objectives` and `/pareto`, with several objectives; `/trials/violation`, with
 * constraints. */
enum muster_status run_file_pareto(const struct run_draft *draft);
enum muster_status run_file_best(const struct run_draft *draft, const struct muster_refit *refit);
enum muster_status run_file_model(const struct run_draft *draft, const struct muster_refit *refit);
enum muster_status run_file_test(const struct run_draft *draft, const struct muster_refit *refit);
/* Targets, predictions and confusion of next tokens. */
enum muster_status run_file_tokens(struct muster_file *file, const struct muster_data *data,
                                   const struct muster_refit *refit);
/* The class of the largest probability, the first of equals. */
int64_t run_winner(const float *probability, size_t classes);
enum muster_status run_file_curves(const struct run_draft *draft);
enum muster_status run_file_overtuning(const struct run_draft *draft,
                                       const struct run_overtuning *found);
enum muster_status run_file_importance(const struct run_draft *draft);

/* How a parameter's values are stored. */
enum muster_field_type run_param_type(const struct muster_param *param);
/* The number that stands for x: a choice's own; NaN where inactive. */
double run_param_number(const struct muster_param *param, double x);

#endif
