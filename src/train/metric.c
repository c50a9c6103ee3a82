/* Which metrics a study asks for: the optimised one first, then the reported ones without
 * repetition; each must be for the data's task. */
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

enum muster_status metrics_choose(struct muster_trainer *trainer)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_block *validate = muster_study_section(trainer->study, "validate");
    const struct muster_value *metric = muster_block_get(validate, "metric");
    const struct muster_value *report = muster_block_get(validate, "report");
    static const char *const standard[] = {[MUSTER_CLASSIFICATION] = "accuracy",
                                           [MUSTER_REGRESSION] = "rmse",
                                           [MUSTER_NEXT_TOKEN] = "log_loss",
                                           [MUSTER_MULTI_LABEL] = "accuracy"};
    size_t n = report->set ? report->n : 0;
    MUSTER_NEW(trainer->metrics, n + 1);
    MUSTER_TRY(add(trainer, "validate.metric",
                   metric->set ? metric->text : standard[trainer_task(trainer)]));
    for (size_t i = 0; i < n; i++)
        MUSTER_TRY(add(trainer, "validate.report", report->items[i]));
done:
    return status;
}
