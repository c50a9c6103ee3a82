/* Half a cosine from the rate down to min_rate (Loshchilov, Hutter, SGDR, ICLR 2017, without
 * restarts; PyTorch's CosineAnnealingLR taken step by step), after a linear warm-up (Goyal et al.,
 * arXiv 1706.02677), whose last step has the full rate. */
#include "nn/nn_impl.h"

#include <math.h>

static double factor(const struct muster_block *train, const struct muster_progress *at)
{
    const double step = (double)at->step, warm = muster_schedule_warm_steps(train, at, 0);
    if (step < warm)
        return fmin((step + 1) / warm, 1);
    const double floor = muster_schedule_floor(train);
    const double share = (step - warm) / ((double)at->steps - warm);
    return floor + (1 - floor) * 0.5 * (1 + cos(acos(-1) * share));
}

static const struct muster_option options[] = {MUSTER_OPTION_WARMUP, MUSTER_OPTION_MIN_RATE, {0}};

const struct muster_schedule muster_schedule_cosine = {
    .plugin = {.name = "cosine",
               .help = "linear warm-up, then half a cosine down to min_rate",
               .options = options},
    .by_step = true,
    .factor = factor,
};
