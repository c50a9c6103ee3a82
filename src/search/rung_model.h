/* A Gaussian process over configurations and rungs: what results on one rung say of another. */
#ifndef MUSTER_RUNG_MODEL_H
#define MUSTER_RUNG_MODEL_H

#include "search/fidelity_impl.h"

struct rung_model; /* opaque */

/* A model without results. Search and ladder are borrowed and outlive it. */
enum muster_status rung_model_create(const struct muster_search *search,
                                     const struct muster_ladder *ladder, struct rung_model **out);
void rung_model_destroy(struct rung_model **model);

/* As of a scheduler: a step is under way, then its result is known, NAN where there is none. */
enum muster_status rung_model_take(struct rung_model *model, int64_t trial, size_t rung);
void rung_model_learn(struct rung_model *model, int64_t trial, size_t rung, double score);

/* How many scores are known. */
size_t rung_model_scored(const struct rung_model *model);

/* The score that may be hoped for of a trial on the top rung, half a deviation below what is
 * expected, in units of the model; INFINITY where the model holds none of its results. There must
 * be a score. */
enum muster_status rung_model_final(struct rung_model *model, int64_t trial, double *score);

/* The point x[d], settled and not asked yet, that promises most on the top rung: the highest log
 * EI, drawn for trial `id`. There must be a score. */
enum muster_status rung_model_acquire(struct rung_model *model, int64_t id, double *x);

#endif
