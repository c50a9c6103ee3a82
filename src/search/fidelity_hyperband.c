/* hyperband: brackets of successive halving that start at lower and lower budgets (Li, Jamieson,
 * DeSalvo, Rostamizadeh, Talwalkar, JMLR 18, 2018).
 *
 * Bracket s = s_max .. 0, over and over: floor((s_max + 1) / (s + 1)) eta^s configurations at rung
 * s_max - s, the best eta-th of each rung goes on. These are the numbers of the paper's table for
 * R = 81; its formula, rounded up at once, gives a few more. Two departures: a bracket's rung is
 * filled, and the next bracket begun, while results of a rung before are still to come, so that no
 * group waits for the last of a rung; and where no new configuration may be had, what a bracket has
 * so far is all of it. At least one configuration of a rung goes on. */
#include <math.h>
#include <stdlib.h>

#include "search/fidelity_impl.h"

struct runner {
    int64_t trial;
    double score; /* NAN: out */
};

struct bracket {
    size_t rung;                /* the one at work */
    int64_t want, asked, known; /* of its configurations */
    bool lowest, over;
    struct runner *runners; /* owned, [the first rung's]: asked ones wait in order of the best */
    struct runner *results; /* [likewise], the second half of the same block */
};

struct hyperband {
    const struct muster_ladder *ladder; /* borrowed */
    struct bracket *brackets;           /* owned */
    size_t n, capacity, first;          /* those before `first` are over */
    size_t *bracket_of;                 /* owned: by trial */
    size_t trials, trial_capacity;
    int64_t *out; /* owned: trials that their bracket left behind, of which `out_told` are known */
    size_t n_out, out_told, out_capacity; /* there is room for all trials */
};

static enum muster_status create(const struct muster_search *search,
                                 const struct muster_ladder *ladder, void **state)
{
    enum muster_status status = MUSTER_OK;
    struct hyperband *self;
    (void)search;
    MUSTER_NEW(self, 1);
    self->ladder = ladder;
    *state = self;
done:
    return status;
}

static void destroy(void *state)
{
    struct hyperband *self = state;
    for (size_t b = 0; b < self->n; b++)
        muster_free(self->brackets[b].runners);
    muster_free(self->brackets);
    muster_free(self->bracket_of);
    muster_free(self->out);
    muster_free(self);
}

/* ---- one bracket ---------------------------------------------------------------------------- */

/* Bracket number b of the endless row. */
static size_t lowest_rung(const struct hyperband *self, size_t b)
{
    return b % self->ladder->n;
}

static int64_t width(const struct hyperband *self, size_t b)
{
    const size_t rungs = self->ladder->n, s = rungs - 1 - lowest_rung(self, b);
    int64_t n = (int64_t)(rungs / (s + 1));
    for (size_t i = 0; i < s; i++)
        n *= self->ladder->eta;
    return n;
}

static enum muster_status open_bracket(struct hyperband *self)
{
    enum muster_status status = MUSTER_OK;
    struct bracket bracket = {
        .rung = lowest_rung(self, self->n), .want = width(self, self->n), .lowest = true};
    MUSTER_TRY(muster_grow(&self->brackets, &self->capacity, self->n + 1, sizeof *self->brackets));
    MUSTER_NEW(bracket.runners, 2 * bracket.want);
    bracket.results = bracket.runners + bracket.want;
    self->brackets[self->n++] = bracket;
done:
    return status;
}

static int best_first(const void *a, const void *b)
{
    const struct runner *p = a, *q = b;
    if (isnan(p->score) != isnan(q->score))
        return isnan(p->score) ? 1 : -1;
    if (p->score < q->score || p->score > q->score)
        return p->score < q->score ? -1 : 1;
    return (p->trial > q->trial) - (p->trial < q->trial);
}

static void leave_behind(struct hyperband *self, const struct bracket *bracket, int64_t first)
{
    for (int64_t i = first; i < bracket->known; i++)
        self->out[self->n_out++] = bracket->results[i].trial;
}

