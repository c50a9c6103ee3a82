/* What a score depends on, by a Gaussian process over the trials: its fit, and points to look at.
 */
#include <math.h>
#include <string.h>

#include "search/explain_impl.h"
#include "search/sobol_impl.h"

/* Trials that the process holds at most, and that it is held against. */
enum { MOST_TRIALS = 256, MOST_LOOKED_AT = 2000 };

/* Where the process is not told how noisy scores are. */
static const double noise_floor = 1e-6;

enum muster_status explain_points(const struct explain *self, size_t m, size_t from, double *rows)
{
    enum muster_status status = MUSTER_OK;
    size_t d = self->space->d, even = from + d;
    uint32_t(*directions)[MUSTER_SOBOL_BITS] = NULL;

    if (even > MUSTER_SOBOL_DIMENSIONS)
        even = MUSTER_SOBOL_DIMENSIONS;
    directions = muster_alloc(even, sizeof *directions);
    MUSTER_TRY(directions != NULL ? MUSTER_OK : MUSTER_NO_MEMORY);
    muster_sobol_directions(even, directions);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < d; j++) {
            size_t k = from + j;
            rows[i * d + j] =
                k < even ? muster_sobol_scramble(self->stream, k,
                                                 muster_sobol_bits(directions[k], (uint32_t)i))
                         : muster_random_uniform(self->stream, (uint64_t)k << 32 | i);
        }
done:
    muster_free(directions);
    return status;
}

void explain_predict(const struct explain *self, double *u, size_t m, double *mean,
                     double *deviation)
{
    size_t d = self->space->d;
    for (size_t i = 0; i < m; i++) {
        muster_space_decode(self->space, u + i * d, self->x);
        muster_space_encode(self->space, self->x, u + i * d);
    }
    muster_gp_predict_many(self->gp, u, m, mean, deviation);
}

/* The process over n trials, of more than it takes evenly spaced ones. */
static enum muster_status fit(struct explain *self, const double *x, const double *score, size_t n)
{
    enum muster_status status = MUSTER_OK;
    size_t d = self->space->d, m = n < MOST_TRIALS ? n : MOST_TRIALS;
    double *u = NULL, *y = NULL;

    MUSTER_NEW(u, m * d);
    MUSTER_NEW(y, m);
    for (size_t k = 0; k < m; k++) {
        size_t i = k * n / m;
        muster_space_encode(self->space, x + i * d, u + k * d);
        y[k] = muster_bounded(score[i]);
    }
    MUSTER_TRY(muster_gp_create(self->space, &muster_solver_lapack, &self->gp));
    muster_gp_noise_floor(self->gp, noise_floor);
    MUSTER_TRY(muster_gp_observe(self->gp, u, y, m));
    MUSTER_TRY(muster_gp_fit(self->gp));
done:
    muster_free(u);
    muster_free(y);
    return status;
}

/* How much of the scores' variance the process leaves. */
static enum muster_status measure_rest(const struct explain *self, const double *x,
                                       const double *score, size_t n, double *share)
{
    enum muster_status status = MUSTER_OK;
    size_t d = self->space->d, m = n < MOST_LOOKED_AT ? n : MOST_LOOKED_AT;
    double *u = NULL, *mean = NULL, *deviation = NULL, average = 0, all = 0, rest = 0;

    MUSTER_NEW(u, m * d);
    MUSTER_NEW(mean, m);
    MUSTER_NEW(deviation, m);
    for (size_t k = 0; k < m; k++) {
        muster_space_encode(self->space, x + k * n / m * d, u + k * d);
        average += muster_bounded(score[k * n / m]) / (double)m;
    }
    muster_gp_predict_many(self->gp, u, m, mean, deviation);
    for (size_t k = 0; k < m; k++) {
        double told = muster_bounded(score[k * n / m]);
        all += (told - average) * (told - average);
        rest += (told - mean[k]) * (told - mean[k]);
    }
    *share = all > 0 ? fmin(rest / all, 1) : 0;
done:
    muster_free(u);
    muster_free(mean);
    muster_free(deviation);
    return status;
}

static enum muster_status make_room(struct muster_explanation *explanation, size_t d)
{
    enum muster_status status = MUSTER_OK;

    *explanation = (struct muster_explanation){.d = d};
    MUSTER_NEW(explanation->value, d);
    MUSTER_NEW(explanation->first, d);
    MUSTER_NEW(explanation->total, d);
    MUSTER_NEW(explanation->pairs, d * d);
done:
    return status;
}

enum muster_status muster_explain(const struct muster_space *space, const double *x,
                                  const double *score, size_t n, uint64_t seed,
                                  struct muster_explanation *explanation)
{
    enum muster_status status = MUSTER_OK;
    struct explain self = {.space = space,
                           .stream = muster_stream_of(seed, -1, -1, MUSTER_FOR_SEARCH)};

    MUSTER_TRY(make_room(explanation, space->d));
    MUSTER_NEW(self.x, space->d);
    MUSTER_TRY(muster_importance(space, x, score, n, explanation->value));
    MUSTER_TRY(fit(&self, x, score, n));
    MUSTER_TRY(measure_rest(&self, x, score, n, &explanation->unexplained));
    MUSTER_TRY(explain_variance(&self, explanation));
    MUSTER_TRY(explain_dependences(&self, explanation));
done:
    muster_gp_destroy(&self.gp);
    muster_free(self.x);
    return status;
}

void muster_explanation_clear(struct muster_explanation *explanation)
{
    for (size_t k = 0; k < explanation->n_dependences; k++) {
        muster_free(explanation->dependences[k].at);
        muster_free(explanation->dependences[k].mean);
        muster_free(explanation->dependences[k].deviation);
    }
    muster_free(explanation->dependences);
    muster_free(explanation->value);
    muster_free(explanation->first);
    muster_free(explanation->total);
    muster_free(explanation->pairs);
    *explanation = (struct muster_explanation){0};
}
