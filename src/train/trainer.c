/* The trainer of a study on one rank: data, folds and metrics, opened and checked once. */
#include <stdio.h>
#include <string.h>

#include "train_impl.h"

enum muster_status placed(const struct muster_study *study, enum muster_status status)
{
    char text[MUSTER_ERROR_SIZE], path[256];
    if (status != MUSTER_BAD_STUDY)
        return status;
    snprintf(text, sizeof text, "%s", muster_error_text());
    size_t length = strcspn(text, ":");
    if (length >= sizeof path)
        return status;
    memcpy(path, text, length);
    path[length] = '\0';
    return muster_error(status, "%s: %s", muster_study_place(study, path), text);
}

static enum muster_status begin(const struct muster_study *study, struct muster_trainer **trainer,
                                char **file)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_value *name = muster_block_get(muster_study_section(study, "data"), "file");
    if (!name->set)
        MUSTER_TRY(muster_error(MUSTER_BAD_STUDY,
                                "%s: data.file is missing (an HDF5 file that holds /x and /y)",
                                muster_study_place(study, "data.file")));
    MUSTER_NEW(*trainer, 1);
    (*trainer)->study = study;
    *file = muster_study_resolve(study, name->text);
    status = *file != NULL ? MUSTER_OK : MUSTER_NO_MEMORY;
done:
    return status;
}

/* Without patience nothing stops early, however little is gained. */
static void warn_of_delta(const struct muster_study *study)
{
    static const char delta[] = "train.early_stopping.min_delta";
    const struct muster_block *train = muster_study_section(study, "train");
    const bool given = muster_block_number(train, "early_stopping.min_delta") > 0 ||
                       muster_study_tunes(study, delta);
    if (given && !muster_block_get(train, "early_stopping.patience")->set &&
        !muster_study_tunes(study, "train.early_stopping.patience"))
        muster_log(MUSTER_WARNINGS, "%s: `%s` has no effect without early_stopping.patience",
                   muster_study_place(study, delta), delta);
}

/* What needs the data but no other rank. */
static enum muster_status prepare(struct muster_trainer *trainer)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_study *study = trainer->study;
    MUSTER_TRY(metrics_choose(trainer));
    MUSTER_TRY(
        placed(study, muster_folds_create(trainer->data, muster_study_section(study, "validate"),
                                          muster_study_seed(study), &trainer->folds)));
    warn_of_delta(study);
    trainer->loo = muster_folds_planned(muster_study_section(study, "validate")) == 0;
    MUSTER_TRY(folds_inspect(trainer));
    MUSTER_TRY(probe_space(trainer));
    MUSTER_TRY(memory_inspect(trainer));
done:
    return status;
}

/* The network, or the branch of an input, makes nothing else of rows [n, t] of integers. */
static bool begins_with_tokens(const void *study, const char *input)
{
    const char *first = muster_study_first_layer(study, input);
    return first != NULL && muster_nn_embeds(first);
}

enum muster_status muster_trainer_create(const struct muster_study *study,
                                         struct muster_comm *world, struct muster_trainer **trainer)
{
    enum muster_status status = MUSTER_OK;
    char *file = NULL;
    *trainer = NULL;
    MUSTER_TRY(muster_agree(world, begin(study, trainer, &file)));
    struct muster_data_setup setup = {.data = muster_study_section(study, "data"),
                                      .file = file,
                                      .seed = muster_study_seed(study),
                                      .tokens = begins_with_tokens(study, NULL),
                                      .are_tokens = begins_with_tokens,
                                      .context = study};
    MUSTER_TRY(placed(study, muster_data_open(&setup, world, &(*trainer)->data)));
    MUSTER_TRY(muster_agree(world, prepare(*trainer)));
done:
    muster_free(file);
    if (status != MUSTER_OK)
        muster_trainer_destroy(trainer);
    return status;
}

void muster_trainer_destroy(struct muster_trainer **trainer)
{
    if (*trainer == NULL)
        return;
    muster_folds_destroy(&(*trainer)->folds);
    muster_data_close(&(*trainer)->data);
    muster_free((*trainer)->metrics);
    keep_forget(*trainer);
    muster_free(*trainer);
    *trainer = NULL;
}

const struct muster_data *muster_trainer_data(const struct muster_trainer *trainer)
{
    return trainer->data;
}

size_t muster_trainer_folds(const struct muster_trainer *trainer)
{
    return muster_folds_count(trainer->folds);
}

size_t muster_trainer_metrics(const struct muster_trainer *trainer)
{
    return trainer->n_metrics;
}

size_t muster_trainer_objectives(const struct muster_trainer *trainer)
{
    return trainer->n_objectives;
}

const struct muster_metric *muster_trainer_metric(const struct muster_trainer *trainer, size_t m)
{
    return trainer->metrics[m];
}

size_t muster_trainer_epochs(const struct muster_trainer *trainer)
{
    return trainer->epochs;
}
