/* ask [WINDOW [METHOD [MOST]]]: processor milliseconds of one ask of a method (bayes) at n <= MOST
 * observations in 10 dimensions (7 floats, 1 integer, 2 choices), fits of kernel parameters
 * included: mean over as many asks as lie between two fits, maximum, and the power of n by which
 * the mean has grown since the line before. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "muster/linalg.h"
#include "muster/search.h"
#include "spaces.h"

enum { D = 10 };

static void check(enum muster_status status)
{
    if (status == MUSTER_OK)
        return;
    fprintf(stderr, "ask: %s\n", muster_error_text());
    exit(muster_status_exit(status));
}

/* A smooth bowl with ripples and some noise. */
static double value(const double *x, int64_t id)
{
    struct muster_stream stream = muster_stream_of(1, id, -1, MUSTER_FOR_NOISE);
    double sum = 0.1 * x[8] + 0.2 * fabs(x[9] - 1) + 0.01 * pow(x[7] - 40, 2) / 100;
    for (int j = 0; j < 7; j++)
        sum += pow(x[j] - 0.1 * (j + 2), 2) + 0.05 * sin(9 * x[j]);
    return sum + 0.01 * muster_random_normal(stream, 0);
}

/* What an ask costs at n observations: over the `asks` that follow it. Returns the mean in ms. */
static double measure(struct muster_search *search, int64_t from, int64_t to)
{
    double sum = 0, most = 0;
    struct muster_step step;
    enum muster_answer answer;

    for (int64_t i = from; i < to; i++) {
        double start = muster_cpu();
        check(muster_search_ask(search, &step, &answer));
        double seconds = muster_cpu() - start;
        sum += seconds;
        most = fmax(most, seconds);
        struct muster_told told = {.score = value(step.x, i), .deviation = NAN};
        check(muster_search_tell(search, i, &told));
    }
    sum *= 1e3 / (double)(to - from);
    printf("%6lld %10.2f %10.2f", (long long)from, sum, 1e3 * most);
    return sum;
}

/* Stands n random results up without a single proposal, as a resume does. */
static void prepare(struct muster_search *search, const struct muster_space *space, int64_t n)
{
    for (int64_t i = muster_search_asked(search); i < n; i++) {
        struct muster_stream stream = muster_stream_of(2, i, -1, MUSTER_FOR_NOISE);
        double u[D], x[D];
        for (uint64_t j = 0; j < D; j++)
            u[j] = muster_random_uniform(stream, j);
        muster_space_decode(space, u, x);
        check(muster_search_replay(search, &(struct muster_step){.id = i, .trial = i, .x = x}, NULL,
                                   0));
        struct muster_told told = {.score = value(x, i), .deviation = NAN};
        check(muster_search_tell(search, i, &told));
    }
}

/* As many as lie between two fits. */
static int64_t asks_at(int64_t n)
{
    if (n < 100)
        return 25;
    return n < 1500 ? n / 5 + 5 : 305;
}

int main(int argc, char **argv)
{
    const struct muster_plugin section = {.name = "search", .options = muster_search_options};
    const int64_t sizes[] = {25, 50, 100, 200, 500, 1000, 2000, 5000, 10000};
    struct muster_param params[D] = {bench_float(0, 1, false),
                                     bench_float(0, 1, false),
                                     bench_float(0, 1, false),
                                     bench_float(0, 1, false),
                                     bench_float(0, 1, false),
                                     bench_float(0, 1, false),
                                     bench_float(1e-4, 1, true),
                                     bench_int(1, 100),
                                     bench_choice(4),
                                     bench_choice(3)};
    struct muster_space space = {.d = D, .params = params};
    struct muster_block options = {0};

    muster_blas_threads(1);
    check(muster_block_default(&section, &options));
    muster_block_set(&options, "method", NAN, argc > 2 ? argv[2] : "bayes");
    printf("%6s %10s %10s %6s   (processor ms an ask, d = 10)\n", "n", "mean", "max", "power");
    const int64_t most = argc > 3 ? atoll(argv[3]) : 10000;
    double before = NAN;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes && sizes[i] <= most; i++) {
        struct muster_search *search;
        struct muster_search_setup setup = {.space = &space,
                                            .options = &options,
                                            .seed = 3,
                                            .window = argc > 1 ? atoll(argv[1]) : 1,
                                            .strict = true};
        check(muster_search_create(&setup, &search));
        prepare(search, &space, sizes[i]);
        double mean = measure(search, sizes[i], sizes[i] + asks_at(sizes[i]));
        if (i > 0)
            printf(" %6.2f", log(mean / before) / log((double)sizes[i] / (double)sizes[i - 1]));
        printf("\n");
        fflush(stdout);
        before = mean;
        muster_search_destroy(&search);
    }
    muster_block_clear(&options);
    return 0;
}
