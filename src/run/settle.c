/* A result in the book: what its step's entry holds from then on, what of the trial's earlier steps
 * it takes over, and what the search is told. */
#include <math.h>
#include <string.h>

#include "run/run_impl.h"

static enum muster_status copy_result(const struct run_book *book, struct muster_result *result,
                                      struct run_entry *entry)
{
    enum muster_status status = MUSTER_OK;
    size_t k = book->info->folds, m = book->info->metrics;
    if (result->folds != k || result->metrics != m) {
        status = muster_error(MUSTER_INTERNAL,
                              "step %lld: a result of %zu folds and %zu metrics, not %zu and %zu",
                              (long long)entry->step.id, result->folds, result->metrics, k, m);
        goto done;
    }
    if (result->reason[0] != '\0' && (entry->reason = muster_strdup(result->reason)) == NULL) {
        status = MUSTER_NO_MEMORY;
        goto done;
    }
    MUSTER_NEW(entry->scores, m * k);
    MUSTER_NEW(entry->epochs, 2 * k);
    entry->best_epochs = entry->epochs + k;
    memcpy(entry->scores, result->scores, m * k * sizeof *entry->scores);
    memcpy(entry->epochs, result->fold_epochs, k * sizeof *entry->epochs);
    memcpy(entry->best_epochs, result->best_epochs, k * sizeof *entry->epochs);
    entry->state = result->state;
    entry->score = result->score;
    entry->score_std = result->score_std;
    entry->flops = result->flops;
done:
    return status;
}

/* What a trial's earlier step leaves to stand: folds that the later one did not run, and what all
 * of it took. A step that goes on with epochs holds those before it itself. */
static void add_previous(const struct run_book *book, struct run_entry *entry)
{
    const struct run_entry *before = &book->entries[entry->previous];
    const size_t folds = book->info->folds;
    for (size_t k = 0; k < (size_t)entry->step.first_fold && k < folds; k++) {
        for (size_t m = 0; m < book->info->metrics; m++)
            entry->scores[m * folds + k] = before->scores[m * folds + k];
        entry->epochs[k] = before->epochs[k];
        entry->best_epochs[k] = before->best_epochs[k];
    }
    if (entry->step.from_epoch == 0)
        entry->flops += before->flops;
    entry->acquisition = before->acquisition; /* why the configuration was proposed */
    entry->predicted = before->predicted;
    entry->deviation = before->deviation;
    memcpy(entry->source, before->source, sizeof entry->source);
    entry->seen.started = before->seen.started;
    entry->seen.seconds += before->seen.seconds;
}

/* Over all folds of the trial, where the step had only some of them. */
static void summarise(const struct run_book *book, struct run_entry *entry)
{
    struct muster_result all = {
        .folds = book->info->folds, .metrics = book->info->metrics, .scores = entry->scores};
    if (entry->step.first_fold == 0 || entry->state == MUSTER_FAILED)
        return;
    muster_result_summarise(&all);
    entry->score = all.score;
    entry->score_std = all.score_std;
}

/* Why a trial is not complete that goes no further than this step. */
static enum muster_status explain(struct run_entry *entry)
{
    const struct muster_step *step = &entry->step;
    const int64_t folds = step->first_fold + step->n_folds;
    if (entry->state != MUSTER_COMPLETE || run_entry_whole(entry))
        return MUSTER_OK;
    if (step->to_epoch >= 0)
        entry->reason = muster_format("fidelity: not promoted after %lld epoch%s",
                                      (long long)step->to_epoch, step->to_epoch == 1 ? "" : "s");
    else if (step->n_folds >= 0)
        entry->reason = muster_format("fidelity: not promoted after %lld fold%s", (long long)folds,
                                      folds == 1 ? "" : "s");
    else
        entry->reason =
            muster_format("fidelity: not promoted on %.3g %% of the rows", 100.0 * step->rows);
    return entry->reason != NULL ? MUSTER_OK : MUSTER_NO_MEMORY;
}

bool run_better(const struct muster_objective_info *info, double a, double b)
{
    return info->maximize ? a > b : a < b;
}

/* Running figures that follow from a new result. */
static void count(struct run_book *book, const struct run_entry *entry, double took)
{
    double epochs = 0;
    for (size_t k = 0; k < book->info->folds; k++)
        epochs = fmax(epochs, (double)entry->epochs[k]);
    if (epochs > 0)
        book->slowest_epoch = fmax(book->slowest_epoch, took / epochs);
    book->trial_seconds =
        isnan(book->trial_seconds) ? took : 0.9 * book->trial_seconds + 0.1 * took;
    if (entry->step.id >= book->limit)
        return;
    book->done += entry->previous < 0;
    book->failed += entry->state == MUSTER_FAILED;
    if (!run_eligible(entry))
        return;
    const struct run_entry *best = book->best < 0 ? NULL : &book->entries[book->best];
    if (best == NULL || run_better(book->info, entry->score, best->score) ||
        (entry->score == best->score && entry->step.id < best->step.id))
        book->best = entry->step.id;
}

