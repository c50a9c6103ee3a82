/* A training in steps, or one that was interrupted, has the bits of one in a piece, and does only
 * what is left to do where its files are whole; without them it does all of it again. Each epoch
 * asks the interrupt once, by which epochs are counted. */
#include "fixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EPOCHS = 8, FOLDS = 3 };

struct text {
    const char *data, *rest;
};

static const struct text studies[] = {
    {"",
     "network: [{dense: {units: 8}}, batchnorm, {dropout: 0.3}]\n"
     "train: {epochs: 8, optimizer: adam, ema: 0.9, schedule: reduce_on_plateau, plateau_patience: "
     "1}\n"},
    {"", "network: [{dense: {units: 6, activation: relu}}]\n"
         "train: {epochs: 8, momentum: 0.9, schedule: one_cycle, batch_size: 7, class_weight: "
         "balanced}\n"},
    {", block: 20", "network: [{dense: {units: 7}}, {dropout: 0.1}]\n"
                    "train: {epochs: 8, momentum: 0.9, batch_size: 9}\n"},
    {"",
     "network: [{dense: {units: 30, activation: relu}}]\n"
     "train: {epochs: 8, optimizer: lamb, learning_rate: 0.3, early_stopping: {patience: 2}}\n"}};

struct polls {
    int n, stop; /* stop: the poll that is answered by true; 0: none */
};

static bool asked(void *context)
{
    struct polls *polls = context;
    return ++polls->n == polls->stop;
}

static struct fixture make(struct text study, double every, uint64_t identity)
{
    char *rest = muster_format("%svalidate: {folds: %d, metric: log_loss, report: [accuracy]}\n",
                               study.rest, FOLDS);
    struct fixture fixture = fixture_make_with(FIXTURE_NOISE, study.data, rest);
    const struct muster_keeping keeping = {
        .folder = fixture_folder, .limit = 1e9, .every = every, .identity = identity};
    assert_int_equal(muster_trainer_keep(fixture.trainer, &keeping), MUSTER_OK);
    muster_free(rest);
    return fixture;
}

static struct muster_result train(struct fixture *fixture, int64_t to, struct polls *polls,
                                  enum muster_status expected)
{
    struct muster_interrupt interrupt = {.asked = asked, .context = polls};
    struct muster_step step = fixture_step(5, NULL);
    struct muster_result result = fixture_result(fixture->trainer);
    step.to_epoch = to;
    polls->n = 0;
    assert_int_equal(muster_trainer_run(fixture->trainer, world, &step, &interrupt, &result),
                     expected);
    muster_barrier(world);
    return result;
}

/* Without anything kept. */
static struct muster_result in_a_piece(struct fixture *fixture, int *epochs)
{
    struct polls polls = {0};
    struct muster_keeping none = {0};
    struct muster_keeping keeping = {
        .folder = fixture_folder, .limit = 1e9, .every = 1e9, .identity = 1};
    assert_int_equal(muster_trainer_keep(fixture->trainer, &none), MUSTER_OK);
    struct muster_result result = train(fixture, -1, &polls, MUSTER_OK);
    assert_int_equal(muster_trainer_keep(fixture->trainer, &keeping), MUSTER_OK);
    *epochs = polls.n;
    return result;
}

static void same(const struct muster_result *a, const struct muster_result *b)
{
    if (muster_comm_rank(world) != 0)
        return;
    assert_int_equal(a->state, b->state);
    assert_memory_equal(&a->score, &b->score, sizeof a->score);
    assert_memory_equal(&a->flops, &b->flops, sizeof a->flops);
    assert_memory_equal(a->scores, b->scores, 2 * FOLDS * sizeof *a->scores);
    assert_memory_equal(a->fold_epochs, b->fold_epochs, FOLDS * sizeof *a->fold_epochs);
    assert_memory_equal(a->best_epochs, b->best_epochs, FOLDS * sizeof *a->best_epochs);
    assert_memory_equal(a->curves, b->curves, 3 * FOLDS * EPOCHS * sizeof *a->curves);
}

