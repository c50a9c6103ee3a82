/* check_plan: what `check` reports of the plan: how ranks form groups, trials, rungs and order, and
 * the share of time that groups are busy. */
#include <math.h>
#include <string.h>

#include "cli_impl.h"
#include "muster/objective.h"

/* Moves the root of a binary heap of times, smallest first, to where it belongs. */
static void sift_down(double *heap, size_t n)
{
    for (size_t i = 0, child = 1; child < n; i = child, child = 2 * i + 1) {
        if (child + 1 < n && heap[child + 1] < heap[child])
            child++;
        if (heap[i] <= heap[child])
            return;
        double held = heap[i];
        heap[i] = heap[child];
        heap[child] = held;
    }
}

/* How many steps a fidelity makes of the trials, about. */
static double expected_steps(const struct muster_plan *plan, const struct muster_rungs *rungs)
{
    double steps = 0.0;

    for (size_t k = 0; k < rungs->n; k++)
        steps += (double)plan->trials * rungs->share[k];
    return steps;
}

/* What part of a whole trial a step is: u, uniform in 0 .. 1, is a rung as often as there are steps
 * on it. Rows begin anew on each rung; epochs and folds are added to. */
static double length_of(const struct muster_plan *plan, const struct muster_rungs *rungs, double u)
{
    const bool added = strcmp(rungs->of, "rows") != 0;
    double at = u * expected_steps(plan, rungs) / (double)plan->trials;
    size_t k = 0;

    for (; k + 1 < rungs->n && at >= rungs->share[k]; k++)
        at -= rungs->share[k];
    return (rungs->budget[k] - (added && k > 0 ? rungs->budget[k - 1] : 0.0)) /
           rungs->budget[rungs->n - 1];
}

/* How many ids step i waits for: the window's, or its generation's. */
static size_t awaited(const struct cli_check *check, size_t i)
{
    const size_t window = (size_t)check->plan.window, generation = (size_t)check->generation;
    if (!check->waits || !check->plan.strict)
        return 0;
    if (generation > 0)
        return i / generation * generation;
    return i > window ? i - window : 0;
}

/* The share of time that groups are busy when whole trials take lognormal durations with sigma 0.7,
 * played through for as many steps as the study has (at most 10^5). NaN where memory is out. */
static double expected_busy(const struct cli_check *check)
{
    const struct muster_plan *plan = &check->plan;
    const struct muster_rungs *rungs = &check->rungs;
    struct muster_stream stream = muster_stream_of(0, -1, -1, MUSTER_FOR_SLEEP);
    struct muster_stream draws = muster_stream_of(0, -1, -2, MUSTER_FOR_SLEEP);
    size_t steps = (size_t)fmin(expected_steps(plan, rungs), 100000);
    size_t groups = (size_t)plan->groups;
    double *idle = muster_alloc(groups, sizeof *idle); /* heap: when each group is free */
    double *told = muster_alloc(steps, sizeof *told);  /* when ids 0 .. i are all finished */
    double work = 0.0, end = 0.0;

    for (size_t i = 0; i < steps && idle != NULL && told != NULL; i++) {
        double part = length_of(plan, rungs, muster_random_uniform(draws, i));
        double seconds = exp(0.7 * muster_random_normal(stream, i)) * part, start = idle[0];
        if (awaited(check, i) > 0)
            start = fmax(start, told[awaited(check, i) - 1]);
        idle[0] = start + seconds;
        work += seconds;
        end = fmax(end, idle[0]);
        told[i] = end;
        sift_down(idle, groups);
    }
    muster_free(idle);
    muster_free(told);
    return end > 0.0 ? work / (end * (double)groups) : NAN;
}

