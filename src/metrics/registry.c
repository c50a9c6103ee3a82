/* The list of metrics as a registry, made from metrics_list.h. */
#include "metrics/metrics_impl.h"

static const struct muster_plugin *const items[] = {
#define METRIC(name) &muster_metric_##name.plugin,
#include "metrics/metrics_list.h"
#undef METRIC
};

const struct muster_registry muster_metrics = {
    .what = "metric", .n = sizeof items / sizeof items[0], .items = items};

const struct muster_metric *muster_metric_find(const char *name)
{
    return (const struct muster_metric *)muster_registry_find(&muster_metrics, name);
}

double muster_metric_score(const struct muster_metric *metric, const struct muster_scored *scored)
{
    const bool labels = scored->classes == NULL && !metric->regression;
    return (labels ? metric->labels : metric->score)(scored);
}

const struct muster_option muster_metric_bounds[] = {
#define METRIC(metric)                                                                          \
    {.name = "constraints." #metric,                                                            \
     .type = MUSTER_TEXT,                                                                       \
     .help = "bound of " #metric                                                                \
             " over the folds, \">= 0.9\" or \"<= 0.1\"; a trial beyond is never the best one", \
     .constant = true},
#include "metrics/metrics_list.h"
#undef METRIC
    {.type = MUSTER_END}};
