/* Maximisation of the acquisition: it beats random search, stays in the space, and never proposes
 * what is taken until nothing else is left; the enumeration that it falls back on. */
#include "test.h"
#include "muster/surrogate.h"
#include "spaces.h"

enum { N = 30 };

struct taken {
    const struct muster_space *space;
    size_t n;
    double x[64][PLAIN_MOST];
};

static bool is_taken(const void *context, const double *x)
{
    const struct taken *taken = context;
    for (size_t i = 0; i < taken->n; i++)
        if (muster_space_equal(taken->space, taken->x[i], x))
            return true;
    return false;
}

/* A fitted process over n random points; the incumbent's index. */
static struct muster_gp *fitted(struct taken *taken, size_t n, double *u, double *y)
{
    struct muster_gp *gp;
    const struct muster_space *space = taken->space;
    for (size_t i = 0; i < n; i++) {
        random_point(space, (int64_t)i, u + i * space->d, taken->x[i]);
        y[i] = value_at(space, taken->x[i]);
    }
    taken->n = n;
    assert_int_equal(muster_gp_create(space, &muster_solver_lapack, &gp), MUSTER_OK);
    assert_int_equal(muster_gp_observe(gp, u, y, n), MUSTER_OK);
    assert_int_equal(muster_gp_fit(gp), MUSTER_OK);
    return gp;
}

/* Of n observations. */
static struct muster_acquisition acquisition_of(const struct taken *taken, size_t n,
                                                const double *u, const double *y, int64_t id)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (y[i] < y[best])
            best = i;
    return (struct muster_acquisition){.criterion.best = y[best],
                                       .elite = u + best * taken->space->d,
                                       .n_elite = 1,
                                       .stream = muster_stream_of(5, id, -1, MUSTER_FOR_SEARCH),
                                       .taken = is_taken,
                                       .context = taken};
}

static void beats_random(const struct muster_space *space)
{
    struct taken taken = {.space = space};
    double u[N * PLAIN_MOST], y[N], at[PLAIN_MOST], x[PLAIN_MOST], mean, deviation;
    struct muster_gp *gp = fitted(&taken, N, u, y);
    for (int64_t id = 0; id < 5; id++) {
        struct muster_acquisition acquisition = acquisition_of(&taken, N, u, y, id);
        struct muster_proposal proposal;
        bool exhausted;
        assert_int_equal(muster_acquire(gp, &acquisition, x, &proposal, &exhausted), MUSTER_OK);
        assert_true(is_valid(space, x) && !exhausted && !is_taken(&taken, x));
        for (int64_t k = 0; k < 3000; k++) {
            random_point(space, 10000 + k, at, x);
            muster_gp_predict(gp, at, &mean, &deviation, NULL, NULL);
            assert_true(muster_log_ei(acquisition.criterion.best, mean, deviation) <=
                        proposal.value + 1e-9);
        }
    }
    muster_gp_destroy(&gp);
}

static void beats_random_plain(void **state)
{
    struct muster_space space = plain_space(5);
    (void)state;
    beats_random(&space);
}

static void beats_random_mixed(void **state)
{
    (void)state;
    beats_random(&mixed_space);
}

static void takes_every_point_of_a_finite_space(void **state)
{
    struct taken taken = {.space = &finite_space};
    double u[2 * FINITE], y[2], x[FINITE];
    struct muster_gp *gp = fitted(&taken, 2, u, y);
    struct muster_proposal proposal;
    bool exhausted = false;
    (void)state;
    taken.n = muster_space_equal(&finite_space, taken.x[0], taken.x[1]) ? 1 : 2;
    for (int64_t id = 0; taken.n < FINITE_POINTS; id++, taken.n++) {
        struct muster_acquisition acquisition = acquisition_of(&taken, 2, u, y, id);
        assert_int_equal(muster_acquire(gp, &acquisition, x, &proposal, &exhausted), MUSTER_OK);
        assert_true(!exhausted && !is_taken(&taken, x) && is_valid(&finite_space, x));
        memcpy(taken.x[taken.n], x, sizeof x);
    }
    struct muster_acquisition acquisition = acquisition_of(&taken, 2, u, y, 99);
    assert_int_equal(muster_acquire(gp, &acquisition, x, &proposal, &exhausted), MUSTER_OK);
    assert_true(exhausted && is_valid(&finite_space, x));
    muster_gp_destroy(&gp);
}

static void enumeration_is_complete_and_distinct(void **state)
{
    struct taken taken = {.space = &finite_space};
    size_t level[FINITE];
    double x[FINITE];
    (void)state;
    muster_space_first(&finite_space, 0, level, x);
    do {
        assert_true(is_valid(&finite_space, x) && !is_taken(&taken, x));
        memcpy(taken.x[taken.n++], x, sizeof x);
    } while (muster_space_next(&finite_space, 0, level, x));
    assert_int_equal(taken.n, FINITE_POINTS);
    assert_true(muster_space_equal(&finite_space, x, taken.x[0])); /* it starts over */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beats_random_plain),
        cmocka_unit_test(beats_random_mixed),
        cmocka_unit_test(takes_every_point_of_a_finite_space),
        cmocka_unit_test(enumeration_is_complete_and_distinct),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
