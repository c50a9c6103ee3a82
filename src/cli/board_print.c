/* board_print: a leaderboard as people read it, and as JSON. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli_impl.h"
#include "json.h"

/* ---- text ---------------------------------------------------------------------------------- */

enum { PAGE = 100, COLUMN_LEAST = 6, COLUMNS_MOST = 24 };

static void param_cell(struct cli_table *table, const struct cli_param *param, size_t trial)
{
    if (param->active[trial] == 0.0)
        cli_cell(table, "-");
    else if (param->is_text)
        cli_cell(table, "%s", param->texts[trial]);
    else if (param->numbers[trial] == floor(param->numbers[trial]) &&
             fabs(param->numbers[trial]) < 1e15)
        cli_cell(table, "%.0f", param->numbers[trial]);
    else
        cli_cell(table, "%.4g", param->numbers[trial]);
}

static void score_cell(struct cli_table *table, const struct cli_board *board, double value)
{
    cli_score(table, board->score[board->ranked[0]], value);
}

/* Trials side by side, one parameter a row: names are long and values short. */
static enum muster_status print_block(const struct cli_board *board, size_t first, size_t n,
                                      FILE *out)
{
    static const char right[] = "lrrrrrrrrrrrrrrrrrrrrrrrr"; /* 1 + COLUMNS_MOST */
    const size_t *ranked = board->ranked + first;
    struct cli_table table = cli_table(right + sizeof right - 1);
    char align[COLUMNS_MOST + 2];

    memcpy(align, right, n + 1);
    align[n + 1] = '\0';
    table.align = align;
    cli_cell(&table, "rank");
    for (size_t i = 0; i < n; i++)
        cli_cell(&table, "%zu", first + i + 1);
    cli_cell(&table, "trial");
    for (size_t i = 0; i < n; i++)
        cli_cell(&table, "%.0f", board->id[ranked[i]]);
    cli_cell(&table, "%s", board->metric);
    for (size_t i = 0; i < n; i++)
        score_cell(&table, board, board->score[ranked[i]]);
    if (board->folds > 1)
        cli_cell(&table, "  \302\261 over %zu folds", board->folds);
    for (size_t i = 0; i < n && board->folds > 1; i++)
        score_cell(&table, board, board->score_std[ranked[i]]);
    for (size_t p = 0; p < board->d; p++) {
        cli_cell(&table, "%s", board->params[p].name);
        for (size_t i = 0; i < n; i++)
            param_cell(&table, &board->params[p], ranked[i]);
    }
    return cli_table_print(&table, out, 2);
}

/* How many trials stand side by side on a page. */
static size_t columns_of_page(const struct cli_board *board)
{
    size_t label = 16, column = COLUMN_LEAST, fit;

    for (size_t p = 0; p < board->d; p++) {
        const struct cli_param *param = &board->params[p];
        size_t width = cli_width(param->name);
        label = width > label ? width : label;
        for (size_t i = 0; i < board->n && param->is_text; i++) {
            width = cli_width(param->texts[i]);
            column = width > column ? width : column;
        }
        column = column < 9 && !param->is_text ? 9 : column;
    }
    fit = label + 2 < PAGE ? (PAGE - label - 2) / (column + 2) : 1;
    return fit < 1 ? 1 : fit > COLUMNS_MOST ? COLUMNS_MOST : fit;
}

static void print_head(const struct cli_board *board, FILE *out)
{
    size_t pruned = cli_board_count(board, "pruned"), failed = cli_board_count(board, "failed");
    size_t infeasible = cli_front_count_infeasible(board);

    fprintf(out, "%s: %s, %zu trial%s", board->study, board->status, board->n,
            board->n == 1 ? "" : "s");
    if (pruned > 0)
        fprintf(out, ", %zu pruned", pruned);
    if (failed > 0)
        fprintf(out, ", %zu failed", failed);
    if (infeasible > 0)
        fprintf(out, ", %zu beyond a constraint", infeasible);
    fprintf(out, "; %s is to be %sd\n", board->metric, board->direction);
    if (board->stopped != NULL && board->stopped[0] != '\0')
        fprintf(out, "the search ended by %s\n", board->stopped);
}

