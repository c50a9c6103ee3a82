/* import_doubt: columns that are taken as texts and were probably meant as numbers: a single word
 * among numbers, or numbers as they are written elsewhere, make levels of them all. */
#include <string.h>

#include "import.h"

enum { LEVELS_LEAST = 21, CELL = 64 }; /* few levels may well be meant */

/* With each comma as a point, or without them. */
static bool is_number_without(const char *cell, bool point)
{
    char text[CELL];
    size_t n = 0;
    double number;

    for (; *cell != '\0' && n + 1 < sizeof text; cell++)
        if (*cell != ',')
            text[n++] = *cell;
        else if (point)
            text[n++] = '.';
    text[n] = '\0';
    return *cell == '\0' && muster_number_read(text, &number);
}

static bool is_written_otherwise(const char *cell)
{
    return strchr(cell, ',') != NULL &&
           (is_number_without(cell, true) || is_number_without(cell, false));
}

static void doubt(const struct import *import, size_t c)
{
    const struct import_column *column = &import->columns[c];
    size_t there = 0, numbers = 0, odd = SIZE_MAX; /* the first row that is none */
    double number;

    for (size_t i = 0; i < import->n; i++) {
        const char *cell = import->csv.cells[import->rows[i] * import->csv.columns + c];
        if (import_missing(cell, false))
            continue;
        const bool plain = muster_number_read(cell, &number);
        there++;
        numbers += plain || is_written_otherwise(cell);
        odd = !plain && odd == SIZE_MAX ? import->rows[i] : odd;
    }
    if (odd == SIZE_MAX || 10 * numbers < 9 * there)
        return;
    const char *cell = import->csv.cells[odd * import->csv.columns + c];
    muster_log(MUSTER_WARNINGS,
               "%s:%zu: `%s` is no number (%s), so that column `%s` is taken as %zu %s",
               import->arguments->operand, import->csv.lines[odd], cell,
               is_written_otherwise(cell) ? "a point stands before decimals, nothing between "
                                            "thousands"
                                          : "an empty cell is a missing one",
               column->name, column->n_levels, c == import->target ? "classes" : "levels");
}

void import_doubt(const struct import *import)
{
    for (size_t c = 0; c < import->csv.columns; c++)
        if (import->columns[c].coded && !import->columns[c].dropped &&
            import->columns[c].n_levels >= LEVELS_LEAST)
            doubt(import, c);
}