/* "1, 3, 9, 27 epochs", "11.1, 33.3, 100 % of the rows". */
static void rungs_cell(struct cli_table *table, const struct muster_rungs *rungs)
{
    const bool rows = strcmp(rungs->of, "rows") == 0;
    struct muster_text text = {0};

    for (size_t k = 0; k < rungs->n; k++)
        muster_text_add(&text, "%s%.*g", k > 0 ? ", " : "", rows ? 3 : 10,
                        rungs->budget[k] * (rows ? 100.0 : 1.0));
    cli_cell(table, "%s %s", text.data != NULL ? text.data : "",
             rows ? "% of the rows" : rungs->of);
    table->failed = table->failed || text.failed;
    muster_text_free(&text);
}

/* How the ranks of a group have its folds. */
static void sharing_cell(struct cli_table *table, const struct muster_plan *plan)
{
    const struct muster_sharing *sharing = &plan->sharing;
    const size_t busy = (size_t)plan->group_size - sharing->idle;

    if (sharing->most > 1 && sharing->least < sharing->most)
        cli_cell(table, "shared by %zu or %zu ranks each, some shards of every batch a rank",
                 sharing->least, sharing->most);
    else if (sharing->most > 1)
        cli_cell(table, "shared by %zu ranks each, some shards of every batch a rank",
                 sharing->most);
    else
        cli_cell(table, "each on one rank, %zu at a time", sharing->teams);
    if (sharing->idle > 0) {
        cli_cell(table, "idle");
        cli_cell(table,
                 "%zu rank%s of each group (parallel.group_size: %zu; or more "
                 "parallel.shards, which changes results)",
                 sharing->idle, sharing->idle == 1 ? "" : "s", busy);
    }
}

enum muster_status cli_check_print_plan(const struct cli_check *check, FILE *out)
{
    const struct muster_objective_info *info = muster_objective_info(check->objective);
    const struct muster_plan *plan = &check->plan;
    struct cli_table table = cli_table("ll");

    fprintf(out, "\nplan for %d rank%s\n", plan->ranks, plan->ranks == 1 ? "" : "s");
    cli_cell(&table, "ranks");
    if (plan->ranks == 1)
        cli_cell(&table, "one that proposes and trains");
    else
        cli_cell(&table, "%d conducts, %d train in %d group%s of %d", plan->ranks - plan->workers,
                 plan->workers, plan->groups, plan->groups == 1 ? "" : "s", plan->group_size);
    if (plan->group_size > 1) {
        cli_cell(&table, "folds");
        sharing_cell(&table, plan);
    }
    cli_cell(&table, "trials");
    cli_cell(&table, "%lld configurations, each on %zu fold%s", (long long)plan->trials,
             info->folds, info->folds == 1 ? "" : "s");
    if (info->epochs > 0)
        cli_cell(&table, "%s", "epochs"), cli_cell(&table, "at most %zu a fold", info->epochs);
    if (check->rungs.n > 1) {
        cli_cell(&table, "rungs");
        rungs_cell(&table, &check->rungs);
        cli_cell(&table, "steps");
        cli_cell(&table, "about %.0f, for each rung of a trial is one",
                 expected_steps(plan, &check->rungs));
    }
    cli_cell(&table, "objective");
    cli_cell(&table, "%s %s", info->maximize ? "maximize" : "minimize", info->metric_names[0]);
    if (isfinite(check->points))
        cli_cell(&table, "%s", "space"),
            cli_cell(&table, "%.0f configurations in all", check->points);
    cli_cell(&table, "order");
    if (!plan->strict)
        cli_cell(&table, "arrival: nobody waits, another layout gives other trials");
    else if (!check->waits)
        cli_cell(&table, "strict: the same trials on any layout; proposals wait for no result");
    else if (check->generation > 0)
        cli_cell(&table,
                 "strict: the same trials on any layout; generations of %lld wait for all results "
                 "before them",
                 (long long)check->generation);
    else
        cli_cell(&table,
                 "strict: the same trials on any layout; proposal i knows results up to i - %lld",
                 (long long)plan->window + 1);
    cli_cell(&table, "busy");
    cli_cell(&table, "groups about %.0f %% of the time, where durations vary twofold",
             100.0 * expected_busy(check));
    return cli_table_print(&table, out, 2);
}
