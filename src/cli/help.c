/* help: texts for commands, made from their tables. */
#include <hdf5.h>
#include <mpi.h>
#include <string.h>

#include "cli_impl.h"
#include "muster/linalg.h"
#include "muster_version.h"

enum muster_status cli_print_version(FILE *out)
{
    char mpi[MPI_MAX_LIBRARY_VERSION_STRING];
    unsigned major, minor, release;
    int length;

    MPI_Get_library_version(mpi, &length);
    mpi[strcspn(mpi, ",\n")] = '\0';
    H5get_libversion(&major, &minor, &release);
    fprintf(out, "muster %s (%s, %s)\n", MUSTER_VERSION, MUSTER_BUILD_TYPE, MUSTER_COMPILER);
    fprintf(out, "  MPI    %s\n", mpi);
    fprintf(out, "  HDF5   %u.%u.%u\n", major, minor, release);
    fprintf(out, "  BLAS   %s\n", muster_blas_name());
    return MUSTER_OK;
}

static void usage_of(char *out, size_t size, const struct cli_command *command)
{
    const char *form = command->operand == NULL    ? "%s"
                       : command->operand_optional ? "%s [%s]"
                                                   : "%s %s";

    int length = snprintf(out, size, form, command->name, command->operand);

    if (command->second != NULL)
        snprintf(out + length, size - (size_t)length, " %s", command->second);
}

enum muster_status cli_print_help(FILE *out)
{
    struct cli_table table = cli_table("ll");
    enum muster_status status;
    char usage[64];

    fputs("muster tunes neural networks: hyperparameter search with cross-validation on MPI ranks\n"
          "\n"
          "usage:  mpirun -n RANKS muster run STUDY [options]\n"
          "        muster COMMAND [options]\n"
          "\n",
          out);
    for (const struct cli_command *const *c = cli_commands; *c != NULL; c++) {
        usage_of(usage, sizeof usage, *c);
        cli_cell(&table, "%s", usage);
        cli_cell(&table, "%s", (*c)->help);
    }
    status = cli_table_print(&table, out, 2);
    fputs("\n"
          "  muster COMMAND --help   a command's options\n"
          "  muster help TOPIC       the keys of a study file: of a section (train), a layer "
          "(dense),\n"
          "                          an optimizer (adam), a search method (bayes)\n"
          "  muster --version        version, and the libraries it was built on\n"
          "\n"
          "exit codes: 0 finished, 64 wrong usage, 65 bad data, 66 missing input, 70 internal "
          "error,\n"
          "  74 read or write failed, 75 stopped and resumable, 78 invalid study file\n",
          out);
    return status;
}

enum muster_status cli_print_command(FILE *out, const struct cli_command *command)
{
    struct cli_table table = cli_table("ll");
    char usage[64];

    usage_of(usage, sizeof usage, command);
    fprintf(out, "usage: muster %s%s\n\n%s\n", usage, command->flags != NULL ? " [options]" : "",
            command->help);
    if (command->more != NULL)
        fprintf(out, "\n%s\n", command->more);
    fputc('\n', out);
    for (const struct cli_flag *f = command->flags; f != NULL && f->option.type != MUSTER_END;
         f++) {
        cli_cell(&table, "--%s%s%s", f->option.name, f->value != NULL ? " " : "",
                 f->value != NULL ? f->value : "");
        cli_cell(&table, f->option.words != NULL ? "%s: %s" : "%s", f->option.help,
                 f->option.words);
        if (f->option.standard != NULL) {
            cli_cell(&table, "%s", "");
            cli_cell(&table, "default: %s", f->option.standard);
        }
    }
    cli_cell(&table, "--help");
    cli_cell(&table, "this text");
    return cli_table_print(&table, out, 2);
}

static enum muster_status help(struct cli *cli, const struct cli_arguments *arguments)
{
    const struct cli_command *command;

    (void)cli;
    if (arguments->operand == NULL)
        return cli_print_help(stdout);
    command = cli_command_find(arguments->operand);
    if (command != NULL)
        return cli_print_command(stdout, command);
    return cli_print_keys(stdout,
                          strcmp(arguments->operand, "keys") == 0 ? NULL : arguments->operand);
}

const struct cli_command cli_help = {
    .name = "help",
    .operand = "TOPIC",
    .operand_optional = true,
    .help = "help on a command, or on keys of the study file",
    .more =
        "TOPIC is a command, a section of the study file (data, network, train, validate, search,\n"
        "parallel, objective), a plug-in of it (dense, adam, cosine, bayes, accuracy), how "
        "something is\n"
        "written (range, prior, when, repeat, initial, forbid), or `keys` for everything.",
    .run = help};
