/* Step decay, as PyTorch's StepLR: the rate falls by the factor gamma every step_every epochs. */
#include "nn/nn_impl.h"

#include <math.h>

static double factor(const struct muster_block *train, const struct muster_progress *at)
{
    const int64_t falls = at->epoch / muster_block_int(train, "step_every");
    return pow(muster_schedule_option(train, "gamma", 0.1), (double)falls);
}

static const struct muster_option options[] = {
    MUSTER_OPTION_GAMMA,
    {.name = "step_every",
     .type = MUSTER_INT,
     .standard = "10",
     .low = 1,
     .high = 1e6,
     .help = "step: epochs between two falls of the rate"},
    {0},
};

const struct muster_schedule muster_schedule_step = {
    .plugin = {.name = "step",
               .help = "rate times gamma after every step_every epochs",
               .options = options},
    .factor = factor,
};
