/* Schedules: the learning rate of `train`, times a plug-in's factor. */
#include "nn/nn_impl.h"

#include <math.h>

static const struct muster_schedule *schedule_of(const struct muster_plugin *kind)
{
    return (const struct muster_schedule *)kind; /* its first member */
}

bool muster_schedule_by_step(const struct muster_plugin *kind)
{
    return schedule_of(kind)->by_step;
}

double muster_schedule_rate(const struct muster_plugin *kind, const struct muster_block *train,
                            const struct muster_progress *at)
{
    return muster_block_number(train, "learning_rate") * schedule_of(kind)->factor(train, at);
}

double muster_schedule_option(const struct muster_block *train, const char *name, double otherwise)
{
    const struct muster_value *value = muster_block_get(train, name);
    return value->set ? value->number : otherwise;
}

double muster_schedule_warm_steps(const struct muster_block *train,
                                  const struct muster_progress *at, double otherwise)
{
    double epochs = muster_schedule_option(train, "warmup", otherwise);
    double all = (double)at->steps;
    return epochs < 1 ? epochs * all : fmin(epochs * all / (double)at->epochs, all);
}

double muster_schedule_floor(const struct muster_block *train)
{
    return fmin(
        muster_block_number(train, "min_rate") / muster_block_number(train, "learning_rate"), 1);
}
