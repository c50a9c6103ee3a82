/* Random draws of rows that keep the shares of the classes: the sample of `limit`, the test share,
 * the folds. All are permutations from one key, so that every rank draws the same. */
#include <math.h>

#include "data/data_impl.h"

void data_count(const struct muster_data *data, const int64_t *rows, size_t n, int64_t *counts)
{
    for (size_t i = 0; i < n; i++)
        counts[data_stratum(data, rows[i])]++;
}

/* The numbers 0 .. n-1 in random order. */
static enum muster_status shuffled(size_t n, struct muster_stream stream, int64_t **order)
{
    enum muster_status status = MUSTER_OK;
    MUSTER_NEW(*order, n);
    for (size_t i = 0; i < n; i++)
        (*order)[i] = (int64_t)i;
    muster_random_shuffle(stream, 0, *order, n);
done:
    return status;
}

/* How many of each class's rows are drawn. */
struct allotment {
    size_t classes;
    const int64_t *size; /* rows of each class */
    int64_t *take;       /* of them drawn */
    double share;
};

/* The class furthest below its share (up), or above it, that may still change. While `kind`, a
 * class of two rows or more stays on both sides. */
static size_t furthest(const struct allotment *lot, bool up, bool kind)
{
    size_t best = lot->classes;
    double most = -INFINITY;
    for (size_t c = 0; c < lot->classes; c++) {
        int64_t size = lot->size[c], spare = kind ? 1 : 0;
        int64_t low = size > 1 ? spare : 0, high = size - spare;
        double gap = lot->share * (double)size - (double)lot->take[c];
        if (!up)
            gap = -gap;
        if (gap > most && (up ? lot->take[c] < high : lot->take[c] > low)) {
            most = gap;
            best = c;
        }
    }
    return best;
}

/* Shares by largest remainder. */
static void allot(struct allotment *lot, size_t count)
{
    int64_t left = (int64_t)count;
    for (size_t c = 0; c < lot->classes; c++) {
        int64_t size = lot->size[c], take = (int64_t)(lot->share * (double)size);
        if (size > 1)
            take = take < 1 ? 1 : take > size - 1 ? size - 1 : take;
        lot->take[c] = size == 1 ? 0 : take;
        left -= lot->take[c];
    }
    while (left != 0) {
        size_t c = furthest(lot, left > 0, true);
        if (c == lot->classes)
            c = furthest(lot, left > 0, false);
        lot->take[c] += left > 0 ? 1 : -1;
        left -= left > 0 ? 1 : -1;
    }
}

enum muster_status data_draw(const struct muster_data *data, const int64_t *rows, size_t n,
                             size_t count, struct muster_stream stream, bool *away)
{
    enum muster_status status = MUSTER_OK;
    size_t classes = data_strata(data);
    int64_t *sizes = NULL, *take, *order = NULL;
    MUSTER_NEW(sizes, 2 * classes);
    take = sizes + classes;
    MUSTER_TRY(shuffled(n, stream, &order));
    data_count(data, rows, n, sizes);
    struct allotment lot = {classes, sizes, take, (double)count / (double)n};
    allot(&lot, count);
    for (size_t i = 0; i < n; i++) {
        int64_t at = order[i];
        int64_t *left = &take[data_stratum(data, rows[at])];
        away[at] = *left > 0;
        *left -= away[at];
    }
done:
    muster_free(order);
    muster_free(sizes);
    return status;
}

/* Shuffled rows are sorted by class and dealt like cards, so that both the parts and each class in
 * them differ by at most one row. */
enum muster_status data_deal(const struct muster_data *data, const int64_t *rows, size_t n,
                             size_t k, struct muster_stream stream, size_t *part)
{
    enum muster_status status = MUSTER_OK;
    size_t classes = data_strata(data);
    int64_t *place = NULL, *order = NULL, before = 0;
    MUSTER_NEW(place, classes);
    MUSTER_TRY(shuffled(n, stream, &order));
    data_count(data, rows, n, place);
    for (size_t c = 0; c < classes; c++) {
        int64_t size = place[c];
        place[c] = before;
        before += size;
    }
    for (size_t i = 0; i < n; i++) {
        int64_t at = order[i];
        part[at] = (size_t)place[data_stratum(data, rows[at])]++ % k;
    }
done:
    muster_free(order);
    muster_free(place);
    return status;
}

/* Keeps in `rows` what stays and puts what goes behind `gone`; returns how many stay. */
static size_t part_ways(int64_t *rows, size_t n, const bool *away, int64_t *gone)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (!away[i])
            rows[kept++] = rows[i];
        else if (gone != NULL)
            *gone++ = rows[i];
    }
    return kept;
}

/* How many of n rows `test` asks to hold out. */
static size_t test_count(const struct muster_block *block, size_t n)
{
    const struct muster_value *test = muster_block_get(block, "test");
    double share = !test->set ? 0.2 : test->text != NULL ? 0 : test->number;
    size_t count = (size_t)floor(share * (double)n + 0.5);
    if (share == 0)
        return 0;
    return count < 1 ? 1 : count < n ? count : n - 1;
}

enum muster_status data_hold_out(struct muster_data *data, const struct muster_data_setup *setup)
{
    enum muster_status status = MUSTER_OK;
    const struct data_header *head = &data->head;
    const struct muster_value *limit = muster_block_get(setup->data, "limit");
    size_t n = head->rows[DATA_TRAIN], held = head->rows[DATA_TEST];
    bool *away = NULL;
    MUSTER_NEW(away, n);
    MUSTER_NEW(data->rows, n);
    for (size_t i = 0; i < n; i++)
        data->rows[i] = (int64_t)i;
    if (limit->set && limit->number < (double)n) {
        MUSTER_TRY(data_draw(data, data->rows, n, n - (size_t)limit->number,
                             muster_stream_of(setup->seed, -1, DATA_DRAW_LIMIT, MUSTER_FOR_SPLIT),
                             away));
        n = part_ways(data->rows, n, away, NULL);
    }
    if (!head->official)
        held = test_count(setup->data, n);
    MUSTER_NEW(data->test_rows, held);
    for (size_t i = 0; i < held; i++)
        data->test_rows[i] = (int64_t)(head->rows[DATA_TRAIN] + i);
    if (!head->official && held > 0) {
        MUSTER_TRY(data_draw(data, data->rows, n, held,
                             muster_stream_of(setup->seed, -1, DATA_DRAW_TEST, MUSTER_FOR_SPLIT),
                             away));
        n = part_ways(data->rows, n, away, data->test_rows);
    }
    data->info.rows = n;
    data->info.test_rows = held;
done:
    muster_free(away);
    return status;
}
