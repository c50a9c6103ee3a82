/* ask-tell: the optimizer alone, driven by any program over standard input and output: one JSON
 * object a line, one answer a line.
 *
 * The driver sets the order: an ask knows everything told so far and takes what was asked and not
 * yet told as pending (order `arrival` of the search room), so the window does not apply. */
#include <math.h>
#include <string.h>

#include "cli_impl.h"
#include "json.h"
#include "muster/linalg.h"
#include "muster/metrics.h"
#include "muster/run.h"
#include "muster/search.h"

enum { ASK_MOST = 100000 };

struct dialog {
    const struct muster_study *study;
    struct muster_earlier earlier; /* owned */
    struct muster_warm warm;       /* of it */
    struct muster_search *search;  /* owned */
    size_t m;                      /* objectives */
    double *signs;                 /* owned, [m]: -1 where values are to be maximised */
    double *values;                /* owned, [id][m] as told; NaN: failed, or not told yet */
    size_t value_capacity;
    size_t capacity;
    const double **points; /* owned array of borrowed points, by id */
    int64_t best;          /* -1: nothing was told yet */
    double best_value;
};

/* ---- operations ----------------------------------------------------------------------------
 *
 * Each builds the answer; MUSTER_USAGE and MUSTER_INTERNAL (an id that may not be told) answer with
 * their message and the dialog goes on. */

/* A whole number from 0 to `high` under `name`; `otherwise` where there is none. */
static enum muster_status read_whole(const cJSON *request, const char *name, double otherwise,
                                     double high, int64_t *value)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(request, name);
    double number = item == NULL ? otherwise : cJSON_IsNumber(item) ? item->valuedouble : NAN;

    if (!(number >= 0.0 && number <= high && number == floor(number)))
        return muster_error(MUSTER_USAGE, "%s is missing or no whole number from 0 to %.0f", name,
                            high);
    *value = (int64_t)number;
    return MUSTER_OK;
}

static cJSON *params_of(const struct dialog *dialog, struct cli_json *json, int64_t id)
{
    const struct muster_space *space = muster_study_space(dialog->study);
    cJSON *params = cJSON_CreateObject();

    for (size_t p = 0; p < space->d; p++)
        if (!isnan(dialog->points[id][p]))
            cli_json_param(json, params, &space->params[p], dialog->points[id][p]);
    return params;
}

/* {"op": "ask", "n": 2}: fewer, or none, where the space is exhausted. */
static enum muster_status ask(struct dialog *dialog, const cJSON *request, struct cli_json *json,
                              cJSON *answer)
{
    enum muster_answer said = MUSTER_ASK_STEP;
    cJSON *trials = cJSON_CreateArray();
    enum muster_status status;
    struct muster_step step;
    int64_t n = 0;

    cli_json_put(json, answer, "trials", trials);
    MUSTER_TRY(read_whole(request, "n", 1.0, ASK_MOST, &n));
    MUSTER_TRY(muster_grow(&dialog->points, &dialog->capacity,
                           (size_t)(muster_search_asked(dialog->search) + n),
                           sizeof *dialog->points));
    MUSTER_TRY(muster_grow(&dialog->values, &dialog->value_capacity,
                           (size_t)(muster_search_asked(dialog->search) + n) * dialog->m,
                           sizeof *dialog->values));
    for (int64_t i = 0; i < n; i++) {
        cJSON *trial;
        MUSTER_TRY(muster_search_ask(dialog->search, &step, &said));
        if (said != MUSTER_ASK_STEP)
            break;
        dialog->points[step.id] = step.x;
        for (size_t k = 0; k < dialog->m; k++)
            dialog->values[(size_t)step.id * dialog->m + k] = NAN;
        trial = cJSON_CreateObject();
        cli_json_number(json, trial, "id", (double)step.id);
        cli_json_put(json, trial, "params", params_of(dialog, json, step.id));
        cli_json_put(json, trials, NULL, trial);
    }
done:
    return status;
}

