/* Which metrics a study asks for: the optimised ones first, then the reported and the constrained
 * ones without repetition; each must be for the data's task. */
#include <stdio.h>
#include <string.h>

#include "train_impl.h"

static bool fits(const struct muster_metric *metric, enum muster_task task)
{
    return task == MUSTER_REGRESSION    ? metric->regression
           : task == MUSTER_MULTI_LABEL ? metric->labels != NULL
                                        : metric->classification;
}

/* The names of all metrics for the task, "a, b, c". */
static void list_fitting(enum muster_task task, struct muster_text *text)
{
    for (size_t i = 0; i < muster_metrics.n; i++) {
        const char *name = muster_metrics.items[i]->name;
        if (fits(muster_metric_find(name), task))
            muster_text_add(text, "%s%s", text->length > 0 ? ", " : "", name);
    }
}

static enum muster_status refuse(const struct muster_trainer *trainer, const char *path,
                                 const char *name)
{
    static const char *const tasks[] = {[MUSTER_CLASSIFICATION] = "classification",
                                        [MUSTER_REGRESSION] = "regression",
                                        [MUSTER_NEXT_TOKEN] = "next tokens",
                                        [MUSTER_MULTI_LABEL] = "several labels a row"};
    const enum muster_task task = trainer_task(trainer);
    struct muster_text right = {0};
    list_fitting(task, &right);
    enum muster_status status =
        muster_error(MUSTER_BAD_STUDY, "%s: metric %s is not for %s (one of: %s)",
                     muster_study_place(trainer->study, path), name, tasks[task],
                     right.data != NULL ? right.data : "");
    muster_text_free(&right);
    return status;
}

/* What is measured must not decide where trials are promised to be the same on any layout. */
static enum muster_status check_measured(const struct muster_trainer *trainer, const char *path,
                                         const struct muster_metric *metric)
{
    const struct muster_block *search = muster_study_section(trainer->study, "search");
    const char *order = search != NULL ? muster_block_text(search, "order") : NULL;
    if (!metric->measured || (order != NULL && strcmp(order, "arrival") == 0))
        return MUSTER_OK;
    return muster_error(MUSTER_BAD_STUDY,
                        "%s: metric %s is measured, and differs from run to run (search.order: "
                        "arrival, or flops, which are counted)",
                        muster_study_place(trainer->study, path), metric->plugin.name);
}

static enum muster_status add(struct muster_trainer *trainer, const char *path, const char *name)
{
    const struct muster_metric *metric = muster_metric_find(name);
    if (metric == NULL || !fits(metric, trainer_task(trainer)))
        return refuse(trainer, path, name);
    if (check_measured(trainer, path, metric) != MUSTER_OK)
        return MUSTER_BAD_STUDY;
    for (size_t m = 0; m < trainer->n_metrics; m++)
        if (trainer->metrics[m] == metric)
            return MUSTER_OK;
    trainer->metrics[trainer->n_metrics++] = metric;
    return MUSTER_OK;
}

/* The second of two like items; NULL: all differ. */
static const char *find_twice(const struct muster_value *names)
{
    for (size_t i = 0; i < names->n; i++)
        for (size_t k = 0; k < i; k++)
            if (muster_metric_find(names->items[i]) == muster_metric_find(names->items[k]))
                return names->items[i];
    return NULL;
}

static enum muster_status add_objectives(struct muster_trainer *trainer,
                                         const struct muster_value *metric)
{
    enum muster_status status = MUSTER_OK;
    static const char *const standard[] = {[MUSTER_CLASSIFICATION] = "accuracy",
                                           [MUSTER_REGRESSION] = "rmse",
                                           [MUSTER_NEXT_TOKEN] = "log_loss",
                                           [MUSTER_MULTI_LABEL] = "accuracy"};

    if (!metric->set)
        MUSTER_TRY(add(trainer, "validate.metric", standard[trainer_task(trainer)]));
    for (size_t i = 0; metric->set && i < metric->n; i++)
        MUSTER_TRY(add(trainer, "validate.metric", metric->items[i]));
    trainer->n_objectives = trainer->n_metrics;
    if (metric->set && metric->n == 0)
        status = muster_error(MUSTER_BAD_STUDY, "%s: the list is empty (one metric, or several)",
                              muster_study_place(trainer->study, "validate.metric"));
    else if (metric->set && trainer->n_objectives != metric->n)
        status =
            muster_error(MUSTER_BAD_STUDY, "%s: metric %s stands twice (each once)",
                         muster_study_place(trainer->study, "validate.metric"), find_twice(metric));
done:
    return status;
}

/* `validate.constraints.NAME`: a metric that is bounded is recorded. */
static enum muster_status add_constrained(struct muster_trainer *trainer,
                                          const struct muster_block *validate)
{
    enum muster_status status = MUSTER_OK;
    char path[128];

    for (size_t i = 0; i < muster_metrics.n; i++) {
        const char *name = muster_metrics.items[i]->name;
        snprintf(path, sizeof path, "validate.constraints.%s", name);
        if (muster_block_get(validate, path + strlen("validate."))->set)
            MUSTER_TRY(add(trainer, path, name));
    }
done:
    return status;
}

enum muster_status metrics_choose(struct muster_trainer *trainer)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_block *validate = muster_study_section(trainer->study, "validate");
    const struct muster_value *report = muster_block_get(validate, "report");

    MUSTER_NEW(trainer->metrics, muster_metrics.n);
    MUSTER_TRY(add_objectives(trainer, muster_block_get(validate, "metric")));
    for (size_t i = 0; report->set && i < report->n; i++)
        MUSTER_TRY(add(trainer, "validate.report", report->items[i]));
    MUSTER_TRY(add_constrained(trainer, validate));
done:
    return status;
}
