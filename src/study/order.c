/* order.c: the search space, parents before their children. Parameters that can never be active are
 * left out. */
#include "study/study_impl.h"

#include <string.h>

static void report_cycle(struct muster_study *study, const struct study_instance *instance)
{
    study_problem(&study->work, &instance->range->place,
                  "the conditions of `%s` lead back to itself (a cycle)", instance->name);
}

/* Places an instance behind all its parents. */
static void place(struct muster_study *study, struct study_instance *instance)
{
    if (instance->placed)
        return;
    if (instance->open) {
        report_cycle(study, instance);
        instance->placed = true;
        return;
    }
    instance->open = true;
    for (size_t i = 0; i < instance->n_conditions; i++) {
        struct study_instance *parent = &study->instances[instance->conditions[i].param];
        place(study, parent);
        instance->never = instance->never || parent->param == STUDY_NONE;
    }
    if (!instance->placed && !instance->never) {
        study->params[study->space.d] = instance;
        instance->param = study->space.d++;
    }
    instance->placed = true;
}

static void fill_param(struct muster_study *study, size_t i)
{
    const struct study_instance *instance = study->params[i];
    struct muster_param *param = &study->space.params[i];

    *param = instance->range->param;
    param->name = study_new(&study->work, strlen(instance->name) + 1, 1);
    param->conditions = study_new(&study->work, instance->n_conditions, sizeof *param->conditions);
    if (study->work.failed)
        return;
    strcpy(param->name, instance->name);
    param->n_conditions = instance->n_conditions;
    for (size_t c = 0; c < param->n_conditions; c++) {
        param->conditions[c] = instance->conditions[c];
        param->conditions[c].param = study->instances[instance->conditions[c].param].param;
    }
}

void study_order(struct muster_study *study)
{
    struct study_work *work = &study->work;

    study->params = study_new(work, study->n_instances, sizeof(void *));
    study->space.params = study_new(work, study->n_instances, sizeof *study->space.params);
    for (size_t i = 0; i < study->n_instances && !work->failed; i++)
        place(study, &study->instances[i]);
    for (size_t i = 0; i < study->space.d && !work->failed; i++)
        fill_param(study, i);
}
