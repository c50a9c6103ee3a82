/* model, inside: reading the parts of `/best/model`. */
#ifndef MUSTER_CLI_MODEL_IMPL_H
#define MUSTER_CLI_MODEL_IMPL_H

#include "model.h"
#include "muster/results.h"

#define MODEL_FOLDER "/best/model"

struct model_source {
    const char *results;
    const struct muster_reader *reader;
    const char *folder; /* MODEL_FOLDER, or that of the input at hand */
};

/* MUSTER_BAD_DATA, with the message. */
enum muster_status model_contradicts(const char *results, const char *what);
/* A vector below the folder, of `wanted` numbers (0: of any number, at most 3), in a fresh block.
 */
enum muster_status model_vector(const struct model_source *source, const char *name, size_t wanted,
                                size_t *n, double **values);

/* Several, by their names, or one; clear also after a failure. */
enum muster_status model_inputs(const struct model_source *source, struct cli_model *model);
void model_input_clear(struct cli_model_input *of);

#endif
