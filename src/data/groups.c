/* Rows of one group stay together: whole groups are dealt to parts, largest first, each to the part
 * that it leaves nearest to its share of every class. Greedy as scikit-learn's
 * StratifiedGroupKFold, from which it departs in the order (by size to the power of two and at
 * random below that, so that repeats differ) and in the measure (squared shares, which need no pass
 * over all parts). */
#include <stdlib.h>

#include "data/split_impl.h"

struct member {
    int64_t group;
    size_t row; /* its place in the lot */
};

struct group {
    size_t first, n;    /* its members */
    int magnitude;      /* of n, in bits */
    int64_t precedence; /* at random */
};

/* A lot's rows by group. */
struct grouping {
    struct member *members; /* owned, [n] */
    struct group *groups;   /* owned, [count] */
    size_t count;
};

static int by_group(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static int by_size(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    if (x->magnitude != y->magnitude)
        return x->magnitude > y->magnitude ? -1 : 1;
    return x->precedence < y->precedence ? -1 : x->precedence > y->precedence;
}

static void grouping_clear(struct grouping *grouping)
{
    muster_free(grouping->members);
    muster_free(grouping->groups);
}

/* Groups in ascending order of their numbers. */
static enum muster_status grouping_make(const struct data_lot *lot, struct grouping *grouping)
{
    enum muster_status status = MUSTER_OK;
    struct member *members;
    MUSTER_NEW(grouping->members, lot->n);
    members = grouping->members;
    for (size_t i = 0; i < lot->n; i++)
        members[i] = (struct member){lot->data->groups[lot->rows[i]], i};
    qsort(members, lot->n, sizeof *members, by_group);
    for (size_t i = 0; i < lot->n; i++)
        grouping->count += i == 0 || members[i].group != members[i - 1].group;
    MUSTER_NEW(grouping->groups, grouping->count);
    struct group *group = grouping->groups;
    for (size_t i = 0; i < lot->n; i++) {
        if (i > 0 && members[i].group != members[i - 1].group)
            group++;
        if (group->n++ == 0)
            group->first = i;
    }
done:
    return status;
}

enum muster_status data_number_groups(const struct data_lot *lot, size_t *part, size_t *count)
{
    enum muster_status status = MUSTER_OK;
    struct grouping grouping = {0};
    MUSTER_TRY(grouping_make(lot, &grouping));
    *count = grouping.count;
    for (size_t g = 0; part != NULL && g < grouping.count; g++) {
        const struct group *group = &grouping.groups[g];
        for (size_t i = 0; i < group->n; i++)
            part[grouping.members[group->first + i].row] = g;
    }
done:
    grouping_clear(&grouping);
    return status;
}

/* Largest first. */
static enum muster_status put_in_order(const struct data_lot *lot, struct grouping *grouping)
{
    enum muster_status status = MUSTER_OK;
    int64_t *precedence = NULL;
    MUSTER_NEW(precedence, grouping->count);
    for (size_t g = 0; g < grouping->count; g++)
        precedence[g] = (int64_t)g;
    muster_random_shuffle(lot->stream, 0, precedence, grouping->count);
    for (size_t g = 0; g < grouping->count; g++) {
        struct group *group = &grouping->groups[g];
        group->precedence = precedence[g];
        for (size_t n = group->n; n > 0; n /= 2)
            group->magnitude++;
    }
    qsort(grouping->groups, grouping->count, sizeof *grouping->groups, by_size);
done:
    muster_free(precedence);
    return status;
}

/* How the dealing stands. */
struct table {
    const struct data_lot *lot;
    const double *share; /* [k] */
    size_t k, strata, empty;
    int64_t *total; /* owned, [strata]: rows of each class */
    int64_t *dealt; /* owned, [k][strata] */
    int64_t *hand;  /* owned, [strata]: of the group at hand */
    size_t *groups; /* owned, [k]: groups of each part */
};

static enum muster_status table_lay(struct table *table)
{
    enum muster_status status = MUSTER_OK;
    MUSTER_NEW(table->total, table->strata);
    MUSTER_NEW(table->dealt, table->k * table->strata);
    MUSTER_NEW(table->hand, table->strata);
    MUSTER_NEW(table->groups, table->k);
    data_count(table->lot, table->total);
done:
    return status;
}

static void table_clear(struct table *table)
{
    muster_free(table->total);
    muster_free(table->dealt);
    muster_free(table->hand);
    muster_free(table->groups);
}

/* By how much the sum over parts and classes of share * (rows / (share * total) - 1)^2 grows, less
 * what is the same for all parts. */
static double growth(const struct table *table, const struct member *members, size_t n, size_t part)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        size_t c = data_stratum(table->lot, table->lot->rows[members[i].row]);
        double total = (double)table->total[c];
        sum += (double)(2 * table->dealt[part * table->strata + c] + table->hand[c]) /
               (table->share[part] * total * total);
    }
    return sum;
}

/* The part for a group; an empty one where no more groups are left than parts are empty. */
static size_t choose(const struct table *table, const struct member *members, size_t n, size_t left)
{
    size_t best = table->k;
    double least = 0;
    for (size_t part = 0; part < table->k; part++) {
        if (left <= table->empty && table->groups[part] > 0)
            continue;
        double grown = growth(table, members, n, part);
        if (best == table->k || grown < least) {
            best = part;
            least = grown;
        }
    }
    return best;
}

static void deal(struct table *table, const struct member *members, size_t n, size_t left,
                 size_t *part)
{
    const struct data_lot *lot = table->lot;
    for (size_t i = 0; i < n; i++)
        table->hand[data_stratum(lot, lot->rows[members[i].row])]++;
    size_t to = choose(table, members, n, left);
    for (size_t i = 0; i < n; i++) {
        size_t c = data_stratum(lot, lot->rows[members[i].row]);
        table->dealt[to * table->strata + c]++;
        table->hand[c] = 0;
        part[members[i].row] = to;
    }
    table->empty -= table->groups[to] == 0;
    table->groups[to]++;
}

enum muster_status data_deal_groups(const struct data_lot *lot, const double *share, size_t k,
                                    size_t *part)
{
    enum muster_status status = MUSTER_OK;
    struct grouping grouping = {0};
    struct table table = {
        .lot = lot, .share = share, .k = k, .strata = data_strata(lot), .empty = k};
    MUSTER_TRY(grouping_make(lot, &grouping));
    MUSTER_TRY(put_in_order(lot, &grouping));
    MUSTER_TRY(table_lay(&table));
    for (size_t g = 0; g < grouping.count; g++) {
        const struct group *group = &grouping.groups[g];
        deal(&table, grouping.members + group->first, group->n, grouping.count - g, part);
    }
done:
    table_clear(&table);
    grouping_clear(&grouping);
    return status;
}