/* The numbers of "value", or with several objectives of "values", into values[m]; *failed: null. */
static enum muster_status read_values(const struct dialog *dialog, const cJSON *request,
                                      double *values, bool *failed)
{
    const char *name = dialog->m > 1 ? "values" : "value";
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(request, name);

    *failed = cJSON_IsNull(item);
    if (*failed)
        return MUSTER_OK;
    if (dialog->m > 1 && (!cJSON_IsArray(item) || cJSON_GetArraySize(item) != (int)dialog->m))
        return muster_error(MUSTER_USAGE,
                            "values is missing or no list of %zu numbers, one an objective (null "
                            "where the trial failed)",
                            dialog->m);
    for (size_t k = 0; k < dialog->m; k++) {
        const cJSON *value = dialog->m > 1 ? cJSON_GetArrayItem(item, (int)k) : item;
        if (!cJSON_IsNumber(value) || !isfinite(value->valuedouble))
            return muster_error(MUSTER_USAGE,
                                "%s is missing or no finite number (null where the trial failed)",
                                dialog->m > 1 ? "one of values" : name);
        values[k] = value->valuedouble;
    }
    return MUSTER_OK;
}

static void note_best(struct dialog *dialog, int64_t id, double value)
{
    double score = dialog->signs[0] * value, best = dialog->signs[0] * dialog->best_value;

    if (dialog->best < 0 || score < best || (score == best && id < dialog->best)) {
        dialog->best = id;
        dialog->best_value = value;
    }
}

/* {"op": "tell", "id": 0, "value": 0.42}; null: it failed. */
static enum muster_status tell(struct dialog *dialog, const cJSON *request, struct cli_json *json,
                               cJSON *answer)
{
    struct muster_told told = {.state = MUSTER_FAILED, .score = NAN, .deviation = NAN};
    enum muster_status status;
    double *values = NULL, *scores = NULL;
    int64_t id = -1;
    bool failed;

    MUSTER_TRY(read_whole(request, "id", NAN, 9e15, &id));
    MUSTER_NEW(values, dialog->m);
    MUSTER_NEW(scores, dialog->m);
    MUSTER_TRY(read_values(dialog, request, values, &failed));
    if (!failed) {
        for (size_t k = 0; k < dialog->m; k++)
            scores[k] = dialog->signs[k] * values[k];
        told.state = MUSTER_COMPLETE;
        told.score = scores[0];
        told.objectives = dialog->m > 1 ? scores : NULL;
    }
    MUSTER_TRY(muster_search_tell(dialog->search, id, &told));
    if (!failed) {
        memcpy(dialog->values + (size_t)id * dialog->m, values, dialog->m * sizeof *values);
        note_best(dialog, id, values[0]);
    }
    cli_json_put(json, answer, "ok", cJSON_CreateTrue());
done:
    muster_free(values);
    muster_free(scores);
    return status;
}

/* {"op": "best"}: of everything told, the earlier id of equals; nulls before the first value. */
static enum muster_status best(struct dialog *dialog, const cJSON *request, struct cli_json *json,
                               cJSON *answer)
{
    bool any = dialog->best >= 0;

    (void)request;
    cli_json_number(json, answer, "id", any ? (double)dialog->best : NAN);
    cli_json_number(json, answer, "value", any ? dialog->best_value : NAN);
    cli_json_put(json, answer, "params",
                 any ? params_of(dialog, json, dialog->best) : cJSON_CreateNull());
    return MUSTER_OK;
}

/* The values to be minimised, and the ids, of what was told; how many. */
static size_t gather(const struct dialog *dialog, double *f, int64_t *ids)
{
    size_t n = 0, m = dialog->m;

    for (int64_t id = 0; id < muster_search_asked(dialog->search); id++) {
        const double *values = dialog->values + (size_t)id * m;
        if (isnan(values[0]))
            continue;
        for (size_t k = 0; k < m; k++)
            f[n * m + k] = dialog->signs[k] * values[k];
        ids[n++] = id;
    }
    return n;
}

/* {"op": "pareto"}: the trials that no other one beats in all objectives, by id. */
static enum muster_status pareto(struct dialog *dialog, const cJSON *request, struct cli_json *json,
                                 cJSON *answer)
{
    enum muster_status status = MUSTER_OK;
    size_t asked = (size_t)muster_search_asked(dialog->search), m = dialog->m, *rank = NULL, n;
    cJSON *trials = cJSON_CreateArray();
    int64_t *ids = NULL;
    double *f = NULL;

    (void)request;
    cli_json_put(json, answer, "trials", trials);
    MUSTER_NEW(f, asked * m + 1);
    MUSTER_NEW(ids, asked + 1);
    MUSTER_NEW(rank, asked + 1);
    n = gather(dialog, f, ids);
    MUSTER_TRY(muster_pareto_rank(f, NULL, n, m, rank));
    for (size_t i = 0; i < n; i++) {
        if (rank[i] != 0)
            continue;
        cJSON *trial = cJSON_CreateObject();
        cli_json_number(json, trial, "id", (double)ids[i]);
        cli_json_numbers(json, trial, "values", dialog->values + (size_t)ids[i] * m, m);
        cli_json_put(json, trial, "params", params_of(dialog, json, ids[i]));
        cli_json_put(json, trials, NULL, trial);
    }
done:
    muster_free(f);
    muster_free(ids);
    muster_free(rank);
    return status;
}

