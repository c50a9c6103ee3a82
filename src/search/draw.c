/* Points drawn without results: random ones, and a space-filling design. */
#include <math.h>
#include <string.h>

#include "search/search_impl.h"
#include "muster/surrogate.h"

static struct muster_stream stream_of(const struct muster_search *search, int64_t id)
{
    return muster_stream_of(muster_search_setup_of(search)->seed, id, -1, MUSTER_FOR_SEARCH);
}

/* Counters of muster_search_settle, apart from those of the draws that it may end in. */
#define SETTLE_COUNTER (UINT64_C(1) << 62)

/* Drawn anew so often before the rest is walked through. */
enum { TRIES = 64 };

enum muster_status muster_search_draw(const struct muster_search *search, int64_t id, double *x)
{
    const struct muster_space *space = muster_search_setup_of(search)->space;
    struct muster_stream stream = stream_of(search, id);
    bool found;

    for (uint64_t attempt = 0; attempt < TRIES; attempt++) {
        for (size_t j = 0; j < space->d; j++)
            x[j] = muster_param_decode(&space->params[j],
                                       muster_random_uniform(stream, attempt << 32 | j));
        muster_space_settle(space, x);
        if (!muster_search_seen(search, x))
            return MUSTER_OK;
    }
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
            full[j] = muster_param_decode(
                &space->params[j], muster_random_uniform(stream, SETTLE_COUNTER | (uint64_t)j));
    for (uint64_t attempt = 1; attempt < TRIES; attempt++) {
        uint64_t counter = SETTLE_COUNTER | attempt << 32;
        size_t j = (size_t)muster_random_below(stream, counter, space->d);
        memcpy(x, full, space->d * sizeof *x);
        x[j] = muster_param_decode(&space->params[j], muster_random_uniform(stream, counter + 1));
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
        x[j] = muster_param_decode(&space->params[j],
                                   ((double)strata[within] + inside) / (double)block);
    }
    muster_space_settle(space, x);
    if (muster_search_seen(search, x))
        MUSTER_TRY(muster_search_draw(search, id, x));
done:
    muster_free(strata);
    return status;
}
