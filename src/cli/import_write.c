/* import_write: a typed table as a data file, and what it holds as people read it. */
#include <math.h>
#include <string.h>

#include "import.h"
#include "muster/results.h"

struct inputs {
    const struct import *import;
    double *x; /* owned, [n][d] */
};

static double value_of(const struct import_column *column, const char *cell)
{
    const size_t code =
        column->coded && !import_missing(cell, true) ? import_code(column, cell) : SIZE_MAX;
    double number;

    if (column->coded)
        return code != SIZE_MAX ? (double)code : NAN;
    if (import_missing(cell, false))
        return NAN;
    return muster_number_read(cell, &number) ? number : NAN;
}

static const char *cell_of(const struct import *import, size_t i, size_t column)
{
    return import->csv.cells[import->rows[i] * import->csv.columns + column];
}

static enum muster_status read_inputs(struct inputs *inputs)
{
    const struct import *import = inputs->import;
    enum muster_status status = MUSTER_OK;

    MUSTER_NEW(inputs->x, import->n * import->d);
    for (size_t i = 0; i < import->n; i++)
        for (size_t j = 0; j < import->d; j++) {
            size_t c = import->inputs[j];
            inputs->x[i * import->d + j] = value_of(&import->columns[c], cell_of(import, i, c));
        }
done:
    return status;
}

/* In single precision, unless that would make different whole numbers equal. */
static enum muster_status write_x(const struct inputs *inputs, struct muster_file *file)
{
    size_t dims[2] = {inputs->import->n, inputs->import->d}, n = dims[0] * dims[1];
    enum muster_status status = MUSTER_OK;
    bool single = true;
    float *x = NULL;

    MUSTER_NEW(x, n);
    for (size_t i = 0; i < n; i++) {
        x[i] = (float)inputs->x[i];
        single = single && (isnan(inputs->x[i]) || inputs->x[i] != floor(inputs->x[i]) ||
                            (double)x[i] == inputs->x[i]);
    }
    muster_file_array(file, "/x", single ? MUSTER_F32 : MUSTER_F64, 2, dims,
                      single ? (const void *)x : inputs->x, true);
done:
    muster_free(x);
    return status;
}

static enum muster_status write_y(const struct import *import, struct muster_file *file)
{
    const struct import_column *target = &import->columns[import->target];
    enum muster_status status = MUSTER_OK;
    int64_t *classes = NULL;
    double *values = NULL;

    MUSTER_NEW(classes, import->n);
    MUSTER_NEW(values, import->n);
    for (size_t i = 0; i < import->n; i++) {
        values[i] = value_of(target, cell_of(import, i, import->target));
        classes[i] = import->classification ? (int64_t)values[i] : 0;
    }
    muster_file_array(file, "/y", import->classification ? MUSTER_I64 : MUSTER_F64, 1, &import->n,
                      import->classification ? (const void *)classes : values, true);
    if (import->classification)
        muster_file_strings(file, "/class_names", target->levels, target->n_levels);
done:
    muster_free(classes);
    muster_free(values);
    return status;
}

static enum muster_status write_level_names(const struct import_column *column,
                                            struct muster_file *file)
{
    enum muster_status status = MUSTER_OK;
    const char **by_code = NULL;
    char *path = NULL;

    if (column->n_levels == 0)
        return MUSTER_OK;
    MUSTER_NEW(by_code, column->n_levels);
    for (size_t l = 0; l < column->n_levels; l++)
        by_code[column->codes != NULL ? column->codes[l] : l] = column->levels[l];
    path = muster_format("/level_names/%s", column->name);
    MUSTER_TRY(path != NULL ? MUSTER_OK : MUSTER_NO_MEMORY);
    muster_file_strings(file, path, by_code, column->n_levels);
done:
    muster_free(by_code);
    muster_free(path);
    return status;
}

/* Which columns hold codes, of how many levels, and what they are called. */
static enum muster_status write_levels(const struct import *import, struct muster_file *file)
{
    enum muster_status status = MUSTER_OK;
    const char **names = NULL;
    uint8_t *categorical = NULL;
    int64_t *levels = NULL;

    MUSTER_NEW(names, import->d);
    MUSTER_NEW(categorical, import->d);
    MUSTER_NEW(levels, import->d);
    for (size_t j = 0; j < import->d; j++) {
        const struct import_column *column = &import->columns[import->inputs[j]];
        names[j] = column->name;
        categorical[j] = column->n_levels > 0;
        levels[j] = (int64_t)column->n_levels;
        MUSTER_TRY(write_level_names(column, file));
    }
    muster_file_strings(file, "/feature_names", names, import->d);
    muster_file_array(file, "/categorical", MUSTER_U8, 1, &import->d, categorical, false);
    muster_file_array(file, "/levels", MUSTER_I64, 1, &import->d, levels, false);
done:
    muster_free(names);
    muster_free(categorical);
    muster_free(levels);
    return status;
}

