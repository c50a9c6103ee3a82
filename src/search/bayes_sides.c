/* The life of processes beside that of the score, and the sum that a proposal maximises with them:
 * the logarithms of what is hoped for (improvement of the score, or growth of the front), of the
 * probability that every bound is kept and that the trial does not fail (Gardner et al. 2014), and
 * of what it costs, negated (Snoek, Larochelle, Adams 2012; Lee et al. 2020, arXiv 2003.10870,
 * CArBO).
 */
#include <math.h>
#include <string.h>

#include "search/bayes_impl.h"

static const double cost_weight = 1; /* the exponent of what a trial costs */

void bayes_sides_clear(struct bayes_sides *sides)
{
    for (size_t i = 0; i < sides->n; i++) {
        muster_gp_destroy(&sides->gp[i]);
        muster_free(sides->side[i].u);
        muster_free(sides->side[i].y);
    }
    muster_free(sides->side);
    muster_free(sides->gp);
    bayes_front_clear(&sides->front);
    *sides = (struct bayes_sides){0};
}

static bool wants_front(const struct bayes *bayes)
{
    size_t m = muster_search_setup_of(bayes->search)->n_objectives;
    const char *word = muster_search_word(bayes->search, bayes->plugin, "objectives");
    return m > 1 && m <= MUSTER_FRONT_OBJECTIVES && strcmp(word, "scalarised") != 0 &&
           strcmp(bayes->acquisition, "log_ei") == 0 && !bayes->turbo;
}

static enum muster_status add(struct bayes *bayes, enum bayes_side_kind kind, size_t of)
{
    enum muster_status status = MUSTER_OK;
    struct bayes_sides *sides = &bayes->sides;

    sides->side[sides->n] = (struct bayes_side){.kind = kind, .of = of};
    MUSTER_TRY(muster_gp_create_as(bayes->space, &muster_solver_lapack, &bayes->model,
                                   &sides->gp[sides->n]));
    sides->n++;
done:
    return status;
}

enum muster_status bayes_sides_create(struct bayes *bayes)
{
    enum muster_status status = MUSTER_OK;
    struct bayes_sides *sides = &bayes->sides;
    const struct muster_search_setup *setup = muster_search_setup_of(bayes->search);
    size_t most = setup->n_objectives + setup->n_bounds + 2;
    const char *cost = muster_search_word(bayes->search, bayes->plugin, "cost");
    const char *failures = muster_search_word(bayes->search, bayes->plugin, "failures");

    MUSTER_NEW(sides->side, most);
    MUSTER_NEW(sides->gp, most);
    if (wants_front(bayes))
        sides->m = setup->n_objectives;
    for (size_t k = 1; k < sides->m; k++)
        MUSTER_TRY(add(bayes, BAYES_OBJECTIVE, k));
    for (size_t k = 0; k < setup->n_bounds && sides->m > 0; k++)
        MUSTER_TRY(add(bayes, BAYES_BOUND, k));
    if (strcmp(failures, "feasibility") == 0)
        MUSTER_TRY(add(bayes, BAYES_FAILURE, 0));
    if (strcmp(cost, "none") != 0)
        MUSTER_TRY(add(bayes, BAYES_COST, strcmp(cost, "seconds") == 0));
done:
    return status;
}

/* ---- kernel parameters ----------------------------------------------------------------------- */

size_t bayes_sides_parameters(const struct bayes_sides *sides)
{
    return sides->n == 0 ? 0 : sides->n * muster_gp_parameters(sides->gp[0]);
}

/* Where those of process i stand: all processes are of one model. */
static double *fitted_of(struct bayes *bayes, size_t i)
{
    return bayes->fitted + (i + 1) * muster_gp_parameters(bayes->gp);
}

void bayes_sides_set(struct bayes *bayes)
{
    for (size_t i = 0; i < bayes->sides.n; i++)
        muster_gp_set(bayes->sides.gp[i], fitted_of(bayes, i));
}

enum muster_status bayes_sides_fit(struct bayes *bayes)
{
    enum muster_status status = MUSTER_OK;
    struct bayes_sides *sides = &bayes->sides;

    for (size_t i = 0; i < sides->n; i++) {
        if (sides->side[i].speaks)
            MUSTER_TRY(muster_gp_fit(sides->gp[i]));
        muster_gp_get(sides->gp[i], fitted_of(bayes, i));
    }
done:
    return status;
}

/* ---- points ---------------------------------------------------------------------------------- */

