/* show: state of a run, leaderboard, best configuration and test scores from a result file alone.
 */
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
    {{.type = MUSTER_END}, NULL}};

/* A run that has only begun has a journal and no result file yet. */
static enum muster_status not_there(const char *path, enum muster_status status)
{
    char *journal = muster_format("%s.journal", path);

    if (status == MUSTER_NO_INPUT && journal != NULL && access(journal, F_OK) == 0)
        status = muster_error(status, "%s is not written yet: its run has begun, as %s shows", path,
                              journal);
    muster_free(journal);
    return status;
}

static enum muster_status show(struct cli *cli, const struct cli_arguments *arguments)
{
    const struct muster_value *top = cli_flag(arguments, "top");
    size_t n = top->set ? (size_t)top->number : 5;
    struct cli_board board = {0};
    enum muster_status status;

    (void)cli;
    MUSTER_TRY(not_there(arguments->operand, cli_board_read(arguments->operand, &board)));
    status = cli_flag(arguments, "json")->set ? cli_board_json(&board, n, stdout)
                                              : cli_board_print(&board, n, stdout);
done:
    cli_board_clear(&board);
    return status;
}

const struct cli_command cli_show = {
    .name = "show",
    .operand = "RESULTS",
    .help = "state of a run, leaderboard, best configuration and its test scores",
    .more = "RESULTS is the HDF5 file of a run; it may be running, stopped or complete.",
    .flags = flags,
    .run = show};
