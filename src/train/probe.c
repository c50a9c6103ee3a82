/* Builds the network at chosen points of the search space before anything is trained, so that a
 * layer that cannot take its input is reported with its place in the study, and finds the most
 * epochs that a configuration may run.
 *
 * The points: all parameters low, middle and high; and for every parameter in turn its low and high
 * value, or each of its choices, with its parents set so that it is active, in the middle of the
 * rest. */
#include <string.h>

#include "train_impl.h"

/* A warm-up that outlasts the training never comes to the rate that was asked for. */
static enum muster_status check_warmup(const struct muster_trainer *trainer,
                                       const struct muster_block *train)
{
    const struct muster_value *warmup = muster_block_get(train, "warmup");
    const struct muster_plugin *schedule =
        muster_registry_find(&muster_nn_schedules, muster_block_text(train, "schedule"));
    const int64_t epochs = muster_block_int(train, "epochs");
    bool warms = false;
    for (const struct muster_option *option = schedule->options; option != NULL && option->name;
         option++)
        warms = warms || strcmp(option->name, "warmup") == 0;
    if (!warms || !warmup->set || warmup->number < 1 || warmup->number <= (double)epochs)
        return MUSTER_OK;
    return muster_error(MUSTER_BAD_STUDY,
                        "%s: train.warmup: %g epochs of warm-up in a training of %lld (fewer, or a "
                        "share below 1)",
                        muster_study_place(trainer->study, "train.warmup"), warmup->number,
                        (long long)epochs);
}

/* x[d] is settled here. */
static enum muster_status probe(struct muster_trainer *trainer, double *x)
{
    enum muster_status status = MUSTER_OK;
    struct muster_config config = {0};
    struct fit fit = {0};
    muster_space_settle(muster_study_space(trainer->study), x);
    MUSTER_TRY(muster_study_configure(trainer->study, x, &config));
    size_t epochs = (size_t)muster_block_int(&config.train, "epochs");
    if (epochs > trainer->epochs)
        trainer->epochs = epochs;
    MUSTER_TRY(check_warmup(trainer, &config.train));
    muster_memory_measure(true); /* nothing is trained here */
    status = fit_create(trainer, &config, 1, NULL, &fit);
    muster_memory_measure(false);
done:
    fit_clear(&fit);
    muster_config_clear(&config);
    return status;
}

static void fill(const struct muster_space *space, double u, double *x)
{
    for (size_t i = 0; i < space->d; i++)
        x[i] = muster_param_decode(&space->params[i], u);
}

/* Gives the parents of parameter i values that make it active, and theirs. */
static void activate(const struct muster_space *space, size_t i, double *x)
{
    const struct muster_param *param = &space->params[i];
    for (size_t c = 0; c < param->n_conditions; c++) {
        x[param->conditions[c].param] = param->conditions[c].values[0];
        activate(space, param->conditions[c].param, x);
    }
}

static enum muster_status probe_param(struct muster_trainer *trainer, size_t i, double *x)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_space *space = muster_study_space(trainer->study);
    const struct muster_param *param = &space->params[i];
    size_t n = param->kind == MUSTER_PARAM_CHOICE ? param->n_choices : 2;
    for (size_t j = 0; j < n; j++) {
        fill(space, 0.5, x);
        activate(space, i, x);
        x[i] =
            param->kind == MUSTER_PARAM_CHOICE ? (double)j : muster_param_decode(param, (double)j);
        MUSTER_TRY(probe(trainer, x));
    }
done:
    return status;
}

enum muster_status probe_space(struct muster_trainer *trainer)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_space *space = muster_study_space(trainer->study);
    double *x = NULL;
    MUSTER_NEW(x, space->d);
    for (int third = 0; third < 3; third++) {
        fill(space, third / 2.0, x);
        MUSTER_TRY(probe(trainer, x));
    }
    for (size_t i = 0; i < space->d; i++)
        MUSTER_TRY(probe_param(trainer, i, x));
done:
    muster_free(x);
    return status;
}
