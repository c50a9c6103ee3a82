/* SHADE and L-SHADE in the steady state; see shade.h. A result is compared by the score that the
 * next proposal is shown: where that changes from one to the next (several objectives, broken
 * constraints), all known results are gone through again. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/shade.h"

#define NOWHERE SIZE_MAX
#define NOBODY (-1)

/* Where F and CR start, and how far they scatter about their means. */
static const double first_mean = 0.5, scatter = 0.1;

struct successes {
    size_t results;                /* of bred ones since the means were last moved */
    double gain, f, f_squared, cr; /* sums: of gains, and weighted by them */
    double cr_squared;
};

struct muster_shade {
    struct muster_shade_setup setup;
    const struct muster_space *space;  /* borrowed */
    struct muster_shade_trial *trials; /* owned, by id */
    size_t n_trials, trial_capacity;
    int64_t *members;         /* owned [population]: ids; NOBODY: not filled yet, or shrunk away */
    size_t n_members, filled; /* places with a member; places ever filled */
    int64_t *archive;         /* owned [archive_size]: a ring of replaced members */
    size_t archive_size, archived;
    double *mean_f, *mean_cr; /* owned [memory] */
    size_t next_mean;
    struct successes successes;
    size_t folded;                /* known ids gone through */
    struct muster_ranked *ranked; /* owned [population]: members best first */
};

static void reset(struct muster_shade *self)
{
    for (size_t i = 0; i < self->setup.population; i++)
        self->members[i] = NOBODY;
    for (size_t i = 0; i < self->setup.memory; i++)
        self->mean_f[i] = self->mean_cr[i] = first_mean;
    self->n_members = self->filled = self->archived = self->next_mean = self->folded = 0;
    self->successes = (struct successes){0};
}

enum muster_status muster_shade_create(const struct muster_shade_setup *setup,
                                       struct muster_shade **out)
{
    enum muster_status status = MUSTER_OK;
    struct muster_shade *self;

    MUSTER_NEW(self, 1);
    *out = self;
    self->setup = *setup;
    self->space = muster_search_setup_of(setup->search)->space;
    self->archive_size = (size_t)(setup->archive * (double)setup->population);
    MUSTER_NEW(self->members, setup->population);
    MUSTER_NEW(self->ranked, setup->population);
    MUSTER_NEW(self->archive, self->archive_size);
    MUSTER_NEW(self->mean_f, setup->memory);
    MUSTER_NEW(self->mean_cr, setup->memory);
    reset(self);
done:
    return status;
}

void muster_shade_destroy(struct muster_shade **out)
{
    struct muster_shade *self = *out;
    if (self == NULL)
        return;
    muster_free(self->trials);
    muster_free(self->members);
    muster_free(self->ranked);
    muster_free(self->archive);
    muster_free(self->mean_f);
    muster_free(self->mean_cr);
    muster_free(self);
    *out = NULL;
}

/* ---- results come in ------------------------------------------------------------------------- */

/* The shown score; NaN where there is none. */
static double score_of(const struct muster_shade *self, int64_t id)
{
    const struct muster_told *told = muster_search_told(self->setup.search, id);
    return told->state != MUSTER_FAILED && isfinite(told->score) ? told->score : NAN;
}

static size_t worst_place(const struct muster_shade *self)
{
    size_t worst = NOWHERE;
    for (size_t i = 0; i < self->setup.population; i++)
        if (self->members[i] != NOBODY &&
            (worst == NOWHERE ||
             score_of(self, self->members[i]) > score_of(self, self->members[worst])))
            worst = i;
    return worst;
}

static void keep_replaced(struct muster_shade *self, int64_t id)
{
    if (self->archive_size > 0)
        self->archive[self->archived++ % self->archive_size] = id;
}

/* Puts a result in `place` where it is no worse than the member there; its gain, or NaN. */
static double contend(struct muster_shade *self, int64_t id, size_t place)
{
    double gain = score_of(self, self->members[place]) - score_of(self, id);

    if (!(gain >= 0))
        return NAN;
    if (gain > 0)
        keep_replaced(self, self->members[place]);
    self->members[place] = id;
    return gain;
}

