/* Spaces by hand for the tests of surrogate and search. */
#ifndef MUSTER_TEST_SPACES_H
#define MUSTER_TEST_SPACES_H

#include <math.h>
#include <string.h>

#include "muster/study.h"

/* A mixed, conditional space: an optimizer, what hangs on it, layers and what hangs on them. */
enum { MIXED = 9 };

static double mixed_sgd[] = {0}, mixed_adam[] = {1, 2}, mixed_deep[] = {2, 3};
static struct muster_condition mixed_if_sgd[] = {{0, 1, mixed_sgd}};
static struct muster_condition mixed_if_adam[] = {{0, 2, mixed_adam}};
static struct muster_condition mixed_if_deep[] = {{4, 2, mixed_deep}};
static struct muster_condition mixed_if_both[] = {{0, 1, mixed_sgd}, {4, 2, mixed_deep}};
static struct muster_param mixed_params[MIXED] = {
    {.name = "optimizer", .kind = MUSTER_PARAM_CHOICE, .high = 2, .n_choices = 3},
    {.name = "rate", .kind = MUSTER_PARAM_FLOAT, .low = 1e-4, .high = 0.1, .log = true},
    {.name = "momentum",
     .kind = MUSTER_PARAM_FLOAT,
     .low = 0.5,
     .high = 0.99,
     .n_conditions = 1,
     .conditions = mixed_if_sgd},
    {.name = "beta",
     .kind = MUSTER_PARAM_CHOICE,
     .high = 1,
     .n_choices = 2,
     .n_conditions = 1,
     .conditions = mixed_if_adam},
    {.name = "layers", .kind = MUSTER_PARAM_INT, .low = 1, .high = 3},
    {.name = "units",
     .kind = MUSTER_PARAM_INT,
     .low = 8,
     .high = 64,
     .log = true,
     .n_conditions = 1,
     .conditions = mixed_if_deep},
    {.name = "batch", .kind = MUSTER_PARAM_CHOICE, .high = 3, .n_choices = 4, .ordered = true},
    {.name = "drop", .kind = MUSTER_PARAM_FLOAT, .low = 0, .high = 0.5, .step = 0.1},
    {.name = "skip",
     .kind = MUSTER_PARAM_FLOAT,
     .low = -1,
     .high = 1,
     .n_conditions = 2,
     .conditions = mixed_if_both},
};
static const struct muster_space mixed_space = {MIXED, mixed_params};

/* A small finite one: 2 x (3 or 1) x 2 = 8 points. */
enum { FINITE = 3, FINITE_POINTS = 8 };

static double finite_first[] = {0};
static struct muster_condition finite_if_first[] = {{0, 1, finite_first}};
static struct muster_param finite_params[FINITE] = {
    {.name = "a", .kind = MUSTER_PARAM_CHOICE, .high = 1, .n_choices = 2},
    {.name = "b",
     .kind = MUSTER_PARAM_INT,
     .low = 1,
     .high = 3,
     .n_conditions = 1,
     .conditions = finite_if_first},
    {.name = "c", .kind = MUSTER_PARAM_CHOICE, .high = 1, .n_choices = 2, .ordered = true},
};
static const struct muster_space finite_space = {FINITE, finite_params};

enum { PLAIN_MOST = 100 };
static struct muster_param plain_params[PLAIN_MOST];

/* d floats in [0, 1], d <= 100. */
static inline struct muster_space plain_space(size_t d)
{
    for (size_t j = 0; j < d; j++)
        plain_params[j] = (struct muster_param){.kind = MUSTER_PARAM_FLOAT, .high = 1};
    return (struct muster_space){d, plain_params};
}

/* The k-th random point as u[d], canonical, and as x[d]. */
static inline void random_point(const struct muster_space *space, int64_t k, double *u, double *x)
{
    struct muster_stream stream = muster_stream_of(11, k, -1, MUSTER_FOR_NOISE);
    for (size_t j = 0; j < space->d; j++)
        u[j] = muster_random_uniform(stream, j);
    muster_space_decode(space, u, x);
    muster_space_encode(space, x, u);
}

/* A function of a point: smooth in u, with steps between choices. */
static inline double value_at(const struct muster_space *space, const double *x)
{
    double sum = 0;
    for (size_t j = 0; j < space->d; j++) {
        double u = isnan(x[j]) ? 0.8 : muster_param_encode(&space->params[j], x[j]);
        sum += (u - 0.3) * (u - 0.3) + 0.1 * sin(5 * u + (double)j);
    }
    return sum;
}

/* Every active entry within its bounds and on its grid, every inactive one NaN. */
static inline bool is_valid(const struct muster_space *space, const double *x)
{
    double copy[PLAIN_MOST];
    memcpy(copy, x, space->d * sizeof *x);
    if (!muster_space_settle(space, copy))
        return false;
    for (size_t j = 0; j < space->d; j++) {
        const struct muster_param *param = &space->params[j];
        if (isnan(x[j]) != isnan(copy[j]))
            return false;
        if (isnan(x[j]))
            continue;
        if (x[j] < param->low || x[j] > param->high)
            return false;
        double back = muster_param_decode(param, muster_param_encode(param, x[j]));
        if (isfinite(muster_param_count(param)) && back != x[j])
            return false;
    }
    return true;
}

#endif
