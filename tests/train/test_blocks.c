/* Rows that stay in the file, block by block: an epoch takes each once and reads each block once;
 * one block has the bits of none; more have those of no group of ranks, and learn as well. */
#include "fixture.h"

#include <math.h>
#include <string.h>

#include "train/train_impl.h"

#define NET "network: [{dense: {units: 16, activation: relu}}, {dropout: 0.2}]\n"

enum { ROWS = 192, BLOCK = 25 };

/* The order of one epoch; also that it takes every row once and every block in one go. */
static void check_epoch(struct fit *fit, int64_t epoch, int64_t taken[ROWS])
{
    int seen[240] = {0};
    size_t changes = 0, rising = 0, rising_blocks = 0;
    const int64_t *rows = order_epoch(fit, epoch);
    for (size_t i = 0; i < ROWS; i++) {
        const bool first = i > 0 && rows[i] / BLOCK != rows[i - 1] / BLOCK;
        seen[rows[i]]++;
        changes += first;
        rising += i > 0 && rows[i] > rows[i - 1];
        rising_blocks += first && rows[i] > rows[i - 1];
    }
    for (size_t i = 0; i < ROWS; i++)
        assert_int_equal(seen[muster_data_rows(fit->trainer->data)[i]], 1);
    assert_int_equal(changes, (240 + BLOCK - 1) / BLOCK - 1);
    assert_true(rising > ROWS / 3 && rising < 2 * ROWS / 3); /* in no order */
    assert_true(rising_blocks < changes);
    assert_true(memcmp(taken, rows, ROWS * sizeof *taken) != 0); /* unlike the last one */
    memcpy(taken, rows, ROWS * sizeof *taken);
}

static void every_row_once_block_by_block(void **state)
{
    (void)state;
    struct fixture fixture =
        fixture_make_with(FIXTURE_BLOBS, ", block: 25", NET "train: {epochs: 4, batch_size: 8}\n");
    const struct muster_data *data = muster_trainer_data(fixture.trainer);
    struct muster_config config = {0};
    struct fit fit;
    int64_t taken[ROWS] = {0};
    assert_int_equal(muster_data_info(data)->rows, ROWS);
    assert_int_equal(muster_study_configure(fixture.study, NULL, &config), MUSTER_OK);
    assert_int_equal(fit_create(fixture.trainer, &config, ROWS, NULL, &fit), MUSTER_OK);
    assert_int_equal(fit_begin(&fit, muster_data_rows(data), ROWS, 0, -1), MUSTER_OK);
    for (int64_t epoch = 0; epoch < 4; epoch++)
        check_epoch(&fit, epoch, taken);
    fit_clear(&fit);
    muster_config_clear(&config);
    fixture_free(&fixture);
}

/* A trial's result, packed on rank 0, and its refit's predictions of the test rows. */
struct outcome {
    struct muster_pack pack;
    double score, loss; /* the loss of the first fold's last epoch */
    float test[48 * 3];
};

static struct outcome run(enum fixture_data data, const char *more, const char *rest, bool together)
{
    struct fixture fixture = fixture_make_with(data, more, rest);
    struct muster_result result = fixture_result(fixture.trainer);
    struct muster_step step = fixture_step(2, NULL);
    struct outcome outcome = {0};
    struct muster_refit refit;
    struct muster_comm *alone;
    assert_int_equal(muster_comm_split(world, muster_comm_rank(world), &alone), MUSTER_OK);
    if (muster_trainer_run(fixture.trainer, together ? world : alone, &step, NULL, &result) !=
            MUSTER_OK ||
        muster_trainer_refit(fixture.trainer, NULL,
                             &(struct muster_refit_of){.trial = 2, .epochs = 5}, NULL,
                             &refit) != MUSTER_OK)
        fail_msg("%s", muster_error_text());
    if (!together || muster_comm_rank(world) == 0)
        muster_result_pack(&result, &outcome.pack);
    outcome.score = result.score;
    outcome.loss = (double)result.curves[result.folds * result.epochs + result.epochs - 1];
    const size_t outputs = muster_data_info(muster_trainer_data(fixture.trainer))->outputs;
    memcpy(outcome.test, refit.test_prediction, refit.test_rows * outputs * sizeof *outcome.test);
    muster_refit_clear(&refit);
    muster_result_clear(&result);
    muster_comm_destroy(&alone);
    fixture_free(&fixture);
    return outcome;
}

