/* Ranks that share folds: whatever a study asks of its trainings, a group of any number of ranks
 * gives the bits of one rank alone, stops and fails as one, and waits for nobody. With two folds, 3
 * ranks are two teams of 1 and 2, and 7 are teams of 3 and 4. */
#include "fixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TWO "validate: {folds: 2, report: [log_loss]}\n"

struct text {
    enum fixture_data data;
    int shards;
    const char *more, *rest;
};

#define NORMED "network: [{dense: {units: 24, activation: relu}}, batchnorm, {dropout: 0.3}]\n"
/* More weights than are sent in whole. */
#define LARGE "network: [{dense: {units: 96}}, batchnorm, {dropout: 0.2}, {dense: {units: 97}}]\n"

static const struct text studies[] = {
    {FIXTURE_BLOBS, 1, "", NORMED TWO "train: {epochs: 2, optimizer: adam}\n"},
    {FIXTURE_BLOBS, 2, "", LARGE TWO "train: {epochs: 2, optimizer: adam, clip_norm: 0.2}\n"},
    {FIXTURE_BLOBS, 3, "", LARGE TWO "train: {epochs: 2, momentum: 0.9, batch_size: 20}\n"},
    {FIXTURE_BLOBS, 4, "", NORMED TWO "train: {epochs: 2, optimizer: adam, clip_norm: 0.2}\n"},
    /* Nodes that are no halves, batches whose shards are empty or have one row. */
    {FIXTURE_BLOBS, 5, "", LARGE TWO "train: {epochs: 1, batch_size: 7, clip_value: 0.01}\n"},
    {FIXTURE_BLOBS, 7, "", NORMED TWO "train: {epochs: 1, batch_size: 3, l1: 0.01, ema: 0.8}\n"},
    {FIXTURE_BLOBS, 3, "",
     NORMED TWO "train: {epochs: 2, augment: {mixup: 0.4}, class_weight: balanced}\n"},
    {FIXTURE_NOISE, 4, "",
     NORMED TWO "train: {epochs: 9, optimizer: adam, early_stopping: {patience: 2}}\n"},
    {FIXTURE_LINEAR, 4, ", block: 30",
     "network: [{dense: {units: 9}}]\ntrain: {epochs: 3, batch_size: 16, schedule: "
     "reduce_on_plateau}\nvalidate: {folds: 2}\n"},
    /* Diverges on its way. */
    {FIXTURE_LINEAR, 4, "",
     "network: [{dense: {units: 8, activation: identity}}]\n"
     "train: {epochs: 9, learning_rate: 0.3, batch_size: 20}\nvalidate: {folds: 2}\n"},
    {FIXTURE_NOISE, 2, "",
     "network: [{dense: {units: 3}}]\ntrain: {epochs: 1}\nvalidate: {folds: loo}\n"}};

enum { STUDIES = sizeof studies / sizeof *studies };

static struct fixture make(const struct text *study)
{
    char *rest = muster_format("%sparallel: {shards: %d}\n", study->rest, study->shards);
    struct fixture fixture = fixture_make_with(study->data, study->more, rest);
    muster_free(rest);
    return fixture;
}

/* The whole world as a group against its first rank alone. */
static void compare(const struct fixture *fixture, struct muster_step step)
{
    struct muster_comm *first;
    assert_int_equal(muster_comm_split(world, muster_comm_rank(world) == 0 ? 0 : -1, &first),
                     MUSTER_OK);
    struct muster_pack alone = fixture_pack(fixture, first, step),
                       shared = fixture_pack(fixture, world, step);
    assert_int_equal(shared.length, alone.length);
    assert_true(alone.length == 0 || memcmp(shared.data, alone.data, alone.length) == 0);
    muster_pack_free(&alone);
    muster_pack_free(&shared);
    muster_comm_destroy(&first);
}

static void bits_are_those_of_one_rank(void **state)
{
    (void)state;
    for (size_t i = 0; i < STUDIES; i++) {
        struct fixture fixture = make(&studies[i]);
        compare(&fixture, fixture_step(2, NULL));
        fixture_free(&fixture);
    }
}

/* Of one fold, of some of the rows, and where folds race. */
static void steps_too(void **state)
{
    (void)state;
    struct fixture fixture = make(&studies[3]);
    struct muster_step step = fixture_step(4, NULL);
    step.first_fold = 1;
    step.n_folds = 1;
    step.rows = 0.6;
    compare(&fixture, step);
    for (int i = 0; i < 2; i++) {
        step = fixture_step(4, NULL);
        step.threshold = i == 0 ? 2 : -2; /* no accuracy, and any */
        compare(&fixture, step);
    }
    fixture_free(&fixture);
}

/* ---- stops ------------------------------------------------------------------------------------
 */

struct polls {
    int n, stop; /* which one is answered by true; 0: none */
};

static bool asked(void *context)
{
    struct polls *polls = context;
    return ++polls->n == polls->stop;
}

