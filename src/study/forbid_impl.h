/* forbid_impl.h: what the files of `search.forbid` share. */
#ifndef FORBID_IMPL_H
#define FORBID_IMPL_H

#include "study/study_impl.h"

/* What a name in an entry stands for: a parameter, or a constant. */
struct study_operand {
    const struct study_instance *instance; /* NULL: no parameter */
    const struct study_slot *slot;         /* NULL: no constant */
};
bool study_forbid_operand(struct muster_study *study, const char *name,
                          const struct study_place *place, struct study_operand *operand);
struct muster_condition *study_forbid_condition(struct study_work *work,
                                                struct muster_forbidden *forbidden, size_t param,
                                                size_t n);
/* NaN, of an inactive parameter, is in no relation to anything. */
bool study_relation_holds(enum muster_relation relation, double a, double b);
/* "a < b"; false where it can never apply. */
bool study_forbid_compare(struct muster_study *study, const struct study_node *node,
                          struct muster_forbidden *forbidden);
/* Warns of a comparison, as `node` has it, that the ranges make always or never true. right NULL:
 * it is with a number. */
void study_forbid_reach(const struct study_instance *left, const struct study_instance *right,
                        const struct muster_forbidden *forbidden, const struct study_node *node);

#endif