static const struct {
    const char *name;
    enum muster_status (*serve)(struct dialog *dialog, const cJSON *request, struct cli_json *json,
                                cJSON *answer);
} operations[] = {{"ask", ask}, {"tell", tell}, {"best", best}, {"pareto", pareto}};
enum { N_OPERATIONS = sizeof operations / sizeof *operations };

/* ---- one line ------------------------------------------------------------------------------ */

static enum muster_status serve(struct dialog *dialog, const cJSON *request, struct cli_json *json,
                                cJSON *answer)
{
    const cJSON *op = cJSON_GetObjectItemCaseSensitive(request, "op");

    for (size_t i = 0; i < N_OPERATIONS && cJSON_IsString(op); i++)
        if (strcmp(operations[i].name, op->valuestring) == 0)
            return operations[i].serve(dialog, request, json, answer);
    return muster_error(MUSTER_USAGE,
                        "op is missing or unknown (\"ask\", \"tell\", \"best\" or \"pareto\")");
}

/* Answers a line. What the driver did wrong is told to it and ends nothing. */
static enum muster_status answer_line(struct dialog *dialog, const char *line)
{
    const char *end = line;
    cJSON *request = cJSON_ParseWithOpts(line, &end, true), *answer = cJSON_CreateObject();
    struct cli_json json = {0};
    enum muster_status status;

    if (!cJSON_IsObject(request))
        status = muster_error(MUSTER_USAGE, "this is no JSON object, at character %td",
                              request == NULL ? end - line + 1 : 1);
    else
        status = serve(dialog, request, &json, answer);
    if (status == MUSTER_USAGE || status == MUSTER_INTERNAL) {
        cJSON_Delete(answer);
        answer = cJSON_CreateObject();
        cli_json_put(&json, answer, "error", cJSON_CreateString(muster_error_text()));
        status = MUSTER_OK;
    }
    if (status == MUSTER_OK)
        status = cli_json_print(&json, answer, false, stdout);
    else
        cJSON_Delete(answer);
    cJSON_Delete(request);
    if (status == MUSTER_OK && (fputc('\n', stdout) == EOF || fflush(stdout) != 0))
        status = muster_error(MUSTER_IO, "the answer cannot be written");
    return status;
}

/* The next line without its end into *line; *there false at the end of input. */
static enum muster_status read_line(char **line, size_t *capacity, bool *there)
{
    enum muster_status status = MUSTER_OK;
    size_t length = 0;

    *there = false;
    do {
        MUSTER_TRY(muster_grow(line, capacity, length + 1024, 1));
        if (fgets(*line + length, (int)(*capacity - length), stdin) == NULL)
            break;
        *there = true;
        length += strlen(*line + length);
    } while (length == 0 || (*line)[length - 1] != '\n');
    (*line)[length] = '\0';
    (*line)[strcspn(*line, "\r\n")] = '\0';
done:
    return status;
}

static enum muster_status converse(struct dialog *dialog)
{
    enum muster_status status = MUSTER_OK;
    size_t capacity = 0;
    char *line = NULL;
    bool there;

    for (;;) {
        MUSTER_TRY(read_line(&line, &capacity, &there));
        if (!there)
            break;
        MUSTER_TRY(answer_line(dialog, line));
    }
    if (ferror(stdin))
        status = muster_error(MUSTER_IO, "standard input cannot be read");
done:
    muster_free(line);
    return status;
}

/* ---- the command --------------------------------------------------------------------------- */

/* A study of a network is told its metrics; any other says which way in `objective`. */
static const struct muster_value *directions_of(const struct muster_study *study)
{
    if (muster_study_kind(study) == MUSTER_STUDY_TRAIN)
        return muster_block_get(muster_study_section(study, "validate"), "metric");
    return muster_block_get(muster_study_section(study, "objective"), "directions");
}

