/* regret [EVALUATIONS [SEEDS [WINDOW...]]]: simple regret of `bayes` on known functions, the median
 * over seeds; results become known as a window of that size lets them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "muster/linalg.h"
#include "muster/search.h"
#include "spaces.h"

static const double pi = 3.14159265358979323846;

static double branin(const double *x, size_t d)
{
    (void)d;
    double a = x[1] - 5.1 / (4 * pi * pi) * x[0] * x[0] + 5 / pi * x[0] - 6;
    return a * a + 10 * (1 - 1 / (8 * pi)) * cos(x[0]) + 10 - 0.39788735772973816;
}

static double hartmann6(const double *x, size_t d)
{
    static const double height[4] = {1, 1.2, 3, 3.2};
    static const double steep[4][6] = {{10, 3, 17, 3.5, 1.7, 8},
                                       {.05, 10, 17, .1, 8, 14},
                                       {3, 3.5, 1.7, 10, 17, 8},
                                       {17, 8, .05, 10, .1, 14}};
    static const double place[4][6] = {{1312, 1696, 5569, 124, 8283, 5886},
                                       {2329, 4135, 8307, 3736, 1004, 9991},
                                       {2348, 1451, 3522, 2883, 3047, 6650},
                                       {4047, 8828, 8732, 5743, 1091, 381}};
    double value = 3.322368011391339;
    for (size_t i = 0; i < 4; i++) {
        double sum = 0;
        for (size_t j = 0; j < d; j++)
            sum += steep[i][j] * pow(x[j] - 1e-4 * place[i][j], 2);
        value -= height[i] * exp(-sum);
    }
    return value;
}

static double ackley(const double *x, size_t d)
{
    double squares = 0, waves = 0, n = (double)d;
    for (size_t j = 0; j < d; j++) {
        squares += x[j] * x[j];
        waves += cos(2 * pi * x[j]);
    }
    return -20 * exp(-0.2 * sqrt(squares / n)) - exp(waves / n) + 20 + exp(1);
}

static double levy(const double *x, size_t d)
{
    double w = 1 + (x[0] - 1) / 4, value = pow(sin(pi * w), 2);
    for (size_t j = 0; j + 1 < d; j++) {
        w = 1 + (x[j] - 1) / 4;
        value += pow(w - 1, 2) * (1 + 10 * pow(sin(pi * w + 1), 2));
    }
    w = 1 + (x[d - 1] - 1) / 4;
    return value + pow(w - 1, 2) * (1 + pow(sin(2 * pi * w), 2));
}

static double rosenbrock(const double *x, size_t d)
{
    double value = 0;
    for (size_t j = 0; j + 1 < d; j++)
        value += 100 * pow(x[j + 1] - x[j] * x[j], 2) + pow(1 - x[j], 2);
    return value;
}

/* Two floats, a learning rate, an integer, two choices; 0 at choices 1 and 1. */
static double mixed6(const double *x, size_t d)
{
    static const double act[4] = {.3, 0, .6, .1}, opt[3] = {.2, 0, .5};
    (void)d;
    return act[(int)x[4]] + opt[(int)x[5]] + .5 * pow(log10(x[2]) + 3 - .5 * x[5], 2) +
           .1 * pow(x[3] - 3 - x[4], 2) + 4 * pow(x[0] - .3, 2) + 4 * pow(x[1] - .2 - .2 * x[4], 2);
}

static const struct problem {
    const char *name;
    double (*value)(const double *x, size_t d);
    size_t d; /* 0: the mixed space */
    double low, high;
} problems[] = {{"branin", branin, 2, 0, 15},           {"hartmann6", hartmann6, 6, 0, 1},
                {"ackley10", ackley, 10, -5, 10},       {"levy8", levy, 8, -10, 10},
                {"rosenbrock5", rosenbrock, 5, -5, 10}, {"mixed6", mixed6, 0, 0, 0}};
enum { PROBLEMS = sizeof problems / sizeof *problems, MOST_PARAMETERS = 10, MOST_SEEDS = 100 };

static struct muster_space space_of(const struct problem *problem, struct muster_param *params)
{
    if (problem->d == 0) {
        const struct muster_param mixed[] = {
            bench_float(0, 1, false), bench_float(0, 1, false), bench_float(1e-5, 1, true),
            bench_int(1, 8),          bench_choice(4),          bench_choice(3)};
        memcpy(params, mixed, sizeof mixed);
        return (struct muster_space){.d = 6, .params = params};
    }
    for (size_t j = 0; j < problem->d; j++)
        params[j] = bench_float(problem->low, problem->high, false);
    if (problem->value == branin) {
        params[0] = bench_float(-5, 10, false);
    }
    return (struct muster_space){.d = problem->d, .params = params};
}

static void check(enum muster_status status)
{
    if (status == MUSTER_OK)
        return;
    fprintf(stderr, "regret: %s\n", muster_error_text());
    exit(muster_status_exit(status));
}

/* The least value of n evaluations. */
static double run(const struct problem *problem, struct muster_block *options, int64_t n,
                  uint64_t seed, int64_t window)
{
    struct muster_param params[MOST_PARAMETERS];
    struct muster_space space = space_of(problem, params);
    struct muster_search *search;
    struct muster_step step;
    enum muster_answer answer;
    double best = INFINITY;

    check(muster_search_create(&(struct muster_search_setup){.space = &space,
                                                             .options = options,
                                                             .seed = seed,
                                                             .window = window,
                                                             .strict = true,
                                                             .noiseless = true},
                               &search));
    for (int64_t i = 0; i < n; i++) {
        check(muster_search_ask(search, &step, &answer));
        if (answer != MUSTER_ASK_STEP)
            break;
        struct muster_told told = {.score = problem->value(step.x, space.d), .deviation = NAN};
        best = fmin(best, told.score);
        check(muster_search_tell(search, i, &told));
    }
    muster_search_destroy(&search);
    return best;
}

static int ascending(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

int main(int argc, char **argv)
{
    const struct muster_plugin section = {.name = "search", .options = muster_search_options};
    struct muster_block options = {0};
    int64_t n = argc > 1 ? atoll(argv[1]) : 100;
    size_t seeds = argc > 2 ? (size_t)atoll(argv[2]) : 5;

    seeds = seeds < 1 ? 1 : seeds > MOST_SEEDS ? MOST_SEEDS : seeds;
    muster_blas_threads(1);
    check(muster_block_default(&section, &options));
    printf("%-12s %6s %10s %10s %10s %8s\n", "function", "window", "median", "best", "worst",
           "CPU s");
    for (int w = 3; w < (argc > 3 ? argc : 5); w++) {
        int64_t window = argc > 3 ? atoll(argv[w]) : w == 3 ? 1 : 8;
        for (size_t p = 0; p < PROBLEMS; p++) {
            double regret[MOST_SEEDS], start = muster_cpu();
            for (size_t s = 0; s < seeds; s++)
                regret[s] = run(&problems[p], &options, n, s, window);
            qsort(regret, seeds, sizeof *regret, ascending);
            printf("%-12s %6lld %10.2g %10.2g %10.2g %8.2f\n", problems[p].name, (long long)window,
                   regret[seeds / 2], regret[0], regret[seeds - 1],
                   (muster_cpu() - start) / (double)seeds);
            fflush(stdout);
        }
    }
    muster_block_clear(&options);
    return 0;
}
