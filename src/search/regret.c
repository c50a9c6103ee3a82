/* How far the best known score may stand above the least there is: over the known points the least
 * upper confidence bound, less over the whole space the least lower one, under a Gaussian process
 * fitted to the scores (Makarova, Shen, Perrone, Klein, Faddoul, Krause, Seeger, Archambeau, AutoML
 * 2022, arXiv 2104.08166, with their beta: that of GP-UCB over five). The least lower bound is the
 * least of many points, more and more of them close to the best so far. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "muster/surrogate.h"
#include "search/search_impl.h"

/* Points in the model at most; points looked at, uniform ones and around the least so far. */
enum { MODEL_MOST = 400, UNIFORM = 2048, LOCAL = 2048 };

/* Stands in place of a trial, to draw apart from proposals. */
enum { REGRET_STREAM = -2 };

struct regret {
    const struct muster_space *space; /* borrowed */
    struct muster_gp *gp;             /* owned */
    double *u, *y;                    /* owned, [n][d] and [n] */
    double *at, *least, *x;           /* owned, [d] */
    size_t n;
    double kappa; /* deviations that a bound stands off */
};

/* Of too many points the better half of the room, and others evenly by rank. */
static enum muster_status gather(struct regret *self, const double *x, const double *score,
                                 size_t n)
{
    enum muster_status status = MUSTER_OK;
    const size_t d = self->space->d, half = MODEL_MOST / 2;
    struct muster_ranked *ranked;
    MUSTER_NEW(ranked, n);
    for (size_t i = 0; i < n; i++)
        ranked[i] = (struct muster_ranked){score[i], i};
    qsort(ranked, n, sizeof *ranked, muster_best_first);
    self->n = n < MODEL_MOST ? n : MODEL_MOST;
    for (size_t i = 0; i < self->n; i++) {
        size_t rank =
            n <= MODEL_MOST || i < half ? i : half + (i - half) * (n - half) / (MODEL_MOST - half);
        muster_space_encode(self->space, x + ranked[rank].at * d, self->u + i * d);
        self->y[i] = muster_bounded(ranked[rank].score);
    }
    muster_free(ranked);
done:
    return status;
}

static double bound_at(const struct regret *self, const double *u, double side)
{
    double mean, deviation;
    muster_gp_predict(self->gp, u, &mean, &deviation, NULL, NULL);
    return mean + side * self->kappa * deviation;
}

/* The lower bound at a point of the space next to `at`; keeps the least. What is forbidden cannot
 * be gained. */
static void try_point(struct regret *self, double *least)
{
    muster_space_decode(self->space, self->at, self->x);
    if (!muster_space_allows(self->space, self->x))
        return;
    muster_space_encode(self->space, self->x, self->at);
    double bound = bound_at(self, self->at, -1.0);
    if (bound < *least) {
        *least = bound;
        memcpy(self->least, self->at, self->space->d * sizeof *self->at);
    }
}

static double least_lower(struct regret *self, uint64_t seed)
{
    const size_t d = self->space->d;
    struct muster_stream stream = muster_stream_of(seed, REGRET_STREAM, -1, MUSTER_FOR_SEARCH);
    double least = INFINITY;
    for (size_t i = 0; i < self->n; i++) {
        memcpy(self->at, self->u + i * d, d * sizeof *self->at);
        try_point(self, &least);
    }
    for (uint64_t i = 0; i < UNIFORM; i++) {
        for (size_t j = 0; j < d; j++)
            self->at[j] = muster_random_uniform(stream, i << 32 | (uint64_t)j);
        try_point(self, &least);
    }
    for (uint64_t i = 0; i < LOCAL; i++) {
        const double radius = 0.3 * pow(0.01, (double)i / LOCAL);
        for (size_t j = 0; j < d; j++) {
            double step = muster_random_normal(stream, (i + UNIFORM) << 32 | (uint64_t)(2 * j));
            self->at[j] = fmin(fmax(self->least[j] + radius * step, 0.0), 1.0);
        }
        try_point(self, &least);
    }
    return least;
}

enum muster_status muster_search_regret(const struct muster_search_setup *setup, const double *x,
                                        const double *score, size_t n, double *bound)
{
    enum muster_status status = MUSTER_OK;
    const size_t d = setup->space->d;
    const double t = (double)n, error = 0.1;
    struct regret self = {.space = setup->space};
    double best = INFINITY;
    self.kappa = sqrt(2.0 / 5.0 * log((double)d * t * t * acos(-1.0) * acos(-1.0) / (6.0 * error)));
    MUSTER_NEW(self.u, MODEL_MOST * d);
    MUSTER_NEW(self.y, MODEL_MOST);
    MUSTER_NEW(self.at, d);
    MUSTER_NEW(self.least, d);
    MUSTER_NEW(self.x, d);
    MUSTER_TRY(gather(&self, x, score, n));
    MUSTER_TRY(muster_gp_create(setup->space, &muster_solver_lapack, &self.gp));
    muster_gp_noise_floor(self.gp, setup->noiseless ? 1e-8 : 1e-4);
    MUSTER_TRY(muster_gp_observe(self.gp, self.u, self.y, self.n));
    MUSTER_TRY(muster_gp_fit(self.gp));
    for (size_t i = 0; i < self.n; i++)
        best = fmin(best, bound_at(&self, self.u + i * d, 1.0));
    *bound = fmax(best - least_lower(&self, setup->seed), 0.0);
done:
    muster_gp_destroy(&self.gp);
    muster_free(self.u);
    muster_free(self.y);
    muster_free(self.at);
    muster_free(self.least);
    muster_free(self.x);
    return status;
}
