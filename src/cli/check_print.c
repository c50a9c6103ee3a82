/* check_print: the report of `check`: space, plan, data, cost and values in effect. */
#include <math.h>
#include <string.h>

#include "cli_impl.h"
#include "muster/objective.h"
#include "muster/train.h"

/* ---- space --------------------------------------------------------------------------------- */

static void values_cell(struct cli_table *table, const struct muster_param *param)
{
    struct muster_text text = {0};
    char low[32], high[32], step[32];

    for (size_t c = 0; c < param->n_choices; c++) {
        muster_text_add(&text, c > 0 ? " | " : "");
        muster_param_print(param, (double)c, &text);
    }
    if (param->kind != MUSTER_PARAM_CHOICE)
        muster_text_add(&text, "%s .. %s", muster_number_text(param->low, low),
                        muster_number_text(param->high, high));
    if (param->step > 0.0)
        muster_text_add(&text, " in steps of %s", muster_number_text(param->step, step));
    if (param->log)
        muster_text_add(&text, ", log");
    if (param->prior_weight > 0.0) {
        muster_text_add(&text, ", prior ");
        muster_param_print(param, param->prior, &text);
        muster_text_add(&text, " of weight %s", muster_number_text(param->prior_weight, low));
    }
    cli_cell(table, "%s", text.data != NULL ? text.data : "");
    table->failed = table->failed || text.failed;
    muster_text_free(&text);
}

static void conditions_cell(struct cli_table *table, const struct muster_space *space,
                            const struct muster_param *param)
{
    struct muster_text text = {0};

    for (size_t c = 0; c < param->n_conditions; c++) {
        const struct muster_condition *condition = &param->conditions[c];
        const struct muster_param *parent = &space->params[condition->param];
        muster_text_add(&text, "%s%s: ", c > 0 ? ", " : "where ", parent->name);
        for (size_t v = 0; v < condition->n; v++) {
            muster_text_add(&text, v > 0 ? " | " : "");
            muster_param_print(parent, condition->values[v], &text);
        }
    }
    cli_cell(table, "%s", text.data != NULL ? text.data : "");
    table->failed = table->failed || text.failed;
    muster_text_free(&text);
}

static enum muster_status print_space(const struct muster_study *study, FILE *out)
{
    static const char *const kinds[] = {"float", "int", "choice"};
    const struct muster_space *space = muster_study_space(study);
    struct cli_table table = cli_table("llll");

    fprintf(out, "%s: a space of %zu parameter%s\n", muster_study_name(study), space->d,
            space->d == 1 ? "" : "s");
    for (size_t p = 0; p < space->d; p++) {
        cli_cell(&table, "%s", space->params[p].name);
        cli_cell(&table, "%s", kinds[space->params[p].kind]);
        values_cell(&table, &space->params[p]);
        conditions_cell(&table, space, &space->params[p]);
    }
    return cli_table_print(&table, out, 2);
}

/* ---- plan ---------------------------------------------------------------------------------- */

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

/* The share of time that groups are busy when step i waits for ids 0 .. i - window - 1 and whole
 * trials take lognormal durations with sigma 0.7, played through for as many steps as the study has
 * (at most 10^5). NaN where memory is out. */