static const struct {
    enum fixture_data data;
    const char *rest;
} studies[] = {
    {FIXTURE_BLOBS, NET "train: {epochs: 8, optimizer: adam, early_stopping: {patience: 4}}\n"
                        "validate: {metric: log_loss, report: [accuracy]}\n"},
    {FIXTURE_LINEAR, NET "train: {epochs: 12, batch_size: 7}\nvalidate: {metric: r2}\n"}};

static void one_block_is_none(void **state)
{
    (void)state;
    for (size_t s = 0; s < 2; s++) {
        struct outcome none = run(studies[s].data, "", studies[s].rest, false);
        struct outcome one = run(studies[s].data, ", block: 1000", studies[s].rest, false);
        assert_int_equal(one.pack.length, none.pack.length);
        assert_memory_equal(one.pack.data, none.pack.data, none.pack.length);
        assert_memory_equal(one.test, none.test, sizeof none.test);
        muster_pack_free(&none.pack);
        muster_pack_free(&one.pack);
    }
}

static void groups_change_nothing(void **state)
{
    (void)state;
    for (size_t s = 0; s < 2; s++) {
        struct outcome alone = run(studies[s].data, ", block: 40", studies[s].rest, false);
        struct outcome together = run(studies[s].data, ", block: 40", studies[s].rest, true);
        if (muster_comm_rank(world) == 0) {
            assert_int_equal(alone.pack.length, together.pack.length);
            assert_memory_equal(alone.pack.data, together.pack.data, alone.pack.length);
        }
        assert_memory_equal(alone.test, together.test, sizeof alone.test);
        muster_pack_free(&alone.pack);
        muster_pack_free(&together.pack);
    }
}

/* Another order of the same rows: other bits, and the same quality. */
static void blocks_learn_as_well(void **state)
{
    (void)state;
    for (size_t s = 0; s < 2; s++) {
        struct outcome none = run(studies[s].data, "", studies[s].rest, false);
        struct outcome some = run(studies[s].data, ", block: 40", studies[s].rest, false);
        assert_true(memcmp(&none.loss, &some.loss, sizeof none.loss) != 0);
        assert_true(fabs(none.score - some.score) < 0.1);
        assert_true(s == 0 ? some.score < 0.3 : some.score > 0.8);
        muster_pack_free(&none.pack);
        muster_pack_free(&some.pack);
    }
}

static void larger_batches_are_refused(void **state)
{
    (void)state;
    static const char *const sizes[] = {"41", "all", "{choice: [8, 41]}"};
    for (size_t i = 0; i < 3; i++) {
        struct muster_study *study;
        struct muster_trainer *trainer;
        char *rest = muster_format(NET "train:\n  batch_size: %s\n", sizes[i]);
        assert_int_equal(fixture_parse_with(FIXTURE_BLOBS, ", block: 40", rest, &study), MUSTER_OK);
        assert_int_equal(muster_trainer_create(study, world, &trainer), MUSTER_BAD_STUDY);
        if (strstr(muster_error_text(), "test.yaml:5:3: train.batch_size: a batch of") == NULL)
            fail_msg("%s", muster_error_text());
        muster_study_destroy(&study);
        muster_free(rest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_once_block_by_block), cmocka_unit_test(one_block_is_none),
        cmocka_unit_test(groups_change_nothing), cmocka_unit_test(blocks_learn_as_well),
        cmocka_unit_test(larger_batches_are_refused)};
    return fixture_run(tests, sizeof tests / sizeof *tests);
}
