/* The output of a run: what is refused before anything starts, the journal's header, and the replay
 * of an earlier sitting's journal. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/run_impl.h"

static char *journal_path(const char *out)
{
    return muster_format("%s.journal", out);
}

/* ---- before the start ------------------------------------------------------------------------ */

/* A result file that is there: what its `status` says, in a fresh string. */
static enum muster_status read_status(const char *out, char **text)
{
    enum muster_status status;
    struct muster_reader *reader = NULL;
    *text = NULL;
    MUSTER_TRY(muster_reader_open(out, &reader));
    MUSTER_TRY(muster_reader_attr_find(reader, "/", "status", text));
done:
    muster_reader_close(&reader);
    return status;
}

/* Whatever else cannot be read is not complete. */
static enum muster_status says_complete(const char *out, bool *complete)
{
    char *text = NULL;
    enum muster_status status = access(out, F_OK) == 0 ? read_status(out, &text) : MUSTER_OK;
    *complete = text != NULL && strcmp(text, "complete") == 0;
    muster_free(text);
    return status == MUSTER_NO_MEMORY ? status : MUSTER_OK;
}

/* --fresh overwrites results, not whatever else the name stands for. */
static enum muster_status check_overwriting(const char *out)
{
    char *text = NULL;
    enum muster_status status = read_status(out, &text);
    if (status == MUSTER_BAD_DATA)
        status = muster_error(MUSTER_USAGE,
                              "%s is no result file of muster: --fresh does not overwrite it (name "
                              "another with --out, or remove it)",
                              out);
    muster_free(text);
    return status;
}

enum muster_status run_output_check(const struct muster_run_setup *setup, bool *nothing)
{
    enum muster_status status = MUSTER_OK;
    char *journal = journal_path(setup->out);
    *nothing = false;
    if (journal == NULL)
        return MUSTER_NO_MEMORY;
    struct stat about;
    bool has_file = stat(setup->out, &about) == 0, has_journal = access(journal, F_OK) == 0;
    if (setup->resume && setup->fresh)
        status = muster_error(MUSTER_USAGE, "--resume and --fresh exclude each other");
    else if (has_file && !S_ISREG(about.st_mode))
        status = muster_error(MUSTER_USAGE, "%s is no regular file (--out names the result file)",
                              setup->out);
    else if (!setup->resume && !setup->fresh && (has_file || has_journal))
        status = muster_error(
            MUSTER_USAGE,
            "%s exists: --resume goes on with its run, --fresh overwrites it, --out names another",
            has_file ? setup->out : journal);
    else if (setup->fresh && has_file)
        status = check_overwriting(setup->out);
    else if (setup->resume && has_file && !has_journal) {
        status = says_complete(setup->out, nothing);
        if (status == MUSTER_OK && !*nothing)
            status = muster_error(MUSTER_USAGE,
                                  "%s is not complete and its journal %s is missing: it cannot be "
                                  "resumed (--fresh starts again)",
                                  setup->out, journal);
    }
    muster_free(journal);
    return status;
}

/* ---- what a run is made of ------------------------------------------------------------------- */

struct origin {
    struct muster_text identity; /* owned: what a resume must not change */
    const char *version;         /* of the program; borrowed */
    char cpu[RUN_CPU_SIZE];
};

const char run_build[] = "C compiler " __VERSION__;

void run_cpu_name(char cpu[RUN_CPU_SIZE])
{
    char line[512];
    FILE *file = fopen("/proc/cpuinfo", "r");
    snprintf(cpu, RUN_CPU_SIZE, "unknown");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *value = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || value == NULL)
            continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(cpu, RUN_CPU_SIZE, "%s", value + 1 + strspn(value + 1, " "));
        break;
    }
    if (file != NULL)
        fclose(file);
}

static enum muster_status origin_make(const struct run_job *job, struct origin *origin)
{
    const char *version = job->setup->version;
    *origin = (struct origin){.version = version != NULL ? version : ""};
    run_cpu_name(origin->cpu);
    muster_study_identity(job->setup->study, &origin->identity);
    muster_text_add(&origin->identity, "data (hash) = %016llx\n",
                    (unsigned long long)job->book.info->data_hash);
    return origin->identity.failed ? MUSTER_NO_MEMORY : MUSTER_OK;
}