/* Which poll is the one that stops, is the last: no further epoch is trained. */
static enum muster_status go(const struct fixture *fixture, int rank, int stop,
                             struct muster_result *result)
{
    struct polls polls = {.stop = muster_comm_rank(world) == rank ? stop : 0};
    struct muster_interrupt interrupt = {.asked = asked, .context = &polls};
    struct muster_step step = fixture_step(5, NULL);
    *result = fixture_result(fixture->trainer);
    const enum muster_status status =
        muster_trainer_run(fixture->trainer, world, &step, &interrupt, result);
    if (polls.stop > 0)
        assert_int_equal(polls.n, stop);
    return status;
}

/* What was put aside of step 5 lacks its end. */
static void damage(const char *folder)
{
    int damaged = 0;
    muster_barrier(world);
    for (int k = 0; muster_comm_rank(world) == 0 && k < 2; k++) {
        char path[80];
        snprintf(path, sizeof path, "%s/5-%d", folder, k);
        damaged += truncate(path, 200) == 0;
    }
    assert_true(muster_comm_rank(world) > 0 || damaged > 0);
    muster_barrier(world);
}

/* One rank is asked to stop: all do, and go on from what was put aside to the same bits, also where
 * the first rank finds that it is damaged. */
static void all_stop_with_one(void **state)
{
    (void)state;
    static const struct text study = {
        FIXTURE_NOISE, 4, "",
        NORMED "train: {epochs: 6, optimizer: adam, ema: 0.9}\nvalidate: {folds: 2}\n"};
    struct fixture fixture = make(&study);
    struct muster_result whole, part, rest;
    const struct muster_keeping keeping = {
        .folder = fixture_folder, .limit = 1e9, .every = 1e9, .identity = 1};
    assert_int_equal(go(&fixture, -1, 0, &whole), MUSTER_OK);
    assert_int_equal(muster_trainer_keep(fixture.trainer, &keeping), MUSTER_OK);
    const int last = muster_comm_size(world) - 1;
    for (int damaged = 0; damaged < 2; damaged++) {
        assert_int_equal(go(&fixture, last, 3, &part), MUSTER_STOPPED);
        if (damaged)
            damage(fixture_folder);
        assert_int_equal(go(&fixture, -1, 0, &rest), MUSTER_OK);
        assert_memory_equal(rest.curves, whole.curves,
                            3 * whole.folds * whole.epochs * sizeof *whole.curves);
        muster_result_clear(&part);
        muster_result_clear(&rest);
    }
    muster_result_clear(&whole);
    muster_barrier(world);
    if (last == 0 || muster_comm_rank(world) == 0)
        muster_keep_clear(fixture_folder);
    fixture_free(&fixture);
}

/* ---- failures ---------------------------------------------------------------------------------
 */

/* The n-th call of a kind fails on the last rank: all ranks end with the same, or with a result. */
static enum muster_status ends(const struct text *study, const char *kind, int n)
{
    struct fixture fixture = make(study);
    struct muster_result result = fixture_result(fixture.trainer);
    struct muster_step step = fixture_step(0, NULL);
    const int64_t blocks = muster_memory_blocks();
    char fault[64];
    snprintf(fault, sizeof fault, "%s:%d@%d", kind, n, muster_comm_size(world) - 1);
    muster_fault_set(fault, muster_comm_rank(world));
    const enum muster_status status =
        muster_trainer_run(fixture.trainer, world, &step, NULL, &result);
    muster_fault_set(NULL, 0);
    double both[2] = {status, -(double)status};
    assert_int_equal(muster_reduce_max(world, both, 2), MUSTER_OK);
    assert_true(both[0] == -both[1]);
    assert_int_equal(muster_memory_blocks(), blocks);
    muster_result_clear(&result);
    fixture_free(&fixture);
    return status;
}

static void memory_fails_on_one(void **state)
{
    (void)state;
    static const struct text study = {FIXTURE_BLOBS, 2, "",
                                      NORMED TWO "train: {epochs: 1, batch_size: 40}\n"};
    enum muster_status status = MUSTER_NO_MEMORY;
    for (int n = 1; status != MUSTER_OK; n += muster_comm_size(world) > 1 ? 11 : 3) {
        status = ends(&study, "alloc", n);
        assert_true(status == MUSTER_OK || status == MUSTER_NO_MEMORY);
    }
}

/* In preparation, training and validation. */
static void reading_fails_on_one(void **state)
{
    (void)state;
    enum muster_status status = MUSTER_IO;
    for (int n = 1; status != MUSTER_OK; n += muster_comm_size(world) > 1 ? 13 : 5) {
        status = ends(&studies[8], "open", n);
        assert_true(status == MUSTER_OK || status == MUSTER_IO);
        if (status == MUSTER_IO)
            assert_non_null(strstr(muster_error_text(), "cannot be read"));
    }
}

/* ---- memory ------------------------------------------------------------------------------------
 */

/* One fold, whose ranks all share it; seven shards, of which two ranks need more room than one. */
#define WIDE "network: [{dense: {repeat: 2, units: 300}}]\nvalidate: {folds: {holdout: 0.3}}\n"

