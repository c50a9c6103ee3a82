/* eval_print: evaluated configurations side by side, and as JSON. */
#include <math.h>
#include <string.h>

#include "eval.h"

enum { PAGE = 100, COLUMN = 9, COLUMNS_MOST = 12, FOLDS_MOST = 30 };

/* Configurations first .. first + n - 1 as the columns of one table. */
struct sheet {
    const struct eval *eval;
    size_t first, n;
    struct cli_table table;
};

static const struct eval_case *case_of(const struct sheet *sheet, size_t column)
{
    return &sheet->eval->cases[sheet->first + column];
}

/* ---- text ---------------------------------------------------------------------------------- */

/* Row m of the scores of a result over fold k. */
static double score_of(const struct muster_result *result, size_t m, size_t k)
{
    return result->scores[m * result->folds + k];
}

struct moments {
    double mean, deviation;
};

/* Over the folds that were run, the deviation with the number of folds as divisor. */
static struct moments moments_of(const struct muster_result *result, size_t m)
{
    double n = 0.0, sum = 0.0, square = 0.0, mean;

    for (size_t k = 0; k < result->folds; k++)
        if (!isnan(score_of(result, m, k))) {
            sum += score_of(result, m, k);
            n += 1.0;
        }
    mean = sum / n;
    for (size_t k = 0; k < result->folds; k++)
        if (!isnan(score_of(result, m, k)))
            square += pow(score_of(result, m, k) - mean, 2.0);
    return (struct moments){mean, sqrt(square / n)};
}

static void put_metric(struct sheet *sheet, size_t m)
{
    const struct eval *eval = sheet->eval;
    size_t folds = case_of(sheet, 0)->result.folds;
    double like = moments_of(&case_of(sheet, 0)->result, m).mean;

    cli_cell(&sheet->table, "%s", eval->metric_names[m]);
    for (size_t c = 0; c < sheet->n; c++)
        cli_score(&sheet->table, like, moments_of(&case_of(sheet, c)->result, m).mean);
    if (folds == 1)
        return;
    cli_cell(&sheet->table, "  \302\261 over %zu folds", folds);
    for (size_t c = 0; c < sheet->n; c++)
        cli_score(&sheet->table, like, moments_of(&case_of(sheet, c)->result, m).deviation);
    for (size_t k = 0; k < folds && folds <= FOLDS_MOST; k++) {
        cli_cell(&sheet->table, "  fold %zu", k + 1);
        for (size_t c = 0; c < sheet->n; c++)
            cli_score(&sheet->table, like, score_of(&case_of(sheet, c)->result, m, k));
    }
}

static void put_effort(struct sheet *sheet)
{
    char text[32];
    bool trained = case_of(sheet, 0)->result.epochs > 0;

    if (trained)
        cli_cell(&sheet->table, "epochs, mean");
    for (size_t c = 0; c < sheet->n && trained; c++) {
        const struct muster_result *result = &case_of(sheet, c)->result;
        double sum = 0.0;
        for (size_t k = 0; k < result->folds; k++)
            sum += (double)result->fold_epochs[k];
        cli_cell(&sheet->table, "%.1f", sum / (double)result->folds);
    }
    cli_cell(&sheet->table, "time");
    for (size_t c = 0; c < sheet->n; c++)
        cli_cell(&sheet->table, "%s", cli_seconds(case_of(sheet, c)->seconds, text));
}

/* A parameter as a cell; "-" where it is inactive, or not in this configuration's space. */
static void put_value(struct sheet *sheet, const struct eval_case *one, const char *name)
{
    const struct muster_space *space = muster_study_space(one->study);
    size_t p = muster_space_find(space, name);
    struct muster_text text = {0};

    if (p < space->d && space->params[p].kind == MUSTER_PARAM_FLOAT && !isnan(one->x[p]))
        muster_text_add(&text, "%.4g", one->x[p]);
    else if (p < space->d)
        muster_param_print(&space->params[p], one->x[p], &text);
    cli_cell(&sheet->table, "%s", text.data != NULL ? text.data : "-");
    muster_text_free(&text);
}

static bool earlier_tunes(const struct sheet *sheet, size_t column, const char *name)
{
    for (size_t c = 0; c < column; c++) {
        const struct muster_space *space = muster_study_space(case_of(sheet, c)->study);
        if (space == muster_study_space(case_of(sheet, column)->study) ||
            muster_space_find(space, name) < space->d)
            return true;
    }
    return false;
}

/* The parameters of all columns' spaces, each once. */
static void put_space(struct sheet *sheet)
{
    for (size_t c = 0; c < sheet->n; c++) {
        const struct muster_space *space = muster_study_space(case_of(sheet, c)->study);
        for (size_t p = 0; p < space->d; p++) {
            if (earlier_tunes(sheet, c, space->params[p].name))
                continue;
            cli_cell(&sheet->table, "%s", space->params[p].name);
            for (size_t k = 0; k < sheet->n; k++)
                put_value(sheet, case_of(sheet, k), space->params[p].name);
        }
    }
}

/* Values that stand in for constants of the study, of all columns. */
static void put_constant(struct sheet *sheet, const cJSON *named)
{
    cli_cell(&sheet->table, "%s", named->string);
    for (size_t c = 0; c < sheet->n; c++) {
        const cJSON *item =
            cJSON_GetObjectItemCaseSensitive(case_of(sheet, c)->given, named->string);
        struct muster_text text = {0};
        if (item != NULL && cJSON_IsString(item))
            muster_text_add(&text, "%s", item->valuestring);
        else if (item != NULL && !cJSON_IsNull(item))
            cli_json_write(item, &text);
        cli_cell(&sheet->table, "%s", text.data != NULL ? text.data : "-");
        muster_text_free(&text);
    }
}

