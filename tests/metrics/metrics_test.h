/* The types of the reference cases. */
#ifndef METRICS_TEST_H
#define METRICS_TEST_H

#include "muster/metrics.h"

struct expected {
    const char *metric;
    double value;
};

struct reference {
    struct muster_scored scored;
    size_t n_expected;
    const struct expected *expected;
};

#endif
