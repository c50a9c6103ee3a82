/* What a network cost: counted, so that it is the same on any machine, or measured. */
#include "metrics/metrics_impl.h"

static double flops(const struct muster_scored *scored)
{
    return scored->flops;
}

static double parameters(const struct muster_scored *scored)
{
    return (double)scored->parameters;
}

static double seconds(const struct muster_scored *scored)
{
    return scored->seconds;
}

const struct muster_metric muster_metric_flops = {
    {.name = "flops", .help = "floating-point operations of matrix products in training"},
    .classification = true,
    .regression = true,
    .score = flops,
    .labels = flops};

const struct muster_metric muster_metric_parameters = {
    {.name = "parameters", .help = "trained numbers of the network"},
    .classification = true,
    .regression = true,
    .score = parameters,
    .labels = parameters};

const struct muster_metric muster_metric_seconds = {
    {.name = "seconds",
     .help = "time that training took, with the looks at the validation rows; measured, hence only "
             "with search.order: arrival"},
    .classification = true,
    .regression = true,
    .measured = true,
    .score = seconds,
    .labels = seconds};
