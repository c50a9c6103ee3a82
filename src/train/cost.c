/* What one trial costs: operations are counted, memory is measured by making what a rank needs,
 * without taking it, so that the figure is the same on any machine. */
#include <stdio.h>

#include "train_impl.h"

/* Makes a bench that is only to be looked at, and cleared. */
static enum muster_status measure(const struct muster_trainer *trainer,
                                  const struct muster_config *config, struct fold_bench *bench,
                                  size_t *bytes)
{
    const int64_t before = muster_memory_bytes();
    muster_memory_measure(true);
    enum muster_status status = fold_bench_create(trainer, config, NULL, bench);
    muster_memory_measure(false);
    *bytes = (size_t)(muster_memory_bytes() - before);
    return status;
}

enum muster_status cost_check(const struct muster_trainer *trainer,
                              const struct muster_config *config, char *reason, size_t size)
{
    const struct muster_value *memory = muster_block_get(&config->train, "memory");
    struct fold_bench bench = {0};
    char needed[32], given[32];
    size_t bytes;
    if (!memory->set)
        return MUSTER_OK;
    enum muster_status status = measure(trainer, config, &bench, &bytes);
    if (status == MUSTER_OK && (double)bytes > memory->number)
        snprintf(reason, size, "needs %s, train.memory is %s",
                 muster_bytes_text((double)bytes, needed),
                 muster_bytes_text(memory->number, given));
    fold_bench_clear(&bench);
    return status;
}

enum muster_status muster_trainer_cost(const struct muster_trainer *trainer, const double *x,
                                       struct muster_cost *cost)
{
    enum muster_status status = MUSTER_OK;
    struct muster_config config = {0};
    struct fold_bench bench = {0};
    *cost = (struct muster_cost){0};
    MUSTER_TRY(muster_study_configure(trainer->study, x, &config));
    MUSTER_TRY(measure(trainer, &config, &bench, &cost->bytes));
    cost->parameters = muster_net_parameters(bench.fit.net);
    for (size_t k = 0; k < muster_trainer_folds(trainer); k++)
        cost->flops += fold_flops(&bench, k, bench.until);
done:
    fold_bench_clear(&bench);
    muster_config_clear(&config);
    return status;
}
