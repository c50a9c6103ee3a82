/* work.c: memory of the study room. What is read from one file is built piece by piece and thrown
 * away as a whole, so that every block hangs on one list. */
#include "study/study_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct study_cell {
    struct study_cell *next;
    _Alignas(16) unsigned char data[];
};

void *study_new(struct study_work *work, size_t count, size_t size)
{
    size_t most = (SIZE_MAX - sizeof(struct study_cell)) / (size > 0 ? size : 1);
    size_t bytes = count <= most ? sizeof(struct study_cell) + count * size : SIZE_MAX;
    struct study_cell *cell = muster_alloc(bytes, 1);

    if (cell == NULL) {
        work->failed = true;
        return NULL;
    }
    cell->next = work->cells;
    work->cells = cell;
    return cell->data;
}

const char *study_print(struct study_work *work, const char *format, ...)
{
    va_list args, again;
    char *text = NULL;

    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length >= 0)
        text = study_new(work, (size_t)length + 1, 1);
    if (text != NULL)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text != NULL ? text : "";
}

const char *study_keep(struct study_work *work, struct muster_text *text)
{
    const char *kept = study_print(work, "%s", text->data != NULL ? text->data : "");

    if (text->failed)
        work->failed = true;
    muster_text_free(text);
    return kept;
}

void *study_push(struct study_work *work, void *array, size_t *n, size_t size)
{
    unsigned char *items;
    memcpy(&items, array, sizeof items); /* a T ** of any T */

    bool full = (*n & (*n - 1)) == 0; /* a power of two, or none at all */
    if (full) {
        unsigned char *larger = study_new(work, *n > 0 ? 2 * *n : 1, size);
        if (larger == NULL)
            return NULL;
        if (*n > 0)
            memcpy(larger, items, *n * size);
        memcpy(array, &larger, sizeof larger);
        items = larger;
    }
    return items + (*n)++ * size;
}

void study_work_free(struct study_work *work)
{
    for (struct study_cell *cell = work->cells, *next; cell != NULL; cell = next) {
        next = cell->next;
        muster_free(cell);
    }
    *work = (struct study_work){0};
}
