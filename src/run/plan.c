/* The plan: which ranks conduct, which train, and in groups of how many. It follows from the study
 * and the number of ranks alone, is fixed before trial 0, and changes no bits of any result.
 *
 * `auto` weighs two wastes. Small groups are many, and more groups than the window feeds wait for
 * stragglers; large groups idle in the last round of folds (5 folds on 4 ranks take two rounds), or
 * share folds, where the study has shards, and spend some time on exchanges. The size with the
 * largest expected share of busy ranks is taken, the smaller one of equals. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "run/run_impl.h"

const struct muster_option muster_parallel_options[] = {
    {.name = "group_size",
     .type = MUSTER_INT,
     .standard = "auto",
     .low = 1,
     .high = 1e6,
     .words = "auto",
     .help = "ranks per candidate; auto: what keeps most ranks busy. Changes no result",
     .constant = true},
    {.name = "dispatch",
     .type = MUSTER_WORD,
     .standard = "pull",
     .words = "pull",
     .help = "how steps reach the groups; pull: rank 0 conducts, groups take one when free",
     .constant = true},
    {.name = "shards",
     .type = MUSTER_INT,
     .standard = "1",
     .low = 1,
     .high = 4096,
     .help =
         "fixed parts that a batch's gradient is summed over; where a group has more ranks than "
         "folds, those of a fold share them. Results depend on it",
     .constant = true},
    {.name = "checkpoint.dir",
     .type = MUSTER_TEXT,
     .help = "folder for trainings that were interrupted; absent: beside the result file",
     .constant = true},
    {.name = "checkpoint.limit",
     .type = MUSTER_BYTES,
     .standard = "50GB",
     .low = 0,
     .high = 1e18,
     .help = "bytes that may be kept there; 0: nothing",
     .constant = true},
    {.name = "checkpoint.every",
     .type = MUSTER_TIME,
     .standard = "10m",
     .low = 1,
     .high = 1e9,
     .help = "seconds after which a fold in training is kept, besides at a stop",
     .constant = true},
    {.name = "threads",
     .type = MUSTER_INT,
     .standard = "1",
     .low = 1,
     .high = 1024,
     .help = "BLAS threads per rank",
     .constant = true},
    {.type = MUSTER_END}};

/* Share of time that groups are busy, by window steps per group: simulated with lognormal durations
 * (sigma 0.7) on 32 groups. Entry i is for 2^i steps a group. */
static double fed(double steps_a_group)
{
    static const double busy[] = {0.37, 0.62, 0.91, 1.0};
    double at = log2(steps_a_group);
    if (at <= 0)
        return busy[0] * steps_a_group;
    if (at >= 3)
        return busy[3];
    int below = (int)at;
    return busy[below] + (at - below) * (busy[below + 1] - busy[below]);
}

static int groups_of(int workers, int size)
{
    return (workers + size - 1) / size;
}

/* Larger groups than there are folds have as many ranks for each. */
static int automatic_size(int workers, int64_t in_flight, size_t folds, size_t shards)
{
    int best = 1;
    double best_share = 0;
    for (size_t size = 1; size <= (size_t)workers && size <= folds * shards;
         size += size < folds ? 1 : folds) {
        double share = fed((double)in_flight / groups_of(workers, (int)size)) * (double)folds /
                       (muster_sharing_time(size, folds, shards) * (double)size);
        if (share > best_share * (1 + 1e-9)) {
            best_share = share;
            best = (int)size;
        }
    }
    return best;
}

/* `group_size` as far as it can be had; warns of what the user would not expect. */
static int given_size(int64_t wanted, int workers, size_t folds, size_t shards)
{
    int size = wanted < workers ? (int)wanted : workers;
    const struct muster_sharing sharing = muster_sharing_of((size_t)size, folds, shards);
    if (size < wanted)
        muster_log(MUSTER_WARNINGS,
                   "parallel.group_size: %lld is more than the %d ranks that train: %d is taken",
                   (long long)wanted, workers, size);
    if (sharing.idle > 0)
        muster_log(MUSTER_WARNINGS,
                   "parallel.group_size: %d ranks share %zu folds of %zu shard%s, so %zu of each "
                   "group stay idle (a smaller group; or parallel.shards, which changes results)",
                   size, folds, shards, shards == 1 ? "" : "s", sharing.idle);
    else if (sharing.least < sharing.most && (size_t)size > folds)
        muster_log(MUSTER_WARNINGS,
                   "parallel.group_size: %d ranks share %zu folds unevenly: some folds have %zu, "
                   "others %zu, which wait (a multiple of %zu)",
                   size, folds, sharing.least, sharing.most, folds);
    return size;
}

