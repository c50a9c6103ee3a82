/* `/trials` of the result file: one row a trial, one column a dataset.
 *
 * Columns are gathered one at a time into a scratch array, by getters that stand in a table. */
#include <math.h>
#include <string.h>

#include "run/run_impl.h"

static const struct run_entry *entry_of(const struct run_draft *draft, size_t row)
{
    return &draft->book->entries[draft->rows[row]];
}

/* ---- trials: one number or text a row -------------------------------------------------------- */

static double get_score(const struct run_entry *entry)
{
    return entry->score;
}

static double get_score_std(const struct run_entry *entry)
{
    return entry->score_std;
}

static double get_started(const struct run_entry *entry)
{
    return entry->seen.started;
}

static double get_seconds(const struct run_entry *entry)
{
    return entry->seen.seconds;
}

static double get_flops(const struct run_entry *entry)
{
    return entry->flops;
}

static double get_acquisition(const struct run_entry *entry)
{
    return entry->acquisition;
}

static double get_deviation(const struct run_entry *entry)
{
    return entry->deviation;
}

static const char *get_source(const struct run_entry *entry)
{
    return entry->source;
}

static int64_t get_id(const struct run_entry *entry)
{
    return entry->step.trial;
}

static int64_t get_group(const struct run_entry *entry)
{
    return entry->seen.group;
}

static int64_t get_generation(const struct run_entry *entry)
{
    (void)entry;
    return 0;
}

static const char *get_state(const struct run_entry *entry)
{
    bool partial = entry->state == MUSTER_COMPLETE && !run_entry_whole(entry);
    return muster_state_text(partial ? MUSTER_PRUNED : entry->state);
}

static const char *get_reason(const struct run_entry *entry)
{
    return entry->reason != NULL ? entry->reason : "";
}

static void write_columns(const struct run_draft *draft)
{
    static const struct {
        const char *path;
        double (*real)(const struct run_entry *);
        int64_t (*whole)(const struct run_entry *);
        const char *(*text)(const struct run_entry *);
    } columns[] = {
        {"/trials/id", .whole = get_id},
        {"/trials/state", .text = get_state},
        {"/trials/score", .real = get_score},
        {"/trials/score_std", .real = get_score_std},
        {"/trials/started", .real = get_started},
        {"/trials/seconds", .real = get_seconds},
        {"/trials/flops", .real = get_flops},
        {"/trials/group", .whole = get_group},
        {"/trials/generation", .whole = get_generation},
        {"/trials/reason", .text = get_reason},
        {"/trials/source", .text = get_source},
        {"/trials/acquisition", .real = get_acquisition},
        {"/trials/predicted_std", .real = get_deviation},
    };
    double *reals = draft->scratch;
    int64_t *wholes = draft->scratch;
    const char **texts = draft->scratch;
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
        for (size_t i = 0; i < draft->n; i++)
            if (columns[c].real != NULL)
                reals[i] = columns[c].real(entry_of(draft, i));
            else if (columns[c].whole != NULL)
                wholes[i] = columns[c].whole(entry_of(draft, i));
            else
                texts[i] = columns[c].text(entry_of(draft, i));
        if (columns[c].text != NULL)
            muster_file_strings(draft->file, columns[c].path, texts, draft->n);
        else
            muster_file_array(draft->file, columns[c].path,
                              columns[c].real != NULL ? MUSTER_F64 : MUSTER_I64, 1, &draft->n,
                              draft->scratch, true);
    }
}

/* Predictions are of what is minimised. */
static void write_predicted(const struct run_draft *draft)
{
    double *values = draft->scratch, sign = draft->book->info->maximize ? -1 : 1;
    for (size_t i = 0; i < draft->n; i++)
        values[i] = sign * entry_of(draft, i)->predicted;
    muster_file_array(draft->file, "/trials/predicted", MUSTER_F64, 1, &draft->n, values, true);
}

/* ---- trials: one number a fold --------------------------------------------------------------- */

static void write_metric(const struct run_draft *draft, const char *path, size_t metric)
{
    size_t k = draft->book->info->folds, dims[2] = {draft->n, k};
    double *values = draft->scratch;
    for (size_t i = 0; i < draft->n; i++)
        memcpy(values + i * k, entry_of(draft, i)->scores + metric * k, k * sizeof *values);
    muster_file_array(draft->file, path, MUSTER_F64, 2, dims, values, true);
}

static enum muster_status write_folds(const struct run_draft *draft)
{
    const struct muster_objective_info *info = draft->book->info;
    size_t k = info->folds, dims[2] = {draft->n, k};
    int64_t *epochs = draft->scratch;
    write_metric(draft, "/trials/fold_scores", 0);
    for (size_t m = 0; m < info->metrics; m++) {
        char *path = muster_format("/trials/metrics/%s", info->metric_names[m]);
        if (path == NULL)
            return MUSTER_NO_MEMORY;
        write_metric(draft, path, m);
        muster_free(path);
    }
    for (size_t i = 0; i < draft->n; i++)
        memcpy(epochs + i * k, entry_of(draft, i)->epochs, k * sizeof *epochs);
    muster_file_array(draft->file, "/trials/epochs", MUSTER_I64, 2, dims, epochs, true);
    return MUSTER_OK;
}

/* ---- trials: parameters ---------------------------------------------------------------------- */

static void write_values(const struct run_draft *draft, const struct muster_param *param, size_t p,
                         const char *path)
{
    enum muster_field_type type = run_param_type(param);
    double *reals = draft->scratch;
    int64_t *wholes = draft->scratch;
    const char **texts = draft->scratch;
    for (size_t i = 0; i < draft->n; i++) {
        double x = entry_of(draft, i)->step.x[p], number = run_param_number(param, x);
        if (type == MUSTER_STRINGS)
            texts[i] = isnan(x) ? "" : param->choices[(size_t)x].text;
        else if (type == MUSTER_I64)
            wholes[i] = isnan(number) ? INT64_MIN : (int64_t)number;
        else
            reals[i] = number;
    }
    if (type == MUSTER_STRINGS)
        muster_file_strings(draft->file, path, texts, draft->n);
    else
        muster_file_array(draft->file, path, type, 1, &draft->n, draft->scratch, true);
}

static enum muster_status write_param(const struct run_draft *draft, size_t p)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_param *param = &muster_study_space(draft->job->setup->study)->params[p];
    uint8_t *active = draft->scratch;
    char *values = muster_format("/trials/params/%s", param->name);
    char *flags = muster_format("/trials/active/%s", param->name);
    MUSTER_TRY(values == NULL || flags == NULL ? MUSTER_NO_MEMORY : MUSTER_OK);
    write_values(draft, param, p, values);
    for (size_t i = 0; i < draft->n; i++)
        active[i] = (uint8_t)!isnan(entry_of(draft, i)->step.x[p]);
    muster_file_array(draft->file, flags, MUSTER_U8, 1, &draft->n, active, true);
done:
    muster_free(values);
    muster_free(flags);
    return status;
}

/* ---- the whole ---- */

enum muster_status run_file_trials(const struct run_draft *draft)
{
    enum muster_status status;
    write_columns(draft);
    write_predicted(draft);
    MUSTER_TRY(write_folds(draft));
    for (size_t p = 0; p < draft->book->d; p++)
        MUSTER_TRY(write_param(draft, p));
done:
    return status;
}
