/* Local models of a crowd: proposals rest on points that the process itself does not hold. */
#include "test.h"
#include "muster/surrogate.h"
#include "spaces.h"

enum { D = 3, FEW = 25, N = 600 };

static double u[N * D], y[N];

static bool never(const void *context, const double *x)
{
    (void)context;
    (void)x;
    return false;
}

/* A bowl that the first points show, with a narrow pit that only the others do. */
static double pit(const double *x)
{
    double bowl = 0, deep = 0;
    for (int j = 0; j < D; j++) {
        bowl += (x[j] - 0.7) * (x[j] - 0.7);
        deep += (x[j] - 0.3) * (x[j] - 0.3);
    }
    return bowl - 1.5 * exp(-deep / 0.02);
}

static struct muster_gp *process(const struct muster_space *space)
{
    struct muster_gp *gp;
    double x[D], parameters[D + 2] = {-1, -1, -1, 0, -12};
    for (int64_t i = 0; i < N; i++) {
        random_point(space, i, u + i * D, x);
        y[i] = pit(x);
    }
    assert_int_equal(muster_gp_create(space, &muster_solver_lapack, &gp), MUSTER_OK);
    muster_gp_set(gp, parameters);
    assert_int_equal(muster_gp_observe(gp, u, y, FEW), MUSTER_OK);
    return gp;
}

/* Where the mean is least, from the best of all points. */
static struct muster_proposal least_mean(struct muster_gp *gp, const struct muster_gp *crowd,
                                         double *x)
{
    struct muster_proposal proposal;
    bool exhausted;
    size_t best = 0;
    for (size_t i = 1; i < N; i++)
        if (y[i] < y[best])
            best = i;
    struct muster_acquisition acquisition = {.criterion.kind = MUSTER_MEAN,
                                             .crowd = crowd,
                                             .elite = u + best * D,
                                             .n_elite = 1,
                                             .stream =
                                                 muster_stream_of(5, 1, -1, MUSTER_FOR_SEARCH),
                                             .taken = never};
    assert_int_equal(muster_acquire(gp, &acquisition, x, &proposal, &exhausted), MUSTER_OK);
    assert_true(!exhausted && proposal.value == -proposal.mean);
    return proposal;
}

static void proposals_rest_on_all_points(void **state)
{
    struct muster_space space = plain_space(D);
    struct muster_gp *gp = process(&space), *crowd;
    double alone[D], x[D], again[D];
    (void)state;
    assert_int_equal(muster_gp_create(&space, &muster_solver_lapack, &crowd), MUSTER_OK);
    struct muster_proposal blind = least_mean(gp, NULL, alone);
    assert_true(blind.mean > -0.5 && pit(alone) > -0.8);
    assert_int_equal(muster_gp_crowd(crowd, gp, u, y, N, 0), MUSTER_OK);
    struct muster_proposal informed = least_mean(gp, crowd, x);
    assert_true(pit(x) < -0.8);
    assert_true(informed.mean < -0.65);

    /* Points one after the other, the last of them pending, and other parameters in between. */
    double value = y[N - 1], parameters[D + 2];
    y[N - 1] = NAN;
    assert_int_equal(muster_gp_crowd(crowd, gp, u, y, N / 2, 0), MUSTER_OK);
    assert_int_equal(muster_gp_crowd(crowd, gp, u, y, N, N / 2), MUSTER_OK);
    struct muster_proposal pending = least_mean(gp, crowd, again);
    y[N - 1] = value;
    assert_true(isfinite(pending.mean) && pit(again) < -0.8);
    muster_gp_get(crowd, parameters);
    parameters[0] += 0.5;
    muster_gp_set(crowd, parameters);
    assert_int_equal(muster_gp_crowd(crowd, gp, u, y, N, N - 1), MUSTER_OK);
    assert_true(least_mean(gp, crowd, again).mean == informed.mean);
    assert_memory_equal(again, x, sizeof x);
    muster_gp_destroy(&crowd);
    muster_gp_destroy(&gp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(proposals_rest_on_all_points)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
