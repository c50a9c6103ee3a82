/* What ends a search before its budget: the study's stop rules, judged on the prefix of results in
 * id order, so that they stop at the same trial on any layout; and failures that pile up, which
 * pause the sitting. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "run/run_impl.h"

/* Failures in this sitting that pause it: in a row, and from the start on without one success. */
enum { FAILURES_IN_A_ROW = 100, FAILURES_AT_FIRST = 50 };

static double rule(const struct muster_block *options, const char *name)
{
    const struct muster_value *value = muster_block_get(options, name);
    return value->set ? value->number : NAN;
}

struct run_rules run_rules_of(const struct muster_study *study)
{
    const struct muster_block *options = muster_study_section(study, "search");
    return (struct run_rules){.score = rule(options, "stop.score"),
                              .stall = rule(options, "stop.stall"),
                              .time = rule(options, "stop.time"),
                              .regret = rule(options, "stop.regret")};
}

/* The figures of the entries that count, once a rule has cut the rest off. */
static void recount(struct run_book *book)
{
    book->done = book->failed = 0;
    book->best = -1;
    book->budget = 0;
    for (size_t i = 0; i < book->n && (int64_t)i < book->limit; i++) {
        const struct run_entry *entry = &book->entries[i];
        book->budget += entry->previous < 0;
        book->done += entry->done && entry->previous < 0;
        book->failed += entry->done && entry->state == MUSTER_FAILED;
        if (run_eligible(entry) && (book->best < 0 || run_better(book->info, entry->score,
                                                                 book->entries[book->best].score)))
            book->best = (int64_t)i;
    }
}

static bool reached(struct run_book *book, const struct run_entry *entry)
{
    if (!run_eligible(entry) || isnan(book->rules.score) ||
        run_better(book->info, book->rules.score, entry->score))
        return false;
    snprintf(book->stopped_because, sizeof book->stopped_because,
             "stop.score: trial %lld has %.6g, %.6g was asked for", (long long)entry->step.trial,
             entry->score, book->rules.score);
    return true;
}

static bool stalls(struct run_book *book)
{
    if (!((double)book->stalled >= book->rules.stall))
        return false;
    snprintf(book->stopped_because, sizeof book->stopped_because,
             "stop.stall: %lld trials in a row were no better than %.6g", (long long)book->stalled,
             book->prefix_best);
    return true;
}

/* ---- regret ---------------------------------------------------------------------------------- */

/* Results that the first bound rests on: the more parameters, the more. The next one is due when
 * their number has grown by a tenth, so that bounds stay cheap beside the asks. */
static int64_t first_due(const struct run_book *book)
{
    return book->d < 4 ? 10 : 2 * ((int64_t)book->d + 1);
}

/* The bound over the eligible entries of the prefix. */
static enum muster_status bound_regret(const struct run_book *book, double *bound)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_search_setup setup = {.space = muster_study_space(book->study),
                                              .seed = muster_study_seed(book->study),
                                              .noiseless = book->info->noiseless};
    double *x, *scores = NULL;
    size_t n = 0;
    MUSTER_NEW(x, (size_t)book->judged * book->d);
    MUSTER_NEW(scores, book->judged);
    for (size_t i = 0; i < book->prefix; i++) {
        const struct run_entry *entry = &book->entries[i];
        if (!run_eligible(entry))
            continue;
        memcpy(x + n * book->d, entry->step.x, book->d * sizeof *x);
        scores[n++] = book->info->maximize ? -entry->score : entry->score;
    }
    status = muster_search_regret(&setup, x, scores, n, bound);
done:
    muster_free(x);
    muster_free(scores);
    return status;
}

/* *over: the best of the prefix is good enough. */
static enum muster_status judge_regret(struct run_book *book, bool *over)
{
    enum muster_status status = MUSTER_OK;
    double bound;
    if (book->regret_due == 0)
        book->regret_due = first_due(book);
    if (isnan(book->rules.regret) || book->judged < book->regret_due || book->d == 0)
        return MUSTER_OK;
    book->regret_due = book->judged + 1 + book->judged / 10;
    MUSTER_TRY(bound_regret(book, &bound));
    *over = bound <= book->rules.regret;
    if (*over)
        snprintf(book->stopped_because, sizeof book->stopped_because,
                 "stop.regret: of %lld trials the best is within %.3g of the best there is, as far "
                 "as a model of them can tell",
                 (long long)book->judged, bound);
done:
    return status;
}

