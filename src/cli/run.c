/* run: the main job, and its leaderboard at the end. */
#include <math.h>

#include "cli_impl.h"
#include "muster/linalg.h"
#include "muster_version.h"

enum { LEADERS = 5 };

static const struct cli_flag flags[] = {
    {{.name = "out",
      .type = MUSTER_TEXT,
      .help = "result file; default: the study's name with .results.h5, in this folder"},
     "FILE"},
    {{.name = "resume",
      .type = MUSTER_BOOL,
      .help = "go on with the run of this result file; starts afresh where there is none"},
     NULL},
    {{.name = "fresh", .type = MUSTER_BOOL, .help = "overwrite an earlier run"}, NULL},
    {{.name = "set",
      .type = MUSTER_WORDS,
      .help = "replace a value of the study, e.g. search.trials=200; may be repeated"},
     "PATH=VALUE"},
    {{.name = "time-limit",
      .type = MUSTER_TIME,
      .help = "stop resumably (exit code 75) after T: seconds, 90s, 30m, 2h, 1d, HH:MM:SS, "
              "D-HH:MM:SS"},
     "T"},
    {{.name = "log-level",
      .type = MUSTER_WORD,
      .words = "error|warning|info|debug",
      .standard = "info",
      .help = "how much to say on standard error"},
     "L"},
    {{.name = "no-progress", .type = MUSTER_BOOL, .help = "no progress line"}, NULL},
    {{.type = MUSTER_END}, NULL}};

static enum muster_status check_flags(const struct cli_arguments *arguments)
{
    if (cli_flag(arguments, "resume")->set && cli_flag(arguments, "fresh")->set)
        return muster_error(MUSTER_USAGE, "--resume and --fresh exclude each other");
    return MUSTER_OK;
}

/* What the result file holds now; a stopped run may not have come to write one. */
static enum muster_status print_outcome(const char *out, const struct muster_run_summary *summary)
{
    struct cli_board board = {0};
    enum muster_status status = cli_board_read(out, &board);

    if (status == MUSTER_OK) {
        if (summary->nothing_to_do)
            muster_log(MUSTER_INFOS, "%s is complete: nothing to do", out);
        status = cli_board_print(&board, LEADERS, stdout);
        printf("\nresults are in %s\n", out);
    }
    cli_board_clear(&board);
    return status;
}

static enum muster_status search(struct cli *cli, const struct cli_arguments *arguments,
                                 const struct muster_study *study, const char *out)
{
    struct cli_progress progress = {0};
    struct muster_run_summary summary = {0};
    const struct muster_value *limit = cli_flag(arguments, "time-limit");
    bool shows = cli->speaks && !cli_flag(arguments, "no-progress")->set;
    struct muster_run_setup setup = {.study = study,
                                     .out = out,
                                     .resume = cli_flag(arguments, "resume")->set,
                                     .fresh = cli_flag(arguments, "fresh")->set,
                                     .time_limit = limit->set ? limit->number : INFINITY,
                                     .started = cli->started,
                                     .progress = shows ? cli_progress_show : NULL,
                                     .context = &progress,
                                     .version = MUSTER_VERSION};
    enum muster_status status, printed = MUSTER_OK;

    cli_progress_begin(&progress);
    status = muster_run(&setup, cli->world, &summary);
    cli_progress_end(&progress);
    if (!cli->speaks || (status != MUSTER_OK && status != MUSTER_STOPPED))
        return status;
    printed = print_outcome(out, &summary);
    if (status == MUSTER_OK)
        return printed;
    return muster_error(status, "stopped by %s; go on with: muster run %s --resume --out %s",
                        summary.stopped_by, arguments->operand, out);
}

static enum muster_status run(struct cli *cli, const struct cli_arguments *arguments)
{
    const struct muster_value *level = cli_flag(arguments, "log-level");
    const struct muster_value *named = cli_flag(arguments, "out");
    struct cli_catalog catalog = {0};
    struct muster_study *study = NULL;
    char *out = NULL;
    enum muster_status status;

    if (level->set)
        muster_log_setup((enum muster_level)level->number, cli->speaks);
    MUSTER_TRY(check_flags(arguments));
    status = cli_catalog_create(&catalog);
    out = named->set ? muster_strdup(named->text) : cli_default_out(arguments->operand);
    MUSTER_TRY(muster_agree(cli->world, out == NULL ? MUSTER_NO_MEMORY : status));
    MUSTER_TRY(cli_study_load(cli->world, arguments, &catalog, &study));
    muster_blas_threads((int)muster_block_int(muster_study_section(study, "parallel"), "threads"));
    status = search(cli, arguments, study, out);
done:
    muster_free(out);
    muster_study_destroy(&study);
    cli_catalog_clear(&catalog);
    return status;
}

const struct cli_command cli_run = {
    .name = "run",
    .operand = "STUDY",
    .help = "search, cross-validate, refit the best and test it: the main job",
    .more =
        "Runs under mpirun or srun on any number of ranks, and alone. Rank 0 conducts and\n"
        "sleeps between messages, so start one rank more than there are cores. The leaderboard\n"
        "goes to standard output, progress and messages to standard error. SIGUSR1 and\n"
        "--time-limit stop the run so that --resume takes it up again; so do 100 failed trials in\n"
        "a row, or 50 from the start on. A search that ends is complete, with code 0, also where\n"
        "every trial failed: the last warning says why.",
    .flags = flags,
    .parallel = true,
    .stoppable = true,
    .run = run};
