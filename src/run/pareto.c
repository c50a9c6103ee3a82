/* Several objectives and constraints in the result file: every trial's values, and the trials that
 * no other one beats in all objectives. */
#include <math.h>
#include <string.h>

#include "run/run_impl.h"

/* Which of the candidates' f[n][m], to be minimised, none dominates: their trials, ascending. */
static enum muster_status write_front(const struct run_draft *draft, const double *f,
                                      const int64_t *trials, size_t n)
{
    enum muster_status status = MUSTER_OK;
    size_t *rank = NULL, front = 0;
    int64_t *best = NULL;

    MUSTER_NEW(rank, n + 1);
    MUSTER_NEW(best, n + 1);
    MUSTER_TRY(muster_pareto_rank(f, NULL, n, draft->book->info->objectives, rank));
    for (size_t i = 0; i < n; i++)
        if (rank[i] == 0)
            best[front++] = trials[i];
    muster_file_array(draft->file, "/pareto/trial", MUSTER_I64, 1, &front, best, false);
done:
    muster_free(rank);
    muster_free(best);
    return status;
}

/* What the columns of `/trials/objectives` are. */
static enum muster_status write_names(const struct run_draft *draft)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_objective_info *info = draft->book->info;
    const char **directions = NULL;

    MUSTER_NEW(directions, info->objectives);
    for (size_t m = 0; m < info->objectives; m++)
        directions[m] = info->maximizes[m] ? "maximize" : "minimize";
    muster_file_strings(draft->file, "/pareto/metric", info->metric_names, info->objectives);
    muster_file_strings(draft->file, "/pareto/direction", directions, info->objectives);
done:
    muster_free(directions);
    return status;
}

static bool whole(const double *f, size_t m)
{
    for (size_t k = 0; k < m; k++)
        if (!isfinite(f[k]))
            return false;
    return true;
}

static enum muster_status write_objectives(const struct run_draft *draft)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_objective_info *info = draft->book->info;
    size_t m = info->objectives, dims[2] = {draft->n, m}, n = 0;
    double *f = NULL, *candidates = NULL;
    int64_t *trials = NULL;

    MUSTER_NEW(f, (draft->n + 1) * m);
    MUSTER_NEW(candidates, (draft->n + 1) * m);
    MUSTER_NEW(trials, draft->n + 1);
    for (size_t i = 0; i < draft->n; i++) {
        const struct run_entry *entry = &draft->book->entries[draft->rows[i]];
        run_objectives(info, entry, f + i * m);
        if (!run_eligible(entry) || !whole(f + i * m, m))
            continue;
        for (size_t k = 0; k < m; k++)
            candidates[n * m + k] = (info->maximizes[k] ? -1 : 1) * f[i * m + k];
        trials[n++] = entry->step.trial;
    }
    muster_file_array(draft->file, "/trials/objectives", MUSTER_F64, 2, dims, f, true);
    MUSTER_TRY(write_front(draft, candidates, trials, n));
    MUSTER_TRY(write_names(draft));
done:
    muster_free(f);
    muster_free(candidates);
    muster_free(trials);
    return status;
}

enum muster_status run_file_pareto(const struct run_draft *draft)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_objective_info *info = draft->book->info;
    double *violation = draft->scratch;

    for (size_t i = 0; i < draft->n; i++)
        violation[i] = draft->book->entries[draft->rows[i]].violation;
    if (info->n_constraints > 0)
        muster_file_array(draft->file, "/trials/violation", MUSTER_F64, 1, &draft->n, violation,
                          true);
    if (info->objectives > 1)
        MUSTER_TRY(write_objectives(draft));
done:
    return status;
}
