/* check_print: the report of `check`: space, plan (check_plan.c), data, cost and values in effect.
 */
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
        MUSTER_TRY(cli_check_print_plan(check, out));
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
