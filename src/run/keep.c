/* Where a run puts folds aside that it is interrupted in: OUT.ckpt beside the result file, or in a
 * folder that the study names. Gone once the run is complete. */
#include <string.h>
#include <sys/stat.h>

#include "run/run_impl.h"

static char *folder_of(const struct muster_run_setup *setup)
{
    const struct muster_block *parallel = muster_study_section(setup->study, "parallel");
    const struct muster_value *dir = muster_block_get(parallel, "checkpoint.dir");
    const char *slash = strrchr(setup->out, '/');
    if (!dir->set)
        return muster_format("%s.ckpt", setup->out);
    return muster_format("%s/%s.ckpt", dir->text, slash != NULL ? slash + 1 : setup->out);
}

/* FNV-1a. */
static uint64_t hash(uint64_t before, const char *text)
{
    for (; *text != '\0'; text++)
        before = (before ^ (unsigned char)*text) * 0x100000001b3u;
    return before;
}

/* Study and data, program and machine: bits hold for one of each. */
static enum muster_status identity_of(const struct run_job *job, uint64_t *identity)
{
    const char *version = job->setup->version != NULL ? job->setup->version : "";
    struct muster_text text = {0};
    char cpu[RUN_CPU_SIZE];
    run_cpu_name(cpu);
    muster_study_identity(job->setup->study, &text);
    muster_text_add(&text, "%016llx %s %s %s",
                    (unsigned long long)muster_objective_info(job->objective)->data_hash, version,
                    run_build, cpu);
    enum muster_status status = text.failed ? MUSTER_NO_MEMORY : MUSTER_OK;
    *identity = text.failed ? 0 : hash(0xcbf29ce484222325u, text.data);
    muster_text_free(&text);
    return status;
}

enum muster_status run_keep_begin(struct run_job *job)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_block *parallel = muster_study_section(job->setup->study, "parallel");
    struct muster_trainer *trainer = muster_objective_trainer(job->objective);
    struct muster_keeping keeping = {.limit = muster_block_number(parallel, "checkpoint.limit"),
                                     .every = muster_block_number(parallel, "checkpoint.every")};
    char *folder = NULL;
    struct stat about;
    const char *dir = muster_block_text(parallel, "checkpoint.dir");
    if (trainer == NULL)
        return MUSTER_OK;
    if (dir != NULL && (stat(dir, &about) != 0 || !S_ISDIR(about.st_mode)))
        return muster_error(MUSTER_BAD_STUDY, "%s: parallel.checkpoint.dir: %s is no folder",
                            muster_study_place(job->setup->study, "parallel.checkpoint.dir"), dir);
    MUSTER_TRY(identity_of(job, &keeping.identity));
    folder = folder_of(job->setup);
    MUSTER_TRY(folder == NULL ? MUSTER_NO_MEMORY : MUSTER_OK);
    keeping.folder = folder;
    status = muster_trainer_keep(trainer, &keeping);
done:
    muster_free(folder);
    return status;
}

void run_keep_drop(const struct run_job *job)
{
    const struct muster_trainer *trainer = muster_objective_trainer(job->objective);
    int64_t trial;
    while ((trial = muster_search_given_up(job->book.search)) >= 0)
        if (trainer != NULL)
            muster_trainer_drop(trainer, trial);
}

void run_keep_clear(const struct run_job *job)
{
    char *folder = folder_of(job->setup);
    if (folder != NULL)
        muster_keep_clear(folder);
    muster_free(folder);
}