static bool kept(int fold)
{
    char path[96];
    snprintf(path, sizeof path, "%s/5-%d", fixture_folder, fold);
    return access(path, F_OK) == 0;
}

static void steps_are_one_piece(void **state)
{
    (void)state;
    for (size_t s = 0; s < sizeof studies / sizeof *studies; s++) {
        static const int64_t ends[] = {3, 3, 5, -1};
        struct fixture fixture = make(studies[s], 1e9, 1);
        int all, done = 0;
        struct muster_result whole = in_a_piece(&fixture, &all), part;
        for (int i = 0; i < 4; i++) {
            struct polls polls = {0};
            part = train(&fixture, ends[i], &polls, MUSTER_OK);
            assert_int_equal(kept(0), i < 3);
            assert_true(i != 1 || polls.n == 0);
            done += polls.n;
            muster_barrier(world);
            if (i < 3)
                muster_result_clear(&part);
        }
        same(&whole, &part);
        assert_int_equal(done, all);
        assert_int_not_equal(access(fixture_folder, F_OK), -1);
        muster_barrier(world);
        muster_keep_clear(fixture_folder);
        muster_result_clear(&whole);
        muster_result_clear(&part);
        fixture_free(&fixture);
    }
}

/* Stopped after every number of epochs; folds that are done are not trained again. */
static void stops_lose_nothing(void **state)
{
    (void)state;
    struct fixture fixture = make(studies[0], 1e9, 1);
    int all;
    struct muster_result whole = in_a_piece(&fixture, &all);
    double most = all;
    assert_int_equal(muster_reduce_max(world, &most, 1), MUSTER_OK);
    for (int stop = 1; stop <= most; stop += 3) {
        struct polls polls = {.stop = stop}, rest = {0};
        struct muster_result part = train(&fixture, -1, &polls, MUSTER_STOPPED);
        muster_result_clear(&part);
        part = train(&fixture, -1, &rest, MUSTER_OK);
        same(&whole, &part);
        assert_int_equal(polls.n - (polls.n == stop) + rest.n, all);
        for (int k = 0; k < FOLDS; k++)
            assert_false(kept(k));
        muster_result_clear(&part);
        muster_barrier(world);
    }
    muster_barrier(world);
    muster_keep_clear(fixture_folder);
    assert_int_equal(access(fixture_folder, F_OK), -1);
    muster_result_clear(&whole);
    fixture_free(&fixture);
}

static double size_of(int fold)
{
    char path[96];
    struct stat about;
    snprintf(path, sizeof path, "%s/5-%d", fixture_folder, fold);
    assert_int_equal(stat(path, &about), 0);
    return (double)about.st_size;
}

static void damage(int fold, int how)
{
    char path[96];
    snprintf(path, sizeof path, "%s/5-%d", fixture_folder, fold);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    if (how == 0) {
        fseek(file, 500, SEEK_SET);
        const int byte = fgetc(file);
        fseek(file, 500, SEEK_SET);
        fputc(byte ^ 1, file);
    } else if (how == 1)
        assert_int_equal(ftruncate(fileno(file), 700), 0);
    else {
        fseek(file, 0, SEEK_END);
        fputc(0, file);
    }
    fclose(file);
}

static void what_is_damaged_is_made_again(void **state)
{
    (void)state;
    struct fixture fixture = make(studies[0], 1e9, 1);
    int all;
    struct muster_result whole = in_a_piece(&fixture, &all);
    for (int how = 0; how < 3; how++) {
        struct polls polls = {0};
        struct muster_result part = train(&fixture, 5, &polls, MUSTER_OK);
        muster_result_clear(&part);
        for (int k = 0; k < FOLDS && muster_comm_rank(world) == 0; k++)
            damage(k, how);
        muster_barrier(world);
        part = train(&fixture, -1, &polls, MUSTER_OK);
        same(&whole, &part);
        assert_int_equal(polls.n, all);
        muster_result_clear(&part);
        muster_keep_clear(fixture_folder);
        muster_barrier(world);
    }
    muster_result_clear(&whole);
    fixture_free(&fixture);
}