static double expected_busy(const struct muster_plan *plan, const struct muster_rungs *rungs,
                            bool waits)
{
    struct muster_stream stream = muster_stream_of(0, -1, -1, MUSTER_FOR_SLEEP);
    struct muster_stream draws = muster_stream_of(0, -1, -2, MUSTER_FOR_SLEEP);
    size_t steps = (size_t)fmin(expected_steps(plan, rungs), 100000);
    size_t groups = (size_t)plan->groups, window = (size_t)plan->window;
    double *idle = muster_alloc(groups, sizeof *idle); /* heap: when each group is free */
    double *told = muster_alloc(steps, sizeof *told);  /* when ids 0 .. i are all finished */
    double work = 0.0, end = 0.0;

    for (size_t i = 0; i < steps && idle != NULL && told != NULL; i++) {
        double part = length_of(plan, rungs, muster_random_uniform(draws, i));
        double seconds = exp(0.7 * muster_random_normal(stream, i)) * part, start = idle[0];
        if (waits && i > window)
            start = fmax(start, told[i - window - 1]);
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

static enum muster_status print_plan(const struct cli_check *check, FILE *out)
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
    else
        cli_cell(&table,
                 "strict: the same trials on any layout; proposal i knows results up to i - %lld",
                 (long long)plan->window + 1);
    cli_cell(&table, "busy");
    cli_cell(&table, "groups about %.0f %% of the time, where durations vary twofold",
             100.0 * expected_busy(plan, &check->rungs, check->waits && plan->strict));
    return cli_table_print(&table, out, 2);
}

/* ---- data and cost ------------------------------------------------------------------------- */

/* "64 x 24 numbers", "128 tokens". */
static const char *row_text(const struct muster_data_info *info, char *text, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < info->rank && n < size; i++)
        n += (size_t)snprintf(text + n, size - n, "%s%zu", i > 0 ? " x " : "", info->dims[i]);
    if (n < size)
        snprintf(text + n, size - n, " %s", info->tokens ? "tokens" : "numbers");
    return text;
}

static const char *targets_text(const struct muster_data_info *info)
{
    if (info->next_token)
        return "tokens, one to come after each step";
    if (info->classification)
        return info->outputs == 1 ? "class" : "classes";
    if (info->multi_label)
        return info->outputs == 1 ? "label" : "labels";
    return info->outputs == 1 ? "number" : "numbers";
}

static void print_rows(const struct muster_data *data, struct cli_table *table)
{
    char row[96];
    for (size_t i = 0; i < muster_data_inputs(data); i++) {
        const struct muster_data_input input = muster_data_input(data, i);
        const struct muster_data_info *info = muster_data_info(input.data);
        if (input.name == NULL)
            cli_cell(table, "a row");
        else
            cli_cell(table, "input %s", input.name);
        cli_cell(table, "%s, scale: %s", row_text(info, row, sizeof row), info->scale);
    }
}

static enum muster_status print_data(const struct muster_data *data, FILE *out)
{
    const struct muster_data_info *info = muster_data_info(data);
    struct cli_table table = cli_table("ll");
    char bytes[32];

    fprintf(out, "\ndata\n");
    cli_cell(&table, "rows");
    cli_cell(&table, "%zu for training and validation, %zu %s", info->rows, info->test_rows,
             info->test_official ? "in the file's test part" : "held out for the test");
    print_rows(data, &table);
    cli_cell(&table, "targets");
    cli_cell(&table, "%zu %s", info->outputs, targets_text(info));
    cli_cell(&table, "memory");
    cli_cell(&table, "%s a node, shared by its ranks", cli_bytes((double)info->bytes, bytes));
    if (info->block > 0) {
        cli_cell(&table, "blocks");
        cli_cell(&table, "of %zu rows that stay in the file; a rank holds %s of them", info->block,
                 cli_bytes((double)info->rank_bytes, bytes));
    }
    return cli_table_print(&table, out, 2);
}

enum { POINTS = 3 };
static const double corners[POINTS] = {0.0, 0.5, 1.0};

static enum muster_status costs_of(const struct cli_check *check,
                                   const struct muster_trainer *trainer,
                                   struct muster_cost costs[POINTS])
{
    const struct muster_space *space = muster_study_space(check->study);
    enum muster_status status = MUSTER_OK;
    double *u, *x = NULL;

    MUSTER_NEW(u, space->d);
    MUSTER_NEW(x, space->d);
    for (size_t c = 0; c < POINTS; c++) {
        for (size_t p = 0; p < space->d; p++)
            u[p] = corners[c];
        muster_space_decode(space, u, x);
        MUSTER_TRY(
            muster_trainer_cost(trainer, space->d > 0 ? x : NULL, &check->plan.sharing, &costs[c]));
    }
done:
    muster_free(u);
    muster_free(x);
    return status;
}

