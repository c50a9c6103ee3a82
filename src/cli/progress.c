/* progress: how far the run is, on standard error. A line redrawn in place where a person watches
 * a terminal; elsewhere plain lines, about one a second at first and later one whenever the run has
 * become a tenth longer, so that a log of a day has some hundred of them. */
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "cli_impl.h"

enum { BAR = 12 };

/* mpirun hands its ranks pipes and copies what they say to its own standard error: a terminal of
 * the parent process on this node is as good as one of ours. */
static bool on_terminal(void)
{
    char path[64], target[64];
    ssize_t length;

    if (isatty(STDERR_FILENO))
        return true;
    snprintf(path, sizeof path, "/proc/%ld/fd/2", (long)getppid());
    length = readlink(path, target, sizeof target - 1);
    if (length <= 0)
        return false;
    target[length] = '\0';
    return strncmp(target, "/dev/pts/", 9) == 0 || strncmp(target, "/dev/tty", 8) == 0;
}

void cli_progress_begin(struct cli_progress *progress)
{
    progress->terminal = on_terminal();
    progress->done = -1;
    progress->phase = "";
}

static void describe_best(const struct muster_run_state *state, const char *trial, char *out,
                          size_t size)
{
    if (isnan(state->best))
        snprintf(out, size, "no result yet");
    else
        snprintf(out, size, "best %.5g (%s%lld)", state->best, trial, (long long)state->best_trial);
}

static void describe_pace(const struct muster_run_state *state, const char *unit, char *out,
                          size_t size)
{
    char left[32];
    int used = 0;

    out[0] = '\0';
    if (state->rate > 0.0)
        used = snprintf(out, size, state->rate < 0.1 ? ", %.2g%s" : ", %.1f%s", state->rate, unit);
    if (!isnan(state->remaining) && state->done < state->trials)
        snprintf(out + used, size - (size_t)used, ", %s to go",
                 cli_seconds(state->remaining, left));
}

/* ", 12 of at most 250 epochs", of a trial. */
static void describe_epoch(const struct muster_run_state *state, char *out, size_t size)
{
    out[0] = '\0';
    if (state->most_epochs > 0 && state->epochs > 0)
        snprintf(out, size, ", %lld of at most %lld epochs", (long long)state->epochs,
                 (long long)state->most_epochs);
}

/* Fits 80 columns, without the bar where numbers are long. */
static void draw(const struct muster_run_state *state)
{
    char bar[BAR + 1], best[64], pace[96], epoch[64], line[320];
    double share = state->trials > 0 ? (double)state->done / (double)state->trials : 0.0;
    int full = (int)(share * BAR), used;

    memset(bar, ' ', BAR);
    memset(bar, '=', (size_t)(full < BAR ? full : BAR));
    bar[BAR] = '\0';
    describe_best(state, "#", best, sizeof best);
    describe_pace(state, "/s", pace, sizeof pace);
    describe_epoch(state, epoch, sizeof epoch);
    used = snprintf(line, sizeof line, "[%s] %lld/%lld, %s, ", bar, (long long)state->done,
                    (long long)state->trials, best);
    if (strcmp(state->phase, "searching") != 0)
        used += snprintf(line + used, sizeof line - (size_t)used, "%s%s", state->phase, epoch);
    else if (epoch[0] != '\0')
        used += snprintf(line + used, sizeof line - (size_t)used, "%s%s", epoch + 2, pace);
    else
        used += snprintf(line + used, sizeof line - (size_t)used, "%d/%d groups busy%s",
                         state->busy, state->groups, pace);
    line[used < 80 ? used : BAR + 3 + 79] = '\0';
    muster_log_progress(used < 80 ? line : line + BAR + 3);
}

static void say(const struct muster_run_state *state)
{
    char best[64], pace[96], epoch[64], failed[48] = "";

    describe_epoch(state, epoch, sizeof epoch);
    describe_best(state, "trial ", best, sizeof best);
    describe_pace(state, " trials/s", pace, sizeof pace);
    if (state->failed > 0)
        snprintf(failed, sizeof failed, " (%lld failed)", (long long)state->failed);
    muster_log(MUSTER_INFOS, "%s: %lld of %lld trials%s, %s, %d of %d groups busy%s%s",
               state->phase, (long long)state->done, (long long)state->trials, failed, best,
               state->busy, state->groups, epoch, pace);
}

void cli_progress_show(void *context, const struct muster_run_state *state)
{
    struct cli_progress *progress = context;
    bool other_phase = strcmp(progress->phase, state->phase) != 0;

    if (state->seconds < progress->next && !(progress->terminal && other_phase))
        return;
    if (!progress->terminal && state->done == progress->done && state->epochs == progress->epochs &&
        !other_phase)
        return;
    progress->done = state->done;
    progress->epochs = state->epochs;
    progress->phase = state->phase;
    progress->next =
        state->seconds + (progress->terminal ? 0.1 : fmin(fmax(1.0, 0.1 * state->seconds), 900.0));
    if (progress->terminal)
        draw(state);
    else
        say(state);
}

void cli_progress_end(struct cli_progress *progress)
{
    if (progress->terminal)
        muster_log_progress(NULL);
}
