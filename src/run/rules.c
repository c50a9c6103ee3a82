/* What ends a search before its budget: the study's stop rules, judged on the prefix of results in
 * id order, so that they stop at the same trial on any layout; and failures that pile up, which
 * pause the sitting. */
#include <math.h>
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
                              .time = rule(options, "stop.time")};
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

/* Moves the prefix over one more entry; true where it is the last that counts. */
static bool judge(struct run_book *book, const struct run_entry *entry)
{
    bool counts = run_eligible(entry);
    if (counts && (book->stalled < 0 || run_better(book->info, entry->score, book->prefix_best))) {
        book->prefix_best = entry->score;
        book->stalled = 0;
    } else if (book->stalled >= 0) {
        book->stalled += entry->previous < 0;
    }
    return (counts && !isnan(book->rules.score) &&
            !run_better(book->info, book->rules.score, entry->score)) ||
           (double)book->stalled >= book->rules.stall;
}

void run_book_judge(struct run_book *book)
{
    while (book->prefix < book->n && (int64_t)book->prefix < book->limit &&
           book->entries[book->prefix].done) {
        if (judge(book, &book->entries[book->prefix++])) {
            book->limit = (int64_t)book->prefix;
            recount(book);
        }
    }
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
