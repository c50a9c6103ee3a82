/* What a journal holds of a search, and that a search restored from it goes on as the whole one. */
#ifndef MUSTER_TEST_JOURNAL_H
#define MUSTER_TEST_JOURNAL_H

#include "drive.h"

enum { JOURNAL_MOST = 110, MORE = 8, FITTED = 4 * MIXED + 3 };

/* What a journal holds of an ask, and after which ask a result came. */
struct journal {
    double fitted[JOURNAL_MOST][FITTED];
    size_t n_fitted[JOURNAL_MOST];
    int64_t order[JOURNAL_MOST]; /* ids in the order told */
    size_t n_told,
        before[JOURNAL_MOST]; /* all of them, and those told before an ask was answered */
};

enum { JOURNAL_LAG = 3 }; /* results come so many asks late, in pairs the newer first */

static inline void tell(struct drive *drive, struct journal *journal, int64_t id)
{
    for (size_t k = 0; k < journal->n_told; k++)
        if (journal->order[k] == id)
            return;
    drive_tell(drive, id);
    journal->order[journal->n_told++] = id;
}

static inline void tell_after(struct drive *drive, struct journal *journal, int64_t i)
{
    if (i % 2 == 1 && i >= JOURNAL_LAG) {
        tell(drive, journal, i - JOURNAL_LAG + 1);
        tell(drive, journal, i - JOURNAL_LAG);
    }
}

/* A method that waits at a barrier is told all that is asked, the newest first. */
static inline void ask_on(struct drive *drive, struct journal *journal, int64_t from, int64_t to)
{
    for (int64_t i = from; i < to; i++) {
        enum muster_answer answer = drive_ask(drive);
        for (int64_t k = i - 1; answer == MUSTER_ASK_WAIT && k >= 0; k--)
            tell(drive, journal, k);
        if (answer == MUSTER_ASK_WAIT)
            answer = drive_ask(drive);
        assert_int_equal(answer, MUSTER_ASK_STEP);
        journal->before[i] = journal->n_told;
        const double *fitted = muster_search_fitted(drive->search, &journal->n_fitted[i]);
        for (size_t j = 0; j < journal->n_fitted[i]; j++)
            journal->fitted[i][j] = fitted[j];
        tell_after(drive, journal, i);
    }
}

/* Replays the first n steps into a second search and compares what follows. */
static inline void check_from(struct drive *whole, const struct journal *journal, int64_t n)
{
    struct drive *part = muster_alloc(1, sizeof *part);
    struct journal *rest = muster_alloc(1, sizeof *rest);
    drive_open(part, "random", whole->setup.space, 1, true);
    muster_block_set(&part->block, "method", NAN, muster_block_text(&whole->block, "method"));
    part->option = whole->option;
    part->word = whole->word;
    part->value = whole->value;
    part->setup.window = whole->setup.window;
    part->setup.strict = whole->setup.strict;
    part->setup.noiseless = whole->setup.noiseless;
    drive_start(part);
    memcpy(part->x, whole->x, sizeof part->x);
    for (int64_t i = 0; i < n; i++) {
        struct muster_step step = {.id = i, .trial = i, .x = whole->x[i]};
        while (rest->n_told < journal->before[i])
            tell(part, rest, journal->order[rest->n_told]);
        assert_int_equal(
            muster_search_replay(part->search, &step, journal->fitted[i], journal->n_fitted[i]),
            MUSTER_OK);
    }
    tell_after(part, rest, n - 1);
    memset(part->x[n], 0, sizeof part->x[n]);
    ask_on(part, rest, n, n + MORE);
    for (int64_t i = n; i < n + MORE; i++) {
        assert_true(same_point(part, whole, i));
        assert_int_equal(rest->n_fitted[i], journal->n_fitted[i]);
        assert_memory_equal(rest->fitted[i], journal->fitted[i], sizeof rest->fitted[i]);
    }
    drive_close(part);
    muster_free(part);
    muster_free(rest);
}

/* Runs an opened search to n results and some more, and replays it from several places, from the
 * `first` on; closes it. */
static inline void check_replays(struct drive *whole, int64_t first, int64_t n)
{
    struct journal *journal = muster_alloc(1, sizeof *journal);
    drive_start(whole);
    ask_on(whole, journal, 0, n + MORE);
    for (int64_t from = first; from <= n; from += from < 20 ? 5 : 14)
        check_from(whole, journal, from);
    drive_close(whole);
    muster_free(journal);
}

#endif
