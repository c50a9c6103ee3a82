/* front [EVALUATIONS [SEEDS [WINDOW [METHOD[,METHOD.NAME=WORD...]...]]]]: hypervolume found by
 * search methods on known problems of several objectives after half of the evaluations and after
 * all, in parts of what the whole front has; medians over seeds. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "muster/linalg.h"
#include "muster/search.h"
#include "spaces.h"

enum { MOST_SEEDS = 100, D = 6, MOST_OBJECTIVES = 3 };

static const double pi = 3.14159265358979323846;

/* ZDT1, 2, 3 (Zitzler, Deb and Thiele 2000) of u[D] in the unit cube. */
static void zdt(const double *u, int kind, double *f)
{
    double g = 1;
    for (size_t j = 1; j < D; j++)
        g += 9 * u[j] / (D - 1);
    double share = u[0] / g;
    f[0] = u[0];
    f[1] = g * (kind == 2 ? 1 - share * share : 1 - sqrt(share));
    if (kind == 3)
        f[1] -= u[0] * sin(10 * pi * u[0]);
}

static void zdt1(const double *u, double *f)
{
    zdt(u, 1, f);
}

static void zdt2(const double *u, double *f)
{
    zdt(u, 2, f);
}

static void zdt3(const double *u, double *f)
{
    zdt(u, 3, f);
}

/* DTLZ2 (Deb et al. 2002) of two objectives, a quarter of the unit circle, and of three, an eighth
 * of the unit sphere. */
static double dtlz2_distance(const double *u, size_t first)
{
    double g = 1;
    for (size_t j = first; j < D; j++)
        g += pow(u[j] - 0.5, 2);
    return g;
}

static void dtlz2_of_two(const double *u, double *f)
{
    double g = dtlz2_distance(u, 1);
    f[0] = g * cos(u[0] * pi / 2);
    f[1] = g * sin(u[0] * pi / 2);
}

static void dtlz2(const double *u, double *f)
{
    double g = dtlz2_distance(u, 2);
    f[0] = g * cos(u[0] * pi / 2) * cos(u[1] * pi / 2);
    f[1] = g * cos(u[0] * pi / 2) * sin(u[1] * pi / 2);
    f[2] = g * sin(u[0] * pi / 2);
}

static const struct problem {
    const char *name;
    void (*value)(const double *u, double *f);
    size_t m;
    double whole; /* hypervolume of the front to 1.1 in each objective */
} problems[] = {
    {"zdt1", zdt1, 2, 0.21 + 2.0 / 3}, /* 1.1^2 - 1 = 0.21, and 1 - integral of 1 - sqrt */
    {"zdt2", zdt2, 2, 0.21 + 1.0 / 3},
    {"zdt3", zdt3, 2, 1.331762}, /* summed over 10^6 points of the front */
    {"dtlz2 of 2", dtlz2_of_two, 2, 1.21 - 0.78539816339744831},
    {"dtlz2", dtlz2, 3, 1.331 - 0.52359877559829887},
};
enum { PROBLEMS = sizeof problems / sizeof *problems };

static void check(enum muster_status status)
{
    if (status == MUSTER_OK)
        return;
    fprintf(stderr, "front: %s\n", muster_error_text());
    exit(muster_status_exit(status));
}

/* The volume after half of them and after all. */
static void run(const struct problem *problem, struct muster_block *options, int64_t n,
                uint64_t seed, int64_t window, double share[2])
{
    static const double r[MOST_OBJECTIVES] = {1.1, 1.1, 1.1};
    struct muster_param params[D];
    struct muster_space space = {.d = D, .params = params};
    struct muster_search *search;
    struct muster_step step;
    enum muster_answer answer;
    double *f = muster_alloc((size_t)n * problem->m, sizeof *f);

    for (size_t j = 0; j < D; j++)
        params[j] = bench_float(0, 1, false);
    check(f == NULL ? MUSTER_NO_MEMORY : MUSTER_OK);
    check(muster_search_create(&(struct muster_search_setup){.space = &space,
                                                             .options = options,
                                                             .seed = seed,
                                                             .window = window,
                                                             .strict = true,
                                                             .noiseless = true,
                                                             .n_objectives = problem->m},
                               &search));
    for (int64_t i = 0; i < n; i++) {
        double *now = f + (size_t)i * problem->m;
        check(muster_search_ask(search, &step, &answer));
        problem->value(step.x, now);
        struct muster_told told = {.score = now[0], .deviation = NAN, .objectives = now};
        check(muster_search_tell(search, i, &told));
    }
    for (int64_t part = 0; part < 2; part++) {
        check(muster_hypervolume(f, (size_t)(part == 0 ? n / 2 : n), problem->m, r, &share[part]));
        share[part] /= problem->whole;
    }
    muster_search_destroy(&search);
    muster_free(f);
}

static int ascending(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

/* The method's name, with options of words behind it. */
static void set_options(struct muster_block *options, const char *method)
{
    static char text[256]; /* the block borrows its words */
    snprintf(text, sizeof text, "%s", method);
    muster_block_set(options, "method", NAN, strtok(text, ","));
    for (char *key = strtok(NULL, ",="); key != NULL; key = strtok(NULL, ",=")) {
        const char *word = strtok(NULL, ",=");
        if (word == NULL || !bench_has_option(options, key))
            check(muster_error(MUSTER_USAGE, "%s: METHOD,METHOD.NAME=WORD would be right", method));
        muster_block_set(options, key, NAN, word);
    }
}

static void print_method(const char *method, int64_t n, size_t seeds, int64_t window)
{
    struct muster_option *own = NULL;
    struct muster_block options = {0};
    double share[2][MOST_SEEDS], both[2], start = muster_cpu();

    check(bench_search_block(&options, &own));
    set_options(&options, method);
    muster_block_set(&options, "trials", (double)n, NULL);
    printf("%-24.24s", method);
    for (size_t p = 0; p < PROBLEMS; p++) {
        for (size_t s = 0; s < seeds; s++) {
            run(&problems[p], &options, n, s, window, both);
            share[0][s] = both[0];
            share[1][s] = both[1];
        }
        for (int part = 0; part < 2; part++)
            qsort(share[part], seeds, sizeof *share[part], ascending);
        printf(" %6.3f %6.3f", share[0][seeds / 2], share[1][seeds / 2]);
        fflush(stdout);
    }
    printf(" %8.3f\n", (muster_cpu() - start) / (double)(seeds * PROBLEMS));
    muster_block_clear(&options);
    muster_free(own);
}

int main(int argc, char **argv)
{
    static char *standard[] = {"random", "genetic", "evolution"};
    int64_t n = argc > 1 ? atoll(argv[1]) : 200;
    size_t seeds = argc > 2 ? (size_t)atoll(argv[2]) : 10;
    int64_t window = argc > 3 ? atoll(argv[3]) : 8;
    char **methods = argc > 4 ? argv + 4 : standard;

    seeds = seeds < 1 ? 1 : seeds > MOST_SEEDS ? MOST_SEEDS : seeds;
    muster_blas_threads(1);
    printf("%-24s", "method");
    for (size_t p = 0; p < PROBLEMS; p++)
        printf(" %13s", problems[p].name);
    printf(" %8s\n", "CPU s");
    for (int i = 0; i < (argc > 4 ? argc - 4 : 3); i++)
        print_method(methods[i], n, seeds, window);
    return 0;
}
