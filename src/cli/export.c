/* export: the trials of a result file as a table, CSV with the quoting of RFC 4180 or JSON; and the
 * best configuration as a study. */
#include <math.h>
#include <string.h>

#include "cli_impl.h"
#include "json.h"
#include "muster/results.h"

static const struct cli_flag flags[] = {
    {{.name = "csv",
      .type = MUSTER_TEXT,
      .help = "the trials as comma-separated values, one line a trial; -: standard output"},
     "FILE"},
    {{.name = "json", .type = MUSTER_TEXT, .help = "the trials as a JSON list of objects"}, "FILE"},
    {{.name = "study",
      .type = MUSTER_TEXT,
      .help = "the best configuration as a study: its values in place of the ranges"},
     "FILE"},
    {{.type = MUSTER_END}, NULL}};

/* What stands in the table besides the board's columns; all owned, [n] by trial. */
struct columns {
    const char *results;      /* the file; borrowed */
    double *seconds, *epochs; /* epochs: mean over folds that were run */
    char **reason;
    size_t n_metrics;
    char **metric_names;
    double **metrics; /* means over folds that were run */
};

/* ---- reading ------------------------------------------------------------------------------- */

static double mean_of(const double *row, size_t n, bool positive)
{
    double sum = 0.0, count = 0.0;

    for (size_t k = 0; k < n; k++)
        if (!isnan(row[k]) && (!positive || row[k] > 0.0)) {
            sum += row[k];
            count += 1.0;
        }
    return sum / count;
}

/* Means over the folds of a dataset [n][K], or the entries of one of [n]. `positive`: entries of 0
 * are of folds that were not run. */
static enum muster_status read_means(const struct muster_reader *reader, const char *path, size_t n,
                                     bool positive, double **means)
{
    enum muster_status status = MUSTER_OK;
    size_t rank, dims[4], width;
    double *values = NULL;

    MUSTER_TRY(muster_reader_f64(reader, path, &rank, dims, &values));
    width = rank == 2 ? dims[1] : 1;
    if (rank < 1 || rank > 2 || dims[0] != n)
        MUSTER_TRY(muster_error(MUSTER_BAD_DATA, "%s has not one entry for each trial", path));
    MUSTER_NEW(*means, n);
    for (size_t i = 0; i < n; i++)
        (*means)[i] = mean_of(values + i * width, width, positive);
done:
    muster_free(values);
    return status;
}

static enum muster_status read_metrics(const struct muster_reader *reader, size_t n,
                                       struct columns *columns)
{
    enum muster_status status = MUSTER_OK;
    char *path = NULL;

    if (!muster_reader_has(reader, "/trials/metrics"))
        return MUSTER_OK;
    MUSTER_TRY(muster_reader_members(reader, "/trials/metrics", &columns->n_metrics,
                                     &columns->metric_names));
    MUSTER_NEW(columns->metrics, columns->n_metrics);
    for (size_t m = 0; m < columns->n_metrics; m++) {
        muster_free(path);
        path = muster_format("/trials/metrics/%s", columns->metric_names[m]);
        MUSTER_TRY(path != NULL ? MUSTER_OK : MUSTER_NO_MEMORY);
        MUSTER_TRY(read_means(reader, path, n, false, &columns->metrics[m]));
    }
done:
    muster_free(path);
    return status;
}

static enum muster_status read_columns(const char *path, size_t n, struct columns *columns)
{
    struct muster_reader *reader = NULL;
    enum muster_status status;
    size_t reasons = 0;

    MUSTER_TRY(muster_reader_open(path, &reader));
    MUSTER_TRY(read_means(reader, "/trials/seconds", n, false, &columns->seconds));
    MUSTER_TRY(read_means(reader, "/trials/epochs", n, true, &columns->epochs));
    MUSTER_TRY(muster_reader_strings(reader, "/trials/reason", &reasons, &columns->reason));
    if (reasons != n)
        status = muster_error(MUSTER_BAD_DATA,
                              "%s: /trials/reason has not one entry for each trial", path);
    if (status == MUSTER_OK)
        status = read_metrics(reader, n, columns);
done:
    muster_reader_close(&reader);
    return status;
}