static void of_another_study_is_not_taken(void **state)
{
    (void)state;
    struct polls polls = {0};
    struct fixture fixture = make(studies[0], 1e9, 1);
    int all;
    struct muster_result whole = in_a_piece(&fixture, &all);
    struct muster_result part = train(&fixture, 5, &polls, MUSTER_OK);
    muster_result_clear(&part);
    fixture_free(&fixture);
    fixture = make(studies[0], 1e9, 2);
    part = train(&fixture, -1, &polls, MUSTER_OK);
    assert_int_equal(polls.n, all);
    same(&whole, &part);
    muster_barrier(world);
    muster_keep_clear(fixture_folder);
    muster_result_clear(&part);
    muster_result_clear(&whole);
    fixture_free(&fixture);
}

/* Every epoch is kept, as if a kill came after any; the limit holds one file of three. */
static void the_limit_holds(void **state)
{
    (void)state;
    struct fixture fixture = make(studies[1], 0, 1);
    struct polls polls = {0};
    int all;
    struct muster_result whole = in_a_piece(&fixture, &all);
    struct muster_result part = train(&fixture, 5, &polls, MUSTER_OK);
    muster_result_clear(&part);
    struct muster_keeping keeping = {.folder = fixture_folder, .identity = 1};
    keeping.limit = 1.5 * size_of(0);
    muster_barrier(world);
    muster_keep_clear(fixture_folder);
    assert_int_equal(muster_trainer_keep(fixture.trainer, &keeping), MUSTER_OK);
    part = train(&fixture, 5, &polls, MUSTER_OK);
    muster_result_clear(&part);
    int files = 0;
    for (int k = 0; k < FOLDS; k++)
        files += kept(k);
    if (muster_comm_size(world) == 1) /* ranks that look at the same time may exceed it */
        assert_int_equal(files, 1);
    muster_barrier(world);
    part = train(&fixture, -1, &polls, MUSTER_OK);
    same(&whole, &part);
    muster_result_clear(&part);
    muster_result_clear(&whole);
    muster_barrier(world);
    muster_keep_clear(fixture_folder);
    fixture_free(&fixture);
}

static void refits_go_on(void **state)
{
    (void)state;
    struct fixture fixture = make(studies[0], 1e9, 1);
    struct muster_refit whole, part;
    struct polls polls = {.stop = 4};
    struct muster_interrupt interrupt = {.asked = asked, .context = &polls};
    size_t n;
    if (muster_comm_rank(world) == 0) {
        assert_int_equal(muster_trainer_refit(fixture.trainer, NULL,
                                              &(struct muster_refit_of){.trial = 5, .epochs = 7},
                                              NULL, &whole),
                         MUSTER_OK);
        assert_int_equal(muster_trainer_refit(fixture.trainer, NULL,
                                              &(struct muster_refit_of){.trial = 5, .epochs = 7},
                                              &interrupt, &part),
                         MUSTER_STOPPED);
        polls = (struct polls){0};
        assert_int_equal(muster_trainer_refit(fixture.trainer, NULL,
                                              &(struct muster_refit_of){.trial = 5, .epochs = 7},
                                              &interrupt, &part),
                         MUSTER_OK);
        assert_int_equal(polls.n, 4);
        const float *weights = muster_net_weights(whole.net, &n);
        assert_memory_equal(weights, muster_net_weights(part.net, &n), n * sizeof *weights);
        assert_memory_equal(whole.test_prediction, part.test_prediction,
                            whole.test_rows * 2 * sizeof(float));
        muster_refit_clear(&whole);
        muster_refit_clear(&part);
        muster_keep_clear(fixture_folder);
    }
    muster_barrier(world);
    fixture_free(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(steps_are_one_piece),
                                       cmocka_unit_test(stops_lose_nothing),
                                       cmocka_unit_test(what_is_damaged_is_made_again),
                                       cmocka_unit_test(of_another_study_is_not_taken),
                                       cmocka_unit_test(the_limit_holds),
                                       cmocka_unit_test(refits_go_on)};
    return fixture_run(tests, sizeof tests / sizeof *tests);
}
