/* What a network cost: counted, so that it is the same on any machine. */
#include "metrics/metrics_impl.h"

static double flops(const struct muster_scored *scored)
{
    return scored->flops;
}

static double parameters(const struct muster_scored *scored)
{
    return (double)scored->parameters;
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
