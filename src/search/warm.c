/* Results of earlier runs, for methods that learn from them.
 *
 * A source's scores are standardised, and its task may differ from this one. What it says at a
 * point of this run is the distance-weighted mean of its nearest points. From the results known
 * here on the same prefix that a proposal may know, two things follow: how its scores are to be
 * read (the line through means and deviations of both), and whether it is to be believed: a source
 * whose words do not rise and fall with what was found here (Spearman's rank correlation) is left
 * out until they do. Both are functions of the prefix alone. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/search_impl.h"

/* Nearest points that speak for a source; results before which it is believed; the correlation from
 * then on; results that its own scale stands for while there are none (it fades as they come). */
enum { NEAREST = 3, PROBATION = 6 };
static const double least_correlation = 0.25, own_scale = 2;

/* Best points that are tried first: of each source where they are learnt from anyway, else in all.
 */
enum { FIRST_LEARNT = 1, FIRST_ONLY = 5 };

struct muster_warm_view {
    const struct muster_search *search; /* borrowed */
    const struct muster_warm *warm;     /* borrowed */
    double *u;                          /* owned [n][d] */
    struct muster_told *told;           /* owned [n]: as they are to be read now */
    int64_t *ids;                       /* owned [n]: those believed, as ids below 0 */
    size_t n;
    double *said; /* owned [known][sources]: what the sources say where results are known */
    size_t n_said, capacity;
    double *pairs; /* owned [3][known]: scratch */
    size_t pair_capacity;
    double *initial; /* owned [n_initial][d] */
    size_t n_initial;
};

/* ---- the points tried first ------------------------------------------------------------------ */

static bool among(const struct muster_space *space, const double *points, size_t n, const double *x)
{
    for (size_t i = 0; i < n; i++)
        if (muster_space_equal(space, points + i * space->d, x))
            return true;
    return false;
}

/* The best of a source (SIZE_MAX: of any) that is not among the points yet; NULL: none. */
static const double *best_new(const struct muster_warm_view *self, const struct muster_space *space,
                              size_t source)
{
    const struct muster_warm *warm = self->warm;
    size_t best = SIZE_MAX;

    for (size_t i = 0; i < warm->n; i++) {
        bool mine = source == SIZE_MAX || warm->source[i] == (int64_t)source;
        if (mine && !isnan(warm->score[i]) &&
            (best == SIZE_MAX || warm->score[i] < warm->score[best]) &&
            !among(space, self->initial, self->n_initial, warm->x + i * space->d))
            best = i;
    }
    return best == SIZE_MAX ? NULL : warm->x + best * space->d;
}

static enum muster_status choose_first(struct muster_warm_view *self,
                                       const struct muster_search_setup *setup, bool learns)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_space *space = setup->space;
    size_t more = learns ? FIRST_LEARNT * self->warm->sources : FIRST_ONLY;

    MUSTER_NEW(self->initial, (setup->n_initial + more) * space->d);
    if (setup->n_initial > 0)
        memcpy(self->initial, setup->initial, setup->n_initial * space->d * sizeof(double));
    self->n_initial = setup->n_initial;
    for (size_t k = 0; k < more; k++) {
        const double *x = best_new(self, space, learns ? k % self->warm->sources : SIZE_MAX);
        if (x != NULL)
            memcpy(self->initial + self->n_initial++ * space->d, x, space->d * sizeof *x);
    }
done:
    return status;
}

/* ---- life ------------------------------------------------------------------------------------ */

enum muster_status muster_warm_view_create(const struct muster_search *search, bool learns,
                                           struct muster_warm_view **out)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_search_setup *setup = muster_search_setup_of(search);
    const struct muster_warm *warm = setup->warm;
    struct muster_warm_view *self;

    MUSTER_NEW(self, 1);
    *out = self;
    self->search = search;
    self->warm = warm;
    MUSTER_TRY(choose_first(self, setup, learns));
    if (!learns)
        goto done;
    MUSTER_NEW(self->u, warm->n * setup->space->d);
    MUSTER_NEW(self->told, warm->n);
    MUSTER_NEW(self->ids, warm->n);
    for (size_t i = 0; i < warm->n; i++)
        muster_space_encode(setup->space, warm->x + i * setup->space->d,
                            self->u + i * setup->space->d);
