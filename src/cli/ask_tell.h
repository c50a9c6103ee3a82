/* ask-tell, inside: what a dialog holds, and its operations. */
#ifndef MUSTER_CLI_ASK_TELL_H
#define MUSTER_CLI_ASK_TELL_H

#include "cli_impl.h"
#include "json.h"
#include "muster/run.h"
#include "muster/search.h"

struct ask_tell {
    const struct muster_study *study;
    struct muster_earlier earlier; /* owned */
    struct muster_warm warm;       /* of it */
    struct muster_search *search;  /* owned */
    size_t m;                      /* objectives */
    double *signs;                 /* owned, [m]: -1 where values are to be maximised */
    double *values;                /* owned, [id][m] as told; NaN: failed, or not told yet */
    size_t value_capacity;
    size_t capacity;
    struct muster_step *steps; /* owned, by id; x borrowed of the search, levels owned */
    int64_t epochs;            /* of a whole trial; 0: it has none */
    size_t folds;              /* K, the same */
    bool climbs, races;        /* there is a fidelity; folds race */
    int64_t best;              /* -1: nothing was told yet */
    double best_value;
};

/* Does what a request asks for, into `answer`. MUSTER_USAGE and MUSTER_INTERNAL (an id that may not
 * be told) are the driver's mistakes. */
enum muster_status ask_tell_serve(struct ask_tell *dialog, const cJSON *request,
                                  struct cli_json *json, cJSON *answer);

#endif
