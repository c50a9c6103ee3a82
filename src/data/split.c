/* Random draws of rows that keep the shares of the classes: the sample of `limit`, the test share,
 * the folds. All are permutations from one key, so that every rank draws the same. */
#include <math.h>

#include "data/split_impl.h"

void data_count(const struct data_lot *lot, int64_t *counts)
{
    for (size_t i = 0; i < lot->n; i++)
        counts[data_stratum(lot, lot->rows[i])]++;
}

/* The numbers 0 .. n-1 in random order. */
static enum muster_status shuffled(const struct data_lot *lot, int64_t **order)
{
    enum muster_status status = MUSTER_OK;
    MUSTER_NEW(*order, lot->n);
    for (size_t i = 0; i < lot->n; i++)
        (*order)[i] = (int64_t)i;
    muster_random_shuffle(lot->stream, 0, *order, lot->n);
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

enum muster_status data_draw(const struct data_lot *lot, size_t count, bool *away)
{
    enum muster_status status = MUSTER_OK;
    size_t strata = data_strata(lot);
    int64_t *sizes = NULL, *take, *order = NULL;
    MUSTER_NEW(sizes, 2 * strata);
    take = sizes + strata;
    MUSTER_TRY(shuffled(lot, &order));
    data_count(lot, sizes);
    struct allotment allotment = {strata, sizes, take, (double)count / (double)lot->n};
    allot(&allotment, count);
    for (size_t i = 0; i < lot->n; i++) {
        int64_t at = order[i];
        int64_t *left = &take[data_stratum(lot, lot->rows[at])];
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
enum muster_status data_deal(const struct data_lot *lot, size_t k, size_t *part)
{
    enum muster_status status = MUSTER_OK;
    size_t strata = data_strata(lot);
    int64_t *place = NULL, *order = NULL, before = 0;
    MUSTER_NEW(place, strata);
    MUSTER_TRY(shuffled(lot, &order));
    data_count(lot, place);
    for (size_t c = 0; c < strata; c++) {
        int64_t size = place[c];
        place[c] = before;
        before += size;
    }
    for (size_t i = 0; i < lot->n; i++) {
        int64_t at = order[i];
        part[at] = (size_t)place[data_stratum(lot, lot->rows[at])]++ % k;
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

/* Whole groups for a share of the rows. */
static enum muster_status draw_groups(const struct data_lot *lot, double share, bool *away)
{
    enum muster_status status = MUSTER_OK;
    const double shares[2] = {share, 1 - share};
    size_t *part = NULL, count;
    MUSTER_TRY(data_number_groups(lot, NULL, &count));
    if (count < 2)
        MUSTER_TRY(muster_error(MUSTER_BAD_STUDY,
                                "data.test: all rows are of one group, which cannot be parted "
                                "(data.test: none, or data.groups: none)"));
    MUSTER_NEW(part, lot->n);
    MUSTER_TRY(data_deal_groups(lot, shares, 2, part));
    for (size_t i = 0; i < lot->n; i++)
        away[i] = part[i] == 0;
done:
    muster_free(part);
    return status;
}

/* The rows for the test: the last ones in time, whole groups, or any. */
static enum muster_status draw_test(const struct data_lot *lot, size_t count, bool *away)
{
    if (lot->data->groups != NULL)
        return draw_groups(lot, (double)count / (double)lot->n, away);
    if (!lot->data->ordered)
        return data_draw(lot, count, away);
    for (size_t i = 0; i < lot->n; i++)
        away[i] = i >= lot->n - count;
    return MUSTER_OK;
}

/* The test part of the file, which stands behind the other rows, or a share of them. */
static enum muster_status hold_out(struct muster_data *data, struct data_lot *lot,
                                   const struct muster_data_setup *setup, bool *away)
{
    enum muster_status status = MUSTER_OK;
    const struct data_header *head = &data->head;
    size_t count = head->official ? 0 : test_count(setup->data, lot->n);
    MUSTER_NEW(data->test_rows, head->official ? head->rows[DATA_TEST] : lot->n);
    for (size_t i = 0; i < head->rows[DATA_TEST]; i++)
        data->test_rows[i] = (int64_t)(head->rows[DATA_TRAIN] + i);
    data->info.rows = lot->n;
    data->info.test_rows = head->rows[DATA_TEST];
    if (count == 0)
        return MUSTER_OK;
    lot->stream = muster_stream_of(setup->seed, -1, DATA_DRAW_TEST, MUSTER_FOR_SPLIT);
    MUSTER_TRY(draw_test(lot, count, away));
    data->info.rows = part_ways(data->rows, lot->n, away, data->test_rows);
    data->info.test_rows = lot->n - data->info.rows;
done:
    return status;
}

enum muster_status data_hold_out(struct muster_data *data, const struct muster_data_setup *setup)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_value *limit = muster_block_get(setup->data, "limit");
    struct data_lot lot = {.data = data, .n = data->head.rows[DATA_TRAIN], .stratified = true};
    bool *away = NULL;
    MUSTER_NEW(away, lot.n);
    MUSTER_NEW(data->rows, lot.n);
    lot.rows = data->rows;
    for (size_t i = 0; i < lot.n; i++)
        data->rows[i] = (int64_t)i;
    if (limit->set && limit->number < (double)lot.n) {
        lot.stream = muster_stream_of(setup->seed, -1, DATA_DRAW_LIMIT, MUSTER_FOR_SPLIT);
        MUSTER_TRY(data_draw(&lot, lot.n - (size_t)limit->number, away));
        lot.n = part_ways(data->rows, lot.n, away, NULL);
    }
    MUSTER_TRY(hold_out(data, &lot, setup, away));
done:
    muster_free(away);
    return status;
}
