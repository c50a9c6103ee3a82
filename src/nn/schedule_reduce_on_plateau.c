/* Reduction on a plateau, as PyTorch's ReduceLROnPlateau with its defaults: the rate falls by the
 * factor gamma, at most to min_rate, when the loss has not been lower than its least by a part in
 * ten thousand for more than `plateau_patience` epochs. The rate is worked out from the whole
 * history, so that nothing has to be carried along. A training without validation rows, the refit,
 * tells its training loss. */
#include "nn/nn_impl.h"

#include <math.h>

#define THRESHOLD 1e-4

static double factor(const struct muster_block *train, const struct muster_progress *at)
{
    const int64_t patience = muster_block_int(train, "plateau_patience");
    const double gamma = muster_schedule_option(train, "gamma", 0.1);
    const double floor = muster_schedule_floor(train);
    double least = INFINITY, found = 1;
    int64_t waited = 0;
    for (int64_t epoch = 0; at->losses != NULL && epoch < at->epoch; epoch++) {
        if (at->losses[epoch] < least * (1 - THRESHOLD)) {
            least = at->losses[epoch];
            waited = 0;
        } else if (++waited > patience) {
            found = fmax(found * gamma, floor);
            waited = 0;
        }
    }
    return found;
}

static const struct muster_option options[] = {
    MUSTER_OPTION_GAMMA,
    MUSTER_OPTION_MIN_RATE,
    {.name = "plateau_patience",
     .type = MUSTER_INT,
     .standard = "10",
     .low = 0,
     .high = 1e6,
     .help = "reduce_on_plateau: epochs without a better validation loss that are let pass"},
    {0},
};

const struct muster_schedule muster_schedule_reduce_on_plateau = {
    .plugin =
        {.name = "reduce_on_plateau",
         .help = "rate times gamma when the validation loss falls no more; in the refit, which has "
                 "none, the training loss",
         .options = options},
    .factor = factor,
};
