/* Ranks that share the refit: any number of them gives the bits of one rank alone, and they stop
 * and fail as one and wait for nobody. With four shards 3 ranks have two, one and one, and of 7
 * ranks three have nothing to do. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#define PARALLEL "parallel: {shards: 4}\n"

static const struct {
    enum fixture_data data;
    const char *more, *rest;
} studies[] = {
    {FIXTURE_BLOBS, "",
     "network: [{dense: {units: 96}}, batchnorm, {dropout: 0.2}, {dense: {units: 97}}]\n"
     "train: {epochs: 5, optimizer: adam, clip_norm: 0.2, ema: 0.9}\n" PARALLEL},
    {FIXTURE_LINEAR, ", block: 30",
     "network: [{dense: {units: 9}}]\ntrain: {epochs: 5, batch_size: 16}\n" PARALLEL},
    /* Diverges on its way. */
    {FIXTURE_LINEAR, "",
     "network: [{dense: {units: 8, activation: identity}}]\n"
     "train: {epochs: 9, learning_rate: 3, batch_size: 20}\n" PARALLEL},
    {FIXTURE_BLOBS, "",
     "network: [{dense: {units: 7}}]\ntrain: {epochs: 3, augment: {mixup: 0.4}}\n" PARALLEL}};

enum { STUDIES = sizeof studies / sizeof *studies, DIVERGES = 2, TRIAL = 5 };

static struct fixture make(size_t i)
{
    return fixture_make_with(studies[i].data, studies[i].more, studies[i].rest);
}

/* Ranks that have a part in it. */
static int sharers(void)
{
    return muster_comm_size(world) < 4 ? muster_comm_size(world) : 4;
}

struct polls {
    int n, stop; /* which one is answered by true; 0: none */
};

static bool asked(void *context)
{
    struct polls *polls = context;
    return ++polls->n == polls->stop;
}

/* Collective on `comm`; this rank's alone where it is NULL. */
static enum muster_status refit(const struct fixture *fixture, struct muster_comm *comm,
                                struct polls *polls, struct muster_refit *made)
{
    const struct muster_refit_of of = {.trial = TRIAL,
                                       .epochs = (int64_t)muster_trainer_epochs(fixture->trainer)};
    const struct muster_interrupt interrupt = {.asked = asked, .context = polls};
    return muster_trainer_refit(fixture->trainer, comm, &of, polls != NULL ? &interrupt : NULL,
                                made);
}

/* All ranks that share it have the status of the first. */
static void all_say(enum muster_status status)
{
    enum muster_status first = status;
    assert_int_equal(muster_broadcast(world, &first, sizeof first, 0), MUSTER_OK);
    if (muster_comm_rank(world) < sharers())
        assert_int_equal(status, first);
}

static void same(const struct fixture *fixture, const struct muster_refit *a,
                 const struct muster_refit *b)
{
    const size_t outputs = muster_data_info(muster_trainer_data(fixture->trainer))->outputs;
    size_t n;
    const float *weights = muster_net_weights(a->net, &n);
    assert_memory_equal(weights, muster_net_weights(b->net, &n), n * sizeof *weights);
    const float *state = muster_net_state(a->net, &n);
    assert_true(n == 0 || memcmp(state, muster_net_state(b->net, &n), n * sizeof *state) == 0);
    if (a->test_rows == 0)
        return;
    assert_memory_equal(a->test_metrics, b->test_metrics,
                        muster_trainer_metrics(fixture->trainer) * sizeof *a->test_metrics);
    assert_memory_equal(a->test_prediction, b->test_prediction,
                        a->test_rows * outputs * sizeof *a->test_prediction);
}