/* What a process knows of a result; NaN: nothing. */
static double value_of(const struct bayes *bayes, const struct bayes_side *side, int64_t id)
{
    bool failed = isnan(bayes_score(bayes, id));
    double value = NAN;

    if (side->kind == BAYES_FAILURE)
        return failed ? 1 : -1;
    if (id < 0) /* of an earlier run there is the score alone */
        return NAN;
    const struct muster_told *told = muster_search_outcome(bayes->search, id);
    if (side->kind == BAYES_OBJECTIVE)
        value = failed ? NAN : told->objectives[side->of];
    if (side->kind == BAYES_BOUND)
        value = told->margins == NULL ? NAN : told->margins[side->of];
    if (side->kind == BAYES_COST)
        value = log(side->of == 0 ? told->flops : told->seconds);
    return isfinite(value) ? value : NAN;
}

static void add_point(const struct bayes *bayes, struct bayes_side *side, size_t i, double y)
{
    size_t d = bayes->space->d;
    memcpy(side->u + side->n * d, bayes->u + i * d, d * sizeof *side->u);
    side->y[side->n++] = y;
}

/* Bounds and costs of which nothing is known say nothing, and failures while there are none. */
static bool has_a_say(const struct bayes_side *side)
{
    bool any = side->kind != BAYES_FAILURE;
    for (size_t i = 0; i < side->n_observed && !any; i++)
        any = side->y[i] > 0;
    return any && side->n_observed > 1;
}

static enum muster_status observe(const struct bayes *bayes, struct bayes_side *side,
                                  struct muster_gp *gp)
{
    enum muster_status status = MUSTER_OK;
    size_t d = bayes->space->d;

    MUSTER_TRY(muster_grow(&side->u, &side->u_capacity, bayes->n * d, sizeof *side->u));
    MUSTER_TRY(muster_grow(&side->y, &side->y_capacity, bayes->n, sizeof *side->y));
    side->n = 0;
    for (size_t i = 0; i < bayes->n_observed; i++) {
        double y = value_of(bayes, side, bayes->ids[i]);
        if (!isnan(y))
            add_point(bayes, side, i, y);
    }
    side->n_observed = side->n;
    side->speaks = has_a_say(side);
    for (size_t i = bayes->n_observed; i < bayes->n; i++)
        add_point(bayes, side, i, NAN);
    if (side->kind == BAYES_OBJECTIVE)
        MUSTER_TRY(bayes_front_warp(bayes, side->of, side->y, side->n_observed));
    MUSTER_TRY(muster_gp_observe(gp, side->u, side->y, side->n));
done:
    return status;
}

enum muster_status bayes_sides_observe(struct bayes *bayes)
{
    enum muster_status status = MUSTER_OK;

    for (size_t i = 0; i < bayes->sides.n; i++)
        MUSTER_TRY(observe(bayes, &bayes->sides.side[i], bayes->sides.gp[i]));
done:
    return status;
}

/* ---- what is maximised ----------------------------------------------------------------------- */

/* log Phi(-mean / deviation): the probability of a margin below 0. */
static double log_within(double mean, double deviation, double *by_mean, double *by_deviation)
{
    double z = -mean / deviation, ratio, value = muster_log_normal(z, &ratio);
    *by_mean = -ratio / deviation;
    *by_deviation = -ratio * z / deviation;
    return value;
}

/* Process i + 1 of the joint function is side i. */
static double joint_value(const void *context, const double *mean, const double *deviation,
                          double *by_mean, double *by_deviation)
{
    const struct bayes *bayes = context;
    const struct bayes_sides *sides = &bayes->sides;
    double value = 0;

    for (size_t k = 0; k <= sides->n; k++)
        by_mean[k] = by_deviation[k] = 0;
    if (sides->m == 0)
        value =
            muster_criterion_value(&sides->criterion, mean[0], deviation[0], by_mean, by_deviation);
    else if (sides->front.front != NULL)
        value = muster_log_ehvi(sides->front.front, mean, deviation, by_mean, by_deviation);
    for (size_t i = 0, k = 1; i < sides->n; i++, k++) {
        if (!sides->side[i].speaks)
            continue;
        if (sides->side[i].kind == BAYES_COST) {
            value -= cost_weight * mean[k];
            by_mean[k] = -cost_weight;
        } else if (sides->side[i].kind != BAYES_OBJECTIVE)
            value += log_within(mean[k], deviation[k], &by_mean[k], &by_deviation[k]);
    }
    return value;
}

enum muster_status bayes_sides_aim(struct bayes *bayes, const struct muster_view *view,
                                   struct muster_acquisition *acquisition)
{
    enum muster_status status = MUSTER_OK;
    struct bayes_sides *sides = &bayes->sides;

    if (sides->n == 0)
        return MUSTER_OK;
    if (sides->m > 0)
        MUSTER_TRY(bayes_front_update(bayes, view, acquisition));
    sides->criterion = acquisition->criterion;
    sides->joint = (struct muster_joint){
        .n = sides->n, .gp = sides->gp, .value = joint_value, .context = bayes};
    acquisition->joint = &sides->joint;
done:
    return status;
}