static bool earlier_has(const struct sheet *sheet, size_t column, const char *name)
{
    for (size_t c = 0; c < column; c++)
        if (cJSON_GetObjectItemCaseSensitive(case_of(sheet, c)->given, name) != NULL)
            return true;
    return false;
}

static bool is_constant(const struct eval_case *one, const char *name)
{
    return !muster_study_tunes(one->study, name);
}

static void put_constants(struct sheet *sheet)
{
    for (size_t c = 0; c < sheet->n; c++)
        for (const cJSON *item = case_of(sheet, c)->given->child; item != NULL; item = item->next)
            if (is_constant(case_of(sheet, c), item->string) &&
                !earlier_has(sheet, c, item->string))
                put_constant(sheet, item);
}

static enum muster_status print_sheet(struct sheet *sheet, FILE *out)
{
    static const char right[] = "rrrrrrrrrrrr"; /* COLUMNS_MOST */
    char align[COLUMNS_MOST + 2] = "l";

    memcpy(align + 1, right, sheet->n);
    sheet->table = cli_table(align);
    cli_cell(&sheet->table, "configuration");
    for (size_t c = 0; c < sheet->n; c++)
        cli_cell(&sheet->table, "%zu", sheet->first + c);
    for (size_t m = 0; m < sheet->eval->metrics; m++)
        put_metric(sheet, m);
    put_effort(sheet);
    put_space(sheet);
    put_constants(sheet);
    return cli_table_print(&sheet->table, out, 2);
}

static void print_failures(const struct eval *eval, FILE *out)
{
    for (size_t i = 0; i < eval->n; i++)
        if (eval->cases[i].result.state != MUSTER_COMPLETE)
            fprintf(out, "\nconfiguration %zu %s: %s\n", i,
                    muster_state_text(eval->cases[i].result.state), eval->cases[i].result.reason);
}

/* How many configurations stand side by side on a page. */
static size_t columns_of_page(const struct eval *eval)
{
    const struct muster_space *space = muster_study_space(eval->study);
    size_t label = 16, fit;

    for (size_t p = 0; p < space->d; p++) {
        size_t width = cli_width(space->params[p].name);
        label = width > label ? width : label;
    }
    fit = label + 4 < PAGE ? (PAGE - label - 4) / (COLUMN + 2) : 1;
    return fit < 1 ? 1 : fit > COLUMNS_MOST ? COLUMNS_MOST : fit;
}

enum muster_status eval_print(const struct eval *eval, FILE *out)
{
    enum muster_status status = MUSTER_OK;
    size_t page = columns_of_page(eval);

    fprintf(out, "%s: %zu configuration%s", muster_study_name(eval->study), eval->n,
            eval->n == 1 ? "" : "s");
    if (eval->n > 0)
        fprintf(out, "; %s is to be %s", eval->metric_names[0],
                eval->maximize ? "maximized" : "minimized");
    fputc('\n', out);
    for (size_t first = 0; first < eval->n && status == MUSTER_OK; first += page) {
        size_t left = eval->n - first;
        struct sheet sheet = {.eval = eval, .first = first, .n = left < page ? left : page};
        fputc('\n', out);
        status = print_sheet(&sheet, out);
    }
    print_failures(eval, out);
    return status;
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static cJSON *params_json(struct cli_json *json, const struct eval_case *one)
{
    const struct muster_space *space = muster_study_space(one->study);
    cJSON *object = cJSON_CreateObject();

    for (size_t p = 0; p < space->d; p++)
        if (!isnan(one->x[p]))
            cli_json_param(json, object, &space->params[p], one->x[p]);
    for (const cJSON *item = one->given->child; item != NULL; item = item->next) {
        struct muster_text text = {0};
        if (cJSON_IsNull(item) || !is_constant(one, item->string))
            continue;
        cli_json_write(item, &text);
        cli_json_put(json, object, item->string, text.failed ? NULL : cJSON_CreateRaw(text.data));
        muster_text_free(&text);
    }
    return object;
}

static cJSON *case_json(struct cli_json *json, const struct eval *eval, const struct eval_case *one)
{
    const struct muster_result *result = &one->result;
    cJSON *object = cJSON_CreateObject(), *metrics = cJSON_CreateObject();
    cJSON *epochs = cJSON_CreateArray();

    cli_json_put(json, object, "params", params_json(json, one));
    cli_json_put(json, object, "state", cJSON_CreateString(muster_state_text(result->state)));
    cli_json_put(json, object, "reason", cJSON_CreateString(result->reason));
    cli_json_number(json, object, "score", result->score);
    cli_json_number(json, object, "score_std", result->score_std);
    cli_json_numbers(json, object, "fold_scores", result->scores, result->folds);
    for (size_t m = 1; m < result->metrics; m++)
        cli_json_numbers(json, metrics, eval->metric_names[m], result->scores + m * result->folds,
                         result->folds);
    cli_json_put(json, object, "metrics", metrics);
    for (size_t k = 0; k < result->folds; k++)
        cli_json_number(json, epochs, NULL, (double)result->fold_epochs[k]);
    cli_json_put(json, object, "epochs", epochs);
    cli_json_number(json, object, "seconds", one->seconds);
    return object;
}

enum muster_status eval_json(const struct eval *eval, FILE *out)
{
    struct cli_json json = {0};
    cJSON *list = cJSON_CreateArray();
    enum muster_status status;

    for (size_t i = 0; i < eval->n; i++)
        cli_json_put(&json, list, NULL, case_json(&json, eval, &eval->cases[i]));
    status = cli_json_print(&json, list, true, out);
    fputc('\n', out);
    return status;
}
