/* The objective `function`: a built-in test function of the parameters' values, which may sleep
 * first and may fail on purpose, so that scheduling and failures can be exercised without training.
 *
 * Values enter in the order of the space; a choice of numbers enters by its number. Other choices
 * and conditional parameters are refused, save by functions of the unit cube. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "objective_impl.h"

/* Sleep is cut into slices, each followed by a look at the interrupt. */
#define SLICE 0.02

struct function_objective {
    struct muster_objective base;
    const struct muster_space *space;          /* borrowed */
    const struct objective_function *function; /* borrowed */
    uint64_t seed;
    double mu, sigma;   /* of the sleep's logarithm; NaN: none */
    int64_t fail_every; /* 0: never */
    double noise;       /* deviation of a fold */
    double *x;          /* [d], owned: scratch */
};

static const char *const names[] = {"value"};
static const bool minimised[] = {false};

static bool suits(enum muster_study_kind kind)
{
    return kind == MUSTER_STUDY_FUNCTION;
}

/* Why a parameter cannot be an argument of a function; NULL: it can. */
static const char *trouble(const struct muster_param *param)
{
    if (param->n_conditions > 0)
        return "is conditional (a function takes a fixed number of arguments: no `when:`)";
    if (param->kind == MUSTER_PARAM_CHOICE && !param->numeric)
        return "has choices that are not numbers (a function takes numbers)";
    return NULL;
}

static enum muster_status check_space(const struct muster_study *study,
                                      const struct objective_function *function)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_space *space = muster_study_space(study);
    if (space->d == 0)
        MUSTER_TRY(muster_error(MUSTER_BAD_STUDY, "%s: the space is empty (ranges by name)",
                                muster_study_place(study, "space")));
    if (function->dim > 0 && space->d != function->dim)
        MUSTER_TRY(muster_error(MUSTER_BAD_STUDY, "%s: %s takes %zu parameters, the space has %zu",
                                muster_study_place(study, "objective.function"),
                                function->plugin.name, function->dim, space->d));
    for (size_t i = 0; i < space->d && !function->unit; i++) {
        const char *why = trouble(&space->params[i]);
        if (why != NULL) {
            char path[256];
            snprintf(path, sizeof path, "space.%s", space->params[i].name);
            MUSTER_TRY(muster_error(MUSTER_BAD_STUDY, "%s: parameter %s %s",
                                    muster_study_place(study, path), space->params[i].name, why));
        }
    }
done:
    return status;
}

static enum muster_status check_options(const struct muster_study *study,
                                        const struct muster_block *block)
{
    static const char *const others[] = {"command", "timeout", "report", "directions",
                                         "constraints"};
    enum muster_status status = MUSTER_OK;
    const struct muster_value *dim = muster_block_get(block, "dim");
    const struct muster_value *sleep = muster_block_get(block, "sleep.lognormal");
    size_t d = muster_study_space(study)->d;
    if (dim->set && dim->number != (double)d)
        MUSTER_TRY(muster_error(MUSTER_BAD_STUDY,
                                "%s: dim is %g, but the space has %zu parameters (%zu, or no dim)",
                                muster_study_place(study, "objective.dim"), dim->number, d, d));
    if (sleep->set && (sleep->n != 2 || sleep->numbers[1] < 0))
        MUSTER_TRY(muster_error(MUSTER_BAD_STUDY,
                                "%s: sleep.lognormal is not a pair ([mu, sigma] with sigma >= 0)",
                                muster_study_place(study, "objective.sleep.lognormal")));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (muster_block_get(block, others[i])->set)
            MUSTER_TRY(muster_error(MUSTER_BAD_STUDY,
                                    "%s: `%s` beside `function` (it goes with a command)",
                                    muster_study_place(study, "objective"), others[i]));
    if (strcmp(muster_block_text(block, "direction"), "minimize") != 0)
        MUSTER_TRY(muster_error(MUSTER_BAD_STUDY,
                                "%s: built-in functions are minimised (direction: minimize)",
                                muster_study_place(study, "objective.direction")));
done:
    return status;
}

