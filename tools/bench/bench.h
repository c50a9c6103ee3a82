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

/* GFLOP/s of a single-precision product of 2000 x 2000 matrices by the BLAS, median of five. */
static double peak(void)
{
    const size_t n = BENCH_PEAK;
    float *a = array(n * n, sizeof *a), *b = array(n * n, sizeof *b), *c = array(n * n, sizeof *c);
    double seconds[5], cube = (double)n * (double)n * (double)n;
    const struct muster_stream noise = muster_stream_of(0, -1, -1, MUSTER_FOR_NOISE);
    muster_random_fill(noise, 0, -1, 1, a, n * n);
    muster_random_fill(noise, n * n, -1, 1, b, n * n);
    for (int i = -1; i < 5; i++) {
        double start = muster_cpu();
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, BENCH_PEAK, BENCH_PEAK, BENCH_PEAK,
                    1, a, BENCH_PEAK, b, BENCH_PEAK, 0, c, BENCH_PEAK);
        if (i >= 0)
            seconds[i] = muster_cpu() - start;
    }
    muster_free(a);
    muster_free(b);
    muster_free(c);
    return 2e-9 * cube / median(seconds, 5);
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