/* Whether what was selected is better on rows that the search never saw. */
static void print_overtuning(const struct cli_board *board, FILE *out)
{
    const double *test = board->contenders;
    double sign = strcmp(board->direction, "maximize") == 0 ? 1 : -1;

    if (test == NULL)
        return;
    fprintf(out, "test %s: selected %.5g, first %.5g, default %.5g%s\n", board->metric, test[0],
            test[1], test[2],
            sign * test[0] < sign * test[1] || sign * test[0] < sign * test[2]
                ? " (the search found nothing better)"
                : "");
}

/* The next largest share below that of `last`, d where none is worth a word. */
static size_t next_important(const struct cli_board *board, size_t last)
{
    double most = last < board->d ? board->importance[last] : INFINITY, least = 0.01;
    size_t best = board->d;

    for (size_t p = 0; p < board->d; p++) {
        double share = board->importance[p];
        bool later = share < most || (share == most && p > last);
        if (later && share >= least && (best == board->d || share > board->importance[best]))
            best = p;
    }
    return best;
}

/* The parameters that tell the best trials from the others, the first ones of them. */
static void print_importance(const struct cli_board *board, FILE *out)
{
    enum { SHOWN = 6, PERCENT = 8 };
    size_t width = PAGE, p = board->d;

    for (size_t shown = 0; board->importance != NULL && shown < SHOWN; shown++) {
        p = next_important(board, p);
        if (p == board->d)
            break;
        size_t more = cli_width(board->params[p].name) + PERCENT;
        if (shown == 0)
            fputs("\nwhat tells the best tenth of the trials apart:", out);
        fputs(width + more > PAGE ? "\n  " : ", ", out);
        width = width + more > PAGE ? 2 + more : width + more;
        fprintf(out, "%s %.0f %%", board->params[p].name, 100 * board->importance[p]);
    }
    fputs(width < PAGE ? "\n" : "", out);
}

static void print_test(const struct cli_board *board, FILE *out)
{
    char cell[128];
    size_t width = PAGE;

    if (board->n_tests == 0)
        return;
    fprintf(out, "\ntest of trial %.0f, refitted, on %.0f held-out rows:", board->id[board->best],
            board->test_rows);
    for (size_t i = 0; i < board->n_tests; i++) {
        const struct cli_test *test = &board->tests[i];
        const bool whole = test->value == floor(test->value) && fabs(test->value) < 1e9;
        snprintf(cell, sizeof cell, whole ? "%s %.0f" : "%s %.5g", test->name, test->value);
        const size_t more = cli_width(cell) + 2; /* ", " before it, or "," behind */
        fputs(i == 0 ? "\n  " : width + more > PAGE ? ",\n  " : ", ", out);
        width = width + more > PAGE ? 2 + more : width + more;
        fputs(cell, out);
    }
    fputc('\n', out);
}

static void print_effort(const struct cli_board *board, FILE *out)
{
    char time[32];

    if (isnan(board->seconds))
        return;
    fprintf(out, "\n%zu trial%s in %s on %lld rank%s", board->n, board->n == 1 ? "" : "s",
            cli_seconds(board->seconds, time), (long long)board->ranks,
            board->ranks == 1 ? "" : "s");
    if (!isnan(board->utilisation))
        fprintf(out, "; those that train were busy %.0f %% of the time",
                100.0 * board->utilisation);
    fputc('\n', out);
}

enum muster_status cli_board_print(const struct cli_board *board, size_t top, FILE *out)
{
    size_t n = board->n_ranked < top ? board->n_ranked : top, page = columns_of_page(board);
    enum muster_status status = MUSTER_OK;

    print_head(board, out);
    if (n == 0)
        fprintf(out, "\n  no trial is complete%s yet\n",
                board->front.violation != NULL ? " and within the constraints" : "");
    for (size_t first = 0; first < n && status == MUSTER_OK; first += page) {
        fputc('\n', out);
        status = print_block(board, first, n - first < page ? n - first : page, out);
    }
    if (status == MUSTER_OK)
        status = cli_front_print(board, out);
    print_test(board, out);
    print_overtuning(board, out);
    print_importance(board, out);
    print_effort(board, out);
    return status;
}

