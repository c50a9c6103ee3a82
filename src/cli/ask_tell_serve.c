/* The operations of ask-tell: ask, tell, judge, best, pareto. */
#include <math.h>
#include <string.h>

#include "ask_tell.h"

enum { ASK_MOST = 100000 };

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

static cJSON *params_of(const struct ask_tell *dialog, struct cli_json *json, int64_t id)
{
    const struct muster_space *space = muster_study_space(dialog->study);
    cJSON *params = cJSON_CreateObject();

    for (size_t p = 0; p < space->d; p++)
        if (!isnan(dialog->steps[id].x[p]))
            cli_json_param(json, params, &space->params[p], dialog->steps[id].x[p]);
    return params;
}

/* How far the trial is to be taken, counted from its beginning, under the name of what is cut. */
static void put_budget(const struct ask_tell *dialog, struct cli_json *json, cJSON *trial,
                       const struct muster_step *step)
{
    const char *of =
        muster_block_text(muster_study_section(dialog->study, "search"), "fidelity.of");
    double budget = step->rows > 0.0 ? step->rows : 1.0;

    if (!dialog->climbs)
        return;
    if (strcmp(of, "epochs") == 0)
        budget = (double)(step->to_epoch < 0 ? dialog->epochs : step->to_epoch);
    else if (strcmp(of, "folds") == 0)
        budget =
            step->n_folds < 0 ? (double)dialog->folds : (double)(step->first_fold + step->n_folds);
    cli_json_number(json, trial, "trial", (double)step->trial);
    cli_json_number(json, trial, of, budget);
}

static enum muster_status keep_step(struct ask_tell *dialog, const struct muster_step *step)
{
    enum muster_status status = MUSTER_OK;
    struct muster_step *kept = &dialog->steps[step->id];
    double *level;

    *kept = *step;
    kept->level = NULL;
    for (size_t k = 0; k < dialog->m; k++)
        dialog->values[(size_t)step->id * dialog->m + k] = NAN;
    if (step->level != NULL) {
        MUSTER_NEW(level, dialog->folds);
        memcpy(level, step->level, dialog->folds * sizeof *level);
        kept->level = level;
    }
done:
    return status;
}

/* {"op": "ask", "n": 2}: fewer, or none, where the space is exhausted, or a fidelity has to be told
 * something first. */
static enum muster_status ask(struct ask_tell *dialog, const cJSON *request, struct cli_json *json,
                              cJSON *answer)
{
    enum muster_answer said = MUSTER_ASK_STEP;
    cJSON *trials = cJSON_CreateArray();
    enum muster_status status;
    struct muster_step step;
    int64_t n = 0;

    cli_json_put(json, answer, "trials", trials);
    MUSTER_TRY(read_whole(request, "n", 1.0, ASK_MOST, &n));
    MUSTER_TRY(muster_grow(&dialog->steps, &dialog->capacity,
                           (size_t)(muster_search_asked(dialog->search) + n),
                           sizeof *dialog->steps));
    MUSTER_TRY(muster_grow(&dialog->values, &dialog->value_capacity,
                           (size_t)(muster_search_asked(dialog->search) + n) * dialog->m,
                           sizeof *dialog->values));
    for (int64_t i = 0; i < n; i++) {
        cJSON *trial;
        MUSTER_TRY(muster_search_ask(dialog->search, &step, &said));
        if (said != MUSTER_ASK_STEP)
            break;
        MUSTER_TRY(keep_step(dialog, &step));
        trial = cJSON_CreateObject();
        cli_json_number(json, trial, "id", (double)step.id);
        put_budget(dialog, json, trial, &step);
        cli_json_put(json, trial, "params", params_of(dialog, json, step.id));
        cli_json_put(json, trials, NULL, trial);
    }
done:
    return status;
}

/* The numbers of "value", or with several objectives of "values", into values[m]; *failed: null. */
static enum muster_status read_values(const struct ask_tell *dialog, const cJSON *request,
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

/* Values of different rungs do not compare: the furthest one reached counts. */
static void note_best(struct ask_tell *dialog, int64_t id, double value)
{
    double score = dialog->signs[0] * value, best = dialog->signs[0] * dialog->best_value;
    int64_t above =
        dialog->best < 0 ? 1 : dialog->steps[id].rung - dialog->steps[dialog->best].rung;

    if (above > 0 || (above == 0 && (score < best || (score == best && id < dialog->best)))) {
        dialog->best = id;
        dialog->best_value = value;
    }
}

/* The numbers of "folds" into folds[K], *n of them. */
static enum muster_status read_folds(const struct ask_tell *dialog, const cJSON *request,
                                     double *folds, size_t *n)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(request, "folds"), *item;
    int size = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;

    *n = 0;
    if (size < 1 || size > (int)dialog->folds)
        return muster_error(MUSTER_USAGE,
                            "folds is missing or no list of 1 to %zu numbers, one a fold",
                            dialog->folds);
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble))
            return muster_error(MUSTER_USAGE, "one of folds is no finite number");
        folds[(*n)++] = item->valuedouble;
    }
    return MUSTER_OK;
}

