/* Sums of waves: what a function drawn from a process is made of (waves.c). */
#ifndef MUSTER_SURROGATE_WAVES_IMPL_H
#define MUSTER_SURROGATE_WAVES_IMPL_H

#include "surrogate/surrogate_impl.h"

/* m waves over rows of numbers. */
struct waves {
    size_t m;
    double *height, *phase; /* owned [m] */
    double *rate;           /* owned [rows][m] */
};

/* The i-th normal number of a block of draws, counted from MUSTER_DRAW_PATH. A wave has a block of
 * its own, in which those from WAVES_VALUES on are free for its rows. */
enum { WAVES_VALUES = 5 };
static inline double waves_normal(struct muster_stream stream, uint64_t block, uint64_t i)
{
    return muster_random_normal(stream, (MUSTER_DRAW_PATH + block) << 32 | i);
}

enum muster_status waves_create(struct waves *waves, size_t m, size_t rows);
void waves_clear(struct waves *waves);

/* Heights and phases of a function with this variance, and the factor of each frequency that makes
 * normal ones those of the kernel: left in rate's first row. Wave r draws from block + r. */
void waves_draw(struct waves *waves, enum muster_kernel_kind kind, double variance,
                struct muster_stream stream, uint64_t block);

/* The sum at these angles [m]. */
double waves_sum(const struct waves *waves, const double *angle);
/* Its derivative by a number that the angles rise with at `rate` [m]. */
double waves_slope(const struct waves *waves, const double *angle, const double *rate);

#endif