/* Moves the prefix over one more entry; *over: it is the last that counts. */
static enum muster_status judge(struct run_book *book, const struct run_entry *entry, bool *over)
{
    const bool counts = run_eligible(entry);
    if (counts && (book->stalled < 0 || run_better(book->info, entry->score, book->prefix_best))) {
        book->prefix_best = entry->score;
        book->stalled = 0;
    } else if (book->stalled >= 0) {
        book->stalled += entry->previous < 0;
    }
    book->judged += counts;
    *over = reached(book, entry) || stalls(book);
    return *over || !counts ? MUSTER_OK : judge_regret(book, over);
}

enum muster_status run_book_judge(struct run_book *book)
{
    enum muster_status status = MUSTER_OK;
    while (book->prefix < book->n && (int64_t)book->prefix < book->limit &&
           book->entries[book->prefix].done) {
        bool over;
        book->prefix++;
        MUSTER_TRY(judge(book, &book->entries[book->prefix - 1], &over));
        if (over) {
            book->limit = (int64_t)book->prefix;
            recount(book);
        }
    }
done:
    return status;
}

enum muster_status run_book_check_failures(const struct run_book *book)
{
    bool hopeless = book->best < 0 && book->streak >= FAILURES_AT_FIRST;
    if (!hopeless && book->streak < FAILURES_IN_A_ROW)
        return MUSTER_OK;
    const struct run_entry *last = NULL;
    for (size_t i = 0; i < book->n; i++)
        if (book->entries[i].done && book->entries[i].state == MUSTER_FAILED)
            last = &book->entries[i];
    return muster_error(
        MUSTER_STOPPED,
        "%lld trials in a row failed, the last one with: %s (narrow the ranges and start "
        "with --fresh, or try as many again with --resume)",
        (long long)book->streak,
        last != NULL && last->reason != NULL ? last->reason : "no reason given");
}

/* Reasons are alike that differ in numbers: "diverged in epoch 3 of fold 2". */
static bool alike(const char *a, const char *b)
{
    for (;;) {
        a += strspn(a, "0123456789.");
        b += strspn(b, "0123456789.");
        if (*a != *b)
            return false;
        if (*a == '\0')
            return true;
        a++;
        b++;
    }
}

static const char *reason_of(const struct run_book *book, size_t i)
{
    const struct run_entry *entry = &book->entries[i];
    if (!entry->done || entry->state != MUSTER_FAILED)
        return NULL;
    return entry->reason != NULL ? entry->reason : "no reason given";
}

/* The first of the most common reasons; *times it was given, or one like it. Kinds are few, and
 * only the first of each is compared with all. */
static const char *common_reason(const struct run_book *book, int64_t *times)
{
    enum { KINDS = 64 };
    const char *kinds[KINDS];
    int64_t counts[KINDS] = {0};
    size_t n = 0, best = 0;
    for (size_t i = 0; i < book->n && (int64_t)i < book->limit; i++) {
        const char *reason = reason_of(book, i);
        size_t k = 0;
        while (reason != NULL && k < n && !alike(kinds[k], reason))
            k++;
        if (reason == NULL || k == KINDS)
            continue;
        if (k == n)
            kinds[n++] = reason;
        counts[k]++;
    }
    for (size_t k = 1; k < n; k++)
        best = counts[k] > counts[best] ? k : best;
    *times = counts[best];
    return n > 0 ? kinds[best] : "no reason given";
}

void run_book_tell_failures(const struct run_book *book)
{
    int64_t times;
    if (book->failed == 0 || 2 * book->failed < book->done)
        return;
    const char *reason = common_reason(book, &times);
    muster_log(MUSTER_WARNINGS, "%lld of %lld trials failed, %lld of them with: %s (%s)",
               (long long)book->failed, (long long)book->done, (long long)times, reason,
               book->best < 0 ? "there is no best one: mend that and start with --fresh, or try "
                                "more with --resume and a greater search.trials"
                              : "narrower ranges waste fewer trials");
}
