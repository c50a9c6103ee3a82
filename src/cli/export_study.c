/* export_study: the best configuration of a result file as a study of its own. */
#include <math.h>
#include <string.h>

#include "cli_impl.h"
#include "muster/results.h"

/* The study that a result file was made from. */
static enum muster_status read_study(const char *results, const struct cli_catalog *catalog,
                                     struct muster_study **study)
{
    struct muster_reader *reader = NULL;
    char *text = NULL, *lines = NULL, *name = NULL, *file = NULL;
    const char **sets = NULL;
    enum muster_status status;
    size_t n = 0;

    MUSTER_TRY(muster_reader_open(results, &reader));
    text = muster_reader_attr_text(reader, "/", "study");
    lines = muster_reader_attr_text(reader, "/", "sets");
    if (text == NULL)
        MUSTER_TRY(muster_error(MUSTER_BAD_DATA, "%s: the attribute study is missing", results));
    name =
        muster_reader_attr_text(reader, "/", "name"); /* the file's, where no `study:` says one */
    file = muster_format("%s.yaml", name != NULL ? name : results);
    MUSTER_TRY(file != NULL ? MUSTER_OK : MUSTER_NO_MEMORY);
    MUSTER_NEW(sets, lines != NULL ? strlen(lines) / 2 + 1 : 1);
    for (char *line = lines != NULL ? strtok(lines, "\n") : NULL; line != NULL;
         line = strtok(NULL, "\n"))
        sets[n++] = line;
    status = muster_study_parse(text, file, sets, n, &catalog->catalog, study);
    if (status == MUSTER_BAD_STUDY || status == MUSTER_USAGE) /* the file's fault, not the user's */
        status = MUSTER_BAD_DATA;
done:
    muster_reader_close(&reader);
    muster_free(sets);
    muster_free(lines);
    muster_free(name);
    muster_free(file);
    muster_free(text);
    return status;
}

/* The trial's entry of a point; NaN where it is inactive or no such choice. */
static double entry_of(const struct muster_param *param, const struct cli_param *column,
                       size_t trial)
{
    if (column->active[trial] == 0.0)
        return NAN;
    if (param->kind != MUSTER_PARAM_CHOICE)
        return column->is_text ? NAN : column->numbers[trial];
    for (size_t c = 0; c < param->n_choices; c++)
        if (column->is_text ? strcmp(param->choices[c].text, column->texts[trial]) == 0
                            : param->choices[c].number == column->numbers[trial])
            return (double)c;
    return NAN;
}

static enum muster_status read_best(const struct cli_board *board, const struct muster_space *space,
                                    double *x)
{
    bool fits = board->d == space->d;

    if (board->best < 0)
        return muster_error(MUSTER_BAD_DATA, "no trial is complete%s: there is no best one",
                            board->front.violation != NULL ? " and within the constraints" : "");
    for (size_t i = 0; i < space->d && fits; i++) {
        fits = strcmp(board->names[i], space->params[i].name) == 0;
        if (fits)
            x[i] = entry_of(&space->params[i], &board->params[i], (size_t)board->best);
    }
    if (!fits || !muster_space_settle(space, x))
        return muster_error(MUSTER_BAD_DATA,
                            "the parameters of the trials are not those of the stored study");
    return MUSTER_OK;
}

enum muster_status cli_export_study(const char *results, const struct cli_board *board, FILE *out)
{
    struct cli_catalog catalog = {0};
    struct muster_study *study = NULL;
    struct muster_text text = {0};
    double *x = NULL;
    enum muster_status status;

    MUSTER_TRY(cli_catalog_create(&catalog));
    MUSTER_TRY(read_study(results, &catalog, &study));
    MUSTER_NEW(x, muster_study_space(study)->d);
    MUSTER_TRY(read_best(board, muster_study_space(study), x));
    MUSTER_TRY(muster_study_fix(study, x, &text));
    fprintf(out, "# The best of %zu trial%s: trial %.0f, %s %.5g in cross-validation.\n%s",
            board->n, board->n == 1 ? "" : "s", board->id[board->best], board->metric,
            board->score[board->best], text.data);
done:
    muster_text_free(&text);
    muster_free(x);
    muster_study_destroy(&study);
    cli_catalog_clear(&catalog);
    return status;
}