static void bits_are_those_of_one_rank(void **state)
{
    (void)state;
    for (size_t i = 0; i < STUDIES; i++) {
        struct fixture fixture = make(i);
        struct muster_refit alone, shared;
        const enum muster_status wanted = i == DIVERGES ? MUSTER_BAD_DATA : MUSTER_OK;
        assert_int_equal(refit(&fixture, NULL, NULL, &alone), wanted);
        const enum muster_status status = refit(&fixture, world, NULL, &shared);
        all_say(status);
        if (muster_comm_rank(world) == 0) {
            assert_int_equal(status, wanted);
            if (status == MUSTER_OK)
                same(&fixture, &alone, &shared);
        } else {
            assert_null(shared.net);
        }
        muster_refit_clear(&alone);
        muster_refit_clear(&shared);
        fixture_free(&fixture);
    }
}

/* The first rank alone is asked; what it put aside is gone on with by any number of ranks. */
static void all_stop_with_the_first(void **state)
{
    (void)state;
    struct fixture fixture = make(0);
    struct muster_refit whole, rest = {0};
    const struct muster_keeping keeping = {
        .folder = fixture_folder, .limit = 1e9, .every = 1e9, .identity = 1};
    assert_int_equal(refit(&fixture, NULL, NULL, &whole), MUSTER_OK);
    assert_int_equal(muster_trainer_keep(fixture.trainer, &keeping), MUSTER_OK);
    for (int shared = 0; shared < 2; shared++) { /* alone after the stop, and together */
        struct polls stop = {.stop = 3}, none = {0};
        const enum muster_status stopped = refit(&fixture, world, &stop, &rest);
        all_say(stopped);
        assert_true(muster_comm_rank(world) >= sharers() || stopped == MUSTER_STOPPED);
        assert_int_equal(stop.n, muster_comm_rank(world) == 0 ? 3 : 0);
        muster_barrier(world);
        if (shared || muster_comm_rank(world) == 0)
            assert_int_equal(refit(&fixture, shared ? world : NULL, &none, &rest), MUSTER_OK);
        if (muster_comm_rank(world) == 0) {
            assert_int_equal(none.n, 3); /* of five epochs two were done */
            same(&fixture, &whole, &rest);
        }
        muster_refit_clear(&rest);
        if (muster_comm_rank(world) == 0)
            muster_keep_clear(fixture_folder);
        muster_barrier(world);
    }
    muster_refit_clear(&whole);
    fixture_free(&fixture);
}

/* The n-th call of a kind fails on the last rank that shares it. In the test on the first rank the
 * others are through. */
static enum muster_status ends(size_t study, const char *kind, int n)
{
    struct fixture fixture = make(study);
    const int64_t blocks = muster_memory_blocks();
    struct muster_refit made;
    char fault[64];
    snprintf(fault, sizeof fault, "%s:%d@%d", kind, n, sharers() - 1);
    muster_fault_set(fault, muster_comm_rank(world));
    enum muster_status status = refit(&fixture, world, NULL, &made);
    muster_fault_set(NULL, 0);
    all_say(status);
    muster_refit_clear(&made);
    assert_int_equal(muster_memory_blocks(), blocks);
    assert_int_equal(muster_broadcast(world, &status, sizeof status, 0), MUSTER_OK);
    fixture_free(&fixture);
    return status;
}

static void memory_fails_on_one(void **state)
{
    (void)state;
    enum muster_status status = MUSTER_NO_MEMORY;
    int n = 1;
    for (; status != MUSTER_OK; n += muster_comm_size(world) > 1 ? 5 : 3) {
        status = ends(0, "alloc", n);
        assert_true(status == MUSTER_OK || status == MUSTER_NO_MEMORY);
    }
    assert_true(n > 20);
}

static void reading_fails_on_one(void **state)
{
    (void)state;
    enum muster_status status = MUSTER_IO;
    int n = 1;
    for (; status != MUSTER_OK; n += 3) {
        status = ends(1, "open", n);
        assert_true(status == MUSTER_OK || status == MUSTER_IO);
    }
    assert_true(n > 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_are_those_of_one_rank), cmocka_unit_test(all_stop_with_the_first),
        cmocka_unit_test(memory_fails_on_one), cmocka_unit_test(reading_fails_on_one)};
    return fixture_run(tests, sizeof tests / sizeof *tests);
}
