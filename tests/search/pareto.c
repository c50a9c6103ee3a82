/* Ranks against their definition, hypervolumes against known ones, and what proposals are shown of
 * several objectives and of broken constraints. */
#include "drive.h"

#include "search/search_impl.h"

enum { MANY = 150, MOST_OBJECTIVES = 4 };

static double noise(uint64_t i)
{
    return muster_random_uniform(muster_stream_of(5, 0, -1, MUSTER_FOR_NOISE), i);
}

/* Values of few levels, so that points tie and coincide. */
static void fill(double *f, double *violation, size_t m, uint64_t round)
{
    for (size_t i = 0; i < MANY; i++) {
        for (size_t k = 0; k < m; k++)
            f[i * m + k] = floor(8 * noise((round * MANY + i) * 8 + k));
        violation[i] = fmax(0, floor(6 * noise((round * MANY + i) * 8 + 7)) - 2);
    }
}

static bool beats(const double *f, const double *violation, size_t m, size_t a, size_t b)
{
    if (violation != NULL && violation[a] != violation[b])
        return violation[a] < violation[b];
    return muster_dominates(f + a * m, f + b * m, m);
}

/* By peeling: what nothing left beats is the next front. */
static void check_ranks(const double *f, const double *violation, size_t m, const size_t *rank)
{
    bool gone[MANY] = {false};
    size_t left = MANY;
    for (size_t front = 0; left > 0; front++) {
        bool now[MANY] = {false};
        for (size_t i = 0; i < MANY; i++) {
            now[i] = !gone[i];
            for (size_t j = 0; j < MANY && now[i]; j++)
                now[i] = gone[j] || !beats(f, violation, m, j, i);
        }
        for (size_t i = 0; i < MANY; i++) {
            assert_int_equal(now[i], rank[i] == front);
            left -= now[i];
            gone[i] = gone[i] || now[i];
        }
    }
}

static void ranks_are_those_of_peeling(void **state)
{
    double f[MANY * MOST_OBJECTIVES], violation[MANY];
    size_t rank[MANY];
    (void)state;
    for (size_t m = 1; m <= MOST_OBJECTIVES; m++)
        for (uint64_t round = 0; round < 4; round++) {
            const double *broken = round % 2 ? violation : NULL;
            fill(f, violation, m, round);
            assert_int_equal(muster_pareto_rank(f, broken, MANY, m, rank), MUSTER_OK);
            check_ranks(f, broken, m, rank);
        }
    assert_int_equal(muster_pareto_rank(f, NULL, 0, 2, rank), MUSTER_OK);
}

static void hypervolumes_are_known(void **state)
{
    enum { FINE = 1000 };
    double *f = muster_alloc(3 * FINE, sizeof *f), volume;
    const double r2[] = {1, 1}, r3[] = {1, 1, 1}, far[] = {2, 2, 2};
    (void)state;
    assert_int_equal(muster_hypervolume(f, 0, 2, r2, &volume), MUSTER_OK);
    assert_true(volume == 0);
    /* ZDT1: f2 = 1 - sqrt(f1); between front and (1, 1) lie 2/3, of n steps 1/(2n) less at most. */
    for (int i = 0; i < FINE; i++) {
        f[2 * i] = pow((double)i / FINE, 2);
        f[2 * i + 1] = 1 - sqrt(f[2 * i]);
    }
    assert_int_equal(muster_hypervolume(f, FINE, 2, r2, &volume), MUSTER_OK);
    assert_true(volume < 2.0 / 3 && volume > 2.0 / 3 - 1.0 / FINE);
    /* Cubes from three corners: 3 a^2 (1 - a) of the overlaps' inclusion and exclusion. */
    const double corners[] = {0, .5, .5, .5, 0, .5, .5, .5, 0, .9, .9, .9, 1.5, 0, 0};
    assert_int_equal(muster_hypervolume(corners, 5, 3, r3, &volume), MUSTER_OK);
    assert_true(fabs(volume - .5) < 1e-15); /* 3 * 1/4 - 3 * 1/8 + 1/8 */
    const double point[] = {.5, 1, 1.5};
    assert_int_equal(muster_hypervolume(point, 1, 3, far, &volume), MUSTER_OK);
    assert_true(fabs(volume - .75) < 1e-15);
    muster_free(f);
}

/* The share of random points that some point dominates. */
static void hypervolumes_are_those_of_sampling(void **state)
{
    enum { POINTS = 12, SAMPLES = 200000 };
    const double r[] = {1, 1, 1, 1};
    double f[POINTS * MOST_OBJECTIVES], volume, at[MOST_OBJECTIVES];
    (void)state;
    for (size_t m = 1; m <= MOST_OBJECTIVES; m++) {
        int64_t inside = 0;
        for (size_t i = 0; i < POINTS * m; i++)
            f[i] = noise(100000 + i);
        for (uint64_t s = 0; s < SAMPLES; s++) {
            bool dominated = false;
            for (size_t k = 0; k < m; k++)
                at[k] = noise(200000 + s * MOST_OBJECTIVES + k);
            for (size_t i = 0; i < POINTS && !dominated; i++)
                dominated = muster_dominates(f + i * m, at, m);
            inside += dominated;
        }
        assert_int_equal(muster_hypervolume(f, POINTS, m, r, &volume), MUSTER_OK);
        double share = (double)inside / SAMPLES;
        assert_true(fabs(volume - share) < 5 * sqrt(share * (1 - share) / SAMPLES) + 1e-12);
    }
}