static enum muster_status write_target(const struct import *import, struct muster_file *file)
{
    if (import->target == SIZE_MAX)
        return MUSTER_OK;
    muster_file_attr_text(file, "/", "task",
                          import->classification ? "classification" : "regression");
    muster_file_attr_text(file, "/", "target", import->columns[import->target].name);
    return write_y(import, file);
}

enum muster_status import_write(const struct import *import, const char *out)
{
    struct inputs inputs = {.import = import};
    struct muster_file *file = NULL;
    enum muster_status status;

    MUSTER_TRY(read_inputs(&inputs));
    MUSTER_TRY(muster_file_create(out, &file));
    muster_file_attr_text(file, "/", "source", import->arguments->operand);
    MUSTER_TRY(write_x(&inputs, file));
    MUSTER_TRY(write_target(import, file));
    MUSTER_TRY(write_levels(import, file));
    status = muster_file_finish(&file);
done:
    if (file != NULL)
        muster_file_abandon(&file);
    muster_free(inputs.x);
    return status;
}

/* ---- text ---------------------------------------------------------------------------------- */

enum { LEVELS_SHOWN = 5, LEVEL_BYTES = 24 };

/* The beginning of a level, whole characters of it, on one line. */
static void put_level(struct muster_text *text, const char *level)
{
    size_t n = strlen(level) < LEVEL_BYTES ? strlen(level) : LEVEL_BYTES;

    while (n > 0 && ((unsigned char)level[n] & 0xc0) == 0x80)
        n--;
    for (size_t i = 0; i < n; i++)
        muster_text_add(text, "%c", (unsigned char)level[i] < ' ' ? ' ' : level[i]);
}

static void put_levels(struct cli_table *table, const struct import_column *column)
{
    struct muster_text text = {0};

    for (size_t l = 0; l < column->n_levels && l < LEVELS_SHOWN; l++) {
        muster_text_add(&text, "%s", l > 0 ? ", " : "");
        put_level(&text, column->levels[l]);
    }
    if (column->n_levels > LEVELS_SHOWN)
        muster_text_add(&text, ", ...");
    cli_cell(table, "%s", text.data != NULL ? text.data : "");
    muster_text_free(&text);
}

static void put_column(struct cli_table *table, const struct import *import, size_t c)
{
    const struct import_column *column = &import->columns[c];

    cli_cell(table, "%s", column->name);
    cli_cell(table, "%s", c == import->target ? "target" : column->dropped ? "left out" : "");
    if (column->dropped) {
        for (int i = 0; i < 3; i++)
            cli_cell(table, "%s", "");
        return;
    }
    if (column->coded)
        cli_cell(table, "%zu %s", column->n_levels,
                 c == import->target     ? "classes"
                 : column->n_levels == 1 ? "level"
                                         : "levels");
    else
        cli_cell(table, "numbers");
    if (column->coded)
        put_levels(table, column);
    else if (column->low <= column->high)
        cli_cell(table, "%.6g .. %.6g", column->low, column->high);
    else
        cli_cell(table, "%s", "");
    if (column->missing > 0)
        cli_cell(table, "%zu missing", column->missing);
    else
        cli_cell(table, "%s", "");
}

enum muster_status import_print(const struct import *import, const char *out)
{
    struct cli_table table = cli_table("lllll");
    enum muster_status status;

    printf("%s: %zu row%s of %zu columns, %s%s\n\n", import->arguments->operand,
           import->csv.rows - import->first, import->csv.rows - import->first == 1 ? "" : "s",
           import->csv.columns,
           import->target == SIZE_MAX ? "to predict"
           : import->classification   ? "classification"
                                      : "regression",
           import->first > 0 ? "; the first line names the columns"
                             : "; no line names the columns");
    for (size_t c = 0; c < import->csv.columns; c++)
        put_column(&table, import, c);
    status = cli_table_print(&table, stdout, 2);
    if (import->without_target > 0)
        printf("\n%zu row%s without a target %s left out\n", import->without_target,
               import->without_target == 1 ? "" : "s", import->without_target == 1 ? "is" : "are");
    printf("\n%s holds %zu row%s\n", out, import->n, import->n == 1 ? "" : "s");
    return status;
}
