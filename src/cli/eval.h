/* eval: what the files of this command share. */
#ifndef MUSTER_CLI_EVAL_H
#define MUSTER_CLI_EVAL_H

#include "cli_impl.h"
#include "json.h"
#include "muster/objective.h"

/* One configuration and what came of it. */
struct eval_case {
    const cJSON *given;               /* as the user wrote it; borrowed from the list */
    struct muster_text constants;     /* owned: its values for constants, lines PATH=VALUE */
    const struct muster_study *study; /* with these constants; borrowed from its batch */
    double *x;                        /* owned: the point of the study's space */
    struct muster_result result;      /* owned arrays; on rank 0 */
    double seconds;                   /* on rank 0 */
};

/* Configurations one behind the other that have the same constants. */
struct eval_batch {
    struct muster_study *study; /* owned */
    size_t first, n;
};

struct eval {
    struct muster_comm *world;             /* borrowed */
    const struct cli_arguments *arguments; /* borrowed */
    const struct cli_catalog *catalog;     /* borrowed */
    struct muster_study *study;            /* owned: as the user wrote it */
    int64_t trial;                         /* whose random keys the first configuration has */
    cJSON *list;                           /* owned */
    size_t n, n_batches;
    struct eval_case *cases;    /* owned, [n] */
    struct eval_batch *batches; /* owned, [n_batches] */
    size_t metrics;
    char **metric_names; /* owned array of owned strings, [metrics] */
    bool maximize;
};

/* Collective: reads --params on rank 0; every rank makes cases and batches of it. */
enum muster_status eval_read(struct eval *eval);

enum muster_status eval_print(const struct eval *eval, FILE *out);
enum muster_status eval_json(const struct eval *eval, FILE *out);

#endif
