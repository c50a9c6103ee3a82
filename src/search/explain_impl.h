/* Explanation, inside: evaluations of the surrogate at points of the unit cube. */
#ifndef MUSTER_EXPLAIN_IMPL_H
#define MUSTER_EXPLAIN_IMPL_H

#include "search/search_impl.h"
#include "muster/surrogate.h"

struct explain {
    const struct muster_space *space; /* borrowed */
    struct muster_gp *gp;             /* owned, fitted */
    struct muster_stream stream;
    double *x; /* owned [d]: scratch */
};

/* rows[m][d] of evenly spread points of the unit cube, in dimensions `from` .. `from` + d - 1 of
 * one sequence. */
enum muster_status explain_points(const struct explain *self, size_t m, size_t from, double *rows);
/* mean[m] and deviation[m] at u[m][d], which is brought to the codes of the points that it means.
 */
void explain_predict(const struct explain *self, double *u, size_t m, double *mean,
                     double *deviation);

/* first, total and pairs of the explanation. */
enum muster_status explain_variance(const struct explain *self,
                                    struct muster_explanation *explanation);
/* All dependences; after explain_variance. */
enum muster_status explain_dependences(const struct explain *self,
                                       struct muster_explanation *explanation);

#endif
