/* import_columns: what the columns of a table are. A column is one of numbers where every cell that
 * is not missing reads as one, else one of texts, whose levels in ascending order become codes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"

/* Whole numbers are classes up to so many, with as many rows each on average. */
enum { CLASSES_MOST = 20, ROWS_A_CLASS = 5 };

static const char *cell_of(const struct import *import, size_t row, size_t column)
{
    return import->csv.cells[row * import->csv.columns + column];
}

bool import_missing(const char *cell, bool coded)
{
    static const char *const words[] = {"NA", "N/A", "NaN", "nan", "null"};

    if (cell[0] == '\0' || strcmp(cell, "?") == 0)
        return true;
    for (size_t i = 0; !coded && i < sizeof words / sizeof *words; i++)
        if (strcmp(cell, words[i]) == 0)
            return true;
    return false;
}

/* ---- header -------------------------------------------------------------------------------- */

static bool holds_numbers(const struct import *import, size_t column, size_t first)
{
    bool any = false;
    double number;

    for (size_t i = first; i < import->csv.rows; i++) {
        const char *cell = cell_of(import, i, column);
        if (import_missing(cell, false))
            continue;
        if (!muster_number_read(cell, &number))
            return false;
        any = true;
    }
    return any;
}

/* The target, or a column of the model. */
static bool is_named(const struct import *import, const char *cell)
{
    const char *target = cli_flag(import->arguments, "target")->text;

    for (size_t j = 0; j < import->d && import->model.n_inputs > 0; j++)
        if (strcmp(cell, import->model.inputs[0].names[j]) == 0)
            return true;
    return target != NULL && strcmp(cell, target) == 0;
}

/* The first row names the columns where none of its cells is a number or missing, and it names the
 * target or stands above numbers. One that names the target may have empty cells. */
static bool has_header(const struct import *import)
{
    const char *word = cli_flag(import->arguments, "header")->text;
    bool named = false, above = false, gaps = false;
    double number;

    if (word != NULL && strcmp(word, "auto") != 0)
        return strcmp(word, "yes") == 0;
    for (size_t c = 0; c < import->csv.columns; c++) {
        const char *cell = cell_of(import, 0, c);
        gaps = gaps || cell[0] == '\0';
        if (cell[0] != '\0' && (import_missing(cell, false) || muster_number_read(cell, &number)))
            return false;
        named = named || is_named(import, cell);
    }
    for (size_t c = 0; c < import->csv.columns && !named && !gaps && !above; c++)
        above = holds_numbers(import, c, 1);
    return named || above;
}

static enum muster_status check_twins(const struct import *import)
{
    for (size_t c = 0; c < import->csv.columns; c++)
        for (size_t e = 0; e < c; e++)
            if (strcmp(import->columns[c].name, import->columns[e].name) == 0)
                return muster_error(MUSTER_BAD_DATA,
                                    "%s:%zu: columns %zu and %zu (from 0) have one name, `%s`",
                                    import->arguments->operand, import->csv.lines[0], e, c,
                                    import->columns[c].name);
    return MUSTER_OK;
}

enum muster_status import_name_columns(struct import *import)
{
    enum muster_status status = MUSTER_OK;
    size_t n = import->csv.columns, width = 24;

    import->first = has_header(import) ? 1 : 0;
    MUSTER_NEW(import->names, n * width);
    MUSTER_NEW(import->columns, n);
    for (size_t c = 0; c < n; c++) {
        char *made = import->names + c * width;
        snprintf(made, width, "x%zu", c);
        import->columns[c].name = made;
        if (import->first == 1 && cell_of(import, 0, c)[0] != '\0')
            import->columns[c].name = cell_of(import, 0, c);
    }
    status = check_twins(import);
done:
    return status;
}

