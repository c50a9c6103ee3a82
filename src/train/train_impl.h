/* train, inside: the trainer, one training in progress, and one fold's outcome. */
#ifndef MUSTER_TRAIN_IMPL_H
#define MUSTER_TRAIN_IMPL_H

#include "muster/train.h"
#include "shards_impl.h"

struct muster_trainer {
    const struct muster_study *study; /* borrowed */
    struct muster_data *data;         /* owned */
    struct muster_folds *folds;       /* owned */
    size_t n_metrics, n_objectives;
    const struct muster_metric **metrics; /* owned array; the optimised ones first */
    size_t epochs;                        /* E: the most over the search space */
    bool loo;                             /* each fold validates on one row, or group */
    struct muster_keeping keeping;        /* without its folder */
    char *folder;                         /* owned: where folds are put aside; NULL: nowhere */
    int64_t *kept_to; /* owned: of later trials this rank has put nothing there, nor earlier runs */
};

static inline const struct muster_data_info *trainer_info(const struct muster_trainer *trainer)
{
    return muster_data_info(trainer->data);
}

static inline enum muster_task trainer_task(const struct muster_trainer *trainer)
{
    const struct muster_data_info *info = trainer_info(trainer);
    return info->next_token       ? MUSTER_NEXT_TOKEN
           : info->classification ? MUSTER_CLASSIFICATION
           : info->multi_label    ? MUSTER_MULTI_LABEL
                                  : MUSTER_REGRESSION;
}

