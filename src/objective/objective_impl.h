/* objective, inside: the table behind a kind of objective, and the test functions. */
#ifndef MUSTER_OBJECTIVE_IMPL_H
#define MUSTER_OBJECTIVE_IMPL_H

#include "muster/objective.h"

struct objective_kind {
    const char *name;
    bool (*suits)(enum muster_study_kind kind);
    /* Collective on `world`; may leave a half-built objective for destroy. */
    enum muster_status (*create)(const struct muster_study *study, struct muster_comm *world,
                                 struct muster_objective **objective);
    /* Collective on `world`: frees all but the block of the objective itself. */
    void (*destroy)(struct muster_objective *objective);
    /* Collective on `group`. */
    enum muster_status (*evaluate)(struct muster_objective *objective, struct muster_comm *group,
                                   const struct muster_step *step,
                                   const struct muster_interrupt *interrupt,
                                   struct muster_result *result);
    struct muster_trainer *(*trainer)(struct muster_objective *objective); /* NULL: none */
};

/* Embedded first in each kind's own struct. */
struct muster_objective {
    const struct objective_kind *kind;
    struct muster_objective_info info;
};

/* A bound on a metric from ">= NUMBER" or "<= NUMBER"; else MUSTER_BAD_STUDY at `place`. */
enum muster_status objective_bound_read(const char *text, const char *place, size_t metric,
                                        struct muster_constraint *constraint);

/* A built-in function of the search space, to be minimised. */
struct objective_function {
    struct muster_plugin plugin; /* first */
    size_t dim;                  /* 0: any */
    bool unit; /* takes coordinates of the unit cube in place of values: any space will do */
    double (*value)(const double *x, size_t d);
};

#endif
