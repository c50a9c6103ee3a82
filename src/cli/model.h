/* model: the refitted network of a result file, rebuilt from what `/best/model` holds. */
#ifndef MUSTER_CLI_MODEL_H
#define MUSTER_CLI_MODEL_H

#include "cli_impl.h"
#include "muster/data.h"
#include "muster/nn.h"

/* An input of the model: what its rows go through, and where they come from. */
struct cli_model_input {
    char *name, *path;           /* owned; NULL: the only one */
    struct muster_input prepare; /* arrays owned */
    size_t at;                   /* where its numbers begin in a row of all inputs */
    size_t n_codes;              /* columns that are embedded */
    int64_t *embedded;           /* owned, [n_codes]: their levels */
    char **names;                /* owned block, [columns of x]: what `prepare` names */
    char ***level_names;         /* owned, of owned blocks: likewise */
};

struct cli_model {
    char *study; /* owned: its name; NULL: not stored */
    int64_t trial;
    bool classification, multi_label, next_token; /* else a regression */
    size_t outputs;
    struct muster_net *net;         /* owned */
    size_t n_inputs, width;         /* 1 at least; floats of a row of them all */
    struct cli_model_input *inputs; /* owned */
    bool lengths;                   /* rows of some input may use fewer than all of their steps */
    double *target_mean, *target_scale; /* owned, [outputs]; a regression's, else NULL */
    size_t n_names;
    char **class_names; /* owned block, [n_names]; NULL: none */
};

/* `pass`: rows that go through the network at once. MUSTER_NO_INPUT: no such file; MUSTER_BAD_DATA:
 * no result file, one without a model, or one that contradicts itself. Clear also after a failure.
 */
enum muster_status cli_model_read(const char *results, size_t pass, struct cli_model *model);
void cli_model_clear(struct cli_model *model);

/* Predictions of rows x [n][width]: out [n][outputs], of next tokens [n][steps][outputs],
 * probabilities, or values on the scale of the data file. */
void cli_model_predict(struct cli_model *model, struct muster_inputs x, size_t n, float *out);

#endif
