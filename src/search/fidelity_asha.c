/* asha: successive halving without waiting (Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt,
 * Recht, Talwalkar, MLSys 2020): from the highest rung but one down, a configuration among the best
 * eta-th of the results of its rung that was not promoted yet is; where there is none, a new one
 * begins at the lowest rung.
 *
 * What arrives is the prefix of results that the step may know, so that it reproduces. Departure:
 * once no new configuration may be had and nothing else is due, the best one of the highest rung
 * reached goes on to the top, so that there is a result. */
#include <math.h>
#include <string.h>

#include "search/fidelity_impl.h"

struct runner {
    int64_t trial;
    double score; /* INFINITY: out */
    bool promoted;
};

struct rung {
    struct runner *runners; /* owned, [n]: known ones, the best first */
    size_t n, capacity;
    size_t first; /* those before are promoted */
    int64_t asked;
};

struct asha {
    const struct muster_ladder *ladder; /* borrowed */
    struct rung rungs[MUSTER_RUNGS];
    int64_t trials;
};

static enum muster_status create(const struct muster_search *search,
                                 const struct muster_ladder *ladder, void **state)
{
    enum muster_status status = MUSTER_OK;
    struct asha *self;
    (void)search;
    MUSTER_NEW(self, 1);
    self->ladder = ladder;
    *state = self;
done:
    return status;
}

static void destroy(void *state)
{
    struct asha *self = state;
    for (size_t k = 0; k < self->ladder->n; k++)
        muster_free(self->rungs[k].runners);
    muster_free(self);
}

/* The best one that was not promoted, of the first `most`; NULL: none. */
static const struct runner *candidate(const struct rung *rung, size_t most)
{
    for (size_t i = rung->first; i < most; i++)
        if (!rung->runners[i].promoted)
            return isfinite(rung->runners[i].score) ? &rung->runners[i] : NULL;
    return NULL;
}

static struct muster_move promote(const struct runner *runner, size_t rung)
{
    return (struct muster_move){
        .kind = MUSTER_MOVE_PROMOTE, .trial = runner->trial, .rung = rung + 1};
}

/* Nothing else to do: the best so far goes up where none has reached the top. */
static struct muster_move finish(const struct asha *self)
{
    const struct muster_move more = {.kind = MUSTER_MOVE_MORE};
    int64_t under_way = 0;
    for (size_t k = 0; k < self->ladder->n; k++)
        under_way += self->rungs[k].asked - (int64_t)self->rungs[k].n;
    if (under_way > 0)
        return more;
    for (size_t k = self->ladder->n; k-- > 0;) {
        const struct rung *rung = &self->rungs[k];
        if (rung->n == 0 || !isfinite(rung->runners[0].score))
            continue;
        const struct runner *best = candidate(rung, rung->n);
        return k + 1 == self->ladder->n || best == NULL ? more : promote(best, k);
    }
    return more;
}

static enum muster_status next(void *state, bool room, struct muster_move *move)
{
    const struct asha *self = state;
    *move = (struct muster_move){.kind = MUSTER_MOVE_NEW};
    for (size_t k = self->ladder->n - 1; k-- > 0;) {
        const struct rung *rung = &self->rungs[k];
        const struct runner *runner = candidate(rung, rung->n / (size_t)self->ladder->eta);
        if (runner != NULL) {
            *move = promote(runner, k);
            return MUSTER_OK;
        }
    }
    if (!room)
        *move = finish(self);
    return MUSTER_OK;
}

static enum muster_status take(void *state, int64_t trial, size_t rung)
{
    enum muster_status status = MUSTER_OK;
    struct asha *self = state;
    struct rung *to = &self->rungs[rung];
    MUSTER_TRY(muster_grow(&to->runners, &to->capacity, (size_t)to->asked + 1,
                           sizeof *to->runners)); /* for learn, which cannot fail */
    to->asked++;
    if (trial == self->trials)
        self->trials++;
    else
        for (size_t i = self->rungs[rung - 1].first; i < self->rungs[rung - 1].n; i++)
            if (self->rungs[rung - 1].runners[i].trial == trial)
                self->rungs[rung - 1].runners[i].promoted = true;
    for (struct rung *from = to - (rung > 0); from < to; from++)
        while (from->first < from->n && from->runners[from->first].promoted)
            from->first++;
done:
    return status;
}

static bool before(const struct runner *a, const struct runner *b)
{
    if (a->score < b->score || a->score > b->score)
        return a->score < b->score;
    return a->trial < b->trial;
}

static void learn(void *state, int64_t trial, size_t rung, double score)
{
    struct asha *self = state;
    struct rung *to = &self->rungs[rung];
    const struct runner runner = {.trial = trial, .score = isnan(score) ? INFINITY : score};
    size_t at = to->n;
    while (at > 0 && before(&runner, &to->runners[at - 1]))
        at--;
    memmove(to->runners + at + 1, to->runners + at, (to->n - at) * sizeof runner);
    to->runners[at] = runner;
    to->n++;
    to->first = at < to->first ? at : to->first;
}

const struct muster_scheduler muster_fidelity_asha = {
    .plugin = {.name = "asha", .help = "successive halving that never waits for a whole rung"},
    .create = create,
    .destroy = destroy,
    .next = next,
    .take = take,
    .learn = learn,
};
