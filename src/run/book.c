/* The book: what rank 0 knows of the trials. Every result goes the same way, whoever computed it:
 * report -> journal -> entry -> search; commit puts the journal on disk before the next ask or
 * hand-out acts on it. Resume puts the journal's records back through the same functions. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "run/run_impl.h"

void run_book_begin(const struct muster_study *study, const struct muster_objective_info *info,
                    struct run_book *book)
{
    *book = (struct run_book){
        .study = study,
        .info = info,
        .d = muster_study_space(study)->d,
        .limit = muster_block_int(muster_study_section(study, "search"), "trials"),
        .rules = run_rules_of(study),
        .stalled = -1,
        .best = -1,
        .trial_seconds = NAN,
        .started = muster_wall(),
        .began = muster_clock(),
    };
}

void run_book_clear(struct run_book *book)
{
    for (size_t i = 0; i < book->n; i++) {
        muster_free((void *)(uintptr_t)book->entries[i].step.x);
        muster_free(book->entries[i].scores);
        muster_free(book->entries[i].epochs);
        muster_free(book->entries[i].reason);
    }
    muster_free(book->entries);
    muster_search_destroy(&book->search);
    muster_earlier_clear(&book->past);
    muster_journal_close(&book->journal);
    *book = (struct run_book){0};
}

enum muster_status run_book_open_search(struct run_book *book, int64_t window)
{
    const struct muster_block *options = muster_study_section(book->study, "search");
    struct muster_search_setup setup = {
        .space = muster_study_space(book->study),
        .options = options,
        .seed = muster_study_seed(book->study),
        .window = window,
        .strict = strcmp(muster_block_text(options, "order"), "strict") == 0,
        .noiseless = book->info->noiseless,
        .n_objectives = book->info->objectives,
    };
    setup.initial = muster_study_initial(book->study, &setup.n_initial);
    book->warm = muster_earlier_warm(&book->past);
    setup.warm = &book->warm;
    book->window = window;
    return muster_search_create(&setup, &book->search);
}

/* ---- steps ------------------------------------------------------------------------------------
 */

bool run_book_may_ask(const struct run_book *book)
{
    return (int64_t)book->n < book->limit && !book->waiting && !book->exhausted;
}

enum muster_status run_book_enter(struct run_book *book, const struct muster_step *step,
                                  const struct muster_reason *why)
{
    enum muster_status status;
    double *x = NULL;
    if (step->id != (int64_t)book->n) {
        status = muster_error(MUSTER_INTERNAL, "step %lld where %zu was expected",
                              (long long)step->id, book->n);
        goto done;
    }
    MUSTER_TRY(muster_grow(&book->entries, &book->capacity, book->n + 1, sizeof *book->entries));
    MUSTER_NEW(x, book->d);
    memcpy(x, step->x, book->d * sizeof *x);
    book->entries[book->n] = (struct run_entry){.step = *step,
                                                .acquisition = why->acquisition,
                                                .predicted = why->mean,
                                                .deviation = why->deviation};
    snprintf(book->entries[book->n].source, sizeof book->entries->source, "%s", why->source);
    book->entries[book->n++].step.x = x;
    book->queued++;
done:
    return status;
}

static enum muster_status journal_step(struct run_book *book, const struct muster_step *step,
                                       const struct muster_reason *why)
{
    enum muster_status status;
    struct muster_pack pack = {0};
    size_t n_fitted;
    const double *fitted = muster_search_fitted(book->search, &n_fitted);
    const int64_t numbers[] = {step->id,       step->trial,      step->from_epoch,
                               step->to_epoch, step->first_fold, step->n_folds};
    muster_pack_put(&pack, "step", MUSTER_I64, numbers, sizeof numbers / sizeof *numbers);
    muster_pack_f64(&pack, "threshold", step->threshold);
    muster_pack_put(&pack, "x", MUSTER_F64, step->x, book->d);
    muster_pack_put(&pack, "fitted", MUSTER_F64, fitted, n_fitted);
    muster_pack_text(&pack, "source", why->source);
    muster_pack_f64(&pack, "acquisition", why->acquisition);
    muster_pack_f64(&pack, "predicted", why->mean);
    muster_pack_f64(&pack, "deviation", why->deviation);
    status = pack.failed ? MUSTER_NO_MEMORY
                         : muster_journal_append(book->journal, MUSTER_RECORD_STEP, &pack);
    muster_pack_free(&pack);
    return status;
}

enum muster_status run_book_ask(struct run_book *book)
{
    enum muster_status status;
    enum muster_answer answer;
    struct muster_step step;
    struct muster_reason why;
    MUSTER_TRY(muster_search_ask(book->search, &step, &answer));
    book->waiting = answer == MUSTER_ASK_WAIT;
    book->exhausted = answer == MUSTER_ASK_DONE;
    if (answer != MUSTER_ASK_STEP)
        goto done;
    muster_search_reason(book->search, &why);
    MUSTER_TRY(journal_step(book, &step, &why));
    book->unsynced = true;
    MUSTER_TRY(run_book_enter(book, &step, &why));
done:
    return status;
}

