/* Local steps: what they promise while others are pending. */
#include "test.h"
#include "muster/surrogate.h"
#include "spaces.h"

enum { N = 14, D = 2 };

static bool none_taken(const void *context, const double *x)
{
    (void)context;
    (void)x;
    return false;
}

/* A step about the best of the first N points; what is predicted there. */
static double promised(const struct muster_space *space, const double *u, const double *y, size_t n)
{
    struct muster_local local = {.u = u,
                                 .y = y,
                                 .n = n,
                                 .radius = 0.2,
                                 .stream = muster_stream_of(7, 1, -1, MUSTER_FOR_SEARCH),
                                 .taken = none_taken};
    struct muster_proposal proposal;
    double x[D];
    bool found;
    for (size_t i = 1; i < N; i++)
        if (y[i] < y[local.centre])
            local.centre = i;
    assert_int_equal(muster_local_step(space, &muster_solver_lapack, &local, x, &proposal, &found),
                     MUSTER_OK);
    assert_true(found && proposal.deviation >= 0);
    return proposal.mean;
}

/* Positive values that fall over decades towards a valley: a model of plain ones promises negative
 * ones, that of a step with others pending does not. */
static void pending_steps_promise_nothing_impossible(void **state)
{
    struct muster_space space = plain_space(D);
    double u[(N + 1) * D], y[N + 1], x[D];
    (void)state;
    for (int i = 0; i <= N; i++) {
        random_point(&space, i, u + i * D, x);
        y[i] = exp(6 * (pow(u[i * D] - 0.1, 2) + pow(u[i * D + 1] - 0.9, 2)));
    }
    double plain = promised(&space, u, y, N);
    y[N] = NAN;
    double careful = promised(&space, u, y, N + 1);
    assert_true(plain < 0 && careful > 0);
}

/* Near the least value plain ones promise little, and stay: the step is the one that it would be if
 * nothing were pending far away. */
static void steps_near_the_least_value_stay_plain(void **state)
{
    struct muster_space space = plain_space(D);
    double u[(N + 1) * D], y[N + 1], x[D];
    (void)state;
    for (int i = 0; i <= N; i++) {
        random_point(&space, i, u + i * D, x);
        if (i == 0)
            u[0] = u[1] = 0.48;
        y[i] = exp(6 * (pow(u[i * D] - 0.5, 2) + pow(u[i * D + 1] - 0.5, 2)));
    }
    u[N * D] = u[N * D + 1] = 1;
    double alone = promised(&space, u, y, N);
    y[N] = NAN;
    assert_true(promised(&space, u, y, N + 1) == alone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pending_steps_promise_nothing_impossible),
        cmocka_unit_test(steps_near_the_least_value_stay_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
