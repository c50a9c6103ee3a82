/* Walking through trials of several steps: what was asked, told and fitted on the way. */
#ifndef MUSTER_TEST_WALK_H
#define MUSTER_TEST_WALK_H

#include "drive.h"

enum { STEPS = 400 };

/* What was asked, and for a replay what it rested on. */
struct walk {
    struct drive drive;
    struct muster_step steps[STEPS];
    int64_t known[STEPS];
    double fitted[STEPS][2 * MIXED + 8];
    size_t n_fitted[STEPS], n;
};

static inline struct walk *open_walk(const char *method, const char *fidelity, const char *of,
                                     double eta, int64_t window)
{
    struct walk *walk = muster_alloc(1, sizeof *walk);
    drive_open(&walk->drive, method, &mixed_space, window, true);
    muster_block_set(&walk->drive.block, "fidelity", NAN, fidelity);
    muster_block_set(&walk->drive.block, "fidelity.of", NAN, of);
    muster_block_set(&walk->drive.block, "fidelity.eta", eta, NULL);
    walk->drive.setup.epochs = 81;
    walk->drive.setup.folds = 9;
    muster_block_set(&walk->drive.block, "fidelity.min_epochs", 1, NULL);
    return walk;
}

static inline void close_walk(struct walk *walk)
{
    drive_close(&walk->drive);
    muster_free(walk);
}

static inline enum muster_answer ask(struct walk *walk)
{
    enum muster_answer answer;
    const size_t n = walk->n;
    assert_true(n < STEPS);
    assert_int_equal(muster_search_ask(walk->drive.search, &walk->steps[n], &answer), MUSTER_OK);
    if (answer != MUSTER_ASK_STEP)
        return answer;
    walk->known[n] = muster_search_known(walk->drive.search);
    const double *fitted = muster_search_fitted(walk->drive.search, &walk->n_fitted[n]);
    assert_true(walk->n_fitted[n] <= 2 * MIXED + 8);
    for (size_t i = 0; i < walk->n_fitted[n]; i++)
        walk->fitted[n][i] = fitted[i];
    walk->n++;
    return answer;
}

/* Scores differ by rung; some steps fail. */
static inline void tell(struct walk *walk, size_t i)
{
    const struct muster_step *step = &walk->steps[i];
    double score =
        value_at(&mixed_space, step->x) + (double)(step->trial * 7 % 5) / (double)(1 + step->rung);
    struct muster_told told = {.score = score, .deviation = NAN};
    if (step->trial % 11 == 5 && step->rung == 1)
        told = (struct muster_told){.state = MUSTER_FAILED, .score = NAN, .deviation = NAN};
    assert_int_equal(muster_search_tell(walk->drive.search, step->id, &told), MUSTER_OK);
}

/* The next step, where each is told before the next one; NULL: there is none. */
static inline const struct muster_step *next_step(struct walk *walk)
{
    enum muster_answer answer;
    while ((answer = ask(walk)) == MUSTER_ASK_WAIT)
        continue;
    return answer == MUSTER_ASK_STEP ? &walk->steps[walk->n - 1] : NULL;
}

static inline void tell_score(struct walk *walk, const struct muster_step *step, double score)
{
    const struct muster_told told = {.score = score, .deviation = NAN};
    assert_int_equal(muster_search_tell(walk->drive.search, step->id, &told), MUSTER_OK);
}

static inline void walk_on(struct walk *walk)
{
    enum muster_answer answer;
    size_t told = 0;
    while ((answer = ask(walk)) != MUSTER_ASK_DONE)
        if (answer == MUSTER_ASK_WAIT)
            tell(walk, told++);
}

static inline void unset(struct muster_block *block, const char *name)
{
    for (size_t i = 0; i < block->n; i++)
        if (strcmp(block->options[i]->name, name) == 0)
            block->values[i] = (struct muster_value){.number = NAN};
}

#endif
