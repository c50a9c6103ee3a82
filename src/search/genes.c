/* Crossover and mutation of points; see genes.h. */
#include <math.h>
#include <string.h>

#include "search/genes.h"

static const double pi = 3.14159265358979323846;

/* In place of a fold: the stream that breeding draws from. */
enum { BREEDING_STREAM = -3 };

struct muster_dice muster_dice_of(const struct muster_search *search, int64_t id)
{
    uint64_t seed = muster_search_setup_of(search)->seed;
    return (struct muster_dice){.stream =
                                    muster_stream_of(seed, id, BREEDING_STREAM, MUSTER_FOR_SEARCH)};
}

double muster_dice_uniform(struct muster_dice *dice)
{
    return muster_random_uniform(dice->stream, dice->next++);
}

double muster_dice_normal(struct muster_dice *dice)
{
    return muster_random_normal(dice->stream, dice->next++);
}

double muster_dice_cauchy(struct muster_dice *dice)
{
    return tan(pi * (muster_dice_uniform(dice) - 0.5));
}

size_t muster_dice_below(struct muster_dice *dice, size_t n)
{
    return (size_t)muster_random_below(dice->stream, dice->next++, n);
}

/* ---- one gene -------------------------------------------------------------------------------- */

double muster_cross_arithmetic(double a, double b, double shape, struct muster_dice *dice)
{
    (void)dice;
    return a + shape * (b - a);
}

double muster_cross_sbx(double a, double b, double shape, struct muster_dice *dice)
{
    if (muster_dice_uniform(dice) < 0.5)
        return a;
    double u = muster_dice_uniform(dice), power = 1 / (shape + 1);
    double spread = u <= 0.5 ? pow(2 * u, power) : pow(1 / (2 * (1 - u)), power);
    double side = muster_dice_uniform(dice) < 0.5 ? -1 : 1;
    return 0.5 * (a + b) + side * 0.5 * spread * (b - a);
}

double muster_cross_blend(double a, double b, double shape, struct muster_dice *dice)
{
    return a + (b - a) * ((1 + 2 * shape) * muster_dice_uniform(dice) - shape);
}

double muster_cross_uniform(double a, double b, double shape, struct muster_dice *dice)
{
    (void)shape;
    return muster_dice_uniform(dice) < 0.5 ? a : b;
}

double muster_move_gaussian(double u, double shape, struct muster_dice *dice)
{
    return u + shape * muster_dice_normal(dice);
}

double muster_move_polynomial(double u, double shape, struct muster_dice *dice)
{
    double r = muster_dice_uniform(dice), power = 1 / (shape + 1);
    double room = r < 0.5 ? 1 - u : u; /* to the other end, of the unit interval */

    if (r < 0.5)
        return u + pow(2 * r + (1 - 2 * r) * pow(room, shape + 1), power) - 1;
    return u + 1 - pow(2 * (1 - r) + (2 * r - 1) * pow(room, shape + 1), power);
}

double muster_gene_clamp(double u)
{
    return isfinite(u) ? fmin(fmax(u, 0), 1) : 0.5;
}

bool muster_gene_nominal(const struct muster_param *param)
{
    return param->kind == MUSTER_PARAM_CHOICE && !param->ordered;
}

/* ---- whole points ---------------------------------------------------------------------------- */

static double cross_gene(const struct muster_param *param, double a, double b,
                         const struct muster_mating *mating, struct muster_dice *dice)
{
    if (isnan(a) && isnan(b))
        return muster_param_decode(param, muster_dice_uniform(dice));
    if (isnan(a) || isnan(b))
        return isnan(a) ? b : a;
    if (muster_gene_nominal(param))
        return muster_cross_uniform(a, b, 0, dice);
    double u = mating->cross(muster_param_encode(param, a), muster_param_encode(param, b),
                             mating->shape, dice);
    return muster_param_decode(param, muster_gene_clamp(u));
}

void muster_genes_cross(const struct muster_space *space, const double *a, const double *b,
                        const struct muster_mating *mating, struct muster_dice *dice, double *child)
{
    for (size_t j = 0; j < space->d; j++)
        child[j] = cross_gene(&space->params[j], a[j], b[j], mating, dice);
}

/* One of the other choices. */
static double move_nominal(const struct muster_param *param, double value, struct muster_dice *dice)
{
    if (param->n_choices < 2)
        return value;
    double other = (double)muster_dice_below(dice, param->n_choices - 1);
    return other < value ? other : other + 1;
}

/* The level beside `value`, on the side of `up` unless there is none. */
static double neighbour(const struct muster_param *param, double value, bool up)
{
    double n = muster_param_count(param), u = muster_param_encode(param, value);
    for (int turn = 0; turn < 2; turn++, up = !up)
        for (double step = 0.5 / n; step < 1; step *= 2) { /* cells on a log scale are uneven */
            double v = muster_param_decode(param, up ? u + step : u - step);
            if (v < value || v > value)
                return v;
        }
    return value;
}

double muster_gene_move(const struct muster_param *param, double value,
                        const struct muster_mutation *mutation, struct muster_dice *dice)
{
    if (muster_gene_nominal(param))
        return move_nominal(param, value, dice);
    double u = muster_param_encode(param, value);
    double moved = mutation->move(u, mutation->shape, dice);
    double v = muster_param_decode(param, muster_gene_clamp(moved));
    if (!muster_param_is_continuous(param) && !(v < value || v > value))
        return neighbour(param, value, moved > u);
    return v;
}

void muster_genes_mutate(const struct muster_space *space, const double *active,
                         const struct muster_mutation *mutation, struct muster_dice *dice,
                         double *child)
{
    size_t n = 0, moved = 0, forced;

    for (size_t j = 0; j < space->d; j++)
        n += isnan(active[j]) ? 0 : 1;
    if (n == 0)
        return;
    for (size_t j = 0; j < space->d; j++) {
        double genes = mutation->genes;
        if (muster_gene_nominal(&space->params[j]))
            genes = fmin(genes, 1);
        if (isnan(active[j]) || muster_dice_uniform(dice) * (double)n >= genes)
            continue;
        child[j] = muster_gene_move(&space->params[j], child[j], mutation, dice);
        moved++;
    }
    if (moved > 0 || !mutation->always)
        return;
    forced = muster_dice_below(dice, n);
    for (size_t j = 0; j < space->d; j++)
        if (!isnan(active[j]) && forced-- == 0)
            child[j] = muster_gene_move(&space->params[j], child[j], mutation, dice);
}