/* ---- what is shown --------------------------------------------------------------------------- */

static struct muster_outcomes *told_pairs(const double (*pairs)[2], const double *violation,
                                          int64_t n)
{
    struct muster_outcomes *outcomes;
    assert_int_equal(muster_outcomes_create(2, 0, 42, &outcomes), MUSTER_OK);
    assert_int_equal(muster_outcomes_reserve(outcomes, (size_t)n), MUSTER_OK);
    for (int64_t i = 0; i < n; i++) {
        struct muster_told told = {.score = pairs[i][0],
                                   .objectives = pairs[i],
                                   .violation = violation == NULL ? 0 : violation[i]};
        assert_int_equal(muster_outcomes_put(outcomes, i, &told), MUSTER_OK);
    }
    return outcomes;
}

/* Whatever the weights, what dominates is shown better; over many proposals, each point of a convex
 * front is the best one of some, however the objectives are scaled. */
static void weights_spread_over_the_front(void **state)
{
    const double pairs[][2] = {{0, 1e6}, {1, 1e5}, {2, 1e4}, {3, 1}, {2.5, 2e6}, {3, 1e6}};
    const int64_t known[] = {0, 1, 2, 3, 4, 5};
    int wins[6] = {0};
    struct muster_outcomes *outcomes = told_pairs(pairs, NULL, 6);
    (void)state;
    assert_false(muster_outcomes_steady(outcomes));
    for (int64_t id = 6; id < 206; id++) {
        struct muster_view view = {.id = id, .known = known, .n_known = 6};
        double score[6];
        int best = 0;
        for (int i = 0; i < 6; i++) {
            score[i] = muster_outcomes_shown(outcomes, &view, i)->score;
            best = score[i] < score[best] ? i : best;
        }
        assert_true(score[0] < score[4] && score[1] < score[5]);
        wins[best]++;
    }
    for (int i = 0; i < 4; i++)
        assert_true(wins[i] > 10);
    assert_int_equal(wins[4] + wins[5], 0);
    muster_outcomes_destroy(&outcomes);
}

static void infeasible_results_are_shown_behind(void **state)
{
    const double pairs[][2] = {{0, 0}, {1, 3}, {2, 1}, {-5, -5}};
    const double violation[] = {0.2, 0, 0, 0.1};
    const int64_t known[] = {0, 1, 2, 3};
    struct muster_outcomes *outcomes = told_pairs(pairs, violation, 4);
    (void)state;
    for (int64_t id = 4; id < 40; id++) {
        struct muster_view view = {.id = id, .known = known, .n_known = 4};
        double score[4];
        for (int i = 0; i < 4; i++)
            score[i] = muster_outcomes_shown(outcomes, &view, i)->score;
        assert_true(fmax(score[1], score[2]) < score[3] && score[3] < score[0]);
        assert_true(muster_outcomes_raw(outcomes, 3)->objectives[1] == -5);
    }
    muster_outcomes_destroy(&outcomes);
}

static void one_objective_is_shown_as_told(void **state)
{
    struct muster_outcomes *outcomes;
    const int64_t known[] = {1, 0};
    struct muster_view view = {.id = 2, .known = known, .n_known = 2};
    struct muster_told told = {.score = 7, .deviation = 2};
    (void)state;
    assert_int_equal(muster_outcomes_create(1, 0, 42, &outcomes), MUSTER_OK);
    assert_int_equal(muster_outcomes_reserve(outcomes, 2), MUSTER_OK);
    assert_int_equal(muster_outcomes_put(outcomes, 0, &told), MUSTER_OK);
    assert_true(muster_outcomes_steady(outcomes));
    assert_true(muster_outcomes_shown(outcomes, &view, 0)->score == 7);
    told = (struct muster_told){.score = 5, .violation = 1};
    assert_int_equal(muster_outcomes_put(outcomes, 1, &told), MUSTER_OK);
    assert_false(muster_outcomes_steady(outcomes));
    assert_true(muster_outcomes_shown(outcomes, &view, 0)->score == 7);
    assert_true(muster_outcomes_shown(outcomes, &view, 0)->deviation == 2);
    assert_true(muster_outcomes_shown(outcomes, &view, 1)->score > 7);
    muster_outcomes_destroy(&outcomes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_are_those_of_peeling),
        cmocka_unit_test(hypervolumes_are_known),
        cmocka_unit_test(hypervolumes_are_those_of_sampling),
        cmocka_unit_test(weights_spread_over_the_front),
        cmocka_unit_test(infeasible_results_are_shown_behind),
        cmocka_unit_test(one_objective_is_shown_as_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
