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

/* Bytes of the blocks that the rows stand in. */
static double block_bytes(const struct muster_trainer *trainer, const int64_t *rows, size_t n)
{
    const struct muster_data_info *info = trainer_info(trainer);
    return (double)muster_data_blocks(trainer->data, rows, n, NULL) * (double)info->block *
           (double)info->row_bytes;
}

/* Of the fold that reads most, some dozens of them, the last one at any rate: the blocks that it
 * trains on, and then those that it validates on. */
static double most_read(const struct muster_trainer *trainer, int64_t *rows)
{
    const size_t folds = muster_trainer_folds(trainer), stride = folds / 64 + 1;
    double most = 0;
    for (size_t k = folds - 1; k < folds && trainer_info(trainer)->block > 0; k -= stride) {
        size_t train = muster_folds_train(trainer->folds, k, rows), valid;
        const int64_t *others = muster_folds_valid(trainer->folds, k, &valid);
        const double reads =
            block_bytes(trainer, rows, train) + block_bytes(trainer, others, valid);
        most = reads > most ? reads : most;
    }
    return most;
}

enum muster_status muster_trainer_cost(const struct muster_trainer *trainer, const double *x,
                                       struct muster_cost *cost)
{
    enum muster_status status = MUSTER_OK;
    struct muster_config config = {0};
    struct fold_bench bench = {0};
    int64_t *rows = NULL;
    *cost = (struct muster_cost){0};
    MUSTER_NEW(rows, trainer_info(trainer)->rows);
    MUSTER_TRY(muster_study_configure(trainer->study, x, &config));
    MUSTER_TRY(measure(trainer, &config, &bench, &cost->bytes));
    cost->parameters = muster_net_parameters(bench.fit.net);
    for (size_t k = 0; k < muster_trainer_folds(trainer); k++)
        cost->flops += fold_flops(trainer, bench.fit.net, k, bench.until);
    cost->epoch_reads = most_read(trainer, rows);
done:
    muster_free(rows);
    fold_bench_clear(&bench);
    muster_config_clear(&config);
    return status;
}