/* ---- JSON ---------------------------------------------------------------------------------- */

/* What stands for a text among the choices: itself, or the number, list or truth value that it is
 * written as. */
static cJSON *choice_json(const struct cli_param *param, const char *text)
{
    cJSON *choices = cJSON_Parse(param->choices), *value = cJSON_Parse(text), *found = NULL, *item;

    cJSON_ArrayForEach(item, choices)
    {
        if (found == NULL && (cJSON_IsString(item) ? strcmp(item->valuestring, text) == 0
                                                   : cJSON_Compare(item, value, true)))
            found = cJSON_Duplicate(item, true);
    }
    cJSON_Delete(choices);
    cJSON_Delete(value);
    return found != NULL ? found : cJSON_CreateString(text);
}

cJSON *cli_board_params(struct cli_json *json, const struct cli_board *board, size_t trial)
{
    cJSON *params = cJSON_CreateObject();

    for (size_t p = 0; p < board->d; p++) {
        const struct cli_param *param = &board->params[p];
        if (param->active[trial] == 0.0)
            continue;
        if (param->is_text)
            cli_json_put(json, params, param->name, choice_json(param, param->texts[trial]));
        else
            cli_json_number(json, params, param->name, param->numbers[trial]);
    }
    return params;
}

/* A trial: its number, scores and active parameters. */
static cJSON *trial_json(struct cli_json *json, const struct cli_board *board, size_t trial,
                         bool deviation)
{
    cJSON *object = cJSON_CreateObject();

    cli_json_number(json, object, "trial", board->id[trial]);
    cli_json_number(json, object, "score", board->score[trial]);
    if (deviation)
        cli_json_number(json, object, "score_std", board->score_std[trial]);
    cli_json_put(json, object, "params", cli_board_params(json, board, trial));
    return object;
}

static cJSON *counts_json(struct cli_json *json, const struct cli_board *board)
{
    static const char *const states[] = {"complete", "pruned", "failed"};
    cJSON *object = cJSON_CreateObject();

    cli_json_number(json, object, "total", (double)board->n);
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        cli_json_number(json, object, states[i], (double)cli_board_count(board, states[i]));
    if (board->front.violation != NULL)
        cli_json_number(json, object, "infeasible", (double)cli_front_count_infeasible(board));
    return object;
}

static cJSON *board_json(struct cli_json *json, const struct cli_board *board, size_t top)
{
    cJSON *root = cJSON_CreateObject(), *test = cJSON_CreateObject(), *list = cJSON_CreateArray();

    cli_json_put(json, root, "study", cJSON_CreateString(board->study));
    cli_json_put(json, root, "status", cJSON_CreateString(board->status));
    cli_json_put(json, root, "metric", cJSON_CreateString(board->metric));
    cli_json_put(json, root, "direction", cJSON_CreateString(board->direction));
    cli_json_put(json, root, "trials", counts_json(json, board));
    cli_json_put(json, root, "best",
                 board->best < 0 ? cJSON_CreateNull()
                                 : trial_json(json, board, (size_t)board->best, true));
    for (size_t i = 0; i < board->n_tests; i++)
        cli_json_number(json, test, board->tests[i].name, board->tests[i].value);
    cli_json_put(json, root, "test", test);
    for (size_t i = 0; i < top && i < board->n_ranked; i++)
        cli_json_put(json, list, NULL, trial_json(json, board, board->ranked[i], false));
    cli_json_put(json, root, "top", list);
    if (board->front.m > 0)
        cli_json_put(json, root, "pareto", cli_front_json(json, board));
    cli_json_number(json, root, "seconds", board->seconds);
    cli_json_number(json, root, "utilisation", board->utilisation);
    return root;
}

enum muster_status cli_board_json(const struct cli_board *board, size_t top, FILE *out)
{
    struct cli_json json = {0};
    cJSON *root = board_json(&json, board, top);
    enum muster_status status = cli_json_print(&json, root, true, out);

    fputc('\n', out);
    return status;
}
