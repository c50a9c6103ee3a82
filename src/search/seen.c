/* A set of points as a hash table with open addressing; it stores ids, the points stand with the
 * caller. */
#include <math.h>

#include "search/search_impl.h"

static size_t slot_of(const struct muster_seen *seen, const struct muster_space *space,
                      const double *x)
{
    uint32_t crc = 0;
    for (size_t j = 0; j < space->d; j++) {
        double value = isnan(x[j]) ? NAN : x[j]; /* one NaN for all inactive ones */
        crc = muster_crc32c(crc, &value, sizeof value);
    }
    return crc & (seen->capacity - 1);
}

/* The slot where x is, or the free one where it would go. */
static size_t probe(const struct muster_seen *seen, const struct muster_space *space,
                    muster_point_of *point_of, const void *context, const double *x)
{
    size_t slot = slot_of(seen, space, x);
    while (seen->slots[slot] != 0 &&
           !muster_space_equal(space, point_of(context, seen->slots[slot] - 1), x))
        slot = (slot + 1) & (seen->capacity - 1);
    return slot;
}

int64_t muster_seen_find(const struct muster_seen *seen, const struct muster_space *space,
                         muster_point_of *point_of, const void *context, const double *x)
{
    if (seen->capacity == 0)
        return -1;
    return seen->slots[probe(seen, space, point_of, context, x)] - 1;
}

static enum muster_status widen(struct muster_seen *seen, const struct muster_space *space,
                                muster_point_of *point_of, const void *context)
{
    enum muster_status status = MUSTER_OK;
    struct muster_seen wide = {.n = seen->n, .capacity = seen->capacity ? 2 * seen->capacity : 64};

    MUSTER_NEW(wide.slots, wide.capacity);
    for (size_t i = 0; i < seen->capacity; i++)
        if (seen->slots[i] != 0) {
            const double *x = point_of(context, seen->slots[i] - 1);
            wide.slots[probe(&wide, space, point_of, context, x)] = seen->slots[i];
        }
    muster_free(seen->slots);
    *seen = wide;
done:
    return status;
}

enum muster_status muster_seen_add(struct muster_seen *seen, const struct muster_space *space,
                                   muster_point_of *point_of, const void *context, int64_t id)
{
    enum muster_status status = MUSTER_OK;

    if (2 * (seen->n + 1) > seen->capacity)
        MUSTER_TRY(widen(seen, space, point_of, context));
    size_t slot = probe(seen, space, point_of, context, point_of(context, id));
    if (seen->slots[slot] == 0) {
        seen->slots[slot] = id + 1;
        seen->n++;
    }
done:
    return status;
}

void muster_seen_free(struct muster_seen *seen)
{
    muster_free(seen->slots);
    *seen = (struct muster_seen){0};
}
