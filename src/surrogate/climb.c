/* Local maximisation of a criterion on a mixed space: L-BFGS (NLopt) along continuous parameters
 * and best-improvement exchange along discrete ones, in turn until neither helps. */
#include <math.h>
#include <nlopt.h>
#include <string.h>

#include "surrogate/surrogate_impl.h"

/* Evaluations of one descent; rounds of both kinds of step; values of one parameter that an
 * exchange tries one by one, and how many it draws where there are more. */
enum {
    EVALUATIONS = 40,
    EVALUATIONS_IN_BOX = 80,
    ROUNDS = 3,
    EXCHANGES = 8,
    ALL_VALUES = 12,
    DRAWN_VALUES = 8
};

struct climber {
    const struct muster_climb *climb;
    size_t n_free;
    size_t *free;         /* continuous parameters that are active */
    double *u, *best, *x; /* [d] */
    double *slope;        /* [d] */
    double *start;        /* [d] */
    double *trial;        /* [capacity][d] exchanges */
    double *values;       /* [capacity] */
    size_t capacity;
    double value;
};

/* ---- continuous parameters ----------------------------------------------------------------- */

/* The negated criterion and its gradient along free parameters. */
static double negative(unsigned n, const double *v, double *gradient, void *context)
{
    struct climber *c = context;

    for (unsigned i = 0; i < n; i++)
        c->u[c->free[i]] = v[i];
    double value = muster_judge_at(c->climb->judge, c->u, gradient ? c->slope : NULL);
    for (unsigned i = 0; gradient != NULL && i < n; i++)
        gradient[i] = -c->slope[c->free[i]];
    if (value > c->value) {
        c->value = value;
        memcpy(c->best, c->u, c->climb->judge->space->d * sizeof *c->best);
    }
    return -value;
}

static void find_free(struct climber *c)
{
    const struct muster_space *space = c->climb->judge->space;
    muster_space_decode(space, c->best, c->x);
    c->n_free = 0;
    for (size_t j = 0; j < space->d; j++)
        if (!isnan(c->x[j]) && muster_param_is_continuous(&space->params[j]))
            c->free[c->n_free++] = j;
}

static enum muster_status follow_gradient(struct climber *c)
{
    enum muster_status status = MUSTER_OK;
    double *start = c->start, value;

    find_free(c);
    if (c->n_free == 0)
        return MUSTER_OK;
    memcpy(c->u, c->best, c->climb->judge->space->d * sizeof *c->u);
    for (size_t i = 0; i < c->n_free; i++)
        start[i] = c->best[c->free[i]];
    nlopt_opt opt = nlopt_create(NLOPT_LD_LBFGS, (unsigned)c->n_free);
    if (opt == NULL || nlopt_set_min_objective(opt, negative, c) < 0 ||
        nlopt_set_lower_bounds1(opt, 0) < 0 || nlopt_set_upper_bounds1(opt, 1) < 0) {
        status = muster_error(MUSTER_NO_MEMORY, "no memory for an optimizer of %zu parameters",
                              c->n_free);
        goto done;
    }
    for (size_t i = 0; c->climb->low != NULL && i < c->n_free; i++) {
        nlopt_set_lower_bound(opt, (int)i, c->climb->low[c->free[i]]);
        nlopt_set_upper_bound(opt, (int)i, c->climb->high[c->free[i]]);
    }
    nlopt_set_maxeval(opt, c->climb->fixed ? EVALUATIONS_IN_BOX : EVALUATIONS);
    nlopt_set_ftol_abs(opt, c->climb->fixed ? 0 : 1e-8);
    if (nlopt_optimize(opt, start, &value) == NLOPT_OUT_OF_MEMORY)
        status =
            muster_error(MUSTER_NO_MEMORY, "no memory to maximise over %zu parameters", c->n_free);
done:
    nlopt_destroy(opt);
    return status;
}

/* ---- discrete parameters ------------------------------------------------------------------- */