/* A column by its name, or by its number: from 0, or from the end, -1 the last. */
static enum muster_status find_column(const struct import *import, const char *word,
                                      const char *flag, size_t *column)
{
    struct muster_text names = {0};
    size_t n = import->csv.columns;
    double number;

    for (size_t c = 0; c < n; c++)
        if (strcmp(import->columns[c].name, word) == 0) {
            *column = c;
            return MUSTER_OK;
        }
    if (muster_number_read(word, &number) && number == floor(number) && number < (double)n &&
        number >= -(double)n) {
        *column = (size_t)(number < 0.0 ? number + (double)n : number);
        return MUSTER_OK;
    }
    for (size_t c = 0; c < n; c++)
        muster_text_add(&names, "%s%s", c > 0 ? ", " : "", import->columns[c].name);
    muster_error(MUSTER_USAGE,
                 "--%s: %s has no column `%s` (it has %s; or a number from 0, -1: the last)", flag,
                 import->arguments->operand, word, names.failed ? "others" : names.data);
    muster_text_free(&names);
    return MUSTER_USAGE;
}

/* ---- kinds --------------------------------------------------------------------------------- */

int import_by_level(const void *a, const void *b)
{
    const char *const *p = a, *const *q = b;
    double x, y;
    bool number = muster_number_read(*p, &x), other = muster_number_read(*q, &y);

    if (number && other && x != y)
        return x < y ? -1 : 1;
    if (number != other)
        return number ? -1 : 1;
    return number ? 0 : strcmp(*p, *q);
}

size_t import_code(const struct import_column *column, const char *cell)
{
    const char **found =
        bsearch(&cell, column->levels, column->n_levels, sizeof *column->levels, import_by_level);

    if (found == NULL)
        return SIZE_MAX;
    const size_t place = (size_t)(found - column->levels);
    return column->codes != NULL ? column->codes[place] : place;
}

static enum muster_status find_levels(const struct import *import, size_t c)
{
    struct import_column *column = &import->columns[c];
    enum muster_status status = MUSTER_OK;
    const char **levels;
    size_t n = 0, kept = 0;

    MUSTER_NEW(column->levels, import->n);
    levels = column->levels;
    for (size_t i = 0; i < import->n; i++) {
        const char *cell = cell_of(import, import->rows[i], c);
        if (!import_missing(cell, true))
            levels[n++] = cell;
    }
    column->missing = import->n - n;
    qsort(levels, n, sizeof *levels, import_by_level);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || import_by_level(&levels[kept - 1], &levels[i]) != 0)
            levels[kept++] = levels[i];
    column->n_levels = kept;
done:
    return status;
}

void import_range(const struct import *import, size_t c)
{
    struct import_column *column = &import->columns[c];
    double number;

    column->low = INFINITY;
    column->high = -INFINITY;
    for (size_t i = 0; i < import->n; i++) {
        const char *cell = cell_of(import, import->rows[i], c);
        if (import_missing(cell, false) || !muster_number_read(cell, &number)) {
            column->missing++;
            continue;
        }
        column->low = number < column->low ? number : column->low;
        column->high = number > column->high ? number : column->high;
    }
}

/* Rows without a target teach nothing. */
static enum muster_status choose_rows(struct import *import, bool coded)
{
    enum muster_status status = MUSTER_OK;

    MUSTER_NEW(import->rows, import->csv.rows);
    for (size_t i = import->first; i < import->csv.rows; i++) {
        if (import_missing(cell_of(import, i, import->target), coded))
            import->without_target++;
        else
            import->rows[import->n++] = i;
    }
    if (import->n < 2)
        status =
            muster_error(MUSTER_BAD_DATA, "%s: %zu row%s a target (two at least)",
                         import->arguments->operand, import->n, import->n == 1 ? " has" : "s have");
done:
    return status;
}

/* Few whole numbers are classes. */
static bool looks_like_classes(const struct import *import)
{
    const struct import_column *target = &import->columns[import->target];
    double number;

    if (target->n_levels > CLASSES_MOST || target->n_levels * ROWS_A_CLASS > import->n)
        return false;
    for (size_t l = 0; l < target->n_levels; l++)
        if (!muster_number_read(target->levels[l], &number) || number != floor(number))
            return false;
    return true;
}

