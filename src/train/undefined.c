/* Whether the optimised metric can be had on every fold: some are undefined on rows of one class,
 * or of one value, whatever is predicted. Asked with a prediction that is the same for all rows,
 * before anything is trained. */
#include <math.h>

#include "train_impl.h"

/* What one fold's validation rows hold, with a prediction; owned, of the largest fold. */
struct trial {
    int32_t *classes;
    float *values, *prediction;
};

static enum muster_status create(const struct muster_trainer *trainer, struct trial *trial)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_data_info *info = trainer_info(trainer);
    size_t train, valid;
    folds_largest(trainer->folds, &train, &valid);
    if (info->classification)
        MUSTER_NEW(trial->classes, valid);
    else
        MUSTER_NEW(trial->values, valid * info->outputs);
    MUSTER_NEW(trial->prediction, valid * info->outputs);
    for (size_t i = 0; i < valid * info->outputs; i++)
        trial->prediction[i] = 1.0f / (float)info->outputs;
done:
    return status;
}

static bool defined(const struct muster_trainer *trainer, const struct trial *trial, size_t n)
{
    return !isnan(trainer->metrics[0]->score(
        &(struct muster_scored){.n = n,
                                .outputs = trainer_info(trainer)->outputs,
                                .classes = trial->classes,
                                .targets = trial->values,
                                .prediction = trial->prediction}));
}

static enum muster_status refuse(const struct muster_trainer *trainer, size_t fold,
                                 const int64_t *rows, size_t n)
{
    const bool classification = trainer_info(trainer)->classification;
    return muster_error(MUSTER_BAD_STUDY,
                        "%s: metric %s is undefined on the %zu %s that fold %zu validates on, row "
                        "%lld to row %lld (%s; fewer folds, or another metric)",
                        muster_study_place(trainer->study, "validate.metric"),
                        trainer->metrics[0]->plugin.name, n, n == 1 ? "row" : "rows", fold + 1,
                        (long long)rows[0], (long long)rows[n - 1],
                        classification ? "it takes rows of two classes at least"
                                       : "it takes two different targets at least");
}

enum muster_status metric_check(const struct muster_trainer *trainer)
{
    enum muster_status status = MUSTER_OK;
    struct trial trial = {0};
    MUSTER_TRY(create(trainer, &trial));
    for (size_t k = 0; k < muster_folds_count(trainer->folds) && status == MUSTER_OK; k++) {
        size_t n;
        const int64_t *rows = muster_folds_valid(trainer->folds, k, &n);
        muster_data_targets(trainer->data, rows, n, trial.classes, trial.values);
        if (!defined(trainer, &trial, n))
            status = refuse(trainer, k, rows, n);
    }
done:
    muster_free(trial.classes);
    muster_free(trial.values);
    muster_free(trial.prediction);
    return status;
}