/* Weighted Lehmer means of the successful F and CR take the place of the oldest ones. */
static void move_means(struct muster_shade *self)
{
    struct successes *s = &self->successes;
    if (s->gain > 0 && s->f > 0) {
        self->mean_f[self->next_mean] = s->f_squared / s->f;
        self->mean_cr[self->next_mean] = s->cr > 0 ? s->cr_squared / s->cr : 0;
        self->next_mean = (self->next_mean + 1) % self->setup.memory;
    }
    *s = (struct successes){0};
}

static void take_bred(struct muster_shade *self, int64_t id)
{
    const struct muster_shade_trial *trial = &self->trials[id];
    struct successes *s = &self->successes;
    size_t place = self->members[trial->place] != NOBODY ? trial->place : worst_place(self);
    double gain = contend(self, id, place);

    if (gain > 0 && isfinite(gain)) {
        s->gain += gain;
        s->f += gain * trial->f;
        s->f_squared += gain * trial->f * trial->f;
        s->cr += gain * trial->cr;
        s->cr_squared += gain * trial->cr * trial->cr;
    }
}

/* A result that was not bred fills a place, or contends with the worst. */
static void take_first(struct muster_shade *self, int64_t id)
{
    if (isnan(score_of(self, id)))
        return;
    if (self->filled < self->setup.population) {
        self->members[self->filled++] = id;
        self->n_members++;
    } else {
        contend(self, id, worst_place(self));
    }
}

/* Linearly from `population` to `smallest`. */
static size_t size_after(const struct muster_shade *self, size_t results)
{
    const struct muster_shade_setup *setup = &self->setup;
    if (setup->shrink == 0)
        return setup->population;
    double share = fmin(1, (double)results / (double)setup->shrink);
    double leave = share * (double)(setup->population - setup->smallest);
    return setup->population - (size_t)(leave + 0.5);
}

static void take(struct muster_shade *self, int64_t id)
{
    bool bred = (size_t)id < self->n_trials && self->trials[id].place != NOWHERE;

    if (bred && self->n_members > 0)
        take_bred(self, id);
    else
        take_first(self, id);
    if (bred && ++self->successes.results >= self->n_members)
        move_means(self);
    while (self->n_members > size_after(self, self->folded + 1)) {
        size_t worst = worst_place(self);
        keep_replaced(self, self->members[worst]);
        self->members[worst] = NOBODY;
        self->n_members--;
    }
}

static void learn(struct muster_shade *self, const struct muster_view *view)
{
    if (!muster_search_steady(self->setup.search))
        reset(self);
    for (; self->folded < view->n_known; self->folded++)
        take(self, view->known[self->folded]);
}

/* ---- proposals ------------------------------------------------------------------------------- */

/* The place of the k-th member. */
static size_t place_of(const struct muster_shade *self, size_t k)
{
    size_t place = 0;
    for (;; place++)
        if (self->members[place] != NOBODY && k-- == 0)
            return place;
}

static double draw_f(double mean, struct muster_dice *dice)
{
    double f = 0;
    while (!(f > 0))
        f = mean + scatter * muster_dice_cauchy(dice);
    return fmin(f, 1);
}

enum muster_status muster_shade_plan(struct muster_shade *self, const struct muster_view *view,
                                     bool design, struct muster_dice *dice,
                                     struct muster_shade_trial *trial)
{
    enum muster_status status = MUSTER_OK;
    size_t n = (size_t)view->id + 1;

    learn(self, view);
    *trial = (struct muster_shade_trial){.place = NOWHERE};
    if (!design && self->n_members >= 4) {
        size_t mean = muster_dice_below(dice, self->setup.memory);
        trial->place = place_of(self, (size_t)view->id % self->n_members);
        trial->f = draw_f(self->mean_f[mean], dice);
        double cr = self->mean_cr[mean] + scatter * muster_dice_normal(dice);
        trial->cr = fmin(fmax(cr, 0), 1);
    }
    MUSTER_TRY(muster_grow(&self->trials, &self->trial_capacity, n, sizeof *self->trials));
    while (self->n_trials < n)
        self->trials[self->n_trials++] = (struct muster_shade_trial){.place = NOWHERE};
    self->trials[view->id] = *trial;
done:
    return status;
}

