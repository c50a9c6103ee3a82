/* main: owns MPI from MPI_Init to MPI_Finalize, hands the world to a command, and turns its status
 * into one exit code on all ranks. MPI_COMM_WORLD and MPI_Abort stand in this file alone. */
#include <ctype.h>
#include <errno.h>
#include <hdf5.h>
#include <stdlib.h>
#include <string.h>

#include "cli_impl.h"
#include "muster/par_mpi.h"

/* True in a process that mpirun or srun started: then all ranks meet in MPI whatever the command,
 * so that one exit code is agreed on and no rank's end cuts off the words of another. */
static bool launched(void)
{
    static const char *const names[] = {"PMIX_RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (getenv(names[i]) != NULL)
            return true;
    return false;
}

/* Settings of Open MPI that suit every run, where the user gave no others: ranks that wait inside
 * MPI yield the core, and no process reads another's memory, which containers forbid noisily. */
static void suggest_to_mpi(void)
{
    setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);
    setenv("OMPI_MCA_btl_vader_single_copy_mechanism", "none", 0);
}

/* Where ":NUMBER" begins that ends at `end`; NULL: there is none. */
static const char *number_before(const char *text, const char *end)
{
    const char *at = end;

    while (at != NULL && at > text && isdigit((unsigned char)at[-1]))
        at--;
    return at != end && at > text && at[-1] == ':' ? at - 1 : NULL;
}

/* "FILE:LINE:COLUMN: ..." */
static bool begins_with_place(const char *text)
{
    return number_before(text, number_before(text, strstr(text, ": "))) != NULL;
}

/* Problems of a study file's line stand at the start of one, as editors and compilers expect. */
static void report(const struct cli *cli, enum muster_status status)
{
    const char *text = muster_error_text();

    if (!cli->speaks)
        return;
    if (text[0] == '\0')
        text = muster_status_text(status);
    fflush(stdout);
    muster_log_progress(NULL);
    fprintf(stderr, status == MUSTER_BAD_STUDY || begins_with_place(text) ? "%s\n" : "muster: %s\n",
            text);
}

static enum muster_status dispatch(struct cli *cli, const struct cli_arguments *arguments)
{
    if (!cli->speaks && (!arguments->command || !arguments->command->parallel))
        return MUSTER_OK;
    if (arguments->version)
        return cli_print_version(stdout);
    if (arguments->help && cli->speaks)
        return arguments->command != NULL ? cli_print_command(stdout, arguments->command)
                                          : cli_print_help(stdout);
    return arguments->help ? MUSTER_OK : arguments->command->run(cli, arguments);
}

/* Runs a command in the processes that it wants to run in; what it printed must have arrived. */
static enum muster_status serve(struct cli *cli, const struct cli_arguments *arguments)
{
    enum muster_status status = dispatch(cli, arguments);

    errno = 0;
    if ((fflush(stdout) != 0 || ferror(stdout)) && status == MUSTER_OK)
        status = muster_error(MUSTER_IO, "standard output: %s",
                              errno != 0 ? strerror(errno) : "write failed");
    return status;
}

/* What was allocated since `blocks` and `communicators` were counted must be freed. With
 * MUSTER_STRICT=1 a leak is an error, so that tests see it. */
static enum muster_status account(int rank, int64_t blocks, int64_t communicators)
{
    const char *strict = getenv("MUSTER_STRICT");
    long long lost_blocks = muster_memory_blocks() - blocks;
    long long lost_comms = muster_comm_live() - communicators;

    muster_log(MUSTER_DEBUGS,
               "memory: %.1f MiB at its highest, %lld blocks and %lld communicators never freed",
               (double)muster_memory_peak() / 1048576.0, lost_blocks, lost_comms);
    if (strict == NULL || strcmp(strict, "1") != 0 || (lost_blocks <= 0 && lost_comms <= 0))
        return MUSTER_OK;
    return muster_error(MUSTER_INTERNAL, "rank %d never freed %lld blocks and %lld communicators",
                        rank, lost_blocks, lost_comms);
}

/* A process that needs no MPI. */
static enum muster_status serve_alone(struct cli *cli, const struct cli_arguments *arguments,
                                      enum muster_status status)
{
    int64_t blocks = muster_memory_blocks();
    enum muster_status accounts;

    if (status == MUSTER_OK)
        status = muster_fault_set(getenv("MUSTER_FAULT"), 0);
    if (status == MUSTER_OK)
        status = serve(cli, arguments);
    muster_fault_set(NULL, 0);
    if (status != MUSTER_OK)
        report(cli, status);
    accounts = account(0, blocks, 0);
    if (accounts != MUSTER_OK)
        report(cli, accounts);
    return status != MUSTER_OK ? status : accounts;
}

/* Collective, between MPI_Init and MPI_Finalize; `status` is that of reading the arguments. */
static enum muster_status serve_on_world(struct cli *cli, const struct cli_arguments *arguments,
                                         enum muster_status status)
{
    int64_t blocks = muster_memory_blocks(), communicators = muster_comm_live();
    enum muster_status accounts;

    if (status == MUSTER_OK)
        status = muster_fault_set(getenv("MUSTER_FAULT"), muster_comm_rank(cli->world));
    if (status == MUSTER_OK)
        status = serve(cli, arguments);
    muster_fault_set(NULL, 0);
    status = muster_agree(cli->world, status);
    if (status != MUSTER_OK)
        report(cli, status);
    accounts =
        muster_agree(cli->world, account(muster_comm_rank(cli->world), blocks, communicators));
    if (accounts != MUSTER_OK)
        report(cli, accounts);
    return status != MUSTER_OK ? status : accounts;
}

/* As serve_on_world, with MPI around it. Where not even the world can be had, nothing can be agreed
 * on any more: the one place that aborts. */
static enum muster_status serve_with_mpi(struct cli *cli, const struct cli_arguments *arguments,
                                         enum muster_status status)
{
    int provided, rank;

    if (status == MUSTER_OK && arguments->command != NULL && arguments->command->stoppable)
        status = muster_run_catch_signals(); /* before MPI starts, which takes its time */
    suggest_to_mpi();
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS)
        return muster_error(MUSTER_INTERNAL, "MPI could not be started");
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    cli->speaks = rank == 0;
    muster_log_setup(MUSTER_INFOS, cli->speaks);
    if (muster_comm_create(MPI_COMM_WORLD, &cli->world) != MUSTER_OK) {
        report(cli, MUSTER_INTERNAL);
        MPI_Abort(MPI_COMM_WORLD, muster_status_exit(MUSTER_INTERNAL));
    }
    status = serve_on_world(cli, arguments, status);
    muster_comm_destroy(&cli->world);
    fflush(NULL);
    H5close();
    MPI_Finalize();
    return status;
}

int main(int argc, char **argv)
{
    struct cli cli = {.started = muster_clock(), .speaks = true};
    struct cli_arguments arguments;
    enum muster_status status;

    muster_log_setup(MUSTER_INFOS, true);
    status = cli_arguments_read(argc, argv, &arguments);
    if (launched() || (status == MUSTER_OK && arguments.command != NULL &&
                       arguments.command->parallel && !arguments.help)) {
        status = serve_with_mpi(&cli, &arguments, status);
    } else {
        status = serve_alone(&cli, &arguments, status);
    }
    cli_arguments_clear(&arguments);
    return muster_status_exit(status);
}
