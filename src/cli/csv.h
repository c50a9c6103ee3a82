/* csv: a table of texts from a file of delimited values. */
#ifndef MUSTER_CLI_CSV_H
#define MUSTER_CLI_CSV_H

#include "muster/base.h"

struct csv {
    char *text; /* owned: the file, cells unquoted in place */
    size_t rows, columns;
    char **cells;  /* owned array, [rows][columns], of texts in `text`, trimmed */
    size_t *lines; /* owned, [rows]: where each row starts in the file, from 1 */
    char delimiter;
};

/* UTF-8 with quotes as in RFC 4180; lines end in LF, CRLF, or all in CR, a byte order mark and
 * blank lines are passed over. `delimiter` 0: whichever of , ; tab | the first line has most of.
 * MUSTER_NO_INPUT: no such file; MUSTER_BAD_DATA with FILE:LINE where rows differ in length, a
 * quote stays open or a character is none of UTF-8. Clear also after a failure. */
enum muster_status csv_read(const char *path, char delimiter, struct csv *csv);
void csv_clear(struct csv *csv);

#endif