/* Adds the best point with parameter j at u_j, unless that is where it stands. */
static void add_trial(struct climber *c, size_t *n, size_t j, double u_j)
{
    const struct muster_space *space = c->climb->judge->space;
    double *u = c->trial + *n * space->d;
    if (u_j <= 0 || u_j >= 1 || u_j == c->best[j])
        return;
    memcpy(u, c->best, space->d * sizeof *u);
    u[j] = u_j;
    muster_space_decode(space, u, c->x);
    muster_space_encode(space, c->x, u);
    (*n)++;
}

/* All other values of few, else the neighbours and some drawn ones. */
static void add_exchanges(struct climber *c, size_t *n, size_t j, uint64_t block)
{
    double count = muster_param_count(&c->climb->judge->space->params[j]);
    if (count <= ALL_VALUES) {
        for (int k = 0; k < (int)count; k++)
            add_trial(c, n, j, (k + 0.5) / count);
        return;
    }
    add_trial(c, n, j, c->best[j] - 1 / count);
    add_trial(c, n, j, c->best[j] + 1 / count);
    for (uint64_t k = 0; k < DRAWN_VALUES; k++)
        add_trial(c, n, j, muster_draw(c->climb->stream, block, j * DRAWN_VALUES + k));
}

/* One exchange: the best of all that change one discrete parameter. */
static bool exchange(struct climber *c, uint64_t block)
{
    const struct muster_space *space = c->climb->judge->space;
    size_t n = 0, found = SIZE_MAX;

    for (size_t j = 0; j < space->d; j++) {
        muster_space_decode(space, c->best, c->x);
        if (!isnan(c->x[j]) && !muster_param_is_continuous(&space->params[j]))
            add_exchanges(c, &n, j, block);
    }
    muster_judge_many(c->climb->judge, c->trial, n, false, c->values);
    for (size_t i = 0; i < n; i++)
        if (c->values[i] > c->value) {
            c->value = c->values[i];
            found = i;
        }
    if (found != SIZE_MAX)
        memcpy(c->best, c->trial + found * space->d, space->d * sizeof *c->best);
    return found != SIZE_MAX;
}

/* ---- both ---------------------------------------------------------------------------------- */

static void climber_clear(struct climber *c)
{
    muster_free(c->free);
    muster_free(c->u);
    muster_free(c->best);
    muster_free(c->x);
    muster_free(c->slope);
    muster_free(c->start);
    muster_free(c->trial);
    muster_free(c->values);
    *c = (struct climber){0};
}

static enum muster_status climber_create(struct climber *c, const struct muster_climb *climb)
{
    enum muster_status status = MUSTER_OK;
    size_t d = climb->judge->space->d;

    *c = (struct climber){.climb = climb, .capacity = d * (ALL_VALUES + 1)};
    MUSTER_NEW(c->free, d);
    MUSTER_NEW(c->u, d);
    MUSTER_NEW(c->best, d);
    MUSTER_NEW(c->x, d);
    MUSTER_NEW(c->slope, d);
    MUSTER_NEW(c->start, d);
    MUSTER_NEW(c->trial, c->capacity * d);
    MUSTER_NEW(c->values, c->capacity);
done:
    if (status != MUSTER_OK)
        climber_clear(c);
    return status;
}

enum muster_status muster_climb_run(const struct muster_climb *climb, uint64_t start, double *u,
                                    double *value)
{
    enum muster_status status = MUSTER_OK;
    struct climber c = {0};
    size_t bytes = climb->judge->space->d * sizeof *u;

    MUSTER_TRY(climber_create(&c, climb));
    c.value = *value;
    memcpy(c.best, u, bytes);
    for (uint64_t round = 0; round < ROUNDS; round++) {
        bool moved = false;
        MUSTER_TRY(follow_gradient(&c));
        for (uint64_t k = 0; k < EXCHANGES && !climb->fixed; k++) {
            uint64_t turn = (start * ROUNDS + round) * EXCHANGES + k;
            if (!exchange(&c, MUSTER_DRAW_EXCHANGES + turn))
                break;
            moved = true;
        }
        if (!moved)
            break;
    }
    memcpy(u, c.best, bytes);
    *value = c.value;
done:
    climber_clear(&c);
    return status;
}
