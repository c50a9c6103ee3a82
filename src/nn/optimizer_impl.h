/* The loop of an optimizer over its numbers, a vector at a time. */
#ifndef MUSTER_NN_OPTIMIZER_IMPL_H
#define MUSTER_NN_OPTIMIZER_IMPL_H

#include "nn/nn_impl.h"

#include <assert.h>
#include <string.h>

/* `now` of an optimizer as a struct of its kind's own. */
#define STEP_SET(optimizer, by)                                                 \
    do {                                                                        \
        static_assert(sizeof(by) <= sizeof(optimizer)->now, "too much a step"); \
        memcpy((optimizer)->now, &(by), sizeof(by));                            \
    } while (0)
#define STEP_GET(optimizer, by) memcpy(&(by), (optimizer)->now, sizeof(by))

/* One weight (LANES of them), its slope and its moments. */
struct step_lanes {
    vfloat w, g, m, v;
};

VECTOR_INLINE vfloat step_load(const float *from, size_t n)
{
    return n < LANES ? vload_some(from, n) : vload(from);
}

VECTOR_INLINE void step_store(float *to, vfloat x, size_t n)
{
    if (n >= LANES)
        vstore(to, x);
    else
        for (size_t l = 0; l < n; l++)
            to[l] = x[l];
}

/* Calls `move` with n numbers at most; v is used with `two`, a constant where this is inlined. */
VECTOR_INLINE void step_part(const void *by, void (*move)(const void *by, struct step_lanes *at),
                             size_t n, bool two, float *w, const float *g, float *m, float *v)
{
    struct step_lanes at = {.w = step_load(w, n), .g = step_load(g, n), .m = step_load(m, n)};
    if (two)
        at.v = step_load(v, n);
    move(by, &at);
    step_store(w, at.w, n);
    step_store(m, at.m, n);
    if (two)
        step_store(v, at.v, n);
}

/* The `range` of an optimizer whose first moment is m and, with `two`, whose second is v. */
VECTOR_INLINE void step_range(struct muster_optimizer *optimizer, size_t first, size_t n, float *w,
                              const float *g, bool two, const void *by,
                              void (*move)(const void *by, struct step_lanes *at))
{
    float *m = optimizer->state + first, *v = m + optimizer->n;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        step_part(by, move, LANES, two, w + i, g + i, m + i, v + i);
    if (i < n)
        step_part(by, move, n - i, two, w + i, g + i, m + i, v + i);
}

#endif