struct run_entry *run_book_hand(struct run_book *book)
{
    while (book->next < book->n && (int64_t)book->next < book->limit) {
        struct run_entry *entry = &book->entries[book->next++];
        if (!entry->handed && !entry->done) {
            entry->handed = true;
            book->queued--;
            return entry;
        }
    }
    return NULL;
}

/* ---- results ----------------------------------------------------------------------------------
 */

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

bool run_better(const struct muster_objective_info *info, double a, double b)
{
    return info->maximize ? a > b : a < b;
}

/* Running figures that follow from a new result. */
static void count(struct run_book *book, const struct run_entry *entry)
{
    double took = entry->seen.seconds, epochs = 0;
    for (size_t k = 0; k < book->info->folds; k++)
        epochs = fmax(epochs, (double)entry->epochs[k]);
    if (epochs > 0)
        book->slowest_epoch = fmax(book->slowest_epoch, took / epochs);
    book->trial_seconds =
        isnan(book->trial_seconds) ? took : 0.9 * book->trial_seconds + 0.1 * took;
    if (entry->step.id >= book->limit)
        return;
    book->done++;
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
    return entry->done && entry->state == MUSTER_COMPLETE && !(entry->violation > 0);
}

void run_objectives(const struct muster_objective_info *info, const struct run_entry *entry,
                    double *f)
{
    for (size_t m = 0; m < info->objectives; m++)
        f[m] = entry->state == MUSTER_FAILED ? NAN : muster_objective_mean(info, entry->scores, m);
}

static enum muster_status tell(struct run_book *book, const struct run_entry *entry)
{
    enum muster_status status = MUSTER_OK;
    double sign = book->info->maximize ? -1.0 : 1.0, *objectives = NULL;
    struct muster_told told = {.state = entry->state,
                               .score = sign * entry->score,
                               .deviation = entry->score_std,
                               .flops = entry->flops,
                               .n_folds = folds_run(book, entry),
                               .violation = entry->violation};
    book->waiting = false;
    if (book->info->objectives > 1) {
        MUSTER_NEW(objectives, book->info->objectives);
        run_objectives(book->info, entry, objectives);
        for (size_t m = 0; m < book->info->objectives; m++)
            objectives[m] *= book->info->maximizes[m] ? -1.0 : 1.0;
        told.objectives = objectives;
    }
    MUSTER_TRY(muster_search_tell(book->search, entry->step.id, &told));
done:
    muster_free(objectives);
    return status;
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
    if (entry->state == MUSTER_COMPLETE && !isfinite(entry->score)) {
        entry->state = MUSTER_FAILED;
        entry->reason = muster_strdup("the score is not finite");
    }
    MUSTER_TRY(judge_bounds(book, entry));
    entry->seen.started = muster_pack_get_f64(report, n, "started", NAN);
    entry->seen.seconds = muster_pack_get_f64(report, n, "seconds", NAN);
    entry->seen.group = muster_pack_get_i64(report, n, "group", 0);
    entry->done = true;
    book->queued -= !entry->handed;
    count(book, entry);
    MUSTER_TRY(tell(book, entry));
    run_book_judge(book);
done:
    muster_result_clear(&result);
    return status;
}

enum muster_status run_book_take(struct run_book *book, struct muster_pack *report)
{
    enum muster_status status;
    int64_t id = muster_pack_get_i64(report->data, report->length, "step", -1);
    muster_pack_f64(report, "elapsed", run_book_elapsed(book));
    if (report->failed) {
        status = MUSTER_NO_MEMORY;
        goto done;
    }
    MUSTER_TRY(muster_journal_append(book->journal, MUSTER_RECORD_RESULT, report));
    book->unsynced = true;
    MUSTER_TRY(run_book_settle(book, report->data, report->length));
    book->streak = book->entries[id].state == MUSTER_FAILED ? book->streak + 1 : 0;
done:
    return status;
}

enum muster_status run_book_commit(struct run_book *book)
{
    enum muster_status status = MUSTER_OK;
    if (book->unsynced)
        MUSTER_TRY(muster_journal_sync(book->journal));
    book->unsynced = false;
done:
    return status;
}

/* ---- the whole ----------------------------------------------------------------------------------
 */

bool run_book_finished(const struct run_book *book)
{
    return (int64_t)book->prefix >= book->limit || (book->exhausted && book->prefix == book->n);
}

double run_book_elapsed(const struct run_book *book)
{
    return book->earlier + muster_clock() - book->began;
}

enum muster_status run_book_mark(struct run_book *book, enum muster_record kind)
{
    enum muster_status status;
    struct muster_pack pack = {0};
    muster_pack_f64(&pack, "elapsed", run_book_elapsed(book));
    muster_pack_f64(&pack, "wall", muster_wall());
    if (pack.failed) {
        status = MUSTER_NO_MEMORY;
        goto done;
    }
    MUSTER_TRY(muster_journal_append(book->journal, kind, &pack));
    book->unsynced = true;
    MUSTER_TRY(run_book_commit(book));
done:
    muster_pack_free(&pack);
    return status;
}