static void clear_columns(struct columns *columns)
{
    for (size_t m = 0; columns->metrics != NULL && m < columns->n_metrics; m++)
        muster_free(columns->metrics[m]);
    muster_free(columns->metrics);
    muster_free(columns->metric_names);
    muster_free(columns->reason);
    muster_free(columns->seconds);
    muster_free(columns->epochs);
}

/* ---- CSV ----------------------------------------------------------------------------------- */

/* Quoted where it holds a comma, a quote or the end of a line, quotes doubled. */
static void put_text(FILE *out, const char *text)
{
    bool quoted = strpbrk(text, ",\"\r\n") != NULL;

    if (quoted)
        fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    if (quoted)
        fputc('"', out);
}

/* Behind a comma; empty where it is not finite. */
static void put_number(FILE *out, double value)
{
    char text[32];

    fprintf(out, ",%s", isfinite(value) ? muster_number_text(value, text) : "");
}

static void put_head(FILE *out, const struct cli_board *board, const struct columns *columns)
{
    fputs("id,state,score,score_std,seconds,epochs", out);
    for (size_t p = 0; p < board->d; p++) {
        fputc(',', out);
        put_text(out, board->names[p]);
    }
    for (size_t m = 0; m < columns->n_metrics; m++) {
        fputc(',', out);
        put_text(out, columns->metric_names[m]);
    }
    fprintf(out, "%s%s,reason\n", board->front.m > 0 ? ",pareto" : "",
            board->front.violation != NULL ? ",violation" : "");
}

static void put_param(FILE *out, const struct cli_param *param, size_t i)
{
    if (param->is_text || param->active[i] == 0.0) {
        fputc(',', out);
        put_text(out, param->active[i] == 0.0 ? "" : param->texts[i]);
    } else {
        put_number(out, param->numbers[i]);
    }
}

