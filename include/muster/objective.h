/* objective: what a step computes. A table of kinds: `train` cross-validates a network, `function`
 * is a built-in test function, `command` any program; the function `dummy` takes any space, and
 * `sleep` and `fail_every` make scheduling and failures testable. */
#ifndef MUSTER_OBJECTIVE_H
#define MUSTER_OBJECTIVE_H

#include "muster/base.h"
#include "muster/par.h"
#include "muster/study.h"
#include "muster/train.h"

extern const struct muster_registry muster_functions;         /* `objective.function` */
extern const struct muster_option muster_objective_options[]; /* section `objective` */

struct muster_objective; /* opaque */

/* A bound on the mean of a metric over the folds. */
struct muster_constraint {
    size_t metric;
    bool at_least; /* metric >= bound; else metric <= bound */
    double bound;
};

/* What the caller must know to run and record it. */
struct muster_objective_info {
    const char *kind; /* "train", "function", "command" */
    bool maximize;
    size_t objectives;     /* m: of the metrics, the first so many are optimised */
    const bool *maximizes; /* [m], the first as above; borrowed */
    size_t n_constraints;
    const struct muster_constraint *constraints; /* [n_constraints], borrowed */
    bool noiseless;
    bool pooled;                     /* a fold has no score of its own */
    size_t folds, metrics, epochs;   /* K, M, E of its results */
    const char *const *metric_names; /* [M], the optimised one first; borrowed */
    uint64_t data_hash;              /* 0 without data */
};

/* Collective on `world`. Both arguments are borrowed and outlive the objective. MUSTER_BAD_STUDY
 * where the study has nothing to evaluate, the space does not suit the function, or a command names
 * an unknown parameter; MUSTER_NO_INPUT where its program is not found; otherwise as
 * muster_trainer_create. */
enum muster_status muster_objective_create(const struct muster_study *study,
                                           struct muster_comm *world,
                                           struct muster_objective **objective);
/* Collective on `world`. */
void muster_objective_destroy(struct muster_objective **objective);
const struct muster_objective_info *muster_objective_info(const struct muster_objective *objective);

/* Collective on `group`; as muster_trainer_run. A function has the study's folds, one metric
 * "value" and, where it has epochs, curves of the score alone; a value that is not finite is
 * FAILED, as is every N-th trial with `fail_every: N`. A command has one fold, the metrics "value"
 * and those of `report`, and is FAILED where it ends badly, too late or without a score; MUSTER_IO
 * where it cannot be started. */
enum muster_status muster_objective_evaluate(struct muster_objective *objective,
                                             struct muster_comm *group,
                                             const struct muster_step *step,
                                             const struct muster_interrupt *interrupt,
                                             struct muster_result *result);

/* What results mean, from their scores [M][K]: the mean of metric m over the folds that were run,
 * NaN where there is none; by how much all bounds together are passed, each in parts of itself (of
 * 1 where it is 0), 0 where none is, INFINITY where a bounded metric is undefined. */
double muster_objective_mean(const struct muster_objective_info *info, const double *scores,
                             size_t m);
double muster_objective_violation(const struct muster_objective_info *info, const double *scores);
/* margins[n_constraints]: how far each bounded metric is beyond its bound, in the same parts; below
 * 0: within it; NaN where it is undefined. */
void muster_objective_margins(const struct muster_objective_info *info, const double *scores,
                              double *margins);
/* The first bound that is passed, "recall 0.85 (>= 0.9)", into text; "" where none is. */
void muster_objective_excess(const struct muster_objective_info *info, const double *scores,
                             char *text, size_t size);

/* The trainer behind it for refit, cost and data; NULL for others. Borrowed. */
struct muster_trainer *muster_objective_trainer(struct muster_objective *objective);

#endif
