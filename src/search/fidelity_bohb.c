/* bohb: hyperband whose configurations come from a model of densities on the highest rung of which
 * enough is known (Falkner, Klein, Hutter, ICML 2018): hyperband with `method: tpe`, which is what
 * `auto` stands for here, and every third configuration drawn at random. */
#include "search/fidelity_impl.h"

extern const struct muster_scheduler muster_fidelity_hyperband;

static enum muster_status create(const struct muster_search *search,
                                 const struct muster_ladder *ladder, void **state)
{
    return muster_fidelity_hyperband.create(search, ladder, state);
}

static void destroy(void *state)
{
    muster_fidelity_hyperband.destroy(state);
}

static enum muster_status next(void *state, bool room, struct muster_move *move)
{
    return muster_fidelity_hyperband.next(state, room, move);
}

static enum muster_status take(void *state, int64_t trial, size_t rung)
{
    return muster_fidelity_hyperband.take(state, trial, rung);
}

static void learn(void *state, int64_t trial, size_t rung, double score)
{
    muster_fidelity_hyperband.learn(state, trial, rung, score);
}

static int64_t given_up(void *state)
{
    return muster_fidelity_hyperband.given_up(state);
}

const struct muster_scheduler muster_fidelity_bohb = {
    .plugin = {.name = "bohb",
               .help = "hyperband with method tpe, and every third configuration at random"},
    .method = "tpe",
    .random_share = 1.0 / 3.0,
    .create = create,
    .destroy = destroy,
    .next = next,
    .take = take,
    .learn = learn,
    .given_up = given_up,
};