static inline size_t trainer_shards(const struct muster_trainer *trainer)
{
    const struct muster_block *parallel = muster_study_section(trainer->study, "parallel");
    return parallel != NULL ? (size_t)muster_block_int(parallel, "shards") : 1;
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

/* probe.c: builds the network at the corners of the space and finds the most epochs. */
enum muster_status probe_space(struct muster_trainer *trainer);

/* inspect.c: warns of classes that a fold validates on without training on them; MUSTER_BAD_STUDY
 * where no prediction of a fold could be scored. */
enum muster_status folds_inspect(const struct muster_trainer *trainer);

/* ---- predictions of all folds together: pool.c ---------------------------------------------- */

struct pool {
    const struct muster_trainer *trainer; /* borrowed */
    size_t outputs;
    size_t *starts; /* owned, [folds + 1]: where each fold's rows begin; NULL: nothing is pooled */
    float *prediction; /* owned, [rows of all folds][outputs] */
};

/* True where metric m is taken of all folds' predictions together. */
bool pools(const struct muster_trainer *trainer, size_t m);
/* These do nothing where no metric wants it. */
enum muster_status pool_create(const struct muster_trainer *trainer, struct pool *pool);
void pool_clear(struct pool *pool);
void pool_put(struct pool *pool, size_t k, const float *prediction);
void pool_pack(const struct pool *pool, struct muster_pack *pack);
/* Takes fold k out of a pack's bytes. */
void pool_take(struct pool *pool, size_t k, const void *bytes, size_t n);
/* Scores folds first .. last - 1, which were all trained: every one gets the same value. */
enum muster_status pool_score(const struct pool *pool, size_t first, size_t last,
                              struct muster_result *result);

/* ---- one network in training: fit.c ------------------------------------------------------- */

/* An input that is images. */
struct picture {
    size_t input, at; /* where it begins in a row */
    int64_t height, width;
    size_t channels;
    float *background; /* owned, [channels] */
};

/* What becomes of training rows before they are seen: augment.c, mixup.c. */
struct augment {
    double flip, crop, mixup; /* 0, 1 and 0: not */
    int64_t shift, cutout;    /* pixels; 0: not */
    bool images;              /* one of the first three or `cutout` is asked for */
    size_t n_pictures;
    struct picture *pictures;    /* owned, [n_pictures]; NULL where `images` is not set */
    int64_t height, width;       /* of the image at hand */
    size_t channels;             /* likewise */
    uint64_t rows;               /* all of the file's, for keys */
    struct muster_stream stream; /* of (seed, trial, fold) */
    float *copy;                 /* owned: one row */
    float *targets;              /* owned: those of one row */
    const float *background;     /* likewise, [channels]; borrowed */
    struct origin *origins;      /* owned, [height + width] of the largest */
};

/* The rows of an epoch: order.c. */
struct order {
    int64_t *rows;   /* owned, [rows of the fit at most] */
    int64_t *first;  /* owned, [n_blocks + 1]: where each block of the fit's rows begins */
    int64_t *blocks; /* owned, [n_blocks]: in the epoch's order */
    size_t n_blocks; /* 0: rows are in memory */
};

/* Created once per configuration and rank, begun once per fold; nothing is allocated in a step. */
struct fit {
    const struct muster_trainer *trainer; /* borrowed */
    const struct muster_block *train;     /* borrowed from the configuration */
    const struct muster_plugin *schedule; /* borrowed */
    struct muster_net *net;               /* owned */
    struct muster_optimizer *optimizer;   /* owned */
    struct muster_prep *prep;             /* owned; of the rows begun with */
    double *target_mean, *target_scale;   /* [outputs], owned; NULL unless it is a regression */
    float *class_weights;                 /* [outputs], owned; NULL where all are 1 */
    struct muster_gradient_rules rules;   /* what each batch's gradient goes through */
    float *average;     /* [weights], owned: of the weights; NULL: not asked for */
    double memory;      /* of the average */
    size_t batch, pass; /* rows a step, rows a pass of the net at most */
    int64_t epochs;     /* the horizon */
    double *losses;     /* [epochs], owned: what the schedule is told */
    struct order order;
    float *x;         /* [pass][width], owned */
    int32_t *lengths; /* [pass][inputs], owned: used steps of these rows; NULL: all */
    int32_t *classes; /* [pass][targets], owned; NULL for regression */
    float *values;    /* [pass][outputs], owned; NULL for classification */
    int32_t *others;  /* [pass], owned: classes that are mixed in; NULL: none */
    struct augment augment;
    const int64_t *rows; /* [n]: what it trains on; borrowed */
    size_t n;
    struct muster_stream shuffle, dropout;
    int64_t step; /* optimizer steps done */
    struct shards shards;
    struct mates mates;
};

/* Rows of a step where so many are trained on. */
size_t fit_batch(const struct muster_block *train, size_t rows);
/* `rows`: the most rows that any fit_begin will name. `team`: ranks that train this net together,
 * with room for mates_parcels; borrowed, NULL: none. What trains is collective on it then, from
 * fit_begin on. */
enum muster_status fit_create(const struct muster_trainer *trainer,
                              const struct muster_config *config, size_t rows,
                              struct muster_team *team, struct fit *fit);
void fit_clear(struct fit *fit);

/* Fresh weights, and a preparation fitted on these rows; fold -1 for the refit. */
enum muster_status fit_begin(struct fit *fit, const int64_t *rows, size_t n, int64_t trial,
                             int64_t fold);

/* Trains epoch `epoch` (from 0, one after the other) and returns the mean loss over its rows,
 * weighed as the loss is, as seen while training; not finite, and cut short, where it diverged. The
 * schedule is told this loss of every epoch before, unless fit_tell named another. */
double fit_epoch(struct fit *fit, int64_t epoch);
void fit_tell(struct fit *fit, int64_t epoch, double loss);

/* Rows [n], n <= pass, as the net takes them, in the fit's own buffers. */
struct muster_inputs fit_gather(struct fit *fit, const int64_t *rows, size_t n);

/* The averaged weights take the place of the net's, and back; nothing where none are kept. */
void fit_swap(struct fit *fit);

/* out [n][targets][outputs] of any rows, in passes of so many rows, `pass` of the fit at most. */
void fit_predict_by(struct fit *fit, const int64_t *rows, size_t n, size_t pass, float *out);

/* out [n][targets][outputs] of any rows, by the averaged weights where these are kept, through the
 * fit's own buffers: probabilities, or values on the scale of the file. `out` has room for whole
 * passes of MUSTER_REFIT_PASS rows. */
void fit_predict(struct fit *fit, const int64_t *rows, size_t n, float *out);

/* ---- the rows of an epoch: order.c ---------------------------------------------------------- */

/* Refuses batches that are larger than a block. */
enum muster_status order_create(struct fit *fit, size_t rows);
void order_clear(struct fit *fit);
/* Once the fit's rows are known. */
void order_begin(struct fit *fit);
/* [n] rows in the order of this epoch; borrowed until the next. */
const int64_t *order_epoch(struct fit *fit, int64_t epoch);

/* ---- more of the training rows: augment.c, mixup.c ------------------------------------------ */

/* Behind the net and the targets' buffers; refuses what the data's rows cannot be. */
enum muster_status augment_create(struct fit *fit);
void augment_clear(struct fit *fit);
/* Behind the preparation. */
void augment_begin(struct fit *fit, struct muster_stream stream);
/* Gathered rows x [n][width] of a batch, in place, and one of them. */
void augment_batch(struct fit *fit, int64_t epoch, const int64_t *rows, size_t n, float *x);
void augment_image(const struct augment *augment, int64_t epoch, int64_t row, float *image);

enum muster_status mixup_check(const struct fit *fit);
/* Gathered rows and targets of a whole batch, in place. */
void mixup_batch(struct fit *fit, size_t n, struct muster_targets *y);
/* Of the row itself, at this step. */
double mixup_share(struct muster_stream stream, uint64_t step, double alpha);

/* ---- targets: targets.c ------------------------------------------------------------------- */

/* Mean and standard deviation of regression targets over the fit's rows; a constant one keeps
 * scale 1. With other targets these three do nothing. */
void targets_fit(struct fit *fit);
/* values [n][outputs], in place, to the scale of training and back. */
void targets_standardise(const struct fit *fit, size_t n, float *values);
void targets_restore(const struct fit *fit, size_t n, float *values);

/* Classes [n] without those that are not there (-1), and the predictions [n][outputs] of those that
 * are, in place, moved to the front. Returns how many there are. */
size_t targets_pack(const int32_t *classes, size_t n, int32_t *to);
void targets_pack_predictions(const int32_t *classes, size_t n, size_t outputs, float *prediction);

/* ---- weights of the classes, and of the parameters: weights.c ------------------------------- */

/* Makes room for the classes' weights where some are asked for, and checks them. */
enum muster_status class_weights_create(struct fit *fit);
/* Hands them to the net, `balanced` ones as the fit's rows want them. */
enum muster_status class_weights_fit(struct fit *fit);

/* After each step: average = memory average + (1 - memory) weights, the weights at first. */
void average_weights(struct fit *fit);

/* ---- one fold: fold.c --------------------------------------------------------------------- */

enum fold_end { FOLD_COMPLETE, FOLD_DIVERGED, FOLD_UNSCORED };

/* How far a fold is; plain bytes, to be put aside. */
struct fold_course {
    int64_t run, best; /* epochs done, and those to the best one; 0: none */
    double least;      /* the loss of the best one */
    double seconds;    /* that it took so far, also in earlier sittings */
    int64_t diverged;
};

/* What one rank needs to train the folds of one configuration. */
struct fold_bench {
    struct fit fit;
    struct fold_course course;
    const double *point;  /* [d] the configuration; borrowed */
    bool follows;         /* an earlier step of the trial was trained */
    bool further;         /* a later one may follow */
    double rows;          /* share of a fold's training rows */
    double *column;       /* owned, [metrics]: scores of one fold */
    double begun, kept;   /* muster_clock(): of the fold, and when it was kept */
    bool touched;         /* something was kept, or taken from what was */
    int64_t trial, until; /* epochs to train at most */
    int64_t patience;     /* 0: no early stopping */
    double min_delta;     /* of early stopping */
    const struct muster_interrupt *interrupt; /* borrowed, may be NULL */
    int64_t *train;                           /* owned: rows that the fold at hand trains on */
    size_t k, n;                              /* the fold at hand, how many rows it validates on */
    const int64_t *valid;                     /* [n], borrowed: these rows */
    float *x;                                 /* [n][width], owned: gathered once a fold; NULL
                                                 where rows stay in the file */
    int32_t *lengths;   /* [n][inputs], owned; NULL: all steps are used, or likewise */
    int32_t *classes;   /* [n][targets], owned; NULL for regression */
    int32_t *present;   /* those of next tokens that are there, owned, or
                           NULL: all are */
    size_t scored;      /* rows, or tokens, that are scored */
    float *values;      /* [n][outputs], owned: on the file's scale; NULL where there are classes */
    float *standard;    /* [n][outputs], owned: on the scale of training; NULL likewise */
    float *last, *best; /* [scored][outputs], owned: predictions of the last and the best epoch */
};

/* `step` names trial and epochs; NULL where nothing is to be trained. `team`: as in fit_create. */
enum muster_status fold_bench_create(const struct muster_trainer *trainer,
                                     const struct muster_config *config,
                                     const struct muster_step *step, struct muster_team *team,
                                     struct fold_bench *bench);
void fold_bench_clear(struct fold_bench *bench);

/* Trains split `k` into column k of `result`, which is fresh there. MUSTER_STOPPED when
 * interrupted. */
enum muster_status fold_train(struct fold_bench *bench, size_t k, struct muster_result *result,
                              enum fold_end *end);

/* ---- what is put aside: keep.c, fold_keep.c ------------------------------------------------- */

struct keep_piece {
    void *data;
    size_t bytes;
};

/* What a file is of. */
struct keep_of {
    int64_t kind, trial, fold; /* fold -1: the refit */
    const double *x;           /* [d] */
    double rows;               /* share of the training rows */
    bool follows;              /* another rank may have put it there in this sitting */
};

/* False where nothing is kept, there is no room, or it failed (a warning). */
bool keep_write(const struct muster_trainer *trainer, const struct keep_of *of, int64_t epoch,
                const struct keep_piece *pieces, size_t n);
/* Fills the pieces from a whole file of just that, of at most so many epochs; false, and nothing
 * changed, where there is none. */
bool keep_read(const struct muster_trainer *trainer, const struct keep_of *of, int64_t most,
               const struct keep_piece *pieces, size_t n);
void keep_forget(struct muster_trainer *trainer);
void keep_remove(const struct muster_trainer *trainer, int64_t trial, int64_t fold);

/* The fold at hand, between two epochs. */
bool fold_keep(struct fold_bench *bench, struct muster_result *result);
bool fold_recall(struct fold_bench *bench, struct muster_result *result);
/* Fold k, complete: what stands of it in result and pool. */
bool done_keep(struct fold_bench *bench, size_t k, struct muster_result *result, struct pool *pool);
bool done_recall(struct fold_bench *bench, size_t k, struct muster_result *result,
                 struct pool *pool);
/* A refit after so many epochs; recall returns how many are done. */
bool refit_keep(struct fit *fit, int64_t trial, const double *x, int64_t done);
int64_t refit_recall(struct fit *fit, int64_t trial, const double *x, int64_t epochs);

/* Counted operations of `epochs` epochs of split k. */
double fold_flops(const struct fold_bench *bench, size_t k, int64_t epochs);

/* sample.c: leaves of n rows a share, in their order: a larger one holds all of a smaller one. */
enum muster_status rows_sample(const struct muster_trainer *trainer, double share, int64_t *rows,
                               size_t *n);
/* How many are left. */
size_t rows_sampled(size_t n, double share);

/* cost.c: how many ranks, of so many, may share a fold of the configuration: as many as fit in its
 * `memory`, where exchanges take more than one rank alone needs. Changes no bits. */
enum muster_status cost_mates(const struct muster_trainer *trainer,
                              const struct muster_config *config, size_t most, size_t *mates);
/* Writes the reason where a configuration needs more than its `memory`, on one rank alone, so that
 * it fails in any layout or in none. */
enum muster_status cost_check(const struct muster_trainer *trainer,
                              const struct muster_config *config, char *reason, size_t size);

/* MUSTER_BAD_STUDY where `memory` is less than the smallest configuration that is found needs. */
enum muster_status memory_inspect(const struct muster_trainer *trainer);

/* The most rows that any split trains on, and that any validates. */
void folds_largest(const struct muster_folds *folds, size_t *train, size_t *valid);

#endif
