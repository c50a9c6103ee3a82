/* The overtuning check, `validate.overtuning`: a search picks what looks best in cross-validation,
 * which need not be better on rows that it never saw (Schneider, Bischl, Feurer 2025). The first
 * configuration of the run and that of all defaults are refitted and tested like the selected one.
 */
#include <math.h>
#include <string.h>

#include "run/run_impl.h"

/* A configuration to be refitted; NULL x: there is none. */
struct contender {
    const double *x;
    int64_t trial; /* -1: not tried */
    int64_t epochs;
    double score;
};

static bool wanted(const struct run_job *job)
{
    const struct muster_value *value =
        muster_block_get(muster_study_section(job->setup->study, "validate"), "overtuning");
    return value->set && value->number != 0;
}

/* The first complete trial at x, or of all (NULL); NULL: none. */
static const struct run_entry *find(const struct run_book *book, const double *x)
{
    const struct muster_space *space = muster_study_space(book->study);
    for (size_t i = 0; i < book->n && (int64_t)i < book->limit; i++) {
        const struct run_entry *entry = &book->entries[i];
        if (entry->done && entry->state == MUSTER_COMPLETE &&
            (x == NULL || muster_space_equal(space, entry->step.x, x)))
            return entry;
    }
    return NULL;
}

static enum muster_status of_entry(const struct run_book *book, const struct run_entry *entry,
                                   struct contender *contender)
{
    *contender =
        (struct contender){.x = entry->step.x, .trial = entry->step.trial, .score = entry->score};
    return run_median_epochs(book, entry, &contender->epochs);
}

/* Where the defaults were not tried, they are trained for as long as the selected one. */
static enum muster_status of_defaults(const struct run_book *book, double *x, int64_t epochs,
                                      struct contender *contender)
{
    const struct run_entry *entry;

    for (size_t j = 0; j < book->d; j++)
        x[j] = muster_study_fallback(book->study, j);
    muster_space_settle(muster_study_space(book->study), x);
    entry = find(book, x);
    if (entry != NULL)
        return of_entry(book, entry, contender);
    *contender = (struct contender){.x = x, .trial = -1, .epochs = epochs, .score = NAN};
    return MUSTER_OK;
}

static bool asked(void *context)
{
    struct run_job *job = context;
    run_meter_progress(job, false);
    return run_meter_wish(job) == RUN_PAUSE;
}

static void record(const struct contender *contender, const struct muster_refit *refit, size_t m,
                   struct run_overtuning *found)
{
    size_t k = found->n++;
    found->trial[k] = contender->trial;
    found->epochs[k] = contender->epochs;
    found->score[k] = contender->score;
    for (size_t i = 0; i < m; i++)
        found->metrics[k * m + i] = refit->test_metrics != NULL ? refit->test_metrics[i] : NAN;
}

/* A divergence leaves the contender without test scores. */
static enum muster_status try_contender(struct run_job *job, const struct contender *contender,
                                        struct run_overtuning *found)
{
    enum muster_status status;
    struct muster_interrupt interrupt = {.asked = asked, .context = job};
    struct muster_refit refit = {0};
    const struct muster_refit_of of = {.x = contender->x,
                                       .trial = contender->trial >= 0 ? contender->trial
                                                                      : found->trial[0],
                                       .epochs = contender->epochs};

    status = run_refit(job, &of, &interrupt, &refit);
    if (status == MUSTER_BAD_DATA) {
        muster_log(MUSTER_WARNINGS, "overtuning check: %s", muster_error_text());
        status = MUSTER_OK;
    }
    MUSTER_TRY(status);
    record(contender, &refit, job->book.info->metrics, found);
done:
    muster_refit_clear(&refit);
    return status;
}

enum muster_status run_overtuning_check(struct run_job *job, const struct muster_refit *refit,
                                        struct run_overtuning *found)
{
    enum muster_status status = MUSTER_OK;
    const struct run_book *book = &job->book;
    struct contender contender;
    double *x = NULL;

    *found = (struct run_overtuning){0};
    if (!wanted(job) || refit->test_metrics == NULL)
        return MUSTER_OK;
    MUSTER_NEW(x, book->d);
    MUSTER_NEW(found->metrics, RUN_CONTENDERS * book->info->metrics);
    MUSTER_TRY(of_entry(book, &book->entries[book->best], &contender));
    record(&contender, refit, book->info->metrics, found);
    MUSTER_TRY(of_entry(book, find(book, NULL), &contender));
    MUSTER_TRY(try_contender(job, &contender, found));
    MUSTER_TRY(of_defaults(book, x, refit->epochs, &contender));
    MUSTER_TRY(try_contender(job, &contender, found));
done:
    muster_free(x);
    return status;
}

void run_overtuning_clear(struct run_overtuning *found)
{
    muster_free(found->metrics);
    *found = (struct run_overtuning){0};
}

enum muster_status run_file_overtuning(const struct run_draft *draft,
                                       const struct run_overtuning *found)
{
    static const char *const names[RUN_CONTENDERS] = {"selected", "first", "default"};
    enum muster_status status = MUSTER_OK;
    const struct muster_objective_info *info = draft->book->info;
    double column[RUN_CONTENDERS];

    muster_file_strings(draft->file, "/best/overtuning/configuration", names, found->n);
    muster_file_array(draft->file, "/best/overtuning/trial", MUSTER_I64, 1, &found->n, found->trial,
                      false);
    muster_file_array(draft->file, "/best/overtuning/epochs", MUSTER_I64, 1, &found->n,
                      found->epochs, false);
    muster_file_array(draft->file, "/best/overtuning/score", MUSTER_F64, 1, &found->n, found->score,
                      false);
    for (size_t m = 0; m < info->metrics; m++) {
        char *path = muster_format("/best/overtuning/test/%s", info->metric_names[m]);
        MUSTER_TRY(path != NULL ? MUSTER_OK : MUSTER_NO_MEMORY);
        for (size_t k = 0; k < found->n; k++)
            column[k] = found->metrics[k * info->metrics + m];
        muster_file_array(draft->file, path, MUSTER_F64, 1, &found->n, column, false);
        muster_free(path);
    }
done:
    return status;
}
