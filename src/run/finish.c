/* The end of a sitting on rank 0: the refit of the best, the result file with its curves, and the
 * journal's last record. A run counts as complete only when its file stands: until then a resume
 * does this part again. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>

#include "run/run_impl.h"

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

enum muster_status run_median_epochs(const struct run_book *book, const struct run_entry *entry,
                                     int64_t *epochs)
{
    enum muster_status status = MUSTER_OK;
    int64_t *sorted;
    size_t n = 0;
    MUSTER_NEW(sorted, book->info->folds);
    for (size_t k = 0; k < book->info->folds; k++)
        if (entry->best_epochs[k] > 0)
            sorted[n++] = entry->best_epochs[k];
    qsort(sorted, n, sizeof *sorted, ascending);
    *epochs = n == 0 ? 1 : (sorted[(n - 1) / 2] + sorted[n / 2] + 1) / 2;
    muster_free(sorted);
done:
    return status;
}

/* Once before each epoch. */
static bool asked(void *context)
{
    struct run_job *job = context;
    run_meter_progress(job, false);
    job->epochs++;
    return run_meter_wish(job) == RUN_PAUSE;
}

/* *made: whether `refit` holds a model. A divergence leaves the run without one. */
static enum muster_status refit_best(struct run_job *job, struct muster_refit *refit, bool *made)
{
    enum muster_status status = MUSTER_OK;
    struct run_book *book = &job->book;
    struct muster_interrupt interrupt = {.asked = asked, .context = job};
    int64_t epochs;
    *made = false;
    if (book->best < 0 && book->failed < book->done)
        muster_log(MUSTER_WARNINGS, "no trial was completed within the constraints: there is no "
                                    "best one");
    run_book_tell_failures(book);
    if (book->best < 0 || muster_objective_trainer(job->objective) == NULL)
        return MUSTER_OK;
    job->phase = "refitting";
    run_meter_progress(job, true);
    const struct run_entry *best = &book->entries[book->best];
    MUSTER_TRY(run_median_epochs(book, best, &epochs));
    job->epochs = 0;
    job->most_epochs = epochs;
    const struct muster_refit_of of = {
        .x = best->step.x, .trial = best->step.trial, .epochs = epochs};
    status = run_refit(job, &of, &interrupt, refit);
    *made = status == MUSTER_OK;
    if (status == MUSTER_BAD_DATA) {
        muster_log(MUSTER_WARNINGS, "no model is stored: %s", muster_error_text());
        status = MUSTER_OK;
    }
done:
    return status;
}

/* A sitting that ends before its work is done, and for no other reason, was stopped. */
static void judge(struct run_job *job, bool complete)
{
    struct run_book *book = &job->book;
    char *by = job->summary->stopped_by;
    if (complete)
        by[0] = '\0';
    else if (job->verdict.status == MUSTER_OK)
        run_verdict_take(
            &job->verdict,
            muster_error(MUSTER_STOPPED,
                         "stopped by %s with %lld of %lld trials done (--resume goes on)", by,
                         (long long)book->done, (long long)book->budget));
    else if (job->verdict.status == MUSTER_STOPPED && by[0] == '\0') {
        snprintf(by, sizeof job->summary->stopped_by, "failed trials");
        muster_log(MUSTER_WARNINGS, "%s", job->verdict.text);
    }
    if (book->out_of_time && book->stopped_because[0] == '\0')
        snprintf(book->stopped_because, sizeof book->stopped_because, "stop.time: %.6g s are over",
                 book->rules.time);
    memcpy(job->summary->stopped_because, book->stopped_because,
           sizeof job->summary->stopped_because);
}

/* The file of the end, and the record that says that all of it is there. */
static enum muster_status close_books(struct run_job *job, const struct run_outcome *outcome,
                                      bool complete)
{
    enum muster_status status = MUSTER_OK;
    if (!complete)
        MUSTER_TRY(run_book_mark(&job->book, MUSTER_RECORD_STOP));
    MUSTER_TRY(run_file_write(job, outcome));
    if (!complete)
        goto done;
    MUSTER_TRY(run_book_mark(&job->book, MUSTER_RECORD_COMPLETE));
    run_keep_clear(job);
done:
    return status;
}

void run_finish(struct run_job *job, const struct run_rank *ranks)
{
    struct muster_refit refit = {0};
    struct run_outcome outcome = {.curves = true, .ranks = ranks};
    bool made = false, complete = job->verdict.status == MUSTER_OK &&
                                  (run_book_finished(&job->book) || job->book.out_of_time);
    if (complete) {
        enum muster_status status = refit_best(job, &refit, &made);
        if (made)
            status = run_overtuning_check(job, &refit, &outcome.overtuning);
        complete = status == MUSTER_OK;
        if (status != MUSTER_STOPPED)
            run_verdict_take(&job->verdict, status);
    }
    run_refit_release(job);
    judge(job, complete);
    job->most_epochs = 0;
    job->phase = "writing";
    run_meter_progress(job, true);
    outcome.status = complete ? "complete" : "stopped";
    outcome.refit = made ? &refit : NULL;
    run_verdict_take(&job->verdict, close_books(job, &outcome, complete));
    muster_refit_clear(&refit);
    run_overtuning_clear(&outcome.overtuning);
    run_meter_progress(job, true);
}
