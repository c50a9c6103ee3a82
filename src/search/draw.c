/* Points drawn without results: random ones, and a space-filling design. */
#include <math.h>
#include <string.h>

#include "search/search_impl.h"
#include "muster/surrogate.h"

static struct muster_stream stream_of(const struct muster_search *search, int64_t id)
{
    return muster_stream_of(muster_search_setup_of(search)->seed, id, -1, MUSTER_FOR_SEARCH);
}

/* Counters apart from those of the plain draws: of muster_search_settle, which may end in such, and
 * of the draws of a space with forbidden combinations. */
#define SETTLE_COUNTER (UINT64_C(1) << 62)
#define MORE_COUNTER (UINT64_C(1) << 61)
#define NEAR_COUNTER (UINT64_C(3) << 61)

/* Drawn anew so often before the rest is walked through; more often where much may be forbidden;
 * and so often near a point that is allowed. */
enum { TRIES = 64, MORE_TRIES = 1 << 16, NEAR_TRIES = 1 << 12 };

static bool draw_once(const struct muster_search *search, struct muster_stream stream,
                      uint64_t counter, double *x)
{
    const struct muster_space *space = muster_search_setup_of(search)->space;
    for (size_t j = 0; j < space->d; j++)
        x[j] = muster_param_draw(&space->params[j], muster_random_uniform(stream, counter | j));
    muster_space_settle(space, x);
    return !muster_search_seen(search, x);
}

/* A point asked before with some parameters moved, by steps over four decades. */
static bool draw_near(const struct muster_search *search, struct muster_stream stream,
                      uint64_t counter, double *x)
{
    const struct muster_space *space = muster_search_setup_of(search)->space;
    uint64_t asked = (uint64_t)muster_search_asked(search);
    const double *from =
        muster_search_x(search, (int64_t)muster_random_below(stream, counter, asked));
    size_t sure = (size_t)muster_random_below(stream, counter + 1, space->d);
    double step = pow(10, -4 * muster_random_uniform(stream, counter + 2));

    for (size_t j = 0; j < space->d; j++) {
        const struct muster_param *param = &space->params[j];
        double u = muster_param_encode(param, from[j]);
        if (j == sure || muster_random_uniform(stream, counter + 3 + 2 * j) < 0.3)
            u += step * muster_random_normal(stream, counter + 4 + 2 * j);
        x[j] = muster_param_decode(param, u);
    }
    muster_space_settle(space, x);
    return !muster_search_seen(search, x);
}

/* Where little is allowed: many more draws, then draws near points that are. */
static bool draw_allowed(const struct muster_search *search, struct muster_stream stream, double *x)
{
    for (uint64_t attempt = 0; attempt < MORE_TRIES; attempt++)
        if (draw_once(search, stream, MORE_COUNTER | attempt << 32, x))
            return true;
    for (uint64_t attempt = 0; attempt < NEAR_TRIES && muster_search_asked(search) > 0; attempt++)
        if (draw_near(search, stream, NEAR_COUNTER | attempt << 32, x))
            return true;
    return false;
}

enum muster_status muster_search_draw(const struct muster_search *search, int64_t id, double *x)
{
    const struct muster_space *space = muster_search_setup_of(search)->space;
    struct muster_stream stream = stream_of(search, id);
    bool found;

    for (uint64_t attempt = 0; attempt < TRIES; attempt++)
        if (draw_once(search, stream, attempt << 32, x))
            return MUSTER_OK;
    if (space->n_forbidden > 0 && draw_allowed(search, stream, x))
        return MUSTER_OK;
    return muster_space_first_free(space, muster_search_seen, search, x, &found);
}

enum muster_status muster_search_settle(const struct muster_search *search, int64_t id, double *x)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_space *space = muster_search_setup_of(search)->space;
    struct muster_stream stream = stream_of(search, id);
    double *full = NULL;

    if (muster_space_settle(space, x) && !muster_search_seen(search, x))
        return MUSTER_OK;
    MUSTER_NEW(full, space->d);
    memcpy(full, x, space->d * sizeof *x);
    for (size_t j = 0; j < space->d; j++)
        if (isnan(full[j]))
            full[j] = muster_param_draw(
                &space->params[j], muster_random_uniform(stream, SETTLE_COUNTER | (uint64_t)j));
    for (uint64_t attempt = 1; attempt < TRIES; attempt++) {
        uint64_t counter = SETTLE_COUNTER | attempt << 32;
        size_t j = (size_t)muster_random_below(stream, counter, space->d);
        memcpy(x, full, space->d * sizeof *x);
        x[j] = muster_param_draw(&space->params[j], muster_random_uniform(stream, counter + 1));
        muster_space_settle(space, x);
        if (!muster_search_seen(search, x))
            goto done;
    }
    MUSTER_TRY(muster_search_draw(search, id, x));
done:
    muster_free(full);
    return status;
}

/* Each parameter's range is cut into as many strata as the block has points, each stratum holds
 * one: McKay, Beckman, Conover 1979. Numbers follow from the block's first id. */
enum muster_status muster_search_design(const struct muster_search *search, int64_t id,
                                        int64_t block, double *x)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_space *space = muster_search_setup_of(search)->space;
    int64_t within = id % block, *strata = NULL;
    struct muster_stream stream = stream_of(search, id - within);

    MUSTER_NEW(strata, block);
    for (size_t j = 0; j < space->d; j++) {
        uint64_t counter = (uint64_t)(j + TRIES) << 32;
        for (int64_t i = 0; i < block; i++)
            strata[i] = i;
        muster_random_shuffle(stream, counter, strata, (size_t)block);
        double inside =
            muster_random_uniform(stream, counter + (uint64_t)(1 << 24) + (uint64_t)within);
        x[j] =
            muster_param_draw(&space->params[j], ((double)strata[within] + inside) / (double)block);
    }
    muster_space_settle(space, x);
    if (muster_search_seen(search, x))
        MUSTER_TRY(muster_search_draw(search, id, x));
done:
    muster_free(strata);
    return status;
}
