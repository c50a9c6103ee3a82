/* table: aligned columns of text, and quantities in units that people read. */
#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "cli_impl.h"

struct cli_table cli_table(const char *align)
{
    return (struct cli_table){.align = align};
}

void cli_cell(struct cli_table *table, const char *format, ...)
{
    char text[512];
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (table->failed ||
        muster_grow(&table->cells, &table->capacity, table->n + 1, sizeof *table->cells) !=
            MUSTER_OK ||
        (table->cells[table->n] = muster_strdup(text)) == NULL)
        table->failed = true;
    else
        table->n++;
}

void cli_score(struct cli_table *table, double like, double value)
{
    int decimals = fabs(like) > 0.0 ? 4 - (int)floor(log10(fabs(like))) : 5;

    if (isnan(value))
        cli_cell(table, "-");
    else if (!isfinite(like) || decimals < 0 || decimals > 8 || fabs(value) >= 1e6)
        cli_cell(table, "%.5g", value);
    else
        cli_cell(table, "%.*f", decimals, value);
}

size_t cli_width(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

static size_t column_width(const struct cli_table *table, size_t columns, size_t column)
{
    size_t width = 0;

    for (size_t i = column; i < table->n; i += columns) {
        size_t w = cli_width(table->cells[i]);
        width = w > width ? w : width;
    }
    return width;
}

static void spaces(FILE *out, size_t n)
{
    fprintf(out, "%*s", (int)n, "");
}

/* The cells of one row up to the last that is not empty, so that no line ends in spaces. */
static void print_row(const struct cli_table *table, char *const *cells, const size_t *widths,
                      FILE *out)
{
    size_t used = strlen(table->align);

    while (used > 0 && cells[used - 1][0] == '\0')
        used--;
    for (size_t c = 0; c < used; c++) {
        size_t space = widths[c] - cli_width(cells[c]);
        if (table->align[c] == 'r')
            spaces(out, space);
        fputs(cells[c], out);
        if (c + 1 < used)
            spaces(out, (table->align[c] == 'l' ? space : 0) + 2);
    }
    fputc('\n', out);
}

enum muster_status cli_table_print(struct cli_table *table, FILE *out, int indent)
{
    size_t columns = strlen(table->align), widths[32];
    enum muster_status status = table->failed ? MUSTER_NO_MEMORY : MUSTER_OK;

    assert(columns <= 32 && (table->failed || table->n % columns == 0));
    for (size_t c = 0; c < columns; c++)
        widths[c] = column_width(table, columns, c);
    for (size_t i = 0; status == MUSTER_OK && i < table->n; i += columns) {
        spaces(out, (size_t)indent);
        print_row(table, table->cells + i, widths, out);
    }
    for (size_t i = 0; i < table->n; i++)
        muster_free(table->cells[i]);
    muster_free(table->cells);
    *table = cli_table(table->align);
    return status;
}

const char *cli_seconds(double seconds, char *out)
{
    double whole = floor(seconds + 0.5);
    int s = (int)fmod(whole, 60.0), m = (int)fmod(floor(whole / 60.0), 60.0);

    if (isnan(seconds))
        snprintf(out, 32, "?");
    else if (seconds < 59.95)
        snprintf(out, 32, "%.*f s", seconds < 0.95 ? 2 : 1, seconds);
    else if (whole < 3600.0)
        snprintf(out, 32, "%d:%02d min", m, s);
    else
        snprintf(out, 32, "%.0f:%02d:%02d h", floor(whole / 3600.0), m, s);
    return out;
}

const char *cli_bytes(double bytes, char *out)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t u = 0;

    for (; bytes >= 1024.0 && u + 1 < sizeof units / sizeof *units; u++)
        bytes /= 1024.0;
    snprintf(out, 32, "%.*f %s", u == 0 ? 0 : 1, bytes, units[u]);
    return out;
}