/* A member among the p best, two at least. */
static int64_t choose_best(struct muster_shade *self, struct muster_dice *dice)
{
    size_t n = 0, most = (size_t)(self->setup.greed * (double)self->n_members + 0.5);

    for (size_t i = 0; i < self->setup.population; i++)
        if (self->members[i] != NOBODY)
            self->ranked[n++] = (struct muster_ranked){score_of(self, self->members[i]), i};
    qsort(self->ranked, n, sizeof *self->ranked, muster_best_first);
    most = most < 2 ? 2 : most > n ? n : most;
    return self->members[self->ranked[muster_dice_below(dice, most)].at];
}

/* A member, or with `archived` also a replaced one, other than these two. */
static int64_t choose_other(const struct muster_shade *self, bool archived, int64_t one,
                            int64_t two, struct muster_dice *dice)
{
    size_t kept = self->archived < self->archive_size ? self->archived : self->archive_size;
    size_t n = self->n_members + (archived ? kept : 0);
    for (;;) { /* ends: four members at least are different */
        size_t k = muster_dice_below(dice, n);
        int64_t id = k < self->n_members ? self->members[place_of(self, k)]
                                         : self->archive[k - self->n_members];
        if (id != one && id != two)
            return id;
    }
}

/* Unordered: towards the best, then by the difference, each with probability f. */
static double mutate_nominal(const double *x[4], size_t j, double f, struct muster_dice *dice)
{
    double value = x[0][j];
    if (!isnan(x[1][j]) && muster_dice_uniform(dice) < f)
        value = x[1][j];
    if (!isnan(x[2][j]) && !isnan(x[3][j]) && (x[2][j] < x[3][j] || x[2][j] > x[3][j]) &&
        muster_dice_uniform(dice) < f)
        value = x[2][j];
    return value;
}

/* x[0] + f (x[1] - x[0]) + f (x[2] - x[3]) on the unit interval, of the terms that are active; on
 * the bound where it lies beyond one (SHADE goes half way, and never gets there). */
static double mutate(const struct muster_param *param, const double *x[4], size_t j, double f,
                     struct muster_dice *dice)
{
    double u[4];

    if (muster_gene_nominal(param))
        return mutate_nominal(x, j, f, dice);
    for (int i = 0; i < 4; i++)
        u[i] = isnan(x[i][j]) ? NAN : muster_param_encode(param, x[i][j]);
    double v = u[0];
    if (!isnan(u[1]))
        v += f * (u[1] - u[0]);
    if (!isnan(u[2]) && !isnan(u[3]))
        v += f * (u[2] - u[3]);
    return muster_param_decode(param, muster_gene_clamp(v));
}

/* Where the member has no value: the best's, the other's, or any. */
static double borrow(const struct muster_param *param, const double *x[4], size_t j,
                     struct muster_dice *dice)
{
    for (int i = 1; i < 4; i++)
        if (!isnan(x[i][j]))
            return x[i][j];
    return muster_param_decode(param, muster_dice_uniform(dice));
}

void muster_shade_breed(struct muster_shade *self, const struct muster_shade_trial *trial,
                        struct muster_dice *dice, double *child)
{
    const struct muster_space *space = self->space;
    int64_t current = self->members[trial->place], best = choose_best(self, dice);
    int64_t plus = choose_other(self, false, current, current, dice);
    int64_t minus = choose_other(self, true, current, plus, dice);
    const int64_t ids[4] = {current, best, plus, minus};
    const double *x[4];
    size_t always = muster_dice_below(dice, space->d > 0 ? space->d : 1);

    for (int i = 0; i < 4; i++)
        x[i] = muster_search_x(self->setup.search, ids[i]);
    for (size_t j = 0; j < space->d; j++) {
        bool crossed = muster_dice_uniform(dice) < trial->cr || j == always;
        if (isnan(x[0][j]))
            child[j] = borrow(&space->params[j], x, j, dice);
        else
            child[j] = crossed ? mutate(&space->params[j], x, j, trial->f, dice) : x[0][j];
    }
}
