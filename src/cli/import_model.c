/* import_model: a table as rows to predict. Which columns are taken, in what order, and what stands
 * for their levels is what the model was trained on, not what this table happens to hold. */
#include <stdlib.h>
#include <string.h>

#include "import.h"

static const char *results_of(const struct import *import)
{
    return cli_flag(import->arguments, "model")->text;
}

static const char *cell_of(const struct import *import, size_t row, size_t column)
{
    return import->csv.cells[row * import->csv.columns + column];
}

/* The model's only input, a table with names. */
static enum muster_status read_model(struct import *import)
{
    enum muster_status status;
    const struct cli_model_input *of;

    MUSTER_TRY(cli_model_read(results_of(import), 1, &import->model));
    of = import->model.inputs;
    if (import->model.n_inputs > 1 || of->prepare.rank > 1 || of->prepare.vocabulary > 0)
        status =
            muster_error(MUSTER_BAD_DATA, "%s: the model takes other rows than those of a table",
                         results_of(import));
    else if (of->names == NULL)
        status = muster_error(MUSTER_BAD_DATA,
                              "%s does not say what the model's columns are called (/feature_names "
                              "of the data file does when it is trained)",
                              results_of(import));
    else
        import->d = of->prepare.dims[0];
done:
    return status;
}

static bool find_column(const struct import *import, const char *name, size_t *column)
{
    for (*column = 0; *column < import->csv.columns; ++*column)
        if (strcmp(import->columns[*column].name, name) == 0)
            return true;
    return false;
}

/* The others of the table are left out. */
static enum muster_status find_inputs(struct import *import)
{
    enum muster_status status = MUSTER_OK;
    struct muster_text lacking = {0};

    MUSTER_NEW(import->inputs, import->d);
    for (size_t c = 0; c < import->csv.columns; c++)
        import->columns[c].dropped = true;
    for (size_t j = 0; j < import->d; j++) {
        const char *name = import->model.inputs[0].names[j];
        if (find_column(import, name, &import->inputs[j]))
            import->columns[import->inputs[j]].dropped = false;
        else
            muster_text_add(&lacking, "%s%s", lacking.length > 0 ? ", " : "", name);
    }
    if (lacking.length > 0)
        status = muster_error(
            MUSTER_BAD_DATA, "%s has no column of the names that the model takes: %s%s",
            import->arguments->operand, lacking.data,
            import->first > 0 ? "" : " (no line names the columns: --header yes)");
done:
    muster_text_free(&lacking);
    return status;
}

static enum muster_status take_all_rows(struct import *import)
{
    enum muster_status status = MUSTER_OK;

    MUSTER_NEW(import->rows, import->csv.rows);
    for (size_t i = import->first; i < import->csv.rows; i++)
        import->rows[import->n++] = i;
    if (import->n == 0)
        status = muster_error(MUSTER_BAD_DATA, "%s holds no rows", import->arguments->operand);
done:
    return status;
}

/* A level of the model, and its code. */
struct level {
    const char *text;
    size_t code;
};

static int by_text(const void *a, const void *b)
{
    const struct level *p = a, *q = b;

    return import_by_level(&p->text, &q->text);
}

static enum muster_status take_levels(const struct import *import, size_t j)
{
    enum muster_status status = MUSTER_OK;
    const struct cli_model_input *of = import->model.inputs;
    struct import_column *column = &import->columns[import->inputs[j]];
    struct level *levels = NULL;

    column->coded = true;
    column->n_levels = (size_t)of->prepare.levels[j];
    if (of->level_names[j] == NULL)
        return muster_error(MUSTER_BAD_DATA,
                            "%s does not say what the codes of column `%s` stand for "
                            "(/level_names/%s of the data file does when it is trained)",
                            results_of(import), column->name, column->name);
    MUSTER_NEW(levels, column->n_levels);
    MUSTER_NEW(column->levels, column->n_levels);
    MUSTER_NEW(column->codes, column->n_levels);
    for (size_t l = 0; l < column->n_levels; l++)
        levels[l] = (struct level){of->level_names[j][l], l};
    qsort(levels, column->n_levels, sizeof *levels, by_text);
    for (size_t l = 0; l < column->n_levels; l++) {
        column->levels[l] = levels[l].text;
        column->codes[l] = levels[l].code;
    }
done:
    muster_free(levels);
    return status;
}

/* Counts what is missing; levels that the model has not seen are so too. */
static void look_at_levels(const struct import *import, struct import_column *column, size_t c)
{
    size_t strange = 0, first = 0;

    for (size_t i = 0; i < import->n; i++) {
        const char *cell = cell_of(import, import->rows[i], c);
        if (import_missing(cell, true)) {
            column->missing++;
        } else if (import_code(column, cell) == SIZE_MAX) {
            first = strange++ == 0 ? import->rows[i] : first;
            column->missing++;
        }
    }
    if (strange > 0)
        muster_log(
            MUSTER_WARNINGS,
            "%s:%zu: `%s` is no level of column `%s` that the model knows: such cells, %zu in "
            "all, count as missing",
            import->arguments->operand, import->csv.lines[first], cell_of(import, first, c),
            column->name, strange);
}

/* A table without gaps and codes left nothing to fill gaps with. */
static enum muster_status look_at_numbers(const struct import *import, struct import_column *column,
                                          size_t c)
{
    const bool fills = import->model.inputs[0].prepare.fill != NULL;
    double number;

    for (size_t i = 0; i < import->n; i++) {
        const char *cell = cell_of(import, import->rows[i], c);
        const size_t line = import->csv.lines[import->rows[i]];
        const bool missing = import_missing(cell, false);
        if (missing && !fills)
            return muster_error(MUSTER_BAD_DATA,
                                "%s:%zu: column `%s` is missing, and the model was trained on a "
                                "table without gaps (fill it in)",
                                import->arguments->operand, line, column->name);
        if (!missing && !muster_number_read(cell, &number))
            return muster_error(MUSTER_BAD_DATA,
                                "%s:%zu: `%s` is no number, which the model takes in column `%s` "
                                "(empty cells are missing ones)",
                                import->arguments->operand, line, cell, column->name);
    }
    import_range(import, c);
    return MUSTER_OK;
}

enum muster_status import_for_model(struct import *import)
{
    enum muster_status status;
    const struct muster_input *input;

    MUSTER_TRY(read_model(import));
    MUSTER_TRY(import_name_columns(import));
    MUSTER_TRY(find_inputs(import));
    MUSTER_TRY(take_all_rows(import));
    input = &import->model.inputs[0].prepare;
    for (size_t j = 0; j < import->d; j++) {
        const size_t c = import->inputs[j];
        if (input->levels != NULL && input->levels[j] > 0) {
            MUSTER_TRY(take_levels(import, j));
            look_at_levels(import, &import->columns[c], c);
        } else {
            MUSTER_TRY(look_at_numbers(import, &import->columns[c], c));
        }
    }
done:
    return status;
}
