/* Populations on islands; see islands.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/islands.h"

/* Success-driven steps: factor's logarithm, share of successes in balance, and bounds. */
static const double eagerness = 0.5, balance = 0.2, least_step = 1e-8, most_step = 0.5;

struct island {
    int64_t *members; /* owned [population + 1], oldest first */
    size_t n;
    size_t learnt; /* results of this island */
    double step;
};

struct member {
    int64_t id;
    size_t at; /* in the island */
    const struct muster_told *told;
    size_t front;
    double crowding;
};

struct muster_islands {
    struct muster_islands_setup setup;
    struct island *islands; /* owned [setup.islands] */
    size_t m, folded;       /* objectives; known ids that have entered */
    int64_t *parents;       /* owned, by id */
    size_t n_parents, parent_capacity;
    struct member *order;        /* owned [population + 1]: best first */
    int64_t *sorted;             /* owned [population + 1]: their ids */
    double *objectives, *broken; /* owned [population + 1][m], [population + 1] */
    size_t *fronts;              /* owned [population + 1] */
};

enum muster_status muster_islands_create(const struct muster_islands_setup *setup,
                                         struct muster_islands **out)
{
    enum muster_status status = MUSTER_OK;
    struct muster_islands *self;
    size_t m = muster_search_setup_of(setup->search)->n_objectives, most = setup->population + 1;

    MUSTER_NEW(self, 1);
    *out = self;
    self->setup = *setup;
    self->m = m < 1 ? 1 : m;
    MUSTER_NEW(self->islands, setup->islands);
    for (size_t i = 0; i < setup->islands; i++) {
        self->islands[i].step = setup->step;
        MUSTER_NEW(self->islands[i].members, most);
    }
    MUSTER_NEW(self->order, most);
    MUSTER_NEW(self->sorted, most);
    MUSTER_NEW(self->objectives, most * self->m);
    MUSTER_NEW(self->broken, most);
    MUSTER_NEW(self->fronts, most);
done:
    return status;
}

void muster_islands_destroy(struct muster_islands **out)
{
    struct muster_islands *self = *out;
    if (self == NULL)
        return;
    for (size_t i = 0; self->islands != NULL && i < self->setup.islands; i++)
        muster_free(self->islands[i].members);
    muster_free(self->islands);
    muster_free(self->parents);
    muster_free(self->order);
    muster_free(self->sorted);
    muster_free(self->objectives);
    muster_free(self->broken);
    muster_free(self->fronts);
    muster_free(self);
    *out = NULL;
}

enum muster_status muster_islands_bred(struct muster_islands *self, int64_t id, int64_t parent)
{
    enum muster_status status = MUSTER_OK;
    size_t n = (size_t)id + 1;

    MUSTER_TRY(muster_grow(&self->parents, &self->parent_capacity, n, sizeof *self->parents));
    while (self->n_parents < n)
        self->parents[self->n_parents++] = -1;
    self->parents[id] = parent;
done:
    return status;
}

static struct island *island_of(const struct muster_islands *self, int64_t id)
{
    return &self->islands[(size_t)id % self->setup.islands];
}

double muster_islands_step(const struct muster_islands *self, int64_t id)
{
    return island_of(self, id)->step;
}

/* ---- order ----------------------------------------------------------------------------------- */

static int by_score(const void *a, const void *b)
{
    const struct member *p = a, *q = b;
    if (p->told->violation < q->told->violation || p->told->violation > q->told->violation)
        return p->told->violation < q->told->violation ? -1 : 1;
    if (p->told->score < q->told->score || p->told->score > q->told->score)
        return p->told->score < q->told->score ? -1 : 1;
    return (p->id > q->id) - (p->id < q->id);
}

static int by_front(const void *a, const void *b)
{
    const struct member *p = a, *q = b;
    if (p->front != q->front)
        return p->front < q->front ? -1 : 1;
    if (p->crowding < q->crowding || p->crowding > q->crowding)
        return p->crowding > q->crowding ? -1 : 1;
    return (p->id > q->id) - (p->id < q->id);
}

/* Sorts members[n] of one front by objective k, by insertion: fronts are small, and the order that
 * the last objective left is no worse than any. */
static void sort_along(struct member *members, size_t n, size_t k)
{
    for (size_t i = 1; i < n; i++) {
        struct member moving = members[i];
        size_t j = i;
        for (; j > 0 && members[j - 1].told->objectives[k] > moving.told->objectives[k]; j--)
            members[j] = members[j - 1];
        members[j] = moving;
    }
}

/* The crowding distances of one front: the sides of the box between a member's neighbours, in parts
 * of the front's. */
static void crowd(struct member *front, size_t n, size_t m)
{
    for (size_t i = 0; i < n; i++)
        front[i].crowding = 0;
    for (size_t k = 0; k < m; k++) {
        sort_along(front, n, k);
        double low = front[0].told->objectives[k], span = front[n - 1].told->objectives[k] - low;
        front[0].crowding = front[n - 1].crowding = INFINITY;
        for (size_t i = 1; i + 1 < n && span > 0; i++)
            front[i].crowding +=
                (front[i + 1].told->objectives[k] - front[i - 1].told->objectives[k]) / span;
    }
}

