/* Schedules: the learning rate of `train`, times a plug-in's factor. */
#include "nn/nn_impl.h"

double muster_schedule_rate(const struct muster_plugin *kind, const struct muster_block *train,
                            const struct muster_progress *at)
{
    const struct muster_schedule *schedule =
        (const struct muster_schedule *)kind; /* first member */
    return muster_block_number(train, "learning_rate") * schedule->factor(train, at);
}
