/* import: a table of delimited values becomes a data file. */
#include <string.h>

#include "import.h"

static const struct cli_flag flags[] = {
    {{.name = "target",
      .type = MUSTER_TEXT,
      .help = "the column to be predicted: its name, or its number from 0, -1: the last"},
     "COLUMN"},
    {{.name = "out",
      .type = MUSTER_TEXT,
      .help = "data file to write; default: the table's name with .h5, in this folder"},
     "FILE.h5"},
    {{.name = "task",
      .type = MUSTER_WORD,
      .words = "classification|regression",
      .help = "default: classification where the target holds texts or few whole numbers"},
     "TASK"},
    {{.name = "categorical",
      .type = MUSTER_WORDS,
      .help = "a column of numbers that stand for categories; may be repeated"},
     "COLUMN"},
    {{.name = "drop", .type = MUSTER_WORDS, .help = "leave a column out; may be repeated"},
     "COLUMN"},
    {{.name = "model",
      .type = MUSTER_TEXT,
      .help = "rows to predict, without --target: the columns that the model of this result file "
              "takes, by their names, with its codes of their levels"},
     "RESULTS"},
    {{.name = "header",
      .type = MUSTER_WORD,
      .words = "auto|yes|no",
      .standard = "auto",
      .help = "whether the first line names the columns"},
     "WORD"},
    {{.name = "delimiter",
      .type = MUSTER_TEXT,
      .help = "what separates cells; default: , ; | or a tab, whichever the first line has"},
     "CHAR"},
    {{.type = MUSTER_END}, NULL}};

/* A model says what is taken and how. */
static enum muster_status check_model(const struct cli_arguments *arguments)
{
    static const char *const others[] = {"target", "task", "categorical", "drop"};
    const bool model = cli_flag(arguments, "model")->set;

    if (!model && !cli_flag(arguments, "target")->set)
        return muster_error(MUSTER_USAGE,
                            "--target is missing: the column to be predicted (--model for rows to "
                            "be predicted)");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (model && (cli_flag(arguments, others[i])->set))
            return muster_error(MUSTER_USAGE, "--model and --%s exclude each other", others[i]);
    return MUSTER_OK;
}

static enum muster_status check_flags(const struct cli_arguments *arguments)
{
    const char *delimiter = cli_flag(arguments, "delimiter")->text;
    enum muster_status status = check_model(arguments);

    if (status != MUSTER_OK)
        return status;
    if (delimiter != NULL && (strlen(delimiter) != 1 || strchr("\"\r\n", delimiter[0]) != NULL))
        return muster_error(MUSTER_USAGE, "--delimiter %s: one character is wanted", delimiter);
    return MUSTER_OK;
}

/* "data/german.csv" -> "german.h5" */
static char *default_out(const char *csv)
{
    const char *slash = strrchr(csv, '/');
    const char *name = slash != NULL ? slash + 1 : csv;
    const char *dot = strrchr(name, '.');
    size_t length = dot != NULL && dot != name ? (size_t)(dot - name) : strlen(name);

    return muster_format("%.*s.h5", (int)length, name);
}

static void clear(struct import *import)
{
    for (size_t c = 0; import->columns != NULL && c < import->csv.columns; c++) {
        muster_free(import->columns[c].levels);
        muster_free(import->columns[c].codes);
    }
    muster_free(import->inputs);
    cli_model_clear(&import->model);
    muster_free(import->columns);
    muster_free(import->names);
    muster_free(import->rows);
    csv_clear(&import->csv);
}

static enum muster_status run(struct cli *cli, const struct cli_arguments *arguments)
{
    const struct muster_value *delimiter = cli_flag(arguments, "delimiter");
    const struct muster_value *named = cli_flag(arguments, "out");
    struct import import = {.arguments = arguments, .target = SIZE_MAX};
    char *out = NULL;
    enum muster_status status;

    (void)cli;
    MUSTER_TRY(check_flags(arguments));
    out = named->set ? muster_strdup(named->text) : default_out(arguments->operand);
    MUSTER_TRY(out != NULL ? MUSTER_OK : MUSTER_NO_MEMORY);
    MUSTER_TRY(
        csv_read(arguments->operand, delimiter->set ? delimiter->text[0] : '\0', &import.csv));
    if (import.csv.rows == 0)
        MUSTER_TRY(muster_error(MUSTER_BAD_DATA, "%s is empty", arguments->operand));
    MUSTER_TRY(cli_flag(arguments, "model")->set ? import_for_model(&import)
                                                 : import_columns(&import));
    MUSTER_TRY(cli_out_check(out, arguments->operand, true));
    MUSTER_TRY(import_write(&import, out));
    MUSTER_TRY(import_print(&import, out));
done:
    clear(&import);
    muster_free(out);
    return status;
}

const struct cli_command cli_import = {
    .name = "import",
    .operand = "CSV",
    .help = "a table becomes a data file",
    .more =
        "Cells that are empty or `?` are missing, and NA, NaN, null among numbers. A column that\n"
        "holds anything but numbers becomes codes: /categorical marks it, /levels counts its\n"
        "levels, /level_names names them. Rows without a target are left out.\n"
        "With --model all rows are taken, in their order, for `muster predict`; levels that the "
        "model\n"
        "does not know count as missing.",
    .flags = flags,
    .run = run};