extern const struct objective_kind objective_function;

static void describe(const struct muster_study *study, const struct muster_block *block,
                     struct function_objective *self)
{
    const struct muster_value *sleep = muster_block_get(block, "sleep.lognormal");
    const struct muster_value *fail = muster_block_get(block, "fail_every");
    const struct muster_value *epochs = muster_block_get(block, "epochs");
    self->space = muster_study_space(study);
    self->noise = muster_block_number(block, "noise");
    self->seed = muster_study_seed(study);
    self->mu = sleep->set ? sleep->numbers[0] : NAN;
    self->sigma = sleep->set ? sleep->numbers[1] : 0.0;
    self->fail_every = fail->set ? (int64_t)fail->number : 0;
    self->base.info =
        (struct muster_objective_info){.kind = self->base.kind->name,
                                       .noiseless = self->noise == 0.0,
                                       .objectives = 1,
                                       .maximizes = minimised,
                                       .folds = (size_t)muster_block_int(block, "folds"),
                                       .epochs = epochs->set ? (size_t)epochs->number : 0,
                                       .metrics = 1,
                                       .metric_names = names};
}

static enum muster_status build(const struct muster_study *study,
                                struct muster_objective **objective)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_block *block = muster_study_section(study, "objective");
    struct function_objective *self;
    MUSTER_NEW(self, 1);
    self->base.kind = &objective_function;
    *objective = &self->base;
    self->function = (const struct objective_function *)muster_registry_find(
        &muster_functions, muster_block_text(block, "function"));
    MUSTER_TRY(check_space(study, self->function));
    MUSTER_TRY(check_options(study, block));
    describe(study, block, self);
    MUSTER_NEW(self->x, self->space->d);
done:
    return status;
}

static enum muster_status create(const struct muster_study *study, struct muster_comm *world,
                                 struct muster_objective **objective)
{
    return muster_agree(world, build(study, objective));
}

static void destroy(struct muster_objective *objective)
{
    muster_free(((struct function_objective *)objective)->x);
}

/* What a step does of a whole trial: its share of epochs, rows and folds, from and to. */
struct portion {
    size_t first, last; /* folds: first .. last - 1 */
    double from, to;    /* shares of a fold */
};

static struct portion portion_of(const struct function_objective *self,
                                 const struct muster_step *step)
{
    const double all = self->base.info.epochs > 0 ? (double)self->base.info.epochs : 1.0;
    const double rows = step->rows > 0 ? step->rows : 1.0;
    struct portion portion = {.first = (size_t)step->first_fold,
                              .last = self->base.info.folds,
                              .from = rows * (double)step->from_epoch / all,
                              .to = rows};
    if (step->n_folds >= 0 && portion.first + (size_t)step->n_folds < portion.last)
        portion.last = portion.first + (size_t)step->n_folds;
    if (step->to_epoch >= 0 && (double)step->to_epoch < all)
        portion.to = rows * (double)step->to_epoch / all;
    return portion;
}

/* Sleeps the step's part of the trial's time: the same on every rank, keyed by seed and trial. */
static enum muster_status sleep_for(const struct function_objective *self,
                                    const struct muster_step *step,
                                    const struct muster_interrupt *interrupt)
{
    const struct portion portion = portion_of(self, step);
    const double part = (portion.to - portion.from) * (double)(portion.last - portion.first) /
                        (double)self->base.info.folds;
    struct muster_stream stream = muster_stream_of(self->seed, step->trial, -1, MUSTER_FOR_SLEEP);
    double seconds = isnan(self->mu)
                         ? 0.0
                         : part * exp(self->mu + self->sigma * muster_random_normal(stream, 0));
    double end = muster_clock() + seconds;
    for (;;) {
        if (interrupt != NULL && interrupt->asked != NULL && interrupt->asked(interrupt->context))
            return muster_error(MUSTER_STOPPED, "the evaluation was stopped");
        double left = end - muster_clock();
        if (!(left > 0.0))
            return MUSTER_OK;
        muster_nap(left < SLICE ? left : SLICE);
    }
}

