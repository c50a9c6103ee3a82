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
    const struct muster_block *search = muster_study_section(study, "search");
    const int64_t trials = muster_block_int(search, "trials");
    *book = (struct run_book){
        .study = study,
        .info = info,
        .d = muster_study_space(study)->d,
        .budget = trials,
        .limit = muster_search_climbs(search) ? INT64_MAX : trials,
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
        muster_free((void *)(uintptr_t)book->entries[i].step.level);
        muster_free(book->entries[i].scores);
        muster_free(book->entries[i].epochs);
        muster_free(book->entries[i].reason);
    }
    muster_free(book->entries);
    muster_free(book->last_of);
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
        .trials = book->budget,
        .epochs = (int64_t)book->info->epochs,
        .folds = book->info->pooled ? 0 : book->info->folds,
        .n_objectives = book->info->objectives,
        .n_bounds = book->info->n_constraints,
    };
    setup.initial = muster_study_initial(book->study, &setup.n_initial);
    book->warm = muster_earlier_warm(&book->past);
    setup.warm = &book->warm;
    book->window = window;
    return muster_search_create(&setup, &book->search);
}

/* ---- steps ----------------------------------------------------------------------------------- */

bool run_book_may_ask(const struct run_book *book)
{
    return (int64_t)book->n < book->limit && !book->waiting && !book->exhausted;
}

bool run_entry_whole(const struct run_entry *entry)
{
    return entry->step.to_epoch < 0 && entry->step.n_folds < 0 && entry->step.rows == 0.0;
}

/* A copy of n numbers, NULL of NULL. */
static enum muster_status copy_numbers(const double *from, size_t n, const double **to)
{
    enum muster_status status = MUSTER_OK;
    double *copy = NULL;
    if (from != NULL) {
        MUSTER_NEW(copy, n);
        memcpy(copy, from, n * sizeof *copy);
    }
    *to = copy;
done:
    return status;
}

/* The entry that is next becomes the trial's last one. */
static enum muster_status enter_trial(struct run_book *book, struct run_entry *entry)
{
    enum muster_status status = MUSTER_OK;
    const int64_t trial = entry->step.trial;
    if (trial < 0 || trial > (int64_t)book->trials)
        return muster_error(MUSTER_INTERNAL, "step %lld is of trial %lld, of %zu so far",
                            (long long)entry->step.id, (long long)trial, book->trials);
    entry->previous = -1;
    if (trial == (int64_t)book->trials) {
        MUSTER_TRY(muster_grow(&book->last_of, &book->trial_capacity, book->trials + 1,
                               sizeof *book->last_of));
        book->trials++;
    } else {
        entry->previous = book->last_of[trial];
    }
    book->last_of[trial] = entry->step.id;
done:
    return status;
}

enum muster_status run_book_enter(struct run_book *book, const struct muster_step *step,
                                  const struct muster_reason *why)
{
    enum muster_status status;
    struct run_entry *entry;
    if (step->id != (int64_t)book->n) {
        status = muster_error(MUSTER_INTERNAL, "step %lld where %zu was expected",
                              (long long)step->id, book->n);
        goto done;
    }
    MUSTER_TRY(muster_grow(&book->entries, &book->capacity, book->n + 1, sizeof *book->entries));
    entry = &book->entries[book->n];
    *entry = (struct run_entry){.step = *step,
                                .acquisition = why->acquisition,
                                .predicted = why->mean,
                                .deviation = why->deviation};
    snprintf(entry->source, sizeof entry->source, "%s", why->source);
    entry->step.x = entry->step.level = NULL;
    MUSTER_TRY(enter_trial(book, entry));
    book->n++;
    book->queued++;
    MUSTER_TRY(copy_numbers(step->x, book->d, &entry->step.x));
    MUSTER_TRY(copy_numbers(step->level, book->info->folds, &entry->step.level));
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
    muster_pack_i64(&pack, "rung", step->rung);
    muster_pack_i64(&pack, "known", muster_search_known(book->search));
    muster_pack_f64(&pack, "rows", step->rows);
    muster_pack_f64(&pack, "threshold", step->threshold);
    muster_pack_f64(&pack, "variance", step->variance);
    muster_pack_i64(&pack, "freedom", step->freedom);
    if (step->level != NULL)
        muster_pack_put(&pack, "level", MUSTER_F64, step->level, book->info->folds);
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

/* What a step is judged by, from the search's sign to the metric's. */
static void turn(const struct run_book *book, struct muster_step *step)
{
    double *level = (double *)(uintptr_t)step->level;
    if (!book->info->maximize)
        return;
    step->threshold = -step->threshold;
    for (size_t k = 0; level != NULL && k < book->info->folds; k++)
        level[k] = -level[k];
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
    MUSTER_TRY(run_book_enter(book, &step, &why));
    turn(book, &book->entries[step.id].step);
    MUSTER_TRY(journal_step(book, &book->entries[step.id].step, &why));
    book->unsynced = true;
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

/* ---- results --------------------------------------------------------------------------------- */

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

/* ---- the whole ------------------------------------------------------------------------------- */

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
