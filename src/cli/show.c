/* show: state of a run, leaderboard, best configuration and test scores from a result file alone.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli_impl.h"

static const struct cli_flag flags[] = {
    {{.name = "json", .type = MUSTER_BOOL, .help = "one JSON object, for programs"}, NULL},
    {{.name = "top",
      .type = MUSTER_INT,
      .standard = "5",
      .low = 0,
      .high = 1e9,
      .help = "how many of the best trials"},
     "N"},
    {{.name = "watch",
      .type = MUSTER_BOOL,
      .help = "show it again whenever it has changed, until the run ends"},
     NULL},
    {{.type = MUSTER_END}, NULL}};

static bool has_begun(const char *path)
{
    char *journal = muster_format("%s.journal", path);
    bool begun = journal != NULL && access(journal, F_OK) == 0;

    muster_free(journal);
    return begun;
}

/* A run that has only begun has a journal and no result file yet. */
static enum muster_status not_there(const char *path, enum muster_status status)
{
    if (status == MUSTER_NO_INPUT && has_begun(path))
        status =
            muster_error(status,
                         "%s is not written yet: its run has begun, as %s.journal shows (--watch"
                         " waits for it)",
                         path, path);
    return status;
}

/* *running: more will come. */
static enum muster_status show_once(const struct cli_arguments *arguments, bool *running)
{
    const struct muster_value *top = cli_flag(arguments, "top");
    size_t n = top->set ? (size_t)top->number : 5;
    struct cli_board board = {0};
    enum muster_status status;

    MUSTER_TRY(not_there(arguments->operand, cli_board_read(arguments->operand, &board)));
    *running = strcmp(board.status, "running") == 0;
    status = cli_flag(arguments, "json")->set ? cli_board_json(&board, n, stdout)
                                              : cli_board_print(&board, n, stdout);
done:
    cli_board_clear(&board);
    return status;
}

/* ---- again and again ------------------------------------------------------------------------- */

/* Whether the file is another one than `seen`, or there for the first time. */
static bool is_new(const char *path, struct stat *seen)
{
    const struct stat before = *seen;

    return stat(path, seen) == 0 &&
           (seen->st_ino != before.st_ino || seen->st_mtim.tv_sec != before.st_mtim.tv_sec ||
            seen->st_mtim.tv_nsec != before.st_mtim.tv_nsec);
}

/* What is shown takes the place of the last on a terminal, and follows it anywhere else. */
static void turn_page(bool first)
{
    if (isatty(STDOUT_FILENO))
        fputs("\033[H\033[2J", stdout);
    else if (!first)
        fputs("\n", stdout);
}

/* A run that was killed leaves a file that says `running`: then it is the user who ends this. */
static enum muster_status watch(const struct cli_arguments *arguments)
{
    enum muster_status status = MUSTER_OK;
    struct stat seen = {0};
    bool running = true, first = true;

    while (running) {
        if (is_new(arguments->operand, &seen)) {
            turn_page(first);
            first = false;
            MUSTER_TRY(show_once(arguments, &running));
            fflush(stdout);
        } else if (access(arguments->operand, F_OK) != 0 && !has_begun(arguments->operand)) {
            return show_once(arguments, &running); /* which says what is missing */
        } else {
            muster_nap(0.2);
        }
    }
done:
    return status;
}

static enum muster_status show(struct cli *cli, const struct cli_arguments *arguments)
{
    bool running;

    (void)cli;
    return cli_flag(arguments, "watch")->set ? watch(arguments) : show_once(arguments, &running);
}

const struct cli_command cli_show = {
    .name = "show",
    .operand = "RESULTS",
    .help = "state of a run, leaderboard, best configuration and its test scores",
    .more = "RESULTS is the HDF5 file of a run; it may be running, stopped or complete.",
    .flags = flags,
    .run = show};
