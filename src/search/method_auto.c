/* auto: several methods on one study. Every result is known to all of them; which one makes a
 * proposal follows from the results that it may know, so that it is the same on any layout and
 * after a resume.
 *
 * The first arm, `bayes`, proposes as long as it gets on: handing out turns evenly costs it more
 * than others gain (measured: no gain by round robins). Where the best score has stood still
 * for long, every fourth proposal goes to another arm: to the one whose results ranked best among
 * those known before them, or was tried least (the index of Auer et al. 2002, UCB1). The more
 * results there are, the less a further one says to a Gaussian process and the more its ask costs:
 * from a thousand on the others take over step by step. */
#include <math.h>
#include <string.h>

#include "search/search_impl.h"

extern const struct muster_method muster_method_bayes;
extern const struct muster_method muster_method_tpe;
extern const struct muster_method muster_method_evolution;

static const struct muster_method *const arms[] = {&muster_method_bayes, &muster_method_tpe,
                                                   &muster_method_evolution};
enum { ARMS = sizeof arms / sizeof *arms, FIRST = 0, NOBODY = ARMS };

/* Turns: of how many proposals one goes to another arm while the best stands still; known results
 * from which on others share the turns, and at which one in eight is left to the first. */
enum { TURN = 4, SHARE_FROM = 1000, SHARE_ALL = 4000 };

/* A better score counts where it is better by this part of the distance to the median. */
static const double least_gain = 1e-6;
/* Weight of having been tried little. */
static const double curiosity = 0.3;

struct automatic {
    const struct muster_search *search; /* borrowed */
    void *states[ARMS];                 /* owned by their arms */
    unsigned char *maker;               /* owned, by id: the arm that proposed it; NOBODY */
    size_t n_makers, capacity;
    size_t seen;    /* known results taken in */
    double *sorted; /* owned [n_sorted]: finite scores, ascending */
    size_t n_sorted, sorted_capacity;
    double best;
    size_t since;        /* known results when it was last bettered */
    double credit[ARMS]; /* sums of how high their results ranked, 0 to 1 */
    double turns[ARMS];  /* how many there were */
    size_t last;         /* the arm of the last proposal; NOBODY: replayed */
};

static void destroy(void *state)
{
    struct automatic *self = state;
    for (size_t a = 0; a < ARMS; a++)
        if (self->states[a] != NULL)
            arms[a]->destroy(self->states[a]);
    muster_free(self->maker);
    muster_free(self->sorted);
    muster_free(self);
}

static enum muster_status fits(const struct muster_search_setup *setup)
{
    enum muster_status status = MUSTER_OK;
    for (size_t a = 0; a < ARMS && status == MUSTER_OK; a++)
        if (arms[a]->fits != NULL)
            status = arms[a]->fits(setup);
    return status;
}

static enum muster_status create(const struct muster_search *search, void **state)
{
    enum muster_status status = MUSTER_OK;
    struct automatic *self;

    MUSTER_NEW(self, 1);
    *state = self;
    self->search = search;
    self->best = INFINITY;
    self->last = NOBODY;
    for (size_t a = 0; a < ARMS; a++)
        MUSTER_TRY(arms[a]->create(search, &self->states[a]));
done:
    return status;
}

static int64_t blind(const void *state)
{
    const struct automatic *self = state;
    return arms[FIRST]->blind(self->states[FIRST]);
}

/* ---- what the results say -------------------------------------------------------------------- */

