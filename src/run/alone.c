/* One rank: it conducts and trains in one loop, with the conductor's book and nothing sent. */
#include "run/run_impl.h"

struct loner {
    struct run_job *job;         /* borrowed */
    struct muster_result result; /* owned arrays */
    struct muster_pack report;   /* owned */
};

/* Once before each epoch. */
static bool asked(void *context)
{
    struct run_job *job = context;
    run_meter_progress(job, false);
    job->epochs++;
    return run_meter_wish(job) != RUN_ON;
}

/* The next entry to evaluate; NULL where the space is exhausted. */
static enum muster_status next(struct run_job *job, struct run_entry **entry)
{
    enum muster_status status = MUSTER_OK;
    struct run_book *book = &job->book;
    struct run_watch *watch = &job->watch;
    if (book->queued == 0 && run_book_may_ask(book))
        MUSTER_TRY(run_book_ask(book));
    run_keep_drop(job);
    run_watch_book(watch, &watch->times.optimize);
    MUSTER_TRY(run_book_commit(book));
    *entry = run_book_hand(book);
    if (*entry == NULL && !run_book_finished(book))
        status = muster_error(MUSTER_INTERNAL, "the search waits for results that nobody owes");
done:
    return status;
}

static enum muster_status evaluate(struct loner *loner, const struct run_entry *entry)
{
    enum muster_status status;
    struct run_job *job = loner->job;
    struct run_watch *watch = &job->watch;
    const struct muster_objective_info *info = job->book.info;
    struct muster_interrupt interrupt = {.asked = asked, .context = job};
    struct muster_observation seen = {.started = muster_wall()};
    double begin = muster_clock();
    muster_result_clear(&loner->result);
    MUSTER_TRY(muster_result_create(&loner->result, info->folds, info->metrics, info->epochs));
    run_watch_book(watch, &watch->times.communicate);
    status = muster_objective_evaluate(job->objective, job->comm, &entry->step, &interrupt,
                                       &loner->result);
    run_watch_book(watch, &watch->times.train);
    MUSTER_TRY(status);
    seen.seconds = muster_clock() - begin;
    run_report_result(&loner->report, entry->step.id, &loner->result, &seen);
    MUSTER_TRY(run_book_take(&job->book, &loner->report));
    MUSTER_TRY(run_book_commit(&job->book));
    run_meter_arrival(job);
done:
    return status;
}

static enum muster_status work(struct loner *loner)
{
    enum muster_status status = MUSTER_OK;
    struct run_job *job = loner->job;
    struct run_book *book = &job->book;
    while (!run_book_finished(book)) {
        struct run_entry *entry;
        enum run_wish wish = run_meter_wish(job);
        book->out_of_time = wish == RUN_END;
        if (wish != RUN_ON)
            break;
        MUSTER_TRY(run_book_check_failures(book));
        MUSTER_TRY(next(job, &entry));
        if (entry == NULL)
            break;
        job->busy = 1;
        job->epochs = 0;
        job->most_epochs = (int64_t)(book->info->epochs * book->info->folds);
        status = evaluate(loner, entry);
        job->busy = 0;
        job->most_epochs = 0;
        if (status == MUSTER_STOPPED) /* the wish is still there */
            status = MUSTER_OK;
        MUSTER_TRY(status);
        run_meter_progress(job, false);
        run_meter_file(job);
        run_watch_book(&job->watch, &job->watch.times.communicate);
    }
done:
    return status;
}

void run_alone(struct run_job *job)
{
    struct loner loner = {.job = job};
    job->phase = "searching";
    run_verdict_take(&job->verdict, work(&loner));
    job->busy = 0;
    muster_result_clear(&loner.result);
    muster_pack_free(&loner.report);
}
