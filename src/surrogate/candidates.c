/* Raw candidates of a maximisation (Ament et al. 2023, appendix D): half of them uniform, half
 * perturbations of the best points (Eriksson et al. 2019, arXiv 1910.01739), here with random masks
 * and steps over four decades, so that late proposals can be close. */
#include <math.h>

#include "surrogate/surrogate_impl.h"

/* The draw behind those of a perturbation's parameters. */
#define MOST_DRAWS ((UINT64_C(1) << 32) - 1)

/* The best point in three of five cases, else one of the elite. */
static const double *draw_elite(const struct muster_acquisition *acquisition, size_t d, uint64_t c)
{
    double draw = muster_draw(acquisition->stream, c, MOST_DRAWS);
    size_t rank = draw < 0.6 ? 0 : (size_t)((draw - 0.6) / 0.4 * (double)acquisition->n_elite);
    return acquisition->elite + rank * d;
}

/* A perturbation of one of the best: which parameters move, and how far, is drawn too. */
static void perturb(const struct muster_acquisition *acquisition, const struct muster_space *space,
                    uint64_t c, double *u)
{
    struct muster_stream stream = acquisition->stream;
    size_t d = space->d, sure = (size_t)(muster_draw(stream, c, 0) * (double)d);
    const double masks[] = {1, 0.5, 2 / (double)d};
    double moves = masks[(size_t)(3 * muster_draw(stream, c, 1))];
    double step = pow(10, -4 + 3.5 * muster_draw(stream, c, 2));
    const double *from = draw_elite(acquisition, d, c);

    for (size_t j = 0; j < d; j++) {
        uint64_t at = 3 + 4 * j;
        u[j] = from[j];
        if (j != sure && muster_draw(stream, c, at) >= moves)
            continue;
        if (muster_param_is_continuous(&space->params[j]))
            u[j] += step * muster_random_normal(stream, c << 32 | (at + 1));
        else if (j == sure || muster_draw(stream, c, at + 2) < 0.25)
            u[j] = muster_draw(stream, c, at + 3);
        u[j] = fmin(fmax(u[j], 0), 1);
        if (acquisition->low != NULL)
            u[j] = fmin(fmax(u[j], acquisition->low[j]), acquisition->high[j]);
    }
}

/* In a box: uniform along about 20 parameters, others as the best point has them (Eriksson et al.).
 */
static void draw_in_box(const struct muster_acquisition *acquisition, size_t d, uint64_t c,
                        double *u)
{
    const double *low = acquisition->low, *high = acquisition->high;
    size_t sure = (size_t)(muster_draw(acquisition->stream, c, 0) * (double)d);

    for (size_t j = 0; j < d; j++) {
        double draw = muster_draw(acquisition->stream, c, 2 + 2 * j);
        u[j] = acquisition->elite[j];
        if (j == sure || draw < 20 / (double)d)
            u[j] = low[j] + (high[j] - low[j]) * muster_draw(acquisition->stream, c, 1 + 2 * j);
    }
}

void muster_candidates_draw(const struct muster_acquisition *acquisition,
                            const struct muster_space *space, size_t n, double *x, double *all)
{
    for (size_t c = 0; c < n; c++) {
        double *u = all + c * space->d;
        if (c % 2 == 1)
            perturb(acquisition, space, c, u);
        else if (acquisition->low != NULL)
            draw_in_box(acquisition, space->d, c, u);
        else
            for (size_t j = 0; j < space->d; j++)
                u[j] = muster_draw(acquisition->stream, c, j);
        muster_space_decode(space, u, x);
        muster_space_encode(space, x, u);
    }
}
