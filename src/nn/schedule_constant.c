/* A learning rate that never changes. */
#include "nn/nn_impl.h"

static double factor(const struct muster_block *train, const struct muster_progress *at)
{
    (void)train;
    (void)at;
    return 1.0;
}

const struct muster_schedule muster_schedule_constant = {
    .plugin = {.name = "constant", .help = "the same rate throughout"},
    .factor = factor,
};