static enum muster_status write_header(struct run_job *job, const struct origin *origin)
{
    enum muster_status status;
    struct run_book *book = &job->book;
    struct muster_pack pack = {0};
    struct muster_text echo = {0};
    muster_study_echo(job->setup->study, &echo);
    muster_pack_text(&pack, "study", muster_study_text(job->setup->study));
    muster_pack_text(&pack, "identity", origin->identity.data);
    muster_pack_text(&pack, "effective", echo.data != NULL ? echo.data : "");
    muster_pack_i64(&pack, "window", book->window);
    muster_pack_text(&pack, "version", origin->version);
    muster_pack_text(&pack, "build", run_build);
    muster_pack_text(&pack, "cpu", origin->cpu);
    muster_pack_f64(&pack, "started", book->started);
    run_earlier_pack(&book->past, book->d, &pack);
    status = pack.failed || echo.failed ? MUSTER_NO_MEMORY : MUSTER_OK;
    MUSTER_TRY(status);
    MUSTER_TRY(muster_journal_append(book->journal, MUSTER_RECORD_HEADER, &pack));
    MUSTER_TRY(muster_journal_sync(book->journal));
done:
    muster_pack_free(&pack);
    muster_text_free(&echo);
    return status;
}

/* ---- replay ---------------------------------------------------------------------------------- */

struct replay {
    struct run_job *job;
    const struct origin *origin;
    bool begun; /* the header was there */
};

enum { DIFFERENCES_SHOWN = 4 };

static bool has_line(const char *text, const char *line, size_t length)
{
    for (; *text != '\0'; text += strcspn(text, "\n"), text += *text == '\n')
        if (strcspn(text, "\n") == length && strncmp(text, line, length) == 0)
            return true;
    return false;
}

/* Adds the first lines of `text` that `other` lacks. */
static void add_missing(struct muster_text *out, const char *label, const char *text,
                        const char *other)
{
    int shown = 0;
    while (*text != '\0' && shown < DIFFERENCES_SHOWN) {
        size_t length = strcspn(text, "\n");
        if (!has_line(other, text, length)) {
            muster_text_add(out, "\n  %s: %.*s", label, (int)length, text);
            shown++;
        }
        text += length + (text[length] == '\n');
    }
}

static enum muster_status refuse(const struct replay *replay, const char *before,
                                 const char *version)
{
    struct muster_text lines = {0};
    const char *now = replay->origin->identity.data;
    const bool same = strcmp(version, replay->origin->version) == 0;
    if (!same)
        muster_text_add(&lines, "\n  was: muster %s\n  now: muster %s", version,
                        replay->origin->version);
    add_missing(&lines, "was", before, now);
    add_missing(&lines, "now", now, before);
    enum muster_status status =
        muster_error(MUSTER_USAGE,
                     "%s was made by another %s, --resume cannot go on with it (--fresh starts "
                     "again, --out names another file):%s",
                     replay->job->setup->out, same ? "study" : "version of muster or another study",
                     lines.data != NULL ? lines.data : "");
    muster_text_free(&lines);
    return status;
}

static void warn_of_change(const char *what, const char *before, const char *now)
{
    if (before != NULL && strcmp(before, now) != 0)
        muster_log(MUSTER_WARNINGS,
                   "the run was begun with %s '%s', now it is '%s': the same bits are not promised",
                   what, before, now);
}

static enum muster_status replay_header(struct replay *replay, const void *payload, size_t n)
{
    struct run_book *book = &replay->job->book;
    const char *identity = muster_pack_get_text(payload, n, "identity");
    const char *version = muster_pack_get_text(payload, n, "version");
    int64_t window = muster_pack_get_i64(payload, n, "window", 0);
    if (identity == NULL || version == NULL || window < 1)
        return muster_error(MUSTER_BAD_DATA, "the journal's header is not one of this program");
    if (strcmp(identity, replay->origin->identity.data) != 0)
        return refuse(replay, identity, version);
    warn_of_change("muster", version, replay->origin->version);
    warn_of_change("build", muster_pack_get_text(payload, n, "build"), run_build);
    warn_of_change("CPU", muster_pack_get_text(payload, n, "cpu"), replay->origin->cpu);
    book->started = muster_pack_get_f64(payload, n, "started", book->started);
    replay->begun = true;
    enum muster_status status = run_earlier_unpack(payload, n, book->d, &book->past);
    return status != MUSTER_OK ? status : run_book_open_search(book, window);
}

