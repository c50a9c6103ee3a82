/* Search spaces written by hand, for benchmarks that need no study file. */
#ifndef MUSTER_BENCH_SPACES_H
#define MUSTER_BENCH_SPACES_H

#include "muster/study.h"

static inline struct muster_param bench_float(double low, double high, bool log)
{
    return (struct muster_param){.kind = MUSTER_PARAM_FLOAT, .low = low, .high = high, .log = log};
}

static inline struct muster_param bench_int(double low, double high)
{
    return (struct muster_param){.kind = MUSTER_PARAM_INT, .low = low, .high = high};
}

static inline struct muster_param bench_choice(size_t n)
{
    return (struct muster_param){
        .kind = MUSTER_PARAM_CHOICE, .high = (double)n - 1, .n_choices = n};
}

#endif