/* How many of the sorted scores are below. */
static size_t rank_of(const struct automatic *self, double score)
{
    size_t low = 0, high = self->n_sorted;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (self->sorted[middle] < score)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The maker is credited by the share of earlier results that are no better; a failure earns none.
 */
static void credit(struct automatic *self, int64_t id, double share)
{
    size_t arm = (size_t)id < self->n_makers ? self->maker[id] : NOBODY;
    if (arm == NOBODY)
        return;
    self->credit[arm] += share;
    self->turns[arm]++;
}

static void take_score(struct automatic *self, int64_t id, double score)
{
    size_t at = rank_of(self, score), n = self->n_sorted;

    credit(self, id, n > 0 ? (double)(n - at) / (double)n : 1);
    memmove(self->sorted + at + 1, self->sorted + at, (n - at) * sizeof *self->sorted);
    self->sorted[at] = score;
    self->n_sorted++;
    double far = self->sorted[n / 2] - score;
    if (isinf(self->best) || self->best - score > least_gain * far) {
        self->since = self->seen;
        self->best = score;
    }
}

static enum muster_status learn(struct automatic *self, const struct muster_view *view)
{
    enum muster_status status = MUSTER_OK;

    MUSTER_TRY(muster_grow(&self->sorted, &self->sorted_capacity, view->n_known + 1,
                           sizeof *self->sorted));
    while (self->seen < view->n_known) {
        int64_t id = view->known[self->seen++];
        const struct muster_told *told = muster_search_told(self->search, id);
        if (told->state != MUSTER_FAILED && isfinite(told->score))
            take_score(self, id, told->score);
        else
            credit(self, id, 0);
    }
done:
    return status;
}

/* ---- whose turn it is ------------------------------------------------------------------------ */

static bool stands_still(const struct automatic *self)
{
    size_t d = muster_search_setup_of(self->search)->space->d;
    return self->seen - self->since >= 16 + 2 * d;
}

/* Of eight proposals, those that the first arm leaves because results are many. */
static int64_t left_of_eight(size_t known)
{
    if (known <= SHARE_FROM)
        return 0;
    double share = (double)(known - SHARE_FROM) / (double)(SHARE_ALL - SHARE_FROM);
    return (int64_t)ceil(7 * fmin(share, 1));
}

/* Of the others, the one with the highest index; those that are blind still have none. */
static size_t best_other(const struct automatic *self, int64_t id)
{
    double all = 1, best = -INFINITY;
    size_t found = FIRST;

    for (size_t a = 0; a < ARMS; a++)
        all += a == FIRST ? 0 : self->turns[a];
    for (size_t a = 0; a < ARMS; a++) {
        if (a == FIRST || id < arms[a]->blind(self->states[a]))
            continue;
        double index = (self->credit[a] + 0.5) / (self->turns[a] + 1) +
                       curiosity * sqrt(2 * log(all) / (self->turns[a] + 1));
        if (index > best) {
            best = index;
            found = a;
        }
    }
    return found;
}

static size_t arm_of(const struct automatic *self, int64_t id)
{
    if (id < arms[FIRST]->blind(self->states[FIRST]))
        return FIRST;
    bool other = (stands_still(self) && id % TURN == 0) || id % 8 < left_of_eight(self->seen);
    return other ? best_other(self, id) : FIRST;
}

static enum muster_status choose_arm(struct automatic *self, const struct muster_view *view)
{
    enum muster_status status = MUSTER_OK;
    size_t n = (size_t)view->id + 1;

    MUSTER_TRY(learn(self, view));
    MUSTER_TRY(muster_grow(&self->maker, &self->capacity, n, sizeof *self->maker));
    while (self->n_makers < n)
        self->maker[self->n_makers++] = NOBODY;
    self->last = arm_of(self, view->id);
    self->maker[view->id] = (unsigned char)self->last;
done:
    return status;
}

/* ---- as a method ----------------------------------------------------------------------------- */

static enum muster_status propose(void *state, const struct muster_view *view, double *x,
                                  bool *done)
{
    enum muster_status status = MUSTER_OK;
    struct automatic *self = state;

    MUSTER_TRY(choose_arm(self, view));
    status = arms[self->last]->propose(self->states[self->last], view, x, done);
done:
    return status;
}

static enum muster_status replay(void *state, const struct muster_view *view, const double *x,
                                 const double *fitted, size_t n_fitted)
{
    enum muster_status status = MUSTER_OK;
    struct automatic *self = state;

    MUSTER_TRY(choose_arm(self, view));
    if (arms[self->last]->replay != NULL)
        status = arms[self->last]->replay(self->states[self->last], view, x, fitted, n_fitted);
done:
    return status;
}

static const double *fitted(const void *state, size_t *n)
{
    const struct automatic *self = state;

    *n = 0;
    if (self->last == NOBODY || arms[self->last]->fitted == NULL)
        return NULL;
    return arms[self->last]->fitted(self->states[self->last], n);
}

static void reason(const void *state, struct muster_reason *why)
{
    const struct automatic *self = state;

    if (self->last == NOBODY)
        return;
    why->source = arms[self->last]->plugin.name;
    if (arms[self->last]->reason != NULL)
        arms[self->last]->reason(self->states[self->last], why);
}

const struct muster_method muster_method_auto = {
    .plugin = {.name = "auto",
               .help = "bayes, and other methods where it does not get on or results are many"},
    .warm = true,
    .fits = fits,
    .create = create,
    .destroy = destroy,
    .blind = blind,
    .propose = propose,
    .replay = replay,
    .fitted = fitted,
    .reason = reason,
};
