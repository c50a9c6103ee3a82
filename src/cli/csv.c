/* csv: see csv.h. One pass over the text; a cell is never longer than what it is read from, so it
 * is written over it. */
#include <string.h>

#include "cli_impl.h"
#include "csv.h"

struct scanner {
    const char *path;
    struct csv *csv;
    char *at; /* the next character */
    size_t line;
    size_t capacity, row_capacity, n; /* cells so far */
};

static enum muster_status wrong(const struct scanner *s, size_t line, const char *what)
{
    return muster_error(MUSTER_BAD_DATA, "%s:%zu: %s", s->path, line, what);
}

static bool is_space(const struct scanner *s, char c)
{
    return (c == ' ' || c == '\t') && c != s->csv->delimiter;
}

static bool ends_cell(const struct scanner *s, char c)
{
    return c == s->csv->delimiter || c == '\n' || c == '\0' || (c == '\r' && s->at[1] == '\n');
}

/* Behind the opening quote; moves to what follows the closing one. */
static enum muster_status read_quoted(struct scanner *s, char **end)
{
    size_t line = s->line;
    char *to = s->at;

    for (;; s->at++) {
        if (*s->at == '\0')
            return wrong(s, line, "a quote is opened here and never closed");
        if (*s->at == '"' && *++s->at != '"')
            break;
        s->line += *s->at == '\n';
        *to++ = *s->at;
    }
    *end = to;
    while (is_space(s, *s->at))
        s->at++;
    return ends_cell(s, *s->at) ? MUSTER_OK
                                : wrong(s, s->line,
                                        "text follows a closing quote (a quote in a quoted text is "
                                        "doubled)");
}

/* The next cell; s->at stands on what ended it. The cell's own end is set later, as it may lie
 * where the delimiter does. */
static enum muster_status read_cell(struct scanner *s, char **cell, char **end)
{
    while (is_space(s, *s->at))
        s->at++;
    if (*s->at == '"') {
        *cell = ++s->at;
        return read_quoted(s, end);
    }
    *cell = s->at;
    while (!ends_cell(s, *s->at))
        s->at++;
    *end = s->at;
    while (*end > *cell && is_space(s, (*end)[-1]))
        --*end;
    return MUSTER_OK;
}

static enum muster_status check_length(const struct scanner *s, size_t line, size_t n)
{
    if (s->csv->rows == 0)
        s->csv->columns = n;
    if (n == s->csv->columns)
        return MUSTER_OK;
    return muster_error(MUSTER_BAD_DATA, "%s:%zu: a row of %zu cells (the first one has %zu)",
                        s->path, line, n, s->csv->columns);
}

static enum muster_status read_row(struct scanner *s)
{
    enum muster_status status = MUSTER_OK;
    size_t first = s->n, line = s->line;
    char *end = NULL, stop;

    do {
        MUSTER_TRY(muster_grow(&s->csv->cells, &s->capacity, s->n + 1, sizeof *s->csv->cells));
        MUSTER_TRY(read_cell(s, &s->csv->cells[s->n], &end));
        stop = *s->at;
        s->at += stop == '\r' ? 2 : stop != '\0';
        *end = '\0';
        s->n++;
    } while (stop == s->csv->delimiter);
    s->line += stop != '\0';
    MUSTER_TRY(check_length(s, line, s->n - first));
    MUSTER_TRY(
        muster_grow(&s->csv->lines, &s->row_capacity, s->csv->rows + 1, sizeof *s->csv->lines));
    s->csv->lines[s->csv->rows++] = line;
done:
    return status;
}

/* Passes over a line without a cell; false where there is one. */
static bool skip_blank(struct scanner *s)
{
    char *at = s->at;

    while (*at == ' ' || *at == '\t' || *at == '\r')
        at++;
    if (*at != '\n' && *at != '\0')
        return false;
    s->line += *at == '\n';
    s->at = at + (*at == '\n');
    return true;
}

static char guess_delimiter(const char *text)
{
    static const char known[] = ",;\t|";
    size_t counts[sizeof known] = {0}, best = 0;
    bool quoted = false;

    for (; *text != '\0' && (quoted || *text != '\n'); text++) {
        const char *found = quoted ? NULL : strchr(known, *text);
        quoted = quoted != (*text == '"');
        if (found != NULL)
            counts[found - known]++;
    }
    for (size_t i = 1; i < sizeof known - 1; i++)
        best = counts[i] > counts[best] ? i : best;
    return known[best];
}

/* Bytes of the character at `text`; 0 where it is none of UTF-8. */
static size_t character(const unsigned char *text)
{
    const size_t n = text[0] < 0x80                      ? 1
                     : text[0] >= 0xc2 && text[0] < 0xe0 ? 2
                     : text[0] >= 0xe0 && text[0] < 0xf0 ? 3
                     : text[0] >= 0xf0 && text[0] < 0xf5 ? 4
                                                         : 0;
    for (size_t i = 1; i < n; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

/* What is read by others has to be UTF-8; tables of old have other characters. */
static enum muster_status check_characters(const char *path, const char *text)
{
    size_t line = 1, n;

    for (; *text != '\0'; text += n) {
        n = character((const unsigned char *)text);
        if (n == 0)
            return muster_error(MUSTER_BAD_DATA,
                                "%s:%zu: a character is not UTF-8 (`iconv -f WINDOWS-1252 -t "
                                "UTF-8`, or another name for -f, converts the table)",
                                path, line);
        line += *text == '\n';
    }
    return MUSTER_OK;
}

/* Lines of old end in CR alone. */
static void end_lines(char *text)
{
    if (strchr(text, '\n') != NULL)
        return;
    for (; (text = strchr(text, '\r')) != NULL;)
        *text = '\n';
}

enum muster_status csv_read(const char *path, char delimiter, struct csv *csv)
{
    struct scanner s = {.path = path, .csv = csv, .line = 1};
    enum muster_status status;
    size_t bytes = SIZE_MAX; /* whatever memory holds */

    *csv = (struct csv){0};
    MUSTER_TRY(cli_text_read(path, "table", &csv->text, &bytes));
    if (strlen(csv->text) + 1 < bytes)
        MUSTER_TRY(muster_error(
            MUSTER_BAD_DATA,
            "%s: this is no text file (a table of delimited values in UTF-8 is expected)", path));
    end_lines(csv->text);
    MUSTER_TRY(check_characters(path, csv->text));
    s.at = csv->text + (strncmp(csv->text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0);
    csv->delimiter = delimiter != '\0' ? delimiter : guess_delimiter(s.at);
    while (*s.at != '\0')
        if (!skip_blank(&s))
            MUSTER_TRY(read_row(&s));
done:
    return status;
}

void csv_clear(struct csv *csv)
{
    muster_free(csv->cells);
    muster_free(csv->lines);
    muster_free(csv->text);
    *csv = (struct csv){0};
}