/* Only trainings have shards. */
static size_t shards_of(const struct muster_study *study, const struct muster_objective_info *info)
{
    if (info->kind == NULL || strcmp(info->kind, "train") != 0)
        return 1;
    return (size_t)muster_block_int(muster_study_section(study, "parallel"), "shards");
}

/* By what proposals are to count costs. */
static const char *cost_of(const struct muster_block *search)
{
    for (size_t i = 0; i < search->n; i++)
        if (strcmp(search->options[i]->name, "bayes.cost") == 0 && search->values[i].set)
            return search->values[i].text;
    return "none";
}

/* Costs that nobody says would weigh nothing. */
static enum muster_status costs_are_known(const struct muster_block *search, const char *kind)
{
    const char *cost = cost_of(search);
    if (kind == NULL && strcmp(cost, "none") != 0)
        return muster_error(MUSTER_BAD_STUDY, "search.bayes.cost: who tells scores here does not "
                                              "tell what trials cost (none)");
    if (kind != NULL && strcmp(kind, "train") != 0 && strcmp(cost, "flops") == 0)
        return muster_error(MUSTER_BAD_STUDY, "search.bayes.cost: only of trainings are flops "
                                              "counted (seconds, with order: arrival)");
    return MUSTER_OK;
}

enum muster_status muster_plan_fits(const struct muster_study *study,
                                    const struct muster_objective_info *info)
{
    const struct muster_search_setup setup = {.options = muster_study_section(study, "search"),
                                              .space = muster_study_space(study),
                                              .epochs = (int64_t)info->epochs,
                                              .n_objectives = info->objectives,
                                              .folds = info->pooled ? 0 : info->folds};
    enum muster_status status = muster_search_fits(&setup);
    char text[MUSTER_ERROR_SIZE], path[256] = "";
    if (status == MUSTER_OK && info->objectives > 1 &&
        muster_block_get(setup.options, "stop.regret")->set)
        status = muster_error(MUSTER_BAD_STUDY,
                              "search.stop.regret: several metrics have no one best to be near to "
                              "(one metric)");
    if (status == MUSTER_OK)
        status = costs_are_known(setup.options, info->kind);
    if (status != MUSTER_BAD_STUDY)
        return status;
    snprintf(text, sizeof text, "%s", muster_error_text());
    snprintf(path, sizeof path, "%.*s", (int)strcspn(text, ":"), text);
    return muster_error(status, "%s: %s", muster_study_place(study, path), text);
}

enum muster_status muster_plan_make(const struct muster_study *study,
                                    const struct muster_objective_info *info, int ranks,
                                    struct muster_plan *plan)
{
    const struct muster_block *search = muster_study_section(study, "search");
    const struct muster_block *parallel = muster_study_section(study, "parallel");
    const struct muster_value *size = muster_block_get(parallel, "group_size");
    const size_t shards = shards_of(study, info);
    enum muster_status status;
    int64_t in_flight;
    if (ranks < 1)
        return muster_error(MUSTER_USAGE, "a run needs at least one rank, not %d", ranks);
    status = muster_plan_fits(study, info);
    if (status != MUSTER_OK)
        return status;
    *plan =
        (struct muster_plan){.ranks = ranks,
                             .workers = ranks > 1 ? ranks - 1 : 1,
                             .trials = muster_block_int(search, "trials"),
                             .window = muster_search_window(search),
                             .strict = strcmp(muster_block_text(search, "order"), "strict") == 0};
    in_flight = plan->window < plan->trials ? plan->window : plan->trials;
    plan->group_size = isnan(size->number)
                           ? automatic_size(plan->workers, in_flight, info->folds, shards)
                           : given_size((int64_t)size->number, plan->workers, info->folds, shards);
    plan->sharing = muster_sharing_of((size_t)plan->group_size, info->folds, shards);
    plan->groups = groups_of(plan->workers, plan->group_size);
    return MUSTER_OK;
}
