/* Where `predict` reads: the data set of each input, and that of the used steps beside it. */
#include <string.h>

#include "predict.h"

/* What a flag says of an input, "NAME=PATH", or of the only one, "PATH"; the last word counts. */
static const char *said_of(const struct cli_arguments *arguments, const char *flag,
                           const struct cli_model_input *input)
{
    const struct muster_value *value = cli_flag(arguments, flag);
    const size_t length = input->name != NULL ? strlen(input->name) : 0;
    const char *path = NULL;

    for (size_t i = 0; i < value->n; i++)
        if (input->name == NULL)
            path = value->items[i];
        else if (strncmp(value->items[i], input->name, length) == 0 &&
                 value->items[i][length] == '=')
            path = value->items[i] + length + 1;
    return path;
}

/* That each word of a flag is of an input. */
static enum muster_status check_names(const struct prediction *p,
                                      const struct cli_arguments *arguments, const char *flag)
{
    const struct muster_value *value = cli_flag(arguments, flag);
    struct muster_text names = {0};
    enum muster_status status = MUSTER_OK;

    for (size_t i = 0; i < p->model.n_inputs; i++)
        muster_text_add(&names, "%s%s", i > 0 ? ", " : "", p->model.inputs[i].name);
    for (size_t k = 0; k < value->n && status == MUSTER_OK; k++) {
        const char *word = value->items[k];
        size_t i = 0;
        while (i < p->model.n_inputs &&
               (strncmp(p->model.inputs[i].name, word, strcspn(word, "=")) != 0 ||
                p->model.inputs[i].name[strcspn(word, "=")] != '\0'))
            i++;
        if (i == p->model.n_inputs || strchr(word, '=') == NULL)
            status =
                muster_error(MUSTER_USAGE, "--%s %s: the model has the inputs %s (--%s NAME=PATH)",
                             flag, word, names.data != NULL ? names.data : "", flag);
    }
    muster_text_free(&names);
    return status;
}

static const char *path_of(const struct prediction *p, const struct cli_arguments *arguments,
                           size_t i)
{
    const struct cli_model_input *input = &p->model.inputs[i];
    const char *said = said_of(arguments, "x", input);

    return said != NULL ? said : input->path != NULL ? input->path : "/x";
}

/* Whether another input is in the group of input i. */
static bool shares_group(const struct prediction *p, const struct cli_arguments *arguments,
                         size_t i)
{
    const char *path = path_of(p, arguments, i), *end = strrchr(path, '/');
    const size_t length = end != NULL ? (size_t)(end + 1 - path) : 0;

    for (size_t k = 0; k < p->model.n_inputs; k++) {
        const char *other = path_of(p, arguments, k);
        if (k != i && strncmp(other, path, length) == 0 && strchr(other + length, '/') == NULL)
            return true;
    }
    return false;
}

enum muster_status predict_open(struct prediction *p, const struct cli_arguments *arguments)
{
    enum muster_status status = MUSTER_OK;

    if (p->model.inputs[0].name != NULL) {
        MUSTER_TRY(check_names(p, arguments, "x"));
        MUSTER_TRY(check_names(p, arguments, "length"));
    }
    MUSTER_NEW(p->rows, p->model.n_inputs);
    for (size_t i = 0; i < p->model.n_inputs; i++) {
        const struct cli_model_input *input = &p->model.inputs[i];
        const struct muster_rows_source source = {.file = arguments->second,
                                                  .x = path_of(p, arguments, i),
                                                  .length = said_of(arguments, "length", input),
                                                  .several = input->name != NULL,
                                                  .shared = shares_group(p, arguments, i)};
        MUSTER_TRY(muster_rows_open(&source, &input->prepare, p->most, &p->rows[i]));
        if (muster_rows_count(p->rows[i]) != muster_rows_count(p->rows[0]))
            MUSTER_TRY(muster_error(MUSTER_BAD_DATA,
                                    "%s: %s has %zu rows, %s has %zu (as many in "
                                    "all inputs)",
                                    source.file, source.x, muster_rows_count(p->rows[i]),
                                    path_of(p, arguments, 0), muster_rows_count(p->rows[0])));
    }
done:
    return status;
}