/* Moves on to the next rung once all of this one is known; over where nothing can go on. */
static void settle(struct hyperband *self, struct bracket *bracket)
{
    int64_t fit = 0, share = bracket->want / self->ladder->eta;
    if (bracket->over || bracket->known < bracket->want)
        return;
    qsort(bracket->results, (size_t)bracket->known, sizeof *bracket->results, best_first);
    while (fit < bracket->known && !isnan(bracket->results[fit].score))
        fit++;
    share = share < 1 ? 1 : share;
    bracket->over = fit == 0 || bracket->rung + 1 == self->ladder->n;
    if (bracket->over)
        return leave_behind(self, bracket, fit);
    bracket->want = fit < share ? fit : share;
    leave_behind(self, bracket, bracket->want);
    for (int64_t i = 0; i < bracket->want; i++)
        bracket->runners[i] = bracket->results[i];
    bracket->asked = bracket->known = 0;
    bracket->lowest = false;
    bracket->rung++;
}

/* ---- the scheduler --------------------------------------------------------------------------- */

/* Rooms of the newest bracket; where a new one is due, it would stand at the end. */
static struct muster_move fresh(const struct hyperband *self)
{
    const struct bracket *last = self->n > 0 ? &self->brackets[self->n - 1] : NULL;
    const bool fits = last != NULL && last->lowest && last->asked < last->want;
    return (struct muster_move){.kind = MUSTER_MOVE_NEW,
                                .rung = fits ? last->rung : lowest_rung(self, self->n)};
}

/* What is asked of the lowest rung so far is all of it. */
static void close(struct hyperband *self, struct bracket *bracket)
{
    if (bracket->lowest)
        bracket->want = bracket->asked;
    settle(self, bracket);
}

static enum muster_status next(void *state, bool room, struct muster_move *move)
{
    struct hyperband *self = state;
    for (size_t b = self->first; b < self->n; b++) {
        struct bracket *bracket = &self->brackets[b];
        if (!room)
            close(self, bracket);
        if (!bracket->over && !bracket->lowest && bracket->asked < bracket->want) {
            *move = (struct muster_move){.kind = MUSTER_MOVE_PROMOTE,
                                         .trial = bracket->runners[bracket->asked].trial,
                                         .rung = bracket->rung};
            return MUSTER_OK;
        }
    }
    *move = room ? fresh(self) : (struct muster_move){.kind = MUSTER_MOVE_MORE};
    return MUSTER_OK;
}

static enum muster_status take_fresh(struct hyperband *self)
{
    enum muster_status status = MUSTER_OK;
    const struct bracket *last = self->n > 0 ? &self->brackets[self->n - 1] : NULL;
    if (last == NULL || !last->lowest || last->asked == last->want)
        MUSTER_TRY(open_bracket(self));
    MUSTER_TRY(muster_grow(&self->bracket_of, &self->trial_capacity, self->trials + 1,
                           sizeof *self->bracket_of));
    MUSTER_TRY(muster_grow(&self->out, &self->out_capacity, self->trials + 1, sizeof *self->out));
    self->bracket_of[self->trials++] = self->n - 1;
    self->brackets[self->n - 1].asked++;
done:
    return status;
}

/* A promotion out of a rung that was not filled shows that it was closed. */
static enum muster_status take(void *state, int64_t trial, size_t rung)
{
    struct hyperband *self = state;
    if ((size_t)trial == self->trials)
        return take_fresh(self);
    struct bracket *bracket = &self->brackets[self->bracket_of[trial]];
    if (bracket->rung + 1 == rung)
        close(self, bracket);
    if (bracket->rung != rung || bracket->asked == bracket->want)
        return muster_error(MUSTER_INTERNAL, "trial %lld is not due for rung %zu of its bracket",
                            (long long)trial, rung);
    bracket->asked++;
    return MUSTER_OK;
}

static void learn(void *state, int64_t trial, size_t rung, double score)
{
    struct hyperband *self = state;
    struct bracket *bracket = &self->brackets[self->bracket_of[trial]];
    (void)rung;
    bracket->results[bracket->known++] = (struct runner){trial, score};
    settle(self, bracket);
    while (self->first < self->n && self->brackets[self->first].over)
        self->first++;
}

static int64_t given_up(void *state)
{
    struct hyperband *self = state;
    return self->out_told < self->n_out ? self->out[self->out_told++] : -1;
}

const struct muster_scheduler muster_fidelity_hyperband = {
    .plugin = {.name = "hyperband",
               .help = "brackets of successive halving, each from another budget on"},
    .create = create,
    .destroy = destroy,
    .next = next,
    .take = take,
    .learn = learn,
    .given_up = given_up,
};
