/* How parents are chosen; see selection.h. */
#include <math.h>
#include <string.h>

#include "search/selection.h"

/* The best of some drawn ones. */
static size_t select_tournament(const struct muster_selection *by, const int64_t *members, size_t n,
                                struct muster_dice *dice)
{
    size_t best = n;
    (void)members;
    for (size_t i = 0; i < by->tournament; i++) {
        size_t at = muster_dice_below(dice, n);
        best = at < best ? at : best;
    }
    return best;
}

/* The first one whose share of the sum, with those before it, reaches beyond a uniform number. */
static size_t spin(double (*weight)(const struct muster_selection *, const int64_t *, size_t n,
                                    size_t at),
                   const struct muster_selection *by, const int64_t *members, size_t n,
                   struct muster_dice *dice)
{
    double sum = 0, mark = muster_dice_uniform(dice);

    for (size_t i = 0; i < n; i++)
        sum += weight(by, members, n, i);
    mark *= sum;
    for (size_t i = 0; i + 1 < n; i++) {
        mark -= weight(by, members, n, i);
        if (mark < 0)
            return i;
    }
    return n - 1;
}

/* Linear ranking (Baker 1985): the best is `pressure` times as likely as the mean. */
static double weight_of_rank(const struct muster_selection *by, const int64_t *members, size_t n,
                             size_t at)
{
    double s = by->pressure, share = n > 1 ? (double)at / (double)(n - 1) : 0;
    (void)members;
    return s - 2 * (s - 1) * share;
}

static size_t select_rank(const struct muster_selection *by, const int64_t *members, size_t n,
                          struct muster_dice *dice)
{
    return spin(weight_of_rank, by, members, n, dice);
}

/* In proportion to how much better than the population's worst a member is, and a tenth of the
 * whole span, so that the worst has a chance. Without one scale (several objectives, constraints)
 * the places count. */
static double weight_of_score(const struct muster_selection *by, const int64_t *members, size_t n,
                              size_t at)
{
    const struct muster_told *best = muster_search_outcome(by->search, members[0]);
    const struct muster_told *worst = muster_search_outcome(by->search, members[n - 1]);
    double span = worst->score - best->score;

    if (worst->objectives != NULL || worst->violation > 0 || !(span > 0) || isinf(span))
        return (double)(n - at);
    return worst->score - muster_search_outcome(by->search, members[at])->score + 0.1 * span;
}

static size_t select_roulette(const struct muster_selection *by, const int64_t *members, size_t n,
                              struct muster_dice *dice)
{
    return spin(weight_of_score, by, members, n, dice);
}

static const struct {
    const char *name;
    muster_selecting *select;
} selections[] = {
    {"tournament", select_tournament}, {"rank", select_rank}, {"roulette", select_roulette}};

muster_selecting *muster_selection_find(const char *name)
{
    for (size_t i = 0; i < sizeof selections / sizeof *selections; i++)
        if (strcmp(selections[i].name, name) == 0)
            return selections[i].select;
    return NULL;
}
