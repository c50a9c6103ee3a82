/* train: cross-validation of one configuration on one group of ranks, and the refit. */
#ifndef MUSTER_TRAIN_H
#define MUSTER_TRAIN_H

#include "muster/base.h"
#include "muster/data.h"
#include "muster/metrics.h"
#include "muster/nn.h"
#include "muster/par.h"
#include "muster/study.h"

extern const struct muster_option muster_train_options[];  /* section `train`, without plug-ins' */
extern const struct muster_option muster_metric_options[]; /* metric, report of `validate` */

/* Asked at epoch boundaries: true when the work is to be dropped. */
struct muster_interrupt {
    bool (*asked)(void *context);
    void *context;
};

struct muster_trainer; /* opaque: data, folds, metrics; one per rank */

/* Collective on `world`: opens the data and makes the folds; checks that metrics fit the task and
 * that the layers fit the data (over the corners of the space), with the study's place in the
 * message. Both arguments are borrowed and outlive the trainer. */
enum muster_status muster_trainer_create(const struct muster_study *study,
                                         struct muster_comm *world,
                                         struct muster_trainer **trainer);
/* Collective on `world`. */
void muster_trainer_destroy(struct muster_trainer **trainer);

/* Where folds are put aside that are interrupted, or that go on in a later step; a cache, whose
 * loss costs a training from epoch 0 and never changes a result. */
struct muster_keeping {
    const char *folder; /* copied; made when it is needed. NULL: nothing is kept */
    double limit;       /* bytes in it at most */
    double every;       /* s after which a fold that goes on is put aside anyway */
    uint64_t identity;  /* of all that the bits of a training depend on, besides trial and fold */
};
/* Not collective; equal on all ranks but for the identity. Without it nothing is kept. */
enum muster_status muster_trainer_keep(struct muster_trainer *trainer,
                                       const struct muster_keeping *keeping);
/* Removes what was kept of a trial's folds, as far as this host sees it. */
void muster_trainer_drop(const struct muster_trainer *trainer, int64_t trial);
/* Removes what was kept in a folder, and the folder where nothing else lies in it. */
void muster_keep_clear(const char *folder);

const struct muster_data *muster_trainer_data(const struct muster_trainer *trainer);
size_t muster_trainer_folds(const struct muster_trainer *trainer);
/* True where the optimised metric is taken of all folds' predictions together. */
bool muster_trainer_pools(const struct muster_trainer *trainer);
size_t muster_trainer_metrics(const struct muster_trainer *trainer);
/* How many of the metrics, from the first on, are optimised. */
size_t muster_trainer_objectives(const struct muster_trainer *trainer);
const struct muster_metric *muster_trainer_metric(const struct muster_trainer *trainer, size_t m);
size_t muster_trainer_epochs(const struct muster_trainer *trainer); /* the most any trial may run */

/* How a group trains a step's folds: teams take every `teams`-th fold each, and the ranks of a
 * team, `least` to `most` of them, have some of a batch's shards each; `idle` ranks have nothing to
 * do. */
struct muster_sharing {
    size_t teams, least, most, idle;
};
struct muster_sharing muster_sharing_of(size_t ranks, size_t folds, size_t shards);
/* About how long that takes, in the time that one rank takes for one fold. */
double muster_sharing_time(size_t ranks, size_t folds, size_t shards);

/* Collective on `group`, equal step on all ranks. Folds are spread over the ranks, or ranks share
 * folds, as above; scores meet on rank 0 in one collective. `result` (from muster_result_create) is
 * filled on rank 0, with the same bits for every size of the group. All ranks return the same
 * status; MUSTER_STOPPED when `interrupt` said so on any.
 *
 * A loss that is not finite is an outcome: FAILED, "diverged in epoch 3 of fold 2" (from 1), as is
 * an optimised metric that is undefined on a fold, and a need for more than `train.memory` on a
 * rank alone; folds after the first that failed are dropped. Where a rank that shares folds would
 * need more than that for its exchanges, fewer share, and the others have nothing to do. Under
 * `folds: loo` a metric that says little of a single row is taken of all folds' predictions
 * together; each fold gets this value, and the score has no standard deviation.
 *
 * Losses in curves are means over rows, weighed as the classes are; those of a regression on the
 * scale of training, where each target has zero mean and unit variance over the training rows.
 * Scores are on the file's scale. A fold of this trial that was put aside at `to_epoch` or before
 * is gone on with, else it is trained from epoch 0 on, whatever `from_epoch` says: the result holds
 * all epochs from 0, with the same bits. The share `rows` of a fold's training rows is trained on,
 * stratified, which a larger share holds all of. Where the step's threshold decides against it
 * after some of its folds, in their order, it is PRUNED and later folds are dropped. */
enum muster_status muster_trainer_run(struct muster_trainer *trainer, struct muster_comm *group,
                                      const struct muster_step *step,
                                      const struct muster_interrupt *interrupt,
                                      struct muster_result *result);

/* Predictions of a refitted network are made in passes of exactly so many rows, the last one filled
 * up: kernels differ by the number of rows, so that only thus a row's bits depend on nothing that
 * stands around it. */
enum { MUSTER_REFIT_PASS = 64 };

/* The best configuration trained on all training rows. */
struct muster_refit {
    struct muster_config config;        /* owned contents */
    struct muster_net *net;             /* owned */
    struct muster_prep *prep;           /* owned */
    int64_t epochs;                     /* trained */
    double *target_mean, *target_scale; /* [outputs], owned: a regression's prediction is the net's
                                           output * scale + mean; NULL for other tasks */
    size_t test_rows;
    double *test_metrics;   /* [M], owned; NULL without test rows */
    float *test_prediction; /* [test_rows][outputs], or [test_rows][steps][vocabulary] of next
                               tokens, owned; on the file's scale */
};

/* What is trained once more. */
struct muster_refit_of {
    const double *x; /* [d] the configuration; borrowed */
    int64_t trial;
    int64_t epochs; /* the median best epoch over folds; same horizon, no early stopping */
};
/* Collective on `comm`, equal `of` on all ranks, or this rank's alone where it is NULL. The first
 * ranks, as many as there are shards and as fit in `train.memory`, share the training, with the
 * bits of one; others return at once. Rank 0 tests once on the held-out rows, and has the refit;
 * only its `interrupt` is asked, once before each epoch. MUSTER_STOPPED when interrupted;
 * MUSTER_BAD_DATA if it diverges. What fails in training fails on all that share it, what fails in
 * the test on rank 0 alone. */
enum muster_status muster_trainer_refit(struct muster_trainer *trainer, struct muster_comm *comm,
                                        const struct muster_refit_of *of,
                                        const struct muster_interrupt *interrupt,
                                        struct muster_refit *refit);
void muster_refit_clear(struct muster_refit *refit);

/* What one trial costs at point x: operations, bytes of the rank that needs most, parameters, and
 * the bytes that one epoch of a fold reads from the file at most, 0 where rows are in memory. */
struct muster_cost {
    double flops, epoch_reads;
    size_t bytes, parameters;
    size_t mates; /* ranks that share a fold at most: of the plan's, those that fit in memory */
};
/* `sharing`: of the plan; NULL: a rank alone. */
enum muster_status muster_trainer_cost(const struct muster_trainer *trainer, const double *x,
                                       const struct muster_sharing *sharing,
                                       struct muster_cost *cost);

#endif
