/* `search.warm_start`, inside: one file on its way in. */
#ifndef MUSTER_RUN_EARLIER_IMPL_H
#define MUSTER_RUN_EARLIER_IMPL_H

#include "run/run_impl.h"

/* One parameter as a file has it; neither: it has none of that name. */
struct earlier_column {
    double *numbers; /* owned [n] */
    char **texts;    /* owned [n] */
};

struct earlier_source {
    const struct muster_study *study; /* borrowed */
    const char *file;                 /* borrowed: as the study names it */
    struct muster_reader *reader;     /* owned */
    size_t n;                         /* trials */
    struct earlier_column *columns;   /* owned [d] */
    char **states;                    /* owned [n] */
    double *scores;                   /* owned [n]: to be minimised */
    size_t *kept;                     /* owned [n]: rows that are learnt from */
    double *x;                        /* owned [n][d]: their points */
    size_t n_kept, outside, pruned;
};

/* Opens and reads the file at `path`: its trials' points and scores. Clear it whatever is returned.
 */
enum muster_status earlier_source_read(struct earlier_source *source, const char *path);
void earlier_source_clear(struct earlier_source *source);

#endif