static enum muster_status write_csv(const struct cli_board *board, const struct columns *columns,
                                    FILE *out)
{
    put_head(out, board, columns);
    for (size_t i = 0; i < board->n; i++) {
        fprintf(out, "%.0f,%s", board->id[i], board->state[i]);
        put_number(out, board->score[i]);
        put_number(out, board->score_std[i]);
        put_number(out, columns->seconds[i]);
        put_number(out, columns->epochs[i]);
        for (size_t p = 0; p < board->d; p++)
            put_param(out, &board->params[p], i);
        for (size_t m = 0; m < columns->n_metrics; m++)
            put_number(out, columns->metrics[m][i]);
        if (board->front.m > 0)
            fputs(cli_front_has(board, i) ? ",1" : ",0", out);
        if (board->front.violation != NULL)
            put_number(out, board->front.violation[i]);
        fputc(',', out);
        put_text(out, columns->reason[i]);
        fputc('\n', out);
    }
    return MUSTER_OK;
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static cJSON *trial_json(struct cli_json *json, const struct cli_board *board,
                         const struct columns *columns, size_t i)
{
    cJSON *object = cJSON_CreateObject(), *params = cli_board_params(json, board, i);
    cJSON *metrics = cJSON_CreateObject();

    cli_json_number(json, object, "id", board->id[i]);
    cli_json_put(json, object, "state", cJSON_CreateString(board->state[i]));
    cli_json_number(json, object, "score", board->score[i]);
    cli_json_number(json, object, "score_std", board->score_std[i]);
    cli_json_number(json, object, "seconds", columns->seconds[i]);
    cli_json_number(json, object, "epochs", columns->epochs[i]);
    cli_json_put(json, object, "params", params);
    for (size_t m = 0; m < columns->n_metrics; m++)
        cli_json_number(json, metrics, columns->metric_names[m], columns->metrics[m][i]);
    cli_json_put(json, object, "metrics", metrics);
    if (board->front.m > 0)
        cli_json_put(json, object, "pareto", cJSON_CreateBool(cli_front_has(board, i)));
    if (board->front.violation != NULL)
        cli_json_number(json, object, "violation", board->front.violation[i]);
    cli_json_put(json, object, "reason", cJSON_CreateString(columns->reason[i]));
    return object;
}

/* A trial a line, so that a list of many is built and printed one by one. */
static enum muster_status write_json(const struct cli_board *board, const struct columns *columns,
                                     FILE *out)
{
    enum muster_status status = MUSTER_OK;

    fputs("[", out);
    for (size_t i = 0; i < board->n; i++) {
        struct cli_json json = {0};
        cJSON *trial = trial_json(&json, board, columns, i);
        fputs(i > 0 ? ",\n" : "\n", out);
        MUSTER_TRY(cli_json_print(&json, trial, false, out));
    }
    fputs("\n]\n", out);
done:
    return status;
}

/* ---- the command --------------------------------------------------------------------------- */

static enum muster_status write_study(const struct cli_board *board, const struct columns *columns,
                                      FILE *out)
{
    return cli_export_study(columns->results, board, out);
}

static const struct {
    const char *flag;
    enum muster_status (*write)(const struct cli_board *board, const struct columns *columns,
                                FILE *out);
} forms[] = {{"csv", write_csv}, {"json", write_json}, {"study", write_study}};
enum { N_FORMS = sizeof forms / sizeof *forms };

static enum muster_status export_to(const char *path, size_t form, const struct cli_board *board,
                                    const struct columns *columns)
{
    struct cli_out out;
    enum muster_status status = cli_out_open(path, &out);

    if (status == MUSTER_OK)
        status = forms[form].write(board, columns, out.file);
    return cli_out_close(&out, status);
}

static enum muster_status check_flags(const struct cli_arguments *arguments)
{
    enum muster_status status = MUSTER_OK;
    bool any = false;

    for (size_t f = 0; f < arguments->n; f++) {
        if (!arguments->values[f].set)
            continue;
        any = true;
        MUSTER_TRY(cli_out_check(arguments->values[f].text, arguments->operand, false));
    }
    if (!any)
        status = muster_error(MUSTER_USAGE, "nothing to export: --csv FILE, --json FILE or --study "
                                            "FILE (see: muster export --help)");
done:
    return status;
}

static enum muster_status run(struct cli *cli, const struct cli_arguments *arguments)
{
    struct cli_board board = {0};
    struct columns columns = {.results = arguments->operand};
    enum muster_status status;

    (void)cli;
    MUSTER_TRY(check_flags(arguments));
    MUSTER_TRY(cli_board_read(arguments->operand, &board));
    MUSTER_TRY(read_columns(arguments->operand, board.n, &columns));
    for (size_t f = 0; f < N_FORMS; f++)
        if (cli_flag(arguments, forms[f].flag)->set)
            MUSTER_TRY(export_to(cli_flag(arguments, forms[f].flag)->text, f, &board, &columns));
done:
    clear_columns(&columns);
    cli_board_clear(&board);
    return status;
}

const struct cli_command cli_export = {
    .name = "export",
    .operand = "RESULTS",
    .help = "the trials as a table, the best configuration as a study",
    .more =
        "Columns: id, state, score, score_std, seconds, epochs (mean over folds), the parameters\n"
        "(empty where inactive), the mean of every metric over the folds, and the reason why a\n"
        "trial failed or was pruned.\n"
        "With several objectives also `pareto`, 1 for trials that no other one beats in all of "
        "them;\n"
        "with constraints `violation`, by how much they are broken in parts of the bound.\n"
        "The study has no `search:`; it is one configuration, for eval or run. Its data file is\n"
        "named as in the study it comes from, relative to the study file.",
    .flags = flags,
    .run = run};
