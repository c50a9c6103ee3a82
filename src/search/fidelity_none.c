/* none: every trial is one step, to the end. */
#include "search/fidelity_impl.h"

static enum muster_status create(const struct muster_search *search,
                                 const struct muster_ladder *ladder, void **state)
{
    (void)search;
    (void)ladder;
    *state = NULL;
    return MUSTER_OK;
}

static void destroy(void *state)
{
    (void)state;
}

static enum muster_status next(void *state, bool room, struct muster_move *move)
{
    (void)state;
    *move = (struct muster_move){.kind = room ? MUSTER_MOVE_NEW : MUSTER_MOVE_END};
    return MUSTER_OK;
}

static enum muster_status take(void *state, int64_t trial, size_t rung)
{
    (void)state;
    (void)trial;
    (void)rung;
    return MUSTER_OK;
}

static void learn(void *state, int64_t trial, size_t rung, double score)
{
    (void)state;
    (void)trial;
    (void)rung;
    (void)score;
}

const struct muster_scheduler muster_fidelity_none = {
    .plugin = {.name = "none", .help = "every configuration is tried to the end at once"},
    .create = create,
    .destroy = destroy,
    .next = next,
    .take = take,
    .learn = learn,
};
