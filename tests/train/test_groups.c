/* The bits of a result do not depend on how many ranks share the folds, and repeat. */
#include "fixture.h"

#include <math.h>
#include <string.h>

#define NET "network: [{dense: {units: 16, activation: relu}}, {dropout: 0.2}]\n"

/* The whole world as a group against every rank on its own. */
static void compare(const struct fixture *fixture, struct muster_step step)
{
    struct muster_comm *alone;
    assert_int_equal(muster_comm_split(world, muster_comm_rank(world), &alone), MUSTER_OK);
    struct muster_pack single = fixture_pack(fixture, alone, step);
    struct muster_pack shared = fixture_pack(fixture, world, step);
    step.trial++;
    struct muster_pack other = fixture_pack(fixture, alone, step);
    if (muster_comm_rank(world) == 0) {
        assert_int_equal(shared.length, single.length);
        assert_memory_equal(shared.data, single.data, single.length);
        assert_true(other.length != single.length ||
                    memcmp(other.data, single.data, single.length) != 0);
    }
    muster_pack_free(&single);
    muster_pack_free(&shared);
    muster_pack_free(&other);
    muster_comm_destroy(&alone);
}

static void classification(void **state)
{
    (void)state;
    struct fixture fixture =
        fixture_make(FIXTURE_BLOBS, NET "train: {epochs: 8, optimizer: adam, early_stopping: "
                                        "{patience: 2}}\nvalidate: {report: [log_loss, f1]}\n");
    compare(&fixture, fixture_step(4, NULL));
    fixture_free(&fixture);
}

static void regression_of_some_folds(void **state)
{
    (void)state;
    struct fixture fixture =
        fixture_make(FIXTURE_LINEAR, NET "train: {epochs: 6, batch_size: 7}\n");
    struct muster_step step = fixture_step(2, NULL);
    step.first_fold = 1;
    step.n_folds = 3;
    step.to_epoch = 4;
    compare(&fixture, step);
    fixture_free(&fixture);
}

static void divergence(void **state)
{
    (void)state;
    struct fixture fixture = fixture_make(
        FIXTURE_LINEAR,
        "network: [{dense: {units: 8, activation: identity}}]\n"
        "train: {epochs: 9, learning_rate: 0.3, batch_size: 20}\n"); /* fails in fold 2 */
    compare(&fixture, fixture_step(2, NULL));
    fixture_free(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(classification),
                                       cmocka_unit_test(regression_of_some_folds),
                                       cmocka_unit_test(divergence)};
    return fixture_run(tests, sizeof tests / sizeof *tests);
}
