/* What the benchmarks of training share: memory or the end, medians, the yardstick. */
#ifndef MUSTER_BENCH_H
#define MUSTER_BENCH_H

#include "muster/linalg.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BENCH_PEAK = 2000 };

static void fail(const char *what, const char *which)
{
    fprintf(stderr, "%s: %s %s%s%s\n", BENCH_NAME, what, which, *muster_error_text() ? ": " : "",
            muster_error_text());
    exit(1);
}

static void *array(size_t count, size_t size)
{
    void *block = muster_alloc(count, size);
    if (block == NULL)
        fail("out of", "memory");
    return block;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t n)
{
    qsort(values, n, sizeof *values, ascending);
    return values[n / 2];
}

/* The yardstick: a single-precision product of 2000 x 2000 matrices by the BLAS. It is taken by
 * turns with what is measured, since what other programs leave of the processor changes within
 * seconds. */
struct yardstick {
    float *a, *b, *c;
};

static struct yardstick open_yardstick(void)
{
    const size_t n = (size_t)BENCH_PEAK * BENCH_PEAK;
    struct yardstick yard = {array(n, sizeof(float)), array(n, sizeof(float)),
                             array(n, sizeof(float))};
    const struct muster_stream noise = muster_stream_of(0, -1, -1, MUSTER_FOR_NOISE);
    muster_random_fill(noise, 0, -1, 1, yard.a, n);
    muster_random_fill(noise, n, -1, 1, yard.b, n);
    return yard;
}

static void close_yardstick(struct yardstick *yard)
{
    muster_free(yard->a);
    muster_free(yard->b);
    muster_free(yard->c);
}

/* GFLOP/s of one product. */
static double peak(const struct yardstick *yard)
{
    const double start = muster_cpu();
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, BENCH_PEAK, BENCH_PEAK, BENCH_PEAK, 1,
                yard->a, BENCH_PEAK, yard->b, BENCH_PEAK, 0, yard->c, BENCH_PEAK);
    return 2e-9 * BENCH_PEAK * BENCH_PEAK * BENCH_PEAK / (muster_cpu() - start);
}

static size_t number(const char *option, const char *text, size_t most)
{
    double value;
    if (text == NULL || !muster_number_read(text, &value) || value < 0 || value > (double)most ||
        value != floor(value))
        fail("not a whole number in range behind", option);
    return (size_t)value;
}

#endif
