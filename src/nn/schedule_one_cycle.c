/* One cycle (Smith, Topin, arXiv 1708.07120) as PyTorch's OneCycleLR with its defaults, step by
 * step: a cosine from rate / 25 up to the rate over the warm-up, another down to rate / 250000 at
 * the last step. Momentum is left alone, as by PyTorch's cycle_momentum=False. */
#include "nn/nn_impl.h"

#include <math.h>

#define FIRST (1.0 / 25)
#define LAST (FIRST / 1e4)

static double between(double from, double to, double share)
{
    return to + (from - to) * 0.5 * (1 + cos(acos(-1) * share));
}

static double factor(const struct muster_block *train, const struct muster_progress *at)
{
    const double step = (double)at->step, last = (double)at->steps - 1;
    const double top = fmax(muster_schedule_warm_steps(train, at, 0.3) - 1, 0);
    if (step < top)
        return between(FIRST, 1, step / top);
    return step > top ? between(1, LAST, fmin((step - top) / (last - top), 1)) : 1;
}

static const struct muster_option options[] = {MUSTER_OPTION_WARMUP, {0}};

const struct muster_schedule muster_schedule_one_cycle = {
    .plugin = {.name = "one_cycle",
               .help = "up to the rate in a share of all steps, down to nearly nothing in the rest",
               .options = options},
    .by_step = true,
    .factor = factor,
};