static enum muster_status type_target(struct import *import)
{
    struct import_column *target = &import->columns[import->target];
    const char *task = cli_flag(import->arguments, "task")->text;
    bool numbers = holds_numbers(import, import->target, import->first);
    enum muster_status status;

    MUSTER_TRY(choose_rows(import, !numbers));
    MUSTER_TRY(find_levels(import, import->target));
    import->classification =
        task != NULL ? strcmp(task, "classification") == 0 : !numbers || looks_like_classes(import);
    target->coded = import->classification;
    if (!import->classification && !numbers)
        status = muster_error(MUSTER_BAD_DATA,
                              "%s: the target `%s` holds texts, such as `%s` (--task regression "
                              "needs numbers)",
                              import->arguments->operand, target->name,
                              target->levels[target->n_levels - 1]);
    else if (import->classification && target->n_levels < 2)
        status = muster_error(MUSTER_BAD_DATA,
                              "%s: all rows have the target `%s` (two classes at least)",
                              import->arguments->operand, target->levels[0]);
    else if (!import->classification)
        import_range(import, import->target);
done:
    return status;
}

static enum muster_status type_inputs(struct import *import)
{
    enum muster_status status = MUSTER_OK;

    for (size_t c = 0; c < import->csv.columns; c++) {
        struct import_column *column = &import->columns[c];
        bool empty = true;
        if (c == import->target || column->dropped)
            continue;
        for (size_t i = 0; i < import->n && empty; i++)
            empty = import_missing(cell_of(import, import->rows[i], c), false);
        column->coded = column->coded || (!empty && !holds_numbers(import, c, import->first));
        if (column->coded)
            MUSTER_TRY(find_levels(import, c));
        else
            import_range(import, c);
        if (empty)
            muster_log(MUSTER_WARNINGS, "%s: column `%s` is empty (--drop %s leaves it out)",
                       import->arguments->operand, column->name, column->name);
    }
done:
    return status;
}

/* ---- the table ----------------------------------------------------------------------------- */

/* Marks the columns that a repeated flag names. */
static enum muster_status mark(struct import *import, const char *flag)
{
    const struct muster_value *words = cli_flag(import->arguments, flag);
    bool drop = strcmp(flag, "drop") == 0;
    enum muster_status status = MUSTER_OK;
    size_t column;

    for (size_t i = 0; i < words->n; i++) {
        MUSTER_TRY(find_column(import, words->items[i], flag, &column));
        if (column == import->target)
            return muster_error(MUSTER_USAGE, "--%s %s: this column is the target", flag,
                                words->items[i]);
        if (drop)
            import->columns[column].dropped = true;
        else
            import->columns[column].coded = true;
    }
done:
    return status;
}

enum muster_status import_columns(struct import *import)
{
    const char *target = cli_flag(import->arguments, "target")->text;
    enum muster_status status = MUSTER_OK;

    MUSTER_TRY(import_name_columns(import));
    MUSTER_TRY(find_column(import, target, "target", &import->target));
    MUSTER_TRY(mark(import, "drop"));
    MUSTER_TRY(mark(import, "categorical"));
    MUSTER_TRY(type_target(import));
    MUSTER_TRY(type_inputs(import));
    import_doubt(import);
    MUSTER_NEW(import->inputs, import->csv.columns);
    for (size_t c = 0; c < import->csv.columns; c++)
        if (c != import->target && !import->columns[c].dropped)
            import->inputs[import->d++] = c;
    if (import->d == 0)
        status = muster_error(MUSTER_BAD_DATA,
                              "%s: there is no column besides the target (cells are separated by "
                              "`%c`; --delimiter names another)",
                              import->arguments->operand, import->csv.delimiter);
done:
    return status;
}