/* Over how many folds a score is the mean. */
static int64_t folds_run(const struct run_book *book, const struct run_entry *entry)
{
    int64_t n = 0;
    for (size_t k = 0; k < book->info->folds; k++)
        n += !isnan(entry->scores[k]);
    return n;
}

bool run_eligible(const struct run_entry *entry)
{
    return entry->done && entry->state == MUSTER_COMPLETE && run_entry_whole(entry) &&
           !(entry->violation > 0);
}

void run_objectives(const struct muster_objective_info *info, const struct run_entry *entry,
                    double *f)
{
    for (size_t m = 0; m < info->objectives; m++)
        f[m] = entry->state == MUSTER_FAILED ? NAN : muster_objective_mean(info, entry->scores, m);
}

/* What is recorded of a trial beyond a bound. */
static enum muster_status judge_bounds(const struct run_book *book, struct run_entry *entry)
{
    char excess[160];

    if (entry->state == MUSTER_FAILED)
        return MUSTER_OK;
    entry->violation = muster_objective_violation(book->info, entry->scores);
    if (!(entry->violation > 0) || entry->reason != NULL)
        return MUSTER_OK;
    muster_objective_excess(book->info, entry->scores, excess, sizeof excess);
    entry->reason = muster_format("infeasible: %s", excess);
    return entry->reason != NULL ? MUSTER_OK : MUSTER_NO_MEMORY;
}

/* Measured times reach the search only where nothing is promised across layouts. */
static double known_seconds(const struct run_book *book, const struct run_entry *entry)
{
    const char *order = muster_block_text(muster_study_section(book->study, "search"), "order");
    return strcmp(order, "arrival") == 0 ? entry->seen.seconds : 0;
}

static enum muster_status tell(struct run_book *book, const struct run_entry *entry)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_objective_info *info = book->info;
    double sign = info->maximize ? -1.0 : 1.0, *values;
    struct muster_told told = {.state = entry->state,
                               .score = sign * entry->score,
                               .deviation = entry->score_std,
                               .flops = entry->flops,
                               .seconds = known_seconds(book, entry),
                               .n_folds = folds_run(book, entry),
                               .violation = entry->violation};
    MUSTER_NEW(values, info->folds + info->objectives + info->n_constraints);
    for (size_t k = 0; k < info->folds; k++)
        values[k] = sign * entry->scores[k];
    if (info->objectives > 1) {
        run_objectives(info, entry, values + info->folds);
        for (size_t m = 0; m < info->objectives; m++)
            values[info->folds + m] *= info->maximizes[m] ? -1.0 : 1.0;
        told.objectives = values + info->folds;
    }
    if (info->n_constraints > 0 && entry->state != MUSTER_FAILED) {
        muster_objective_margins(info, entry->scores, values + info->folds + info->objectives);
        told.margins = values + info->folds + info->objectives;
    }
    book->waiting = false;
    status = muster_search_tell_folds(book->search, entry->step.id, &told, values, info->folds);
    muster_free(values);
done:
    return status;
}

enum muster_status run_book_settle(struct run_book *book, const void *report, size_t n)
{
    enum muster_status status;
    struct muster_result result = {0};
    int64_t id = muster_pack_get_i64(report, n, "step", -1);
    struct run_entry *entry;
    if (id < 0 || id >= (int64_t)book->n || book->entries[id].done) {
        status = muster_error(MUSTER_INTERNAL, "a result of step %lld, which is not open",
                              (long long)id);
        goto done;
    }
    entry = &book->entries[id];
    MUSTER_TRY(muster_result_unpack(report, n, &result));
    MUSTER_TRY(copy_result(book, &result, entry));
    double took = muster_pack_get_f64(report, n, "seconds", NAN);
    entry->seen.started = muster_pack_get_f64(report, n, "started", NAN);
    entry->seen.seconds = took;
    entry->seen.group = muster_pack_get_i64(report, n, "group", 0);
    if (entry->previous >= 0)
        add_previous(book, entry);
    summarise(book, entry);
    if (entry->state == MUSTER_COMPLETE && !isfinite(entry->score)) {
        entry->state = MUSTER_FAILED;
        entry->reason = muster_strdup("the score is not finite");
    }
    MUSTER_TRY(explain(entry));
    MUSTER_TRY(judge_bounds(book, entry));
    entry->done = true;
    book->queued -= !entry->handed;
    count(book, entry, took);
    MUSTER_TRY(tell(book, entry));
    MUSTER_TRY(run_book_judge(book));
done:
    muster_result_clear(&result);
    return status;
}