static double value_at(struct function_objective *self, const double *x)
{
    const struct muster_space *space = self->space;
    muster_space_encode(space, x, self->x);
    for (size_t i = 0; i < space->d && !self->function->unit; i++) {
        const struct muster_param *param = &space->params[i];
        self->x[i] =
            param->kind == MUSTER_PARAM_CHOICE ? param->choices[(size_t)x[i]].number : x[i];
    }
    return self->function->value(self->x, space->d);
}

/* How far fold k of the trial stands from the function's value; every share of it at its own. */
static double offset(const struct function_objective *self, int64_t trial, size_t k, double share)
{
    const int64_t fold = (int64_t)k;
    struct muster_stream own = muster_stream_of(self->seed, trial, fold, MUSTER_FOR_NOISE);
    struct muster_stream all = muster_stream_of(self->seed, -1, fold, MUSTER_FOR_NOISE);
    struct muster_stream lag = muster_stream_of(self->seed, trial, -1, MUSTER_FOR_NOISE);
    double noise = (muster_random_normal(own, 0) + muster_random_normal(all, 0)) * sqrt(0.5);
    return (self->noise > 0.0 ? self->noise * noise : 0.0) +
           (1.0 / share - 1.0) * muster_random_uniform(lag, 0);
}

/* The folds in their order, as far as they are not discarded. */
static void fill_folds(const struct function_objective *self, const struct muster_step *step,
                       double value, struct muster_result *result)
{
    const struct portion portion = portion_of(self, step);
    const size_t of = portion.last - portion.first;
    for (size_t k = portion.first; k < portion.last; k++) {
        float *curve = result->curves + (2 * result->folds + k) * result->epochs;
        result->scores[k] = value + offset(self, step->trial, k, portion.to);
        result->fold_epochs[k] = llround(portion.to * (double)result->epochs);
        result->best_epochs[k] = result->fold_epochs[k];
        for (int64_t e = 1; e <= result->fold_epochs[k]; e++)
            curve[e - 1] =
                (float)(value + offset(self, step->trial, k, (double)e / (double)result->epochs));
        if (muster_step_discards(step, false, result->scores, k + 1 - portion.first, of,
                                 result->reason, sizeof result->reason)) {
            result->state = MUSTER_PRUNED;
            break;
        }
    }
}

static void fill(struct function_objective *self, const struct muster_step *step,
                 struct muster_result *result)
{
    double value = value_at(self, step->x);
    bool fails = self->fail_every > 0 && (step->trial + 1) % self->fail_every == 0;
    result->state = MUSTER_COMPLETE;
    if (fails || !isfinite(value)) {
        result->state = MUSTER_FAILED;
        snprintf(result->reason, sizeof result->reason, "%s",
                 fails ? "asked to fail by objective.fail_every" : "the value is not finite");
    } else {
        fill_folds(self, step, value, result);
    }
    muster_result_summarise(result);
}

/* Every rank of the group sleeps, so that each sees its own interrupt; rank 0 computes. */
static enum muster_status evaluate(struct muster_objective *objective, struct muster_comm *group,
                                   const struct muster_step *step,
                                   const struct muster_interrupt *interrupt,
                                   struct muster_result *result)
{
    enum muster_status status = MUSTER_OK;
    struct function_objective *self = (struct function_objective *)objective;
    MUSTER_TRY(muster_agree(group, sleep_for(self, step, interrupt)));
    if (muster_comm_rank(group) == 0)
        fill(self, step, result);
done:
    return status;
}

const struct objective_kind objective_function = {
    .name = "function", .suits = suits, .create = create, .destroy = destroy, .evaluate = evaluate};