static enum muster_status replay_record(void *context, enum muster_record kind, const void *payload,
                                        size_t n)
{
    struct replay *replay = context;
    struct run_book *book = &replay->job->book;
    if (kind == MUSTER_RECORD_HEADER && !replay->begun)
        return replay_header(replay, payload, n);
    if (kind == MUSTER_RECORD_HEADER || !replay->begun)
        return muster_error(MUSTER_BAD_DATA, "the journal does not begin with its one header");
    book->complete = kind == MUSTER_RECORD_COMPLETE;
    if (kind == MUSTER_RECORD_STEP)
        return run_replay_step(book, payload, n);
    if (kind == MUSTER_RECORD_RESULT)
        return run_replay_result(book, payload, n);
    book->earlier = muster_pack_get_f64(payload, n, "elapsed", book->earlier);
    return MUSTER_OK;
}

/* Another run may have begun, and even ended, since the output was checked. */
static enum muster_status refuse_record(void *context, enum muster_record kind, const void *payload,
                                        size_t n)
{
    const struct replay *replay = context;
    (void)kind;
    (void)payload;
    (void)n;
    return muster_error(MUSTER_USAGE,
                        "%s.journal: another run has begun it (--resume goes on with "
                        "it, --out names another file)",
                        replay->job->setup->out);
}

/* As many trials as count are in the file, or more: a rule that was lifted may have kept some out
 * of it that were done all the same. */
static enum muster_status holds_all(const struct run_job *job, bool *all)
{
    enum muster_status status;
    struct muster_reader *reader = NULL;
    double *ids = NULL;
    size_t rank, dims[4] = {0};
    MUSTER_TRY(muster_reader_open(job->setup->out, &reader));
    MUSTER_TRY(muster_reader_f64(reader, "/trials/id", &rank, dims, &ids));
    *all = (int64_t)dims[0] >= job->book.done;
done:
    muster_free(ids);
    muster_reader_close(&reader);
    return status;
}

/* A new budget or rule may leave a completed run with more to do. */
static enum muster_status nothing_left(struct run_job *job, bool *nothing)
{
    enum muster_status status = MUSTER_OK;
    struct run_book *book = &job->book;
    const bool late = book->earlier >= book->rules.time;
    if (!book->complete)
        return MUSTER_OK;
    if (!late && !run_book_finished(book) && run_book_may_ask(book) && book->prefix == book->n)
        MUSTER_TRY(run_book_ask(book)); /* only the search knows whether a fidelity has more */
    if (late || run_book_finished(book))
        MUSTER_TRY(says_complete(job->setup->out, nothing));
    if (*nothing)
        MUSTER_TRY(holds_all(job, nothing));
done:
    return status;
}

enum muster_status run_output_open(struct run_job *job, bool *nothing)
{
    enum muster_status status;
    struct run_book *book = &job->book;
    struct origin origin = {0};
    struct replay replay = {.job = job, .origin = &origin};
    char *path = journal_path(job->setup->out);
    *nothing = false;
    MUSTER_TRY(path == NULL ? MUSTER_NO_MEMORY : MUSTER_OK);
    MUSTER_TRY(origin_make(job, &origin));
    bool anew = job->setup->fresh || access(path, F_OK) != 0;
    if (anew) /* before the journal exists: a file that is missing leaves nothing behind */
        MUSTER_TRY(muster_earlier_read(job->setup->study, &book->past));
    MUSTER_TRY(muster_journal_open(path, job->setup->fresh, &book->journal));
    MUSTER_TRY(muster_journal_visit(book->journal,
                                    job->setup->resume ? replay_record : refuse_record, &replay));
    if (!replay.begun) {
        if (!anew)
            MUSTER_TRY(muster_earlier_read(job->setup->study, &book->past));
        if (job->setup->fresh)
            unlink(job->setup->out);
        run_keep_clear(job);
        MUSTER_TRY(run_book_open_search(book, job->plan.window));
        MUSTER_TRY(write_header(job, &origin));
        goto done;
    }
    MUSTER_TRY(nothing_left(job, nothing));
    if (*nothing)
        run_keep_clear(job);
    else
        MUSTER_TRY(run_book_mark(book, MUSTER_RECORD_RESUME));
done:
    muster_text_free(&origin.identity);
    muster_free(path);
    return status;
}
