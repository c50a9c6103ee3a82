/* The wrapper around the kinds of objectives: picks the one that suits the study. */
#include "objective_impl.h"
#include "objective_list.h"

#define X(name) extern const struct objective_kind objective_##name;
MUSTER_OBJECTIVE_LIST(X)
#undef X

static const struct objective_kind *const kinds[] = {
#define X(name) &objective_##name,
    MUSTER_OBJECTIVE_LIST(X)
#undef X
};

static const struct objective_kind *find(const struct muster_study *study)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i]->suits(muster_study_kind(study)))
            return kinds[i];
    return NULL;
}

enum muster_status muster_objective_create(const struct muster_study *study,
                                           struct muster_comm *world,
                                           struct muster_objective **objective)
{
    enum muster_status status = MUSTER_OK;
    const struct objective_kind *kind = find(study);
    *objective = NULL;
    if (kind == NULL)
        return muster_error(MUSTER_BAD_STUDY,
                            "%s: the study has nothing to evaluate (`network:` with `data:`, or "
                            "`space:` with `objective: {function: ...}` or `{command: [...]}`)",
                            muster_study_place(study, "objective"));
    MUSTER_TRY(kind->create(study, world, objective));
done:
    if (status != MUSTER_OK)
        muster_objective_destroy(objective);
    return status;
}

void muster_objective_destroy(struct muster_objective **objective)
{
    if (*objective == NULL)
        return;
    (*objective)->kind->destroy(*objective);
    muster_free(*objective);
    *objective = NULL;
}

const struct muster_objective_info *muster_objective_info(const struct muster_objective *objective)
{
    return &objective->info;
}

enum muster_status muster_objective_evaluate(struct muster_objective *objective,
                                             struct muster_comm *group,
                                             const struct muster_step *step,
                                             const struct muster_interrupt *interrupt,
                                             struct muster_result *result)
{
    return objective->kind->evaluate(objective, group, step, interrupt, result);
}

struct muster_trainer *muster_objective_trainer(struct muster_objective *objective)
{
    return objective->kind->trainer != NULL ? objective->kind->trainer(objective) : NULL;
}
