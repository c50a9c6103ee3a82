/* freeze_thaw: a model over configurations and rungs says which frozen curve goes on (after
 * Swersky, Snoek, Adams 2014, arXiv 1406.3896).
 *
 * A decision is one more rung of one configuration. From the highest rung but one down, where fewer
 * of a rung's results went on than its share, it is the one of the rung of which most is hoped for
 * on the top, by its own curve and by all others; where there is none, a new configuration begins,
 * under `method: auto` the one that promises most there.
 *
 * Departures: how many go on is a rule of asha's kind, not the acquisition's, which on curves of
 * real trainings thaws too much or too little (measured: improvement per rung, also at a random
 * horizon, leaves 1.5 times the regret and more). The model sees in a short curve more than its
 * last score, so that fewer leave the lowest rung than asha's eta-th, and of these every second one
 * is worth the next: more than half of all epochs are then those of new configurations. As with
 * asha, the best gets to the top in the end. */
#include <math.h>

#include "search/rung_model.h"
#include "search/search_impl.h"

struct runner {
    size_t rung;
    enum { RUNNING, FROZEN, OUT } state;
};

struct freeze_thaw {
    const struct muster_search *search; /* borrowed */
    const struct muster_ladder *ladder; /* borrowed */
    struct rung_model *model;           /* owned */
    struct runner *runners;             /* owned [n], by trial */
    size_t n, capacity;
    int64_t asked[MUSTER_RUNGS], known[MUSTER_RUNGS]; /* steps of a rung */
    int64_t design;                                   /* configurations before the model's */
};

static void destroy(void *state)
{
    struct freeze_thaw *self = state;
    rung_model_destroy(&self->model);
    muster_free(self->runners);
    muster_free(self);
}

static enum muster_status create(const struct muster_search *search,
                                 const struct muster_ladder *ladder, void **state)
{
    enum muster_status status = MUSTER_OK;
    struct freeze_thaw *self;

    MUSTER_NEW(self, 1);
    *state = self;
    self->search = search;
    self->ladder = ladder;
    self->design = 2 * ((int64_t)muster_search_setup_of(search)->space->d + 1);
    MUSTER_TRY(rung_model_create(search, ladder, &self->model));
done:
    return status;
}

/* Measured: eta on all rungs leaves 1.2 times the regret. */
static int64_t per_rise(int64_t eta, size_t rung)
{
    return rung == 0 ? 2 * eta : 2;
}

/* ---- the next step --------------------------------------------------------------------------- */

/* The frozen one of a rung of which most is hoped for; kind MORE where there is none. */
static enum muster_status thaw(struct freeze_thaw *self, size_t rung, struct muster_move *move)
{
    enum muster_status status = MUSTER_OK;
    double least = INFINITY, score;

    *move = (struct muster_move){.kind = MUSTER_MOVE_MORE};
    for (size_t t = 0; t < self->n; t++) {
        if (self->runners[t].state != FROZEN || self->runners[t].rung != rung)
            continue;
        MUSTER_TRY(rung_model_final(self->model, (int64_t)t, &score));
        if (score < least) {
            least = score;
            *move = (struct muster_move){
                .kind = MUSTER_MOVE_PROMOTE, .trial = (int64_t)t, .rung = rung + 1};
        }
    }
done:
    return status;
}

/* Nothing else to do: the best so far goes up where none has reached the top. */
static enum muster_status finish(struct freeze_thaw *self, struct muster_move *move)
{
    enum muster_status status = MUSTER_OK;
    const size_t top = self->ladder->n - 1;

    *move = (struct muster_move){.kind = MUSTER_MOVE_MORE};
    for (size_t t = 0; t < self->n; t++)
        if (self->runners[t].state == RUNNING ||
            (self->runners[t].state == FROZEN && self->runners[t].rung == top))
            return MUSTER_OK;
    for (size_t k = top; k-- > 0 && move->kind == MUSTER_MOVE_MORE;)
        MUSTER_TRY(thaw(self, k, move));
done:
    return status;
}

static enum muster_status next(void *state, bool room, struct muster_move *move)
{
    enum muster_status status = MUSTER_OK;
    struct freeze_thaw *self = state;
    const bool begins = room && (int64_t)self->n < self->design;

    for (size_t k = self->ladder->n - 1; k-- > 0 && !begins;) {
        if (self->known[k] / self->ladder->per_rise[k] <= self->asked[k + 1])
            continue;
        MUSTER_TRY(thaw(self, k, move));
        if (move->kind == MUSTER_MOVE_PROMOTE)
            goto done;
    }
    *move = (struct muster_move){.kind = MUSTER_MOVE_NEW};
    if (!room)
        MUSTER_TRY(finish(self, move));
done:
    return status;
}

static enum muster_status propose(void *state, int64_t id, double *x)
{
    struct freeze_thaw *self = state;
    if (id < self->design || rung_model_scored(self->model) < 2)
        return muster_search_design(self->search, id, self->design, x);
    return rung_model_acquire(self->model, id, x);
}

/* ---- what is known --------------------------------------------------------------------------- */

static enum muster_status take(void *state, int64_t trial, size_t rung)
{
    enum muster_status status = MUSTER_OK;
    struct freeze_thaw *self = state;

    MUSTER_TRY(muster_grow(&self->runners, &self->capacity, self->n + 1, sizeof *self->runners));
    MUSTER_TRY(rung_model_take(self->model, trial, rung));
    self->n += (size_t)trial == self->n;
    self->runners[trial] = (struct runner){rung, RUNNING};
    self->asked[rung]++;
done:
    return status;
}

static void learn(void *state, int64_t trial, size_t rung, double score)
{
    struct freeze_thaw *self = state;
    rung_model_learn(self->model, trial, rung, score);
    self->runners[trial].state = isnan(score) ? OUT : FROZEN;
    self->known[rung]++;
}

const struct muster_scheduler muster_fidelity_freeze_thaw = {
    .plugin = {.name = "freeze_thaw",
               .help =
                   "a Gaussian process over configurations and rungs says which go on, and with "
                   "`method: auto` which are new"},
    .few_rungs = true,
    .per_rise = per_rise,
    .create = create,
    .destroy = destroy,
    .next = next,
    .propose = propose,
    .take = take,
    .learn = learn,
};
