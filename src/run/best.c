/* `/best` of the result file, and how values of parameters are stored anywhere in it. */
#include <math.h>

#include "run/run_impl.h"

enum muster_field_type run_param_type(const struct muster_param *param)
{
    if (param->kind == MUSTER_PARAM_CHOICE && !param->numeric)
        return MUSTER_STRINGS;
    bool whole =
        param->kind == MUSTER_PARAM_INT || (param->kind == MUSTER_PARAM_CHOICE && param->integral);
    return whole ? MUSTER_I64 : MUSTER_F64;
}

double run_param_number(const struct muster_param *param, double x)
{
    return param->kind == MUSTER_PARAM_CHOICE && !isnan(x) ? param->choices[(size_t)x].number : x;
}

static void write_best_params(const struct run_draft *draft, const struct run_entry *best)
{
    const struct muster_space *space = muster_study_space(draft->job->setup->study);
    for (size_t p = 0; p < space->d; p++) {
        const struct muster_param *param = &space->params[p];
        double x = best->step.x[p], number = run_param_number(param, x);
        if (isnan(x))
            continue;
        if (run_param_type(param) == MUSTER_STRINGS)
            muster_file_attr_text(draft->file, "/best", param->name,
                                  param->choices[(size_t)x].text);
        else if (run_param_type(param) == MUSTER_I64)
            muster_file_attr_i64(draft->file, "/best", param->name, (int64_t)number);
        else
            muster_file_attr_f64(draft->file, "/best", param->name, number);
    }
}

enum muster_status run_file_best(const struct run_draft *draft, const struct muster_refit *refit)
{
    enum muster_status status = MUSTER_OK;
    if (draft->book->best < 0)
        return MUSTER_OK;
    const struct run_entry *best = &draft->book->entries[draft->book->best];
    muster_file_array(draft->file, "/best/trial", MUSTER_I64, 0, NULL, &best->step.trial, false);
    muster_file_array(draft->file, "/best/score", MUSTER_F64, 0, NULL, &best->score, false);
    muster_file_array(draft->file, "/best/score_std", MUSTER_F64, 0, NULL, &best->score_std, false);
    write_best_params(draft, best);
    if (refit == NULL)
        return MUSTER_OK;
    MUSTER_TRY(run_file_model(draft, refit));
    MUSTER_TRY(run_file_test(draft, refit));
done:
    return status;
}
