/* What one trial costs: operations are counted, memory is measured by making what a rank needs,
 * without taking it, so that the figure is the same on any machine. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "train_impl.h"

/* Makes a bench that is only to be looked at, and cleared: of a rank alone, or of the one that
 * needs most of a team of so many, whose exchanges count. */
static enum muster_status measure(const struct muster_trainer *trainer,
                                  const struct muster_config *config, size_t mates,
                                  struct fold_bench *bench, size_t *bytes)
{
    enum muster_status status = MUSTER_OK;
    const size_t shards = trainer_shards(trainer);
    const int64_t before = muster_memory_bytes();
    struct muster_team *team = NULL;
    muster_memory_measure(true);
    if (mates > 1)
        MUSTER_TRY(muster_team_sketch((int)mates, (int)mates_fullest(shards, mates),
                                      mates_parcels(shards, mates), &team));
    MUSTER_TRY(fold_bench_create(trainer, config, NULL, team, bench));
    *bytes = (size_t)(muster_memory_bytes() - before);
done:
    muster_memory_measure(false);
    muster_team_destroy(&team);
    return status;
}

enum muster_status cost_mates(const struct muster_trainer *trainer,
                              const struct muster_config *config, size_t most, size_t *mates)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_value *memory = muster_block_get(&config->train, "memory");
    size_t bytes = SIZE_MAX;
    for (*mates = most; memory->set && *mates > 1; --*mates) {
        struct fold_bench bench = {0};
        status = measure(trainer, config, *mates, &bench, &bytes);
        fold_bench_clear(&bench);
        MUSTER_TRY(status);
        if ((double)bytes <= memory->number)
            break;
    }
done:
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
    enum muster_status status = measure(trainer, config, 1, &bench, &bytes);
    if (status == MUSTER_OK && (double)bytes > memory->number)
        snprintf(reason, size, "needs %s, train.memory is %s",
                 muster_bytes_text((double)bytes, needed),
                 muster_bytes_text(memory->number, given));
    fold_bench_clear(&bench);
    return status;
}

/* What the configuration at x needs and may have; *given is INFINITY where there is no limit. */
static enum muster_status needs(const struct muster_trainer *trainer, const double *x,
                                size_t *bytes, double *given)
{
    enum muster_status status = MUSTER_OK;
    struct muster_config config = {0};
    struct fold_bench bench = {0};
    MUSTER_TRY(muster_study_configure(trainer->study, x, &config));
    const struct muster_value *memory = muster_block_get(&config.train, "memory");
    *given = memory->set ? memory->number : INFINITY;
    *bytes = 0;
    if (memory->set)
        MUSTER_TRY(measure(trainer, &config, 1, &bench, bytes));
done:
    fold_bench_clear(&bench);
    muster_config_clear(&config);
    return status;
}

/* Gives parameter i of x its value of the least need: the least, the greatest, or any choice. */
static enum muster_status lessen(const struct muster_trainer *trainer, size_t i, double *x,
                                 double *trial, size_t *least)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_space *space = muster_study_space(trainer->study);
    const struct muster_param *param = &space->params[i];
    const bool choice = param->kind == MUSTER_PARAM_CHOICE;
    double best = x[i], given;
    for (size_t j = 0; j < (choice ? param->n_choices : 2); j++) {
        size_t bytes;
        memcpy(trial, x, space->d * sizeof *trial);
        trial[i] = choice ? (double)j : muster_param_decode(param, (double)j);
        muster_space_settle(space, trial);
        MUSTER_TRY(needs(trainer, trial, &bytes, &given));
        if (bytes < *least) {
            *least = bytes;
            best = choice ? (double)j : muster_param_decode(param, (double)j);
        }
    }
    x[i] = best;
done:
    return status;
}

/* From the low end of all ranges, one parameter after the other. */
enum muster_status memory_inspect(const struct muster_trainer *trainer)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_space *space = muster_study_space(trainer->study);
    double *x = NULL, *trial = NULL, given;
    char needed[32], limit[32];
    size_t least;
    MUSTER_NEW(x, space->d);
    MUSTER_NEW(trial, space->d);
    for (size_t i = 0; i < space->d; i++)
        x[i] = muster_param_decode(&space->params[i], 0);
    muster_space_settle(space, x);
    MUSTER_TRY(needs(trainer, x, &least, &given));
    for (size_t i = 0; i < space->d && (double)least > given; i++)
        MUSTER_TRY(lessen(trainer, i, x, trial, &least));
    if ((double)least > given)
        status =
            muster_error(MUSTER_BAD_STUDY,
                         "%s: train.memory: %s is less than any configuration needs (the "
                         "smallest takes %s a rank)",
                         muster_study_place(trainer->study, "train.memory"),
                         muster_bytes_text(given, limit), muster_bytes_text((double)least, needed));
done:
    muster_free(x);
    muster_free(trial);
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

/* The bytes of the rank that needs most: of uneven teams those of the smaller ones may. */
static enum muster_status measure_ranks(const struct muster_trainer *trainer,
                                        const struct muster_config *config,
                                        const struct muster_sharing *sharing,
                                        struct fold_bench *bench, struct muster_cost *cost)
{
    enum muster_status status;
    MUSTER_TRY(cost_mates(trainer, config, sharing->most, &cost->mates));
    MUSTER_TRY(measure(trainer, config, cost->mates, bench, &cost->bytes));
    if (sharing->least < cost->mates) {
        size_t bytes;
        fold_bench_clear(bench);
        MUSTER_TRY(measure(trainer, config, sharing->least, bench, &bytes));
        cost->bytes = bytes > cost->bytes ? bytes : cost->bytes;
    }
done:
    return status;
}

enum muster_status muster_trainer_cost(const struct muster_trainer *trainer, const double *x,
                                       const struct muster_sharing *sharing,
                                       struct muster_cost *cost)
{
    static const struct muster_sharing alone = {.teams = 1, .least = 1, .most = 1};
    enum muster_status status = MUSTER_OK;
    struct muster_config config = {0};
    struct fold_bench bench = {0};
    int64_t *rows = NULL;
    *cost = (struct muster_cost){0};
    MUSTER_NEW(rows, trainer_info(trainer)->rows);
    MUSTER_TRY(muster_study_configure(trainer->study, x, &config));
    MUSTER_TRY(measure_ranks(trainer, &config, sharing != NULL ? sharing : &alone, &bench, cost));
    cost->parameters = muster_net_parameters(bench.fit.net);
    for (size_t k = 0; k < muster_trainer_folds(trainer); k++)
        cost->flops += fold_flops(&bench, k, bench.until);
    cost->epoch_reads = most_read(trainer, rows);
done:
    muster_free(rows);
    fold_bench_clear(&bench);
    muster_config_clear(&config);
    return status;
}
