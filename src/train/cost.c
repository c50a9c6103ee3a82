/* What one trial costs: operations are counted, memory is measured by making what a rank needs. */
#include "train_impl.h"

enum muster_status muster_trainer_cost(const struct muster_trainer *trainer, const double *x,
                                       struct muster_cost *cost)
{
    enum muster_status status = MUSTER_OK;
    struct muster_config config = {0};
    struct fold_bench bench = {0};
    int64_t before = muster_memory_bytes();
    *cost = (struct muster_cost){0};
    MUSTER_TRY(muster_study_configure(trainer->study, x, &config));
    MUSTER_TRY(fold_bench_create(trainer, &config, NULL, &bench));
    cost->bytes = (size_t)(muster_memory_bytes() - before);
    cost->parameters = muster_net_parameters(bench.fit.net);
    for (size_t k = 0; k < muster_trainer_folds(trainer); k++)
        cost->flops += fold_flops(trainer, bench.fit.net, k, bench.until);
done:
    fold_bench_clear(&bench);
    muster_config_clear(&config);
    return status;
}
