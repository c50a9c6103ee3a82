/* The result file: what the book holds, as plain datasets.
 * Root, space and ranks stand here; trials, best and curves in files of their own. */
#include <math.h>
#include <string.h>

#include "run/run_impl.h"

/* ---- root and space -------------------------------------------------------------------------- */

static void write_times(const struct run_draft *draft)
{
    char text[32];
    muster_iso8601(draft->book->started, text);
    muster_file_attr_text(draft->file, "/", "started", text);
    muster_iso8601(muster_wall(), text);
    muster_file_attr_text(draft->file, "/", "updated", text);
    muster_file_attr_f64(draft->file, "/", "seconds", run_book_elapsed(draft->book));
}

static void write_root(const struct run_draft *draft, const char *status)
{
    const struct run_job *job = draft->job;
    const struct muster_study *study = job->setup->study;
    const struct muster_objective_info *info = draft->book->info;
    bool any_layout = job->plan.strict && !draft->book->out_of_time;
    const struct {
        const char *name, *value;
    } texts[] = {
        {"format", "muster-results"},
        {"program_version", job->setup->version != NULL ? job->setup->version : ""},
        {"study", muster_study_text(study)},
        {"sets", muster_study_sets(study)},
        {"name", muster_study_name(study)},
        {"status", status},
        {"direction", info->maximize ? "maximize" : "minimize"},
        {"metric", info->metric_names[0]},
        {"objective", info->kind},
        {"reproducible", any_layout ? "any layout" : "replay"},
        {"stopped_because", draft->book->stopped_because},
    };
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {
        {"format_version", 1},           {"seed", (int64_t)muster_study_seed(study)},
        {"ranks", job->plan.ranks},      {"group_size", job->plan.group_size},
        {"groups", job->plan.groups},    {"trials", job->plan.trials},
        {"window", draft->book->window},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        muster_file_attr_text(draft->file, "/", texts[i].name, texts[i].value);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        muster_file_attr_i64(draft->file, "/", numbers[i].name, numbers[i].value);
    write_times(draft);
}

static void add_json_string(struct muster_text *text, const char *value)
{
    muster_text_add(text, "\"");
    for (const unsigned char *at = (const unsigned char *)value; *at != '\0'; at++)
        if (*at == '"' || *at == '\\')
            muster_text_add(text, "\\%c", *at);
        else if (*at < 0x20)
            muster_text_add(text, "\\u%04x", *at);
        else
            muster_text_add(text, "%c", *at);
    muster_text_add(text, "\"");
}

/* A parameter's choices as a JSON list; "" for a range of numbers. */
static char *choices_text(const struct muster_param *param)
{
    struct muster_text text = {0};
    if (param->kind == MUSTER_PARAM_CHOICE)
        muster_text_add(&text, "[");
    for (size_t c = 0; c < param->n_choices; c++) {
        const struct muster_choice *choice = &param->choices[c];
        muster_text_add(&text, c > 0 ? ", " : "");
        if (isnan(choice->number) && !choice->json)
            add_json_string(&text, choice->text);
        else
            muster_text_add(&text, "%s", choice->text);
    }
    muster_text_add(&text, param->kind == MUSTER_PARAM_CHOICE ? "]" : "");
    if (text.failed)
        muster_text_free(&text);
    return text.data != NULL || text.failed ? text.data : muster_strdup("");
}

static enum muster_status write_space(const struct run_draft *draft)
{
    static const char *const kinds[] = {[MUSTER_PARAM_FLOAT] = "float",
                                        [MUSTER_PARAM_INT] = "int",
                                        [MUSTER_PARAM_CHOICE] = "choice"};
    enum muster_status status = MUSTER_OK;
    const struct muster_space *space = muster_study_space(draft->job->setup->study);
    size_t d = space->d;
    const char **texts = NULL;
    char **choices = NULL;
    double *bounds = NULL;
    uint8_t *logs = NULL;
    MUSTER_NEW(texts, 2 * d);
    MUSTER_NEW(choices, d);
    MUSTER_NEW(bounds, 2 * d);
    MUSTER_NEW(logs, d);
    for (size_t i = 0; i < d; i++) {
        const struct muster_param *param = &space->params[i];
        texts[i] = param->name;
        texts[d + i] = kinds[param->kind];
        bounds[i] = param->low;
        bounds[d + i] = param->high;
        logs[i] = param->log;
        choices[i] = choices_text(param);
        MUSTER_TRY(choices[i] == NULL ? MUSTER_NO_MEMORY : MUSTER_OK);
    }
    muster_file_strings(draft->file, "/space/name", texts, d);
    muster_file_strings(draft->file, "/space/kind", texts + d, d);
    muster_file_array(draft->file, "/space/low", MUSTER_F64, 1, &d, bounds, false);
    muster_file_array(draft->file, "/space/high", MUSTER_F64, 1, &d, bounds + d, false);
    muster_file_array(draft->file, "/space/log", MUSTER_U8, 1, &d, logs, false);
    muster_file_strings(draft->file, "/space/choices", (const char *const *)choices, d);
done:
    for (size_t i = 0; i < d && choices != NULL; i++)
        muster_free(choices[i]);
    muster_free(choices);
    muster_free(texts);
    muster_free(bounds);
    muster_free(logs);
    return status;
}

/* ---- ranks ---- */

static enum muster_status write_ranks(const struct run_draft *draft, const struct run_rank *ranks)
{
    static const char *const paths[] = {"/ranks/train_s", "/ranks/communicate_s", "/ranks/wait_s",
                                        "/ranks/optimize_s"};
    enum muster_status status = MUSTER_OK;
    size_t n = (size_t)draft->job->plan.ranks;
    const char **hosts = NULL;
    double *seconds = NULL;
    MUSTER_NEW(hosts, n);
    MUSTER_NEW(seconds, 4 * n);
    for (size_t r = 0; r < n; r++) {
        const struct run_times *times = &ranks[r].times;
        hosts[r] = ranks[r].host;
        seconds[r] = times->train;
        seconds[n + r] = times->communicate;
        seconds[2 * n + r] = times->wait;
        seconds[3 * n + r] = times->optimize;
    }
    muster_file_strings(draft->file, "/ranks/host", hosts, n);
    for (size_t c = 0; c < 4; c++)
        muster_file_array(draft->file, paths[c], MUSTER_F64, 1, &n, seconds + c * n, false);
done:
    muster_free(hosts);
    muster_free(seconds);
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static enum muster_status open_draft(struct run_draft *draft)
{
    enum muster_status status = MUSTER_OK;
    const struct run_book *book = draft->book;
    int64_t *last = NULL; /* [trials]: the entry that counts of each, -1: none does */
    MUSTER_NEW(draft->rows, book->n);
    MUSTER_NEW(last, book->trials);
    for (size_t t = 0; t < book->trials; t++)
        last[t] = -1;
    for (size_t i = 0; i < book->n && (int64_t)i < book->limit; i++)
        if (book->entries[i].done)
            last[book->entries[i].step.trial] = (int64_t)i;
    for (size_t t = 0; t < book->trials; t++)
        if (last[t] >= 0)
            draft->rows[draft->n++] = last[t];
    draft->scratch = muster_alloc((draft->n + 1) * book->info->folds, sizeof(double));
    MUSTER_TRY(draft->scratch == NULL ? MUSTER_NO_MEMORY : MUSTER_OK);
    MUSTER_TRY(muster_file_create(draft->job->setup->out, &draft->file));
done:
    muster_free(last);
    return status;
}

enum muster_status run_file_write(const struct run_job *job, const struct run_outcome *outcome)
{
    enum muster_status status;
    struct run_draft draft = {.job = job, .book = &job->book};
    MUSTER_TRY(open_draft(&draft));
    write_root(&draft, outcome->status);
    MUSTER_TRY(write_space(&draft));
    MUSTER_TRY(run_file_trials(&draft));
    MUSTER_TRY(run_file_pareto(&draft));
    MUSTER_TRY(run_file_best(&draft, outcome->refit));
    if (outcome->overtuning.n > 0)
        MUSTER_TRY(run_file_overtuning(&draft, &outcome->overtuning));
    if (outcome->ranks != NULL)
        MUSTER_TRY(write_ranks(&draft, outcome->ranks));
    if (outcome->curves)
        MUSTER_TRY(run_file_curves(&draft));
    if (strcmp(outcome->status, "complete") == 0)
        MUSTER_TRY(run_file_importance(&draft));
    status = muster_file_finish(&draft.file);
done:
    muster_file_abandon(&draft.file);
    muster_free(draft.rows);
    muster_free(draft.scratch);
    return status;
}