/* {"op": "judge", "id": 0, "folds": [0.42, 0.45]}: whether these are enough to discard it. */
static enum muster_status judge(struct ask_tell *dialog, const cJSON *request,
                                struct cli_json *json, cJSON *answer)
{
    enum muster_status status;
    char reason[256] = "";
    double *folds = NULL;
    int64_t id = 0;
    size_t n;
    bool discard;

    if (!dialog->races)
        return muster_error(MUSTER_USAGE, "there is nothing to judge (`search: {racing: ...}`)");
    MUSTER_TRY(
        read_whole(request, "id", NAN, (double)muster_search_asked(dialog->search) - 1.0, &id));
    MUSTER_NEW(folds, dialog->folds);
    MUSTER_TRY(read_folds(dialog, request, folds, &n));
    for (size_t k = 0; k < n; k++)
        folds[k] *= dialog->signs[0];
    discard = n < dialog->folds && muster_step_discards(&dialog->steps[id], false, folds, n,
                                                        dialog->folds, reason, sizeof reason);
    cli_json_put(json, answer, "discard", cJSON_CreateBool(discard));
done:
    muster_free(folds);
    return status;
}

/* {"op": "tell", "id": 0, "folds": [0.42, 0.45]}: under racing; fewer than all: it was discarded.
 */
static enum muster_status tell_folds(struct ask_tell *dialog, const cJSON *request,
                                     struct cli_json *json, cJSON *answer)
{
    struct muster_told told = {.score = 0.0, .deviation = NAN};
    enum muster_status status;
    double *folds = NULL;
    int64_t id = -1;
    size_t n;

    MUSTER_TRY(read_whole(request, "id", NAN, 9e15, &id));
    MUSTER_NEW(folds, dialog->folds);
    MUSTER_TRY(read_folds(dialog, request, folds, &n));
    for (size_t k = 0; k < dialog->folds; k++) {
        folds[k] = k < n ? dialog->signs[0] * folds[k] : NAN;
        told.score += k < n ? folds[k] / (double)n : 0.0;
    }
    told.state = n < dialog->folds ? MUSTER_PRUNED : MUSTER_COMPLETE;
    told.n_folds = (int64_t)n;
    MUSTER_TRY(muster_search_tell_folds(dialog->search, id, &told, folds, dialog->folds));
    if (told.state == MUSTER_COMPLETE) {
        dialog->values[id] = dialog->signs[0] * told.score;
        note_best(dialog, id, dialog->values[id]);
    }
    cli_json_put(json, answer, "ok", cJSON_CreateTrue());
done:
    muster_free(folds);
    return status;
}

/* {"op": "tell", "id": 0, "value": 0.42}; null: it failed. */
static enum muster_status tell(struct ask_tell *dialog, const cJSON *request, struct cli_json *json,
                               cJSON *answer)
{
    struct muster_told told = {.state = MUSTER_FAILED, .score = NAN, .deviation = NAN};
    enum muster_status status;
    double *values = NULL, *scores = NULL;
    int64_t id = -1;
    bool failed;

    if (dialog->races && cJSON_GetObjectItemCaseSensitive(request, "value") == NULL)
        return tell_folds(dialog, request, json, answer);
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
static enum muster_status best(struct ask_tell *dialog, const cJSON *request, struct cli_json *json,
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

/* The values to be minimised, and the ids, of what was told, on the furthest rung; how many. */
static size_t gather(const struct ask_tell *dialog, double *f, int64_t *ids)
{
    size_t n = 0, m = dialog->m;

    for (int64_t id = 0; id < muster_search_asked(dialog->search); id++) {
        const double *values = dialog->values + (size_t)id * m;
        if (isnan(values[0]) || dialog->steps[id].rung < dialog->steps[dialog->best].rung)
            continue;
        for (size_t k = 0; k < m; k++)
            f[n * m + k] = dialog->signs[k] * values[k];
        ids[n++] = id;
    }
    return n;
}

/* {"op": "pareto"}: the trials that no other one beats in all objectives, by id. */
static enum muster_status pareto(struct ask_tell *dialog, const cJSON *request,
                                 struct cli_json *json, cJSON *answer)
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
    enum muster_status (*serve)(struct ask_tell *dialog, const cJSON *request,
                                struct cli_json *json, cJSON *answer);
} operations[] = {
    {"ask", ask}, {"tell", tell}, {"judge", judge}, {"best", best}, {"pareto", pareto}};
enum { N_OPERATIONS = sizeof operations / sizeof *operations };

enum muster_status ask_tell_serve(struct ask_tell *dialog, const cJSON *request,
                                  struct cli_json *json, cJSON *answer)
{
    const cJSON *op = cJSON_GetObjectItemCaseSensitive(request, "op");

    for (size_t i = 0; i < N_OPERATIONS && cJSON_IsString(op); i++)
        if (strcmp(operations[i].name, op->valuestring) == 0)
            return operations[i].serve(dialog, request, json, answer);
    return muster_error(
        MUSTER_USAGE,
        "op is missing or unknown (\"ask\", \"tell\", \"judge\", \"best\" or \"pareto\")");
}
