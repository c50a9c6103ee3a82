/* Clock, signals and progress: what may end a sitting, what the user sees of it, and when the
 * interim result file is due. */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "run/run_impl.h"

/* ---- signals -------------------------------------------------------------------------------- */

static volatile sig_atomic_t arrived_signal;

static const struct {
    int number;
    bool once;   /* a second one has its usual effect */
    bool unless; /* not where it is ignored, as nohup has it */
    const char *name;
} signals[] = {
    {SIGUSR1, false, false, "SIGUSR1"},
    {SIGTERM, false, false, "SIGTERM"},
    {SIGHUP, false, true, "SIGHUP"}, /* the terminal was closed */
    {SIGINT, true, false,
     "SIGINT"}, /* Ctrl-C twice ends the process at once: the journal stands it */
};
enum { N_SIGNALS = sizeof signals / sizeof *signals };

static void note(int number)
{
    arrived_signal = number;
}

/* A launcher may have blocked them, so that none ends the process before this (a program is loaded
 * for some ms, and until then a signal has its usual effect): what came since then is delivered. */
enum muster_status muster_run_catch_signals(void)
{
    sigset_t caught;
    sigemptyset(&caught);
    for (size_t i = 0; i < N_SIGNALS; i++) {
        sigaddset(&caught, signals[i].number);
        struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
        if (signals[i].once)
            action.sa_flags |= (int)SA_RESETHAND;
        sigemptyset(&action.sa_mask);
        struct sigaction before;
        if (signals[i].unless && sigaction(signals[i].number, NULL, &before) == 0 &&
            before.sa_handler == SIG_IGN)
            continue;
        if (sigaction(signals[i].number, &action, NULL) != 0)
            return muster_error(MUSTER_INTERNAL, "%s cannot be caught: %s", signals[i].name,
                                strerror(errno));
    }
    if (sigprocmask(SIG_UNBLOCK, &caught, NULL) != 0)
        return muster_error(MUSTER_INTERNAL, "signals cannot be unblocked: %s", strerror(errno));
    return MUSTER_OK;
}

const char *run_signal_name(void)
{
    for (size_t i = 0; i < N_SIGNALS; i++)
        if (arrived_signal == signals[i].number)
            return signals[i].name;
    return NULL;
}

void run_signal_forget(void)
{
    arrived_signal = 0;
}

/* ---- the time limit -------------------------------------------------------------------------- */

/* s: what is not seen from here; mpirun alone takes a second to end a job that did not return 0. */
#define ENDING_ALONE 0.5
#define ENDING_UNDER_MPIRUN 1.5

/* What ending takes: besides that the way to the groups' next safe point, and a result file with
 * its curves, which compress at some 50 MB/s. At most a quarter of the limit, so that short ones
 * still work. */
static double reserve(const struct run_job *job)
{
    const struct run_book *book = &job->book;
    const struct muster_objective_info *info = book->info;
    double curves = 12.0 * (double)book->done * (double)(info->folds * info->epochs);
    double need = (job->plan.ranks > 1 ? ENDING_UNDER_MPIRUN : ENDING_ALONE) +
                  3 * job->meter.file_cost + 2 * book->slowest_epoch + curves / 50e6;
    return fmin(need, job->setup->time_limit / 4);
}

enum run_wish run_meter_wish(struct run_job *job)
{
    const char *reason = run_signal_name();
    double used = muster_clock() - job->setup->started;
    if (reason == NULL && used > job->setup->time_limit - reserve(job))
        reason = "--time-limit";
    if (reason != NULL) {
        snprintf(job->summary->stopped_by, sizeof job->summary->stopped_by, "%s", reason);
        return RUN_PAUSE;
    }
    return run_book_elapsed(&job->book) >= job->book.rules.time ? RUN_END : RUN_ON;
}

/* ---- progress -------------------------------------------------------------------------------- */

enum { RING = sizeof((struct run_meter){0}).arrivals / sizeof(double) };

void run_meter_arrival(struct run_job *job)
{
    struct run_meter *meter = &job->meter;
    meter->arrivals[meter->arrived++ % RING] = muster_clock();
}

/* Trials a second: over the last results, or since the start where they are few. */
static double rate(const struct run_job *job, double now)
{
    const struct run_meter *meter = &job->meter;
    bool few = meter->arrived <= RING;
    double since = few ? job->book.began : meter->arrivals[meter->arrived % RING];
    int64_t n = few ? meter->arrived : RING - 1;
    return now > since ? (double)n / (now - since) : 0;
}

static struct muster_run_state state_of(const struct run_job *job, double now)
{
    const struct run_book *book = &job->book;
    int64_t trials = (int64_t)fmin((double)book->budget, muster_search_points(book->search));
    double per_second = rate(job, now);
    return (struct muster_run_state){
        .done = book->done,
        .failed = book->failed,
        .trials = trials,
        .best = book->best < 0 ? NAN : book->entries[book->best].score,
        .best_trial = book->best < 0 ? -1 : book->entries[book->best].step.trial,
        .busy = job->busy,
        .groups = job->plan.groups,
        .epochs = job->epochs,
        .most_epochs = job->most_epochs,
        .seconds = now - job->setup->started,
        .rate = per_second,
        .remaining = per_second > 0 ? (double)(trials - book->done) / per_second : NAN,
        .phase = job->phase,
    };
}

void run_meter_progress(struct run_job *job, bool now)
{
    double clock = muster_clock();
    if (!now && clock < job->meter.next_progress)
        return;
    job->meter.next_progress = clock + 0.2;
    job->summary->state = state_of(job, clock);
    if (job->setup->progress != NULL)
        job->setup->progress(job->setup->context, &job->summary->state);
}

/* ---- interim result files -------------------------------------------------------------------- */

/* s; the first file is due after it, further ones when they cost less than 1 % of the run */
#define FIRST_FILE 2.0
#define FILE_SHARE 0.01

void run_meter_file(struct run_job *job)
{
    static const struct run_outcome interim = {.status = "running"};
    struct run_meter *meter = &job->meter;
    double begin = muster_clock();
    if (meter->next_file == 0)
        meter->next_file = begin + FIRST_FILE;
    if (begin < meter->next_file)
        return;
    if (run_file_write(job, &interim) != MUSTER_OK)
        muster_log(MUSTER_WARNINGS, "%s; the journal goes on", muster_error_text());
    meter->file_cost = muster_clock() - begin;
    meter->next_file = begin + fmax(FIRST_FILE, meter->file_cost / FILE_SHARE);
}
