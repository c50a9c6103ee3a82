/* The objective `train`: cross-validation of a network by the train room. */
#include <stdio.h>
#include <string.h>

#include "objective_impl.h"

struct train_objective {
    struct muster_objective base;
    struct muster_trainer *trainer;        /* owned */
    const char **metric_names;             /* owned array of borrowed names */
    bool *maximizes;                       /* owned, [objectives] */
    struct muster_constraint *constraints; /* owned */
    size_t n_constraints;
};

static bool suits(enum muster_study_kind kind)
{
    return kind == MUSTER_STUDY_TRAIN;
}

extern const struct objective_kind objective_train;

/* `validate.constraints` of the trainer's metrics. */
static enum muster_status read_constraints(struct train_objective *self,
                                           const struct muster_study *study)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_block *validate = muster_study_section(study, "validate");
    size_t metrics = muster_trainer_metrics(self->trainer);
    char path[128];

    MUSTER_NEW(self->constraints, metrics);
    for (size_t m = 0; m < metrics; m++) {
        snprintf(path, sizeof path, "validate.constraints.%s", self->metric_names[m]);
        const struct muster_value *bound = muster_block_get(validate, path + strlen("validate."));
        if (bound->set)
            MUSTER_TRY(objective_bound_read(bound->text, muster_study_place(study, path), m,
                                            &self->constraints[self->n_constraints++]));
    }
done:
    return status;
}

/* What is left to do on this rank alone once the trainer stands. */
static enum muster_status describe(struct train_objective *self, const struct muster_study *study)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_trainer *trainer = self->trainer;
    size_t metrics = muster_trainer_metrics(trainer);
    size_t objectives = muster_trainer_objectives(trainer);
    MUSTER_NEW(self->metric_names, metrics);
    for (size_t m = 0; m < metrics; m++)
        self->metric_names[m] = muster_trainer_metric(trainer, m)->plugin.name;
    MUSTER_NEW(self->maximizes, objectives);
    for (size_t m = 0; m < objectives; m++)
        self->maximizes[m] = muster_trainer_metric(trainer, m)->maximize;
    MUSTER_TRY(read_constraints(self, study));
    self->base.info = (struct muster_objective_info){
        .kind = objective_train.name,
        .maximize = self->maximizes[0],
        .objectives = objectives,
        .maximizes = self->maximizes,
        .n_constraints = self->n_constraints,
        .constraints = self->constraints,
        .pooled = muster_trainer_pools(trainer),
        .folds = muster_trainer_folds(trainer),
        .metrics = metrics,
        .epochs = muster_trainer_epochs(trainer),
        .metric_names = self->metric_names,
        .data_hash = muster_data_info(muster_trainer_data(trainer))->hash};
done:
    return status;
}

static enum muster_status create(const struct muster_study *study, struct muster_comm *world,
                                 struct muster_objective **objective)
{
    enum muster_status status = MUSTER_OK;
    struct train_objective *self = muster_alloc(1, sizeof *self);
    MUSTER_TRY(muster_agree(world, self != NULL ? MUSTER_OK : MUSTER_NO_MEMORY));
    self->base.kind = &objective_train;
    *objective = &self->base;
    MUSTER_TRY(muster_trainer_create(study, world, &self->trainer));
    MUSTER_TRY(muster_agree(world, describe(self, study)));
done:
    if (*objective == NULL)
        muster_free(self);
    return status;
}

static void destroy(struct muster_objective *objective)
{
    struct train_objective *self = (struct train_objective *)objective;
    muster_trainer_destroy(&self->trainer);
    muster_free(self->metric_names);
    muster_free(self->maximizes);
    muster_free(self->constraints);
}

static enum muster_status evaluate(struct muster_objective *objective, struct muster_comm *group,
                                   const struct muster_step *step,
                                   const struct muster_interrupt *interrupt,
                                   struct muster_result *result)
{
    struct train_objective *self = (struct train_objective *)objective;
    return muster_trainer_run(self->trainer, group, step, interrupt, result);
}

static struct muster_trainer *trainer_of(struct muster_objective *objective)
{
    return ((struct train_objective *)objective)->trainer;
}

const struct objective_kind objective_train = {.name = "train",
                                               .suits = suits,
                                               .create = create,
                                               .destroy = destroy,
                                               .evaluate = evaluate,
                                               .trainer = trainer_of};