/* Where `train.memory` lets fewer ranks share a fold than the plan has for it. */
static void mates_row(struct cli_table *table, const struct cli_check *check,
                      const struct muster_cost costs[POINTS])
{
    bool fewer = false;

    for (size_t c = 0; c < POINTS; c++)
        fewer = fewer || costs[c].mates < check->plan.sharing.most;
    if (!fewer)
        return;
    cli_cell(table, "ranks a fold within train.memory");
    for (size_t c = 0; c < POINTS; c++)
        cli_cell(table, "%zu", costs[c].mates);
}

static enum muster_status print_cost(const struct cli_check *check,
                                     const struct muster_trainer *trainer, FILE *out)
{
    const struct muster_data_info *info = muster_data_info(muster_trainer_data(trainer));
    struct cli_table table = cli_table("lrrr");
    struct muster_cost costs[POINTS];
    enum muster_status status;
    char bytes[32];

    MUSTER_TRY(costs_of(check, trainer, costs));
    fprintf(out, "\none trial, with every range at its\n");
    cli_cell(&table, "%s", "");
    cli_cell(&table, "low end");
    cli_cell(&table, "middle");
    cli_cell(&table, "high end");
    cli_cell(&table, "parameters of the network");
    for (size_t c = 0; c < POINTS; c++)
        cli_cell(&table, "%zu", costs[c].parameters);
    cli_cell(&table, "GFLOP, all folds and epochs");
    for (size_t c = 0; c < POINTS; c++)
        cli_cell(&table, "%.3g", costs[c].flops * 1e-9);
    cli_cell(&table, "memory a rank");
    for (size_t c = 0; c < POINTS; c++)
        cli_cell(&table, "%s", cli_bytes((double)costs[c].bytes, bytes));
    mates_row(&table, check, costs);
    if (info->block > 0) {
        cli_cell(&table, "read by an epoch of a fold");
        for (size_t c = 0; c < POINTS; c++)
            cli_cell(&table, "%s", cli_bytes(costs[c].epoch_reads, bytes));
    }
    cli_cell(&table, "memory a node of %d rank%s", check->ranks_a_node,
             check->ranks_a_node == 1 ? "" : "s");
    for (size_t c = 0; c < POINTS; c++)
        cli_cell(
            &table, "%s",
            cli_bytes((double)info->bytes + ((double)costs[c].bytes + (double)info->rank_bytes) *
                                                (double)check->ranks_a_node,
                      bytes));
    status = cli_table_print(&table, out, 2);
done:
    return status;
}

static enum muster_status print_values(const struct muster_study *study, FILE *out)
{
    struct muster_text text = {0};

    muster_study_echo(study, &text);
    if (!text.failed) {
        fprintf(out, "\nvalues in effect\n");
        for (const char *at = text.data; at != NULL && *at != '\0';) {
            size_t length = strcspn(at, "\n");
            fprintf(out, "  %.*s\n", (int)length, at);
            at += length + (at[length] == '\n');
        }
    }
    muster_text_free(&text);
    return text.failed ? MUSTER_NO_MEMORY : MUSTER_OK;
}

/* ---- the report ---------------------------------------------------------------------------- */

enum muster_status cli_check_print(const struct cli_check *check, FILE *out)
{
    enum muster_status status;
    struct muster_trainer *trainer;

    MUSTER_TRY(print_space(check->study, out));
    if (check->status == MUSTER_OK && check->objective == NULL) {
        fprintf(out, "\nfor ask-tell: there is no objective that `run` could evaluate\n");
    } else if (check->status == MUSTER_OK) {
        MUSTER_TRY(print_plan(check, out));
        trainer = muster_objective_trainer(check->objective);
        if (trainer != NULL) {
            MUSTER_TRY(print_data(muster_trainer_data(trainer), out));
            MUSTER_TRY(print_cost(check, trainer, out));
        }
    }
    MUSTER_TRY(print_values(check->study, out));
    if (check->status == MUSTER_OK)
        fprintf(out, "\n%s: no problem found\n", muster_study_file(check->study));
done:
    return status;
}