static enum muster_status sort_by_front(struct muster_islands *self, size_t n)
{
    enum muster_status status = MUSTER_OK;

    for (size_t i = 0; i < n; i++) {
        const struct muster_told *told = self->order[i].told;
        memcpy(self->objectives + i * self->m, told->objectives, self->m * sizeof(double));
        self->broken[i] = told->violation;
    }
    MUSTER_TRY(muster_pareto_rank(self->objectives, self->broken, n, self->m, self->fronts));
    for (size_t i = 0; i < n; i++) {
        self->order[i].front = self->fronts[i];
        self->order[i].crowding = 0;
    }
    qsort(self->order, n, sizeof *self->order, by_front);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && self->order[end].front == self->order[i].front;)
            end++;
        crowd(self->order + i, end - i, self->m);
    }
    qsort(self->order, n, sizeof *self->order, by_front);
done:
    return status;
}

/* self->order: the island's members, best first. */
static enum muster_status sort(struct muster_islands *self, const struct island *island)
{
    for (size_t i = 0; i < island->n; i++) {
        int64_t id = island->members[i];
        self->order[i] =
            (struct member){id, i, muster_search_outcome(self->setup.search, id), 0, 0};
    }
    if (self->m > 1)
        return sort_by_front(self, island->n);
    qsort(self->order, island->n, sizeof *self->order, by_score);
    return MUSTER_OK;
}

enum muster_status muster_islands_members(struct muster_islands *self, int64_t id,
                                          const int64_t **members, size_t *n)
{
    enum muster_status status = MUSTER_OK;
    const struct island *island = island_of(self, id);

    MUSTER_TRY(sort(self, island));
    for (size_t i = 0; i < island->n; i++)
        self->sorted[i] = self->order[i].id;
    *members = self->sorted;
    *n = island->n;
done:
    return status;
}

/* ---- results come in ------------------------------------------------------------------------- */

/* The newcomer enters; one too many leaves: the oldest of those behind the elite. */
static enum muster_status enter(struct muster_islands *self, struct island *island, int64_t id)
{
    enum muster_status status = MUSTER_OK;

    for (size_t i = 0; i < island->n; i++)
        if (island->members[i] == id)
            return MUSTER_OK;
    island->members[island->n++] = id;
    if (island->n <= self->setup.population)
        return MUSTER_OK;
    MUSTER_TRY(sort(self, island));
    size_t leaves = self->order[island->n - 1].at;
    for (size_t i = self->setup.elite; i < island->n; i++)
        if (self->order[i].at < leaves)
            leaves = self->order[i].at;
    island->n--;
    memmove(island->members + leaves, island->members + leaves + 1,
            (island->n - leaves) * sizeof *island->members);
done:
    return status;
}

/* Copies of the best go to the next island, if there is one. */
static enum muster_status migrate(struct muster_islands *self, size_t from)
{
    enum muster_status status = MUSTER_OK;
    struct island *next = &self->islands[(from + 1) % self->setup.islands];
    const int64_t *members;
    size_t n;

    if (next == &self->islands[from])
        return MUSTER_OK;
    for (size_t i = 0; i < self->setup.migrants; i++) { /* entering sorts anew */
        MUSTER_TRY(muster_islands_members(self, (int64_t)from, &members, &n));
        if (i < n)
            MUSTER_TRY(enter(self, next, members[i]));
    }
done:
    return status;
}

static bool improves(const struct muster_islands *self, const struct muster_told *child,
                     const struct muster_told *parent)
{
    if (child->violation < parent->violation || child->violation > parent->violation)
        return child->violation < parent->violation;
    if (self->m > 1)
        return muster_dominates(child->objectives, parent->objectives, self->m);
    return child->score < parent->score;
}

static void adapt_step(struct muster_islands *self, struct island *island, int64_t id, bool scored)
{
    int64_t parent = (size_t)id < self->n_parents ? self->parents[id] : -1;
    const struct muster_search *search = self->setup.search;

    if (parent < 0)
        return;
    bool success = scored && improves(self, muster_search_outcome(search, id),
                                      muster_search_outcome(search, parent));
    island->step *= exp(eagerness * ((success ? 1 : 0) - balance));
    island->step = fmin(fmax(island->step, least_step), most_step);
}

static enum muster_status take(struct muster_islands *self, int64_t id)
{
    enum muster_status status = MUSTER_OK;
    struct island *island = island_of(self, id);
    const struct muster_told *told = muster_search_outcome(self->setup.search, id);
    bool scored = told->state != MUSTER_FAILED && isfinite(told->score);

    adapt_step(self, island, id, scored);
    if (scored)
        MUSTER_TRY(enter(self, island, id));
    if (++island->learnt % self->setup.interval == 0)
        MUSTER_TRY(migrate(self, (size_t)id % self->setup.islands));
done:
    return status;
}

enum muster_status muster_islands_learn(struct muster_islands *self, const struct muster_view *view)
{
    enum muster_status status = MUSTER_OK;
    for (; self->folded < view->n_known; self->folded++)
        MUSTER_TRY(take(self, view->known[self->folded]));
done:
    return status;
}
