/* What the files of this room share: the list, and counts by class. */
#ifndef MUSTER_METRICS_IMPL_H
#define MUSTER_METRICS_IMPL_H

#include "muster/metrics.h"

#define METRIC(name) extern const struct muster_metric muster_metric_##name;
#include "metrics/metrics_list.h"
#undef METRIC

/* The class with the greatest probability of row i; the first of equal ones. */
size_t muster_metric_guess(const struct muster_scored *scored, size_t i);

/* Rows of each class, or label: as they are, as predicted, and both at once. */
struct tally {
    size_t classes;
    int64_t *truth, *guess, *hit; /* [classes], one block, owned by `truth` */
    int64_t hits;                 /* over all classes */
};

/* False when memory is out. Free with tally_clear. */
bool tally_fill(struct tally *tally, const struct muster_scored *scored);
void tally_clear(struct tally *tally);

#endif