static bool maximizes(const struct muster_study *study, const char *word)
{
    const struct muster_metric *metric;

    if (muster_study_kind(study) != MUSTER_STUDY_TRAIN)
        return strcmp(word, "maximize") == 0;
    metric = muster_metric_find(word);
    return metric != NULL && metric->maximize;
}

static enum muster_status read_directions(struct dialog *dialog)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_study *study = dialog->study;
    const struct muster_value *several = directions_of(study);
    const char *single = muster_block_text(muster_study_section(study, "objective"), "direction");
    bool any = several->set && several->n > 0;

    dialog->m = any ? several->n : 1;
    MUSTER_NEW(dialog->signs, dialog->m);
    for (size_t k = 0; k < dialog->m; k++)
        dialog->signs[k] = maximizes(study, any ? several->items[k] : single) ? -1 : 1;
done:
    return status;
}

static enum muster_status open_dialog(const struct muster_study *study, struct dialog *dialog)
{
    enum muster_status status;
    struct muster_search_setup setup = {.space = muster_study_space(study),
                                        .options = muster_study_section(study, "search"),
                                        .seed = muster_study_seed(study),
                                        .window = 1};

    setup.initial = muster_study_initial(study, &setup.n_initial);
    dialog->study = study;
    dialog->best = -1;
    MUSTER_TRY(read_directions(dialog));
    setup.n_objectives = dialog->m;
    MUSTER_TRY(muster_earlier_read(study, &dialog->earlier));
    dialog->warm = muster_earlier_warm(&dialog->earlier);
    setup.warm = &dialog->warm;
    MUSTER_TRY(muster_search_create(&setup, &dialog->search));
done:
    return status;
}

static enum muster_status run(struct cli *cli, const struct cli_arguments *arguments)
{
    struct cli_catalog catalog = {0};
    struct muster_study *study = NULL;
    struct dialog dialog = {0};
    enum muster_status status;

    (void)cli;
    MUSTER_TRY(cli_catalog_create(&catalog));
    MUSTER_TRY(cli_study_load(NULL, arguments, &catalog, &study));
    muster_blas_threads((int)muster_block_int(muster_study_section(study, "parallel"), "threads"));
    MUSTER_TRY(open_dialog(study, &dialog));
    MUSTER_TRY(converse(&dialog));
done:
    muster_search_destroy(&dialog.search);
    muster_earlier_clear(&dialog.earlier);
    muster_free(dialog.points);
    muster_free(dialog.signs);
    muster_free(dialog.values);
    muster_study_destroy(&study);
    cli_catalog_clear(&catalog);
    return status;
}

static const struct cli_flag flags[] = {
    {{.name = "set",
      .type = MUSTER_WORDS,
      .help = "replace a value of the study, e.g. search.method=random; may be repeated"},
     "PATH=VALUE"},
    {{.type = MUSTER_END}, NULL}};

const struct cli_command cli_ask_tell = {
    .name = "ask-tell",
    .operand = "STUDY",
    .help = "the optimizer alone, driven by any program over stdin and stdout",
    .more =
        "STUDY needs no more than `space:`; `objective: {direction: maximize}` where values are\n"
        "better the larger they are, `objective: {directions: [minimize, maximize]}` where trials\n"
        "have several, to be told as \"values\": [0.42, 7]. One JSON object a line, one answer a\n"
        "line:\n"
        "\n"
        "  > {\"op\": \"ask\", \"n\": 2}\n"
        "  < {\"trials\": [{\"id\": 0, \"params\": {\"lr\": 0.01}}, {\"id\": 1, ...}]}\n"
        "  > {\"op\": \"tell\", \"id\": 0, \"value\": 0.42}        null: it failed\n"
        "  < {\"ok\": true}\n"
        "  > {\"op\": \"best\"}\n"
        "  < {\"id\": 0, \"value\": 0.42, \"params\": {\"lr\": 0.01}}     by the first of values\n"
        "  > {\"op\": \"pareto\"}              trials that no other one beats in all values\n"
        "  < {\"trials\": [{\"id\": 0, \"values\": [0.42, 7], \"params\": {\"lr\": 0.01}}]}\n"
        "\n"
        "An ask knows everything told so far and takes what was asked and not yet told as\n"
        "pending. It answers with fewer trials, or none, where the space is exhausted. A wrong\n"
        "line answers {\"error\": \"...\"} and changes nothing. End of input ends the program.",
    .flags = flags,
    .run = run};