struct meter {
    int n;        /* polls */
    double bytes; /* in use at the first */
};

static bool meter(void *context)
{
    struct meter *meter = context;
    if (meter->n++ == 0)
        meter->bytes = (double)muster_memory_bytes();
    return false;
}

static struct muster_cost cost_of(const struct fixture *fixture)
{
    const struct muster_sharing sharing = muster_sharing_of((size_t)muster_comm_size(world), 1, 7);
    struct muster_cost cost;
    assert_int_equal(muster_trainer_cost(fixture->trainer, NULL, &sharing, &cost), MUSTER_OK);
    return cost;
}

/* Runs a step, and returns how many ranks trained; *most: bytes of the one that needed most. */
static int train_metered(const struct fixture *fixture, double *most)
{
    struct meter polls = {0};
    struct muster_interrupt interrupt = {.asked = meter, .context = &polls};
    struct muster_step step = fixture_step(1, NULL);
    struct muster_result result = fixture_result(fixture->trainer);
    const double before = (double)muster_memory_bytes();
    assert_int_equal(muster_trainer_run(fixture->trainer, world, &step, &interrupt, &result),
                     MUSTER_OK);
    assert_true(muster_comm_rank(world) > 0 || result.state == MUSTER_COMPLETE);
    double trained = polls.n > 0;
    *most = polls.n > 0 ? polls.bytes - before : 0;
    assert_int_equal(muster_reduce_max(world, most, 1), MUSTER_OK);
    assert_int_equal(muster_reduce_sum(world, &trained, 1), MUSTER_OK);
    muster_result_clear(&result);
    return (int)trained;
}

/* The rank that needs most has what was told, and little besides: its scores, the preparation. */
static void memory_is_told(void **state)
{
    (void)state;
    static const struct text study = {FIXTURE_BLOBS, 7, "", WIDE "train: {epochs: 1}\n"};
    struct fixture fixture = make(&study);
    const struct muster_cost cost = cost_of(&fixture);
    const int ranks = muster_comm_size(world);
    double most;
    assert_int_equal(cost.mates, ranks);
    assert_int_equal(train_metered(&fixture, &most), ranks);
    assert_in_range((size_t)most, cost.bytes, cost.bytes + 30000);
    fixture_free(&fixture);
}

/* What one rank needs is enough for any number of them: where exchanges take more, fewer share. */
static void memory_is_kept(void **state)
{
    (void)state;
    static const struct text study = {FIXTURE_BLOBS, 7, "", WIDE "train: {epochs: 1}\n"};
    struct fixture fixture = make(&study);
    struct muster_cost cost;
    char rest[64 + sizeof WIDE];
    double most;
    assert_int_equal(muster_trainer_cost(fixture.trainer, NULL, NULL, &cost), MUSTER_OK);
    fixture_free(&fixture);
    snprintf(rest, sizeof rest, WIDE "train: {epochs: 1, memory: %zu}\n", cost.bytes);
    const struct text limited = {FIXTURE_BLOBS, 7, "", rest};
    fixture = make(&limited);
    const int ranks = muster_comm_size(world), mates = ranks == 2 ? 1 : ranks;
    assert_int_equal(cost_of(&fixture).mates, mates);
    assert_int_equal(train_metered(&fixture, &most), mates);
    assert_in_range((size_t)most, 1, cost.bytes + 30000);
    compare(&fixture, fixture_step(1, NULL));
    fixture_free(&fixture);
}

/* ---- who shares -------------------------------------------------------------------------------
 */

static void folds_come_first(void **state)
{
    (void)state;
    static const struct {
        size_t ranks, folds, shards;
        struct muster_sharing sharing;
    } cases[] = {{1, 5, 4, {1, 1, 1, 0}},  {4, 5, 4, {4, 1, 1, 0}}, {6, 5, 4, {5, 1, 2, 0}},
                 {10, 5, 4, {5, 2, 2, 0}}, {6, 5, 1, {5, 1, 1, 1}}, {7, 2, 3, {2, 3, 3, 1}},
                 {3, 0, 2, {1, 2, 2, 1}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct muster_sharing got =
            muster_sharing_of(cases[i].ranks, cases[i].folds, cases[i].shards);
        assert_int_equal(got.teams, cases[i].sharing.teams);
        assert_int_equal(got.least, cases[i].sharing.least);
        assert_int_equal(got.most, cases[i].sharing.most);
        assert_int_equal(got.idle, cases[i].sharing.idle);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bits_are_those_of_one_rank),
                                       cmocka_unit_test(steps_too),
                                       cmocka_unit_test(all_stop_with_one),
                                       cmocka_unit_test(memory_fails_on_one),
                                       cmocka_unit_test(reading_fails_on_one),
                                       cmocka_unit_test(folds_come_first),
                                       cmocka_unit_test(memory_is_told),
                                       cmocka_unit_test(memory_is_kept)};
    return fixture_run(tests, sizeof tests / sizeof *tests);
}
