/* Partial dependence of the surrogate's mean (Friedman 2001) on each parameter and on the pairs
 * that interact most; its uncertainty is the mean of the process' own deviations, what it would be
 * if they all erred alike (Moosbauer et al. 2021, arXiv 2111.04820, take the same bound). */
#include <math.h>
#include <string.h>

#include "search/explain_impl.h"

/* Values of a parameter alone and of one of two; points that the others are averaged over; pairs,
 * and the least share of an interaction that is looked at. */
enum { VALUES = 21, PAIR_VALUES = 11, AVERAGED = 64, PAIRS = 3 };
static const double least_share = 0.01;

/* How many values are gone through. */
static size_t count_values(const struct muster_param *param, size_t most)
{
    double count = muster_param_count(param);
    bool words = param->kind == MUSTER_PARAM_CHOICE;
    return count <= (double)most || words ? (size_t)count : most;
}

/* All of few, else evenly spaced ones with both ends. */
static void fill_values(const struct muster_param *param, size_t n, double *at)
{
    bool all = muster_param_count(param) == (double)n;
    for (size_t i = 0; i < n; i++)
        at[i] = all ? muster_param_value(param, (double)i)
                    : muster_param_decode(param, (double)i / (double)(n - 1));
}

static enum muster_status make_room(const struct muster_space *space, size_t most,
                                    struct muster_dependence *to)
{
    enum muster_status status = MUSTER_OK;

    to->n[1] = 1;
    for (size_t k = 0; k < to->n_params; k++)
        to->n[k] = count_values(&space->params[to->param[k]], most);
    MUSTER_NEW(to->at, to->n[0] + to->n[1]);
    MUSTER_NEW(to->mean, to->n[0] * to->n[1]);
    MUSTER_NEW(to->deviation, to->n[0] * to->n[1]);
    for (size_t k = 0; k < to->n_params; k++)
        fill_values(&space->params[to->param[k]], to->n[k], to->at + (k == 0 ? 0 : to->n[0]));
done:
    return status;
}

/* Where a conditional parameter stands, its parents take values that make it active. */
static void activate(const struct muster_space *space, size_t j, double *u)
{
    const struct muster_param *param = &space->params[j];
    for (size_t k = 0; k < param->n_conditions; k++) {
        const struct muster_condition *condition = &param->conditions[k];
        const struct muster_param *parent = &space->params[condition->param];
        double value = muster_param_decode(parent, u[condition->param]);
        bool holds = false;
        for (size_t i = 0; i < condition->n; i++)
            holds = holds || value == condition->values[i];
        if (!holds)
            u[condition->param] = muster_param_encode(parent, condition->values[0]);
        activate(space, condition->param, u);
    }
}

struct scratch {
    const double *others; /* borrowed [AVERAGED][d] */
    double *u;            /* owned [AVERAGED][d] */
    double mean[AVERAGED], deviation[AVERAGED];
};

static void average(const struct explain *self, struct scratch *scratch,
                    const struct muster_dependence *at, const double value[2], double *mean,
                    double *deviation)
{
    size_t d = self->space->d;

    memcpy(scratch->u, scratch->others, AVERAGED * d * sizeof(double));
    for (size_t i = 0; i < AVERAGED; i++)
        for (size_t k = at->n_params; k-- > 0;) {
            size_t j = at->param[k];
            activate(self->space, j, scratch->u + i * d);
            scratch->u[i * d + j] = muster_param_encode(&self->space->params[j], value[k]);
        }
    explain_predict(self, scratch->u, AVERAGED, scratch->mean, scratch->deviation);
    *mean = *deviation = 0;
    for (size_t i = 0; i < AVERAGED; i++) {
        *mean += scratch->mean[i] / AVERAGED;
        *deviation += scratch->deviation[i] / AVERAGED;
    }
}

static enum muster_status depend(const struct explain *self, struct scratch *scratch, size_t most,
                                 struct muster_dependence *to)
{
    enum muster_status status = MUSTER_OK;

    MUSTER_TRY(make_room(self->space, most, to));
    for (size_t p = 0; p < to->n[0]; p++)
        for (size_t q = 0; q < to->n[1]; q++) {
            const double value[2] = {to->at[p], to->at[to->n[0] + q]};
            size_t cell = p * to->n[1] + q;
            average(self, scratch, to, value, &to->mean[cell], &to->deviation[cell]);
        }
done:
    return status;
}

/* The pair with the largest share below that of the last one; false: none is worth a look. */
static bool next_pair(const struct muster_explanation *explanation, size_t pair[2])
{
    size_t d = explanation->d, last = pair[0] * d + pair[1];
    double most = last < d * d ? explanation->pairs[last] : INFINITY, best = least_share;
    bool found = false;

    for (size_t i = 0; i < d; i++)
        for (size_t j = i + 1; j < d; j++) {
            double share = explanation->pairs[i * d + j];
            bool later = share < most || (share == most && i * d + j > last);
            if (later && share > best) {
                best = share;
                pair[0] = i;
                pair[1] = j;
                found = true;
            }
        }
    return found;
}

static enum muster_status depend_on_all(const struct explain *self, struct scratch *scratch,
                                        struct muster_explanation *explanation)
{
    enum muster_status status = MUSTER_OK;
    size_t d = explanation->d, pair[2] = {d, d};

    for (size_t j = 0; j < d; j++) {
        struct muster_dependence *to = &explanation->dependences[explanation->n_dependences++];
        *to = (struct muster_dependence){.n_params = 1, .param = {j, 0}};
        MUSTER_TRY(depend(self, scratch, VALUES, to));
    }
    for (size_t k = 0; k < PAIRS && next_pair(explanation, pair); k++) {
        struct muster_dependence *to = &explanation->dependences[explanation->n_dependences++];
        *to = (struct muster_dependence){.n_params = 2, .param = {pair[0], pair[1]}};
        MUSTER_TRY(depend(self, scratch, PAIR_VALUES, to));
    }
done:
    return status;
}

enum muster_status explain_dependences(const struct explain *self,
                                       struct muster_explanation *explanation)
{
    enum muster_status status = MUSTER_OK;
    struct scratch scratch = {0};
    double *others = NULL;

    MUSTER_NEW(explanation->dependences, explanation->d + PAIRS);
    MUSTER_NEW(others, AVERAGED * explanation->d);
    MUSTER_NEW(scratch.u, AVERAGED * explanation->d);
    scratch.others = others;
    MUSTER_TRY(explain_points(self, AVERAGED, 0, others));
    status = depend_on_all(self, &scratch, explanation);
done:
    muster_free(others);
    muster_free(scratch.u);
    return status;
}