done:
    return status;
}

void muster_warm_view_destroy(struct muster_warm_view **out)
{
    struct muster_warm_view *self = *out;
    if (self == NULL)
        return;
    muster_free(self->u);
    muster_free(self->told);
    muster_free(self->ids);
    muster_free(self->said);
    muster_free(self->pairs);
    muster_free(self->initial);
    muster_free(self);
    *out = NULL;
}

void muster_warm_view_forget(struct muster_warm_view *self)
{
    self->n_said = 0;
}

const double *muster_warm_view_initial(const struct muster_warm_view *self, size_t *n)
{
    *n = self->n_initial;
    return self->initial;
}

const struct muster_told *muster_warm_view_told(const struct muster_warm_view *self, int64_t id)
{
    return &self->told[-(id + 1)];
}

/* ---- what a source says at a point ----------------------------------------------------------- */

/* Squared distance in the unit cube; different choices, and an inactive entry to an active one, are
 * a whole side apart. */
static double distance(const struct muster_space *space, const double *a, const double *xa,
                       const double *b, const double *xb)
{
    double sum = 0;
    for (size_t j = 0; j < space->d; j++) {
        const struct muster_param *param = &space->params[j];
        bool word = param->kind == MUSTER_PARAM_CHOICE && !param->ordered;
        if (isnan(xa[j]) || isnan(xb[j]))
            sum += isnan(xa[j]) != isnan(xb[j]);
        else
            sum += word ? xa[j] != xb[j] : (a[j] - b[j]) * (a[j] - b[j]);
    }
    return sum;
}

static double say(const struct muster_warm_view *self, size_t source, const double *u,
                  const double *x)
{
    const struct muster_space *space = muster_search_setup_of(self->search)->space;
    const struct muster_warm *warm = self->warm;
    double near[NEAREST], score[NEAREST], sum = 0, weights = 0;
    size_t n = 0;

    for (size_t i = 0; i < warm->n; i++) {
        if (warm->source[i] != (int64_t)source || isnan(warm->score[i]))
            continue;
        double d2 = distance(space, u, x, self->u + i * space->d, warm->x + i * space->d);
        if (n == NEAREST && !(d2 < near[n - 1]))
            continue;
        size_t at = n < NEAREST ? n++ : n - 1;
        for (; at > 0 && near[at - 1] > d2; at--) {
            near[at] = near[at - 1];
            score[at] = score[at - 1];
        }
        near[at] = d2;
        score[at] = warm->score[i];
    }
    for (size_t i = 0; i < n; i++) {
        double weight = 1 / (near[i] + 1e-12);
        sum += weight * score[i];
        weights += weight;
    }
    return n > 0 ? sum / weights : NAN;
}

static enum muster_status ask_sources(struct muster_warm_view *self, const struct muster_view *view)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_space *space = muster_search_setup_of(self->search)->space;
    size_t sources = self->warm->sources;
    double *u = NULL;

    MUSTER_NEW(u, space->d);
    MUSTER_TRY(
        muster_grow(&self->said, &self->capacity, view->n_known * sources, sizeof *self->said));
    for (; self->n_said < view->n_known; self->n_said++) {
        const double *x = muster_search_x(self->search, view->known[self->n_said]);
        muster_space_encode(space, x, u);
        for (size_t s = 0; s < sources; s++)
            self->said[self->n_said * sources + s] = say(self, s, u, x);
    }
done:
    muster_free(u);
    return status;
}

/* ---- how it is to be read, and whether it is to be believed ---------------------------------- */

static int by_value(const void *a, const void *b)
{
    const double *p = *(const double *const *)a, *q = *(const double *const *)b;
    return *p != *q ? (*p > *q) - (*p < *q) : (p > q) - (p < q);
}

