/* train, inside: the trainer, one training in progress, and one fold's outcome. */
#ifndef MUSTER_TRAIN_IMPL_H
#define MUSTER_TRAIN_IMPL_H

#include "muster/train.h"

struct muster_trainer {
    const struct muster_study *study; /* borrowed */
    struct muster_data *data;         /* owned */
    struct muster_folds *folds;       /* owned */
    size_t n_metrics;
    const struct muster_metric **metrics; /* owned array; the optimised one first */
    size_t epochs;                        /* E: the most over the search space */
};

static inline const struct muster_data_info *trainer_info(const struct muster_trainer *trainer)
{
    return muster_data_info(trainer->data);
}

/* True when the work is to be dropped. */
static inline bool interrupted(const struct muster_interrupt *interrupt)
{
    return interrupt != NULL && interrupt->asked != NULL && interrupt->asked(interrupt->context);
}

/* trainer.c: puts "FILE:LINE:COLUMN: " before the message of a MUSTER_BAD_STUDY that a room below
 * began with a path of the study, "network.1: ..."; returns `status`. */
enum muster_status placed(const struct muster_study *study, enum muster_status status);

/* metric.c: the metrics of the study, checked against the data's task. */
enum muster_status metrics_choose(struct muster_trainer *trainer);

/* undefined.c: refuses an optimised metric that no prediction can give a value on some fold. */
enum muster_status metric_check(const struct muster_trainer *trainer);

/* probe.c: builds the network at the corners of the space and finds the most epochs. */
enum muster_status probe_space(struct muster_trainer *trainer);

/* ---- one network in training: fit.c ------------------------------------------------------- */

/* Created once per configuration and rank, begun once per fold; nothing is allocated in a step. */
struct fit {
    const struct muster_trainer *trainer; /* borrowed */
    const struct muster_block *train;     /* borrowed from the configuration */
    const struct muster_plugin *schedule; /* borrowed */
    struct muster_net *net;               /* owned */
    struct muster_optimizer *optimizer;   /* owned */
    struct muster_prep *prep;             /* owned; of the rows begun with */
    double *target_mean, *target_scale;   /* [outputs], owned; NULL for classification */
    float *class_weights;                 /* [outputs], owned; NULL where all are 1 */
    struct muster_gradient_rules rules;   /* what each batch's gradient goes through */
    float *average;      /* [weights], owned: of the weights; NULL: not asked for */
    double memory;       /* of the average */
    size_t batch, pass;  /* rows a step, rows a pass of the net at most */
    int64_t epochs;      /* the horizon */
    double *losses;      /* [epochs], owned: what the schedule is told */
    int64_t *order;      /* [rows], owned: the epoch's order */
    float *x;            /* [pass][width], owned */
    int32_t *classes;    /* [pass], owned; NULL for regression */
    float *values;       /* [pass][outputs], owned; NULL for classification */
    const int64_t *rows; /* [n]: what it trains on; borrowed */
    size_t n;
    struct muster_stream shuffle, dropout;
    int64_t step; /* optimizer steps done */
};

/* `rows`: the most rows that any fit_begin will name. */
enum muster_status fit_create(const struct muster_trainer *trainer,
                              const struct muster_config *config, size_t rows, struct fit *fit);
void fit_clear(struct fit *fit);

/* Fresh weights, and a preparation fitted on these rows; fold -1 for the refit. */
enum muster_status fit_begin(struct fit *fit, const int64_t *rows, size_t n, int64_t trial,
                             int64_t fold);

/* Trains epoch `epoch` (from 0, one after the other) and returns the mean loss over its rows,
 * weighed as the loss is, as seen while training; not finite, and cut short, where it diverged. The
 * schedule is told this loss of every epoch before, unless fit_tell named another. */
double fit_epoch(struct fit *fit, int64_t epoch);
void fit_tell(struct fit *fit, int64_t epoch, double loss);

/* The averaged weights take the place of the net's, and back; nothing where none are kept. */
void fit_swap(struct fit *fit);

/* out [n][outputs] of any rows, by the averaged weights where these are kept, through the fit's own
 * buffers: probabilities, or values on the scale of the file. `out` has room for whole passes of
 * MUSTER_REFIT_PASS rows. */
void fit_predict(struct fit *fit, const int64_t *rows, size_t n, float *out);

/* ---- targets: targets.c ------------------------------------------------------------------- */

/* Mean and standard deviation of regression targets over the fit's rows; a constant one keeps
 * scale 1. */
void targets_fit(struct fit *fit);
/* values [n][outputs], in place, to the scale of training and back. */
void targets_standardise(const struct fit *fit, size_t n, float *values);
void targets_restore(const struct fit *fit, size_t n, float *values);

/* ---- weights of the classes, and of the parameters: weights.c ------------------------------- */

/* Makes room for the classes' weights where some are asked for, and checks them. */
enum muster_status class_weights_create(struct fit *fit);
/* Hands them to the net, `balanced` ones as the fit's rows want them. */
enum muster_status class_weights_fit(struct fit *fit);

/* After each step: average = memory average + (1 - memory) weights, the weights at first. */
void average_weights(struct fit *fit);

/* ---- one fold: fold.c --------------------------------------------------------------------- */

enum fold_end { FOLD_COMPLETE, FOLD_DIVERGED, FOLD_UNSCORED };

/* What one rank needs to train the folds of one configuration. */
struct fold_bench {
    struct fit fit;
    int64_t trial, until;                     /* epochs to train at most */
    int64_t patience;                         /* 0: no early stopping */
    double min_delta;                         /* of early stopping */
    const struct muster_interrupt *interrupt; /* borrowed, may be NULL */
    int64_t *train;                           /* owned: rows that the fold at hand trains on */
    size_t n;                                 /* validation rows of the fold at hand */
    float *x;                                 /* [n][width], owned: gathered once a fold */
    int32_t *classes;                         /* [n], owned; NULL for regression */
    float *values;      /* [n][outputs], owned: on the file's scale; NULL for classification */
    float *standard;    /* [n][outputs], owned: on the scale of training; NULL likewise */
    float *last, *best; /* [n][outputs], owned: predictions of the last and the best epoch */
};

/* `step` names trial and epochs; NULL where nothing is to be trained. */
enum muster_status fold_bench_create(const struct muster_trainer *trainer,
                                     const struct muster_config *config,
                                     const struct muster_step *step, struct fold_bench *bench);
void fold_bench_clear(struct fold_bench *bench);

/* Trains split `k` into column k of `result`, which is fresh there. MUSTER_STOPPED when
 * interrupted. */
enum muster_status fold_train(struct fold_bench *bench, size_t k, struct muster_result *result,
                              enum fold_end *end);

/* Counted operations of `epochs` epochs of split k. */
double fold_flops(const struct muster_trainer *trainer, const struct muster_net *net, size_t k,
                  int64_t epochs);

/* The most rows that any split trains on, and that any validates. */
void folds_largest(const struct muster_folds *folds, size_t *train, size_t *valid);

#endif
