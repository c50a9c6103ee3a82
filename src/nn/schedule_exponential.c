/* Exponential decay, as PyTorch's ExponentialLR: rate gamma^t after t whole epochs. */
#include "nn/nn_impl.h"

#include <math.h>

static double factor(const struct muster_block *train, const struct muster_progress *at)
{
    return pow(muster_schedule_option(train, "gamma", 0.95), (double)at->epoch);
}

static const struct muster_option options[] = {MUSTER_OPTION_GAMMA, {0}};

const struct muster_schedule muster_schedule_exponential = {
    .plugin = {.name = "exponential",
               .help = "rate times gamma after every epoch",
               .options = options},
    .factor = factor,
};
