/* Folds that race: a step ends with the first fold, in their order, that decides against it, with
 * the same bits in any group; and shares of the rows. */
#include "fixture.h"

#include <math.h>
#include <string.h>

enum { FOLDS = 5, EPOCHS = 4 };

#define STUDY                                                                \
    "network: [{dense: {units: 8, activation: relu}}]\ntrain: {epochs: 4}\n" \
    "validate: {folds: 5, metric: log_loss, report: [accuracy]}\n"

static bool count_poll(void *context)
{
    ++*(int *)context;
    return false;
}

/* On rank 0 of the group what came out; *polls: epochs that this rank trained. */
static struct muster_result run(const struct fixture *fixture, struct muster_comm *group,
                                const struct muster_step *step, int *polls)
{
    struct muster_result result = fixture_result(fixture->trainer);
    struct muster_interrupt interrupt = {.asked = count_poll, .context = polls};
    *polls = 0;
    if (muster_trainer_run(fixture->trainer, group, step, &interrupt, &result) != MUSTER_OK)
        fail_msg("%s", muster_error_text());
    return result;
}

static void same(const struct muster_result *a, const struct muster_result *b)
{
    struct muster_pack left = {0}, right = {0};
    muster_result_pack(a, &left);
    muster_result_pack(b, &right);
    assert_int_equal(left.length, right.length);
    assert_memory_equal(left.data, right.data, left.length);
    muster_pack_free(&left);
    muster_pack_free(&right);
}

/* `raced` is `whole` up to its n-th fold. */
static void check_cut(const struct muster_result *whole, const struct muster_result *raced,
                      size_t n)
{
    double mean = 0;
    for (size_t k = 0; k < FOLDS; k++) {
        mean += k < n ? whole->scores[k] / (double)n : 0;
        assert_int_equal(raced->fold_epochs[k], k < n ? EPOCHS : 0);
        assert_int_equal(isnan(raced->curves[k * EPOCHS]), k >= n);
        assert_int_equal(isnan(raced->scores[FOLDS + k]), k >= n);
        if (k < n)
            assert_memory_equal(&raced->scores[k], &whole->scores[k], sizeof(double));
    }
    assert_true(fabs(raced->score - mean) < 1e-12);
    assert_int_equal(raced->state, n < FOLDS ? MUSTER_PRUNED : MUSTER_COMPLETE);
    assert_true(n == FOLDS || strstr(raced->reason, "racing: after") != NULL);
    assert_true(n == FOLDS || raced->flops < whole->flops * ((double)n + 0.5) / FOLDS);
}

/* The first n whose mean is no better, by hand. */
static size_t first_worse(const double *scores, double threshold)
{
    double sum = 0;
    for (size_t n = 1; n < FOLDS; n++) {
        sum += scores[n - 1];
        if (sum / (double)n >= threshold)
            return n;
    }
    return FOLDS;
}

static void check_threshold(const struct fixture *fixture, struct muster_comm *alone,
                            const struct muster_result *whole, double threshold)
{
    struct muster_step step = fixture_step(3, NULL);
    const size_t n = first_worse(whole->scores, threshold);
    int polls;
    step.threshold = threshold;
    struct muster_result single = run(fixture, alone, &step, &polls);
    assert_int_equal(polls, n * EPOCHS);
    check_cut(whole, &single, n);
    struct muster_result shared = run(fixture, world, &step, &polls);
    if (muster_comm_rank(world) == 0)
        same(&single, &shared);
    muster_result_clear(&single);
    muster_result_clear(&shared);
}

static void the_first_fold_that_decides_ends_it(void **state)
{
    struct fixture fixture = fixture_make(FIXTURE_NOISE, STUDY);
    struct muster_step step = fixture_step(3, NULL);
    struct muster_comm *alone;
    double sum = 0;
    int polls;
    (void)state;
    assert_int_equal(muster_comm_split(world, muster_comm_rank(world), &alone), MUSTER_OK);
    struct muster_result whole = run(&fixture, alone, &step, &polls);
    check_threshold(&fixture, alone, &whole, 0);
    check_threshold(&fixture, alone, &whole, 100);
    for (size_t n = 0; n < FOLDS; n++) {
        sum += whole.scores[n];
        check_threshold(&fixture, alone, &whole, sum / (double)(n + 1) - 1e-9);
    }
    muster_result_clear(&whole);
    muster_comm_destroy(&alone);
    fixture_free(&fixture);
}

/* Behind by 2.2 deviations of a mean over all folds after the first fold, by 4 after the second. */
static void what_is_behind_for_all_that_chance_can_do_ends(void **state)
{
    struct fixture fixture = fixture_make(FIXTURE_NOISE, STUDY);
    struct muster_step step = fixture_step(3, NULL);
    double level[FOLDS];
    int polls;
    (void)state;
    struct muster_result whole = run(&fixture, world, &step, &polls);
    assert_int_equal(muster_broadcast(world, whole.scores, FOLDS * sizeof(double), 0), MUSTER_OK);
    step.level = level;
    step.variance = 0.05 * 0.05;
    step.freedom = 4;
    for (int ahead = 0; ahead < 2; ahead++) {
        for (size_t k = 0; k < FOLDS; k++)
            level[k] = whole.scores[k] + 0.001 * (double)k;
        step.threshold = ahead ? -0.1 : 0.1;
        struct muster_result raced = run(&fixture, world, &step, &polls);
        if (muster_comm_rank(world) == 0)
            check_cut(&whole, &raced, ahead ? 2 : FOLDS);
        muster_result_clear(&raced);
    }
    muster_result_clear(&whole);
    fixture_free(&fixture);
}

/* Of 153 rows in three classes a share of six has two of each, which tell separated classes apart.
 */
static void a_share_of_the_rows_has_all_classes(void **state)
{
    struct fixture fixture =
        fixture_make(FIXTURE_BLOBS, "network: [{dense: {units: 8}}]\n"
                                    "train: {epochs: 60, learning_rate: 0.3, batch_size: 1}\n"
                                    "validate: {folds: 5, metric: accuracy}\n");
    struct muster_step step = fixture_step(1, NULL);
    double flops[2];
    int polls;
    (void)state;
    for (int half = 0; half < 2; half++) {
        step.rows = half ? 0.5 : 6.0 / 153.0;
        struct muster_result part = run(&fixture, world, &step, &polls);
        flops[half] = part.flops;
        if (muster_comm_rank(world) == 0) {
            assert_true(part.score > 0.85);
            assert_int_equal(part.state, MUSTER_COMPLETE);
        }
        muster_result_clear(&part);
    }
    step.rows = 0;
    struct muster_result whole = run(&fixture, world, &step, &polls);
    if (muster_comm_rank(world) == 0)
        assert_true(flops[0] < 0.15 * whole.flops && flops[1] < 0.6 * whole.flops &&
                    flops[1] > 0.5 * whole.flops);
    muster_result_clear(&whole);
    fixture_free(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_fold_that_decides_ends_it),
        cmocka_unit_test(what_is_behind_for_all_that_chance_can_do_ends),
        cmocka_unit_test(a_share_of_the_rows_has_all_classes),
    };
    return fixture_run(tests, sizeof tests / sizeof *tests);
}