/* values[n] become ranks; equal ones share the mean of theirs. */
static enum muster_status rank(double *values, size_t n)
{
    enum muster_status status = MUSTER_OK;
    double **order = NULL;

    MUSTER_NEW(order, n);
    for (size_t i = 0; i < n; i++)
        order[i] = &values[i];
    qsort(order, n, sizeof *order, by_value);
    for (size_t i = 0, end; i < n; i = end) {
        double value = *order[i];
        for (end = i + 1; end < n && *order[end] == value; end++)
            continue;
        for (size_t k = i; k < end; k++)
            *order[k] = (double)(i + end - 1) / 2;
    }
    muster_free(order);
done:
    return status;
}

static double mean_of(const double *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return n > 0 ? sum / (double)n : 0;
}

/* Sum of products of deviations from the means. */
static double co_moment(const double *a, const double *b, size_t n)
{
    double mean_a = mean_of(a, n), mean_b = mean_of(b, n), sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (a[i] - mean_a) * (b[i] - mean_b);
    return sum;
}

struct reading {
    bool believed;
    double shift, slope; /* a score here = shift + slope * standardised score */
};

/* From n results here and what the source says of them; both arrays are overwritten. */
static enum muster_status judge(const struct muster_warm *warm, size_t source, double *here,
                                double *said, size_t n, struct reading *reading)
{
    enum muster_status status = MUSTER_OK;
    double scale = warm->scale[source], extra = own_scale / (double)(n + 1);
    double spread = co_moment(here, here, n), told = co_moment(said, said, n);

    *reading = (struct reading){.believed = true};
    reading->slope = sqrt((spread + extra * scale * scale) / (told + extra));
    reading->shift =
        n == 0 ? warm->shift[source] : mean_of(here, n) - reading->slope * mean_of(said, n);
    if (n < PROBATION)
        return MUSTER_OK;
    MUSTER_TRY(rank(here, n));
    MUSTER_TRY(rank(said, n));
    double all = sqrt(co_moment(here, here, n) * co_moment(said, said, n));
    reading->believed = all > 0 && co_moment(here, said, n) >= least_correlation * all;
done:
    return status;
}

static enum muster_status read_source(struct muster_warm_view *self, const struct muster_view *view,
                                      size_t source)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_warm *warm = self->warm;
    double *here = self->pairs, *said = self->pairs + view->n_known;
    struct reading reading;
    size_t n = 0;

    for (size_t i = 0; i < view->n_known; i++) {
        const struct muster_told *told = muster_search_told(self->search, view->known[i]);
        double word = self->said[i * warm->sources + source];
        if (told->state == MUSTER_FAILED || !isfinite(told->score) || isnan(word))
            continue;
        here[n] = told->score;
        said[n++] = word;
    }
    MUSTER_TRY(judge(warm, source, here, said, n, &reading));
    for (size_t i = 0; i < warm->n && reading.believed; i++) {
        if (warm->source[i] != (int64_t)source)
            continue;
        self->ids[self->n++] = -(int64_t)i - 1;
        self->told[i] =
            (struct muster_told){.state = isnan(warm->score[i]) ? MUSTER_FAILED : MUSTER_COMPLETE,
                                 .score = reading.shift + reading.slope * warm->score[i],
                                 .deviation = NAN};
    }
done:
    return status;
}

enum muster_status muster_warm_view_update(struct muster_warm_view *self, struct muster_view *view)
{
    enum muster_status status = MUSTER_OK;

    if (self->ids == NULL) /* not learnt from */
        return MUSTER_OK;
    MUSTER_TRY(ask_sources(self, view));
    MUSTER_TRY(
        muster_grow(&self->pairs, &self->pair_capacity, 2 * view->n_known + 2, sizeof(double)));
    self->n = 0;
    for (size_t s = 0; s < self->warm->sources; s++)
        MUSTER_TRY(read_source(self, view, s));
    view->warm = self->ids;
    view->n_warm = self->n;
done:
    return status;
}
