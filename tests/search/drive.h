/* Driving a search in tests: a fixture that asks, computes and tells. */
#ifndef MUSTER_TEST_DRIVE_H
#define MUSTER_TEST_DRIVE_H

#include "../surrogate/test.h"
#include "../surrogate/spaces.h"
#include "block.h"

enum { DRIVE_MOST = 400, DRIVE_TRIALS = 150 };

struct drive {
    struct muster_block block;
    struct muster_search_setup setup;
    struct muster_search *search;
    const char *option, *word;        /* an option other than its default; NULL: none */
    double (*value)(const double *x); /* scores, none fails; NULL: drive_result's own */
    double x[DRIVE_MOST][PLAIN_MOST]; /* what was asked */
};

static inline void drive_open(struct drive *drive, const char *method,
                              const struct muster_space *space, int64_t window, bool strict)
{
    memset(drive, 0, sizeof *drive);
    search_block(&drive->block, method);
    muster_block_set(&drive->block, "trials", DRIVE_TRIALS, NULL);
    drive->setup = (struct muster_search_setup){.space = space,
                                                .options = &drive->block,
                                                .seed = 42,
                                                .window = window,
                                                .strict = strict,
                                                .noiseless = true};
}

static inline void drive_start(struct drive *drive)
{
    if (drive->option != NULL)
        muster_block_set(&drive->block, drive->option, NAN, drive->word);
    assert_int_equal(muster_search_create(&drive->setup, &drive->search), MUSTER_OK);
}

static inline void drive_close(struct drive *drive)
{
    muster_search_destroy(&drive->search);
    muster_block_clear(&drive->block);
}

/* Asks for the next step, keeps and checks its point. */
static inline enum muster_answer drive_ask(struct drive *drive)
{
    const struct muster_space *space = drive->setup.space;
    int64_t id = muster_search_asked(drive->search);
    enum muster_answer answer;
    struct muster_step step;
    assert_int_equal(muster_search_ask(drive->search, &step, &answer), MUSTER_OK);
    if (answer != MUSTER_ASK_STEP) {
        assert_int_equal(muster_search_asked(drive->search), id);
        return answer;
    }
    assert_int_equal(step.id, id);
    assert_int_equal(muster_search_asked(drive->search), id + 1);
    assert_true(is_valid(space, step.x));
    memcpy(drive->x[id], step.x, space->d * sizeof *step.x);
    return answer;
}

/* Takes a step of another search with what was fitted for it. */
static inline void drive_replay(struct drive *drive, const struct drive *from, int64_t id,
                                const double *fitted, size_t n_fitted)
{
    struct muster_step step = {
        .id = id, .trial = id, .to_epoch = -1, .n_folds = -1, .threshold = NAN, .x = from->x[id]};
    memcpy(drive->x[id], from->x[id], sizeof *drive->x);
    assert_int_equal(muster_search_replay(drive->search, &step, fitted, n_fitted), MUSTER_OK);
}

/* The outcome of a step: some fail, some tie. */
static inline struct muster_told drive_result(const struct drive *drive, int64_t id)
{
    double score = value_at(drive->setup.space, drive->x[id]);
    if (drive->value != NULL)
        return (struct muster_told){.score = drive->value(drive->x[id]), .deviation = NAN};
    if (id % 7 == 3)
        return (struct muster_told){.state = MUSTER_FAILED, .score = NAN, .deviation = NAN};
    return (struct muster_told){.state = id % 5 == 1 ? MUSTER_PRUNED : MUSTER_COMPLETE,
                                .score = id % 4 == 1 ? 0.5 : score,
                                .deviation = NAN,
                                .flops = 1};
}

static inline void drive_tell(struct drive *drive, int64_t id)
{
    struct muster_told told = drive_result(drive, id);
    assert_int_equal(muster_search_tell(drive->search, id, &told), MUSTER_OK);
}

static inline bool same_point(const struct drive *a, const struct drive *b, int64_t id)
{
    return muster_space_equal(a->setup.space, a->x[id], b->x[id]);
}

#endif
