/* Inverse-time decay (Robbins, Monro, 1951): rate / (1 + decay t) after t whole epochs. */
#include "nn/nn_impl.h"

static double factor(const struct muster_block *train, const struct muster_progress *at)
{
    return 1.0 / (1.0 + muster_block_number(train, "decay") * (double)at->epoch);
}

static const struct muster_option options[] = {
    {.name = "decay",
     .type = MUSTER_REAL,
     .standard = "0.01",
     .low = 0,
     .high = 1000,
     .help = "how fast the rate falls, per epoch"},
    {0},
};

const struct muster_schedule muster_schedule_inverse_time = {
    .plugin = {.name = "inverse_time",
               .help = "rate / (1 + decay t), t epochs done",
               .options = options},
    .factor = factor,
};
