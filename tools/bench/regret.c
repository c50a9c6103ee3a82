/* regret [KEY=VALUE...]: simple regret on known functions, plain and shifted: quartiles over seeds,
 * and the share of runs that stick in a basin beside the best one.
 *
 *   method=bayes evaluations=100 seeds=10 first=0 pending=0,8 shifted=0,1 functions=all dim=0
 *
 * pending=0: every result is known before the next ask; P: a window of P steps. shifted=1: the
 * optimum is drawn in the central 60 % of the box, with a random rotation of ackley10, levy8 and
 * rosenbrock5; other choices and an integer and a logarithm moved in mixed6; every seed its own.
 * dim=D: ackley10, levy8 and rosenbrock5 of D parameters; 0: as many as their names say.
 * Any other KEY is an option of section `search`, those of methods as METHOD.NAME. */
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

static double michalewicz(const double *x, size_t d)
{
    double value = 9.66015171564;
    for (size_t j = 0; j < d; j++)
        value -= sin(x[j]) * pow(sin((double)(j + 1) * x[j] * x[j] / pi), 20);
    return value;
}

enum { MOST_PARAMETERS = 100, MOST_SEEDS = 100 };

static const struct problem {
    const char *name;
    double (*value)(const double *x, size_t d);
    size_t d; /* 0: the mixed space */
    double low, high;
    double optimum[MOST_PARAMETERS];
    bool rotated;
    double stuck; /* a regret above it is that of another basin; INFINITY: there is none apart */
} problems[] = {{"branin", branin, 2, 0, 15, {3.14159265358979323846, 2.275}, false, INFINITY},
                {"hartmann6",
                 hartmann6,
                 6,
                 0,
                 1,
                 {0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573},
                 false,
                 0.05},
                {"ackley10", ackley, 10, -5, 10, {0}, true, INFINITY},
                {"levy8", levy, 8, -10, 10, {1, 1, 1, 1, 1, 1, 1, 1}, true, INFINITY},
                {"rosenbrock5", rosenbrock, 5, -5, 10, {1, 1, 1, 1, 1}, true, INFINITY},
                {"michalewicz10",
                 michalewicz,
                 10,
                 0,
                 3.14159265358979323846,
                 {2.202906, 1.570796, 1.284992, 1.923058, 1.720470, 1.570796, 1.454414, 1.756087,
                  1.655717, 1.570796},
                 false,
                 INFINITY},
                {"mixed6", mixed6, 0, 0, 0, {0}, false, 0.05}};
enum { PROBLEMS = sizeof problems / sizeof *problems };

/* Of d parameters where it has that many for any d; 0: as it is. */
static struct problem resized(const struct problem *problem, size_t d)
{
    struct problem other = *problem;
    for (size_t j = 0; j < d && problem->rotated; j++)
        other.optimum[j] = problem->optimum[0];
    if (d > 0 && problem->rotated)
        other.d = d;
    return other;
}

/* ---- shifted and rotated versions ------------------------------------------------------------ */

struct shift {
    bool on;
    double low[MOST_PARAMETERS], centre[MOST_PARAMETERS];
    double rotation[MOST_PARAMETERS][MOST_PARAMETERS];
    int64_t integer, act[4], opt[3]; /* of mixed6 */
};

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
    if (problem->value == branin)
        params[0] = bench_float(-5, 10, false);
    return (struct muster_space){.d = problem->d, .params = params};
}

/* A random rotation: normal numbers, orthonormalised row by row. */
static void rotate(struct shift *shift, struct muster_stream stream, size_t d)
{
    for (size_t i = 0; i < d; i++) {
        double *row = shift->rotation[i], square = 0;
        for (size_t j = 0; j < d; j++)
            row[j] = muster_random_normal(stream, 1000 + i * d + j);
        for (size_t k = 0; k < i; k++) {
            double inner = 0;
            for (size_t j = 0; j < d; j++)
                inner += row[j] * shift->rotation[k][j];
            for (size_t j = 0; j < d; j++)
                row[j] -= inner * shift->rotation[k][j];
        }
        for (size_t j = 0; j < d; j++)
            square += row[j] * row[j];
        for (size_t j = 0; j < d; j++)
            row[j] /= sqrt(square);
    }
}

static void shift_draw(struct shift *shift, const struct problem *problem,
                       const struct muster_space *space, uint64_t seed)
{
    struct muster_stream stream = muster_stream_of(seed, -1, -1, MUSTER_FOR_NOISE);

    *shift = (struct shift){.on = true, .act = {0, 1, 2, 3}, .opt = {0, 1, 2}};
    for (size_t j = 0; j < space->d; j++) {
        double u = 0.2 + 0.6 * muster_random_uniform(stream, j);
        shift->centre[j] = problem->d == 0 ? u : muster_param_decode(&space->params[j], u);
        shift->rotation[j][j] = 1;
    }
    if (problem->rotated)
        rotate(shift, stream, space->d);
    shift->integer = 2 + (int64_t)muster_random_below(stream, 500, 6);
    muster_random_shuffle(stream, 2000, shift->act, 4);
    muster_random_shuffle(stream, 3000, shift->opt, 3);
}

static void shift_mixed(const struct shift *shift, const double *x, double *at)
{
    at[0] = x[0] - shift->centre[0] + 0.3;
    at[1] = x[1] - shift->centre[1] + 0.4;
    at[2] = x[2] * pow(10, 2.5 - 5 * shift->centre[2]); /* the rate from 1e-4 to 1e-1 */
    at[3] = x[3] - (double)shift->integer + 4;
    at[4] = (double)shift->act[(int)x[4]];
    at[5] = (double)shift->opt[(int)x[5]];
}

static double value_at(const struct problem *problem, const struct shift *shift, const double *x,
                       size_t d)
{
    double at[MOST_PARAMETERS];
    if (!shift->on)
        return problem->value(x, d);
    if (problem->d == 0)
        shift_mixed(shift, x, at);
    for (size_t i = 0; problem->d > 0 && i < d; i++) {
        at[i] = problem->optimum[i];
        for (size_t j = 0; j < d; j++)
            at[i] += shift->rotation[i][j] * (x[j] - shift->centre[j]);
    }
    return problem->value(at, d);
}

/* ---- runs ------------------------------------------------------------------------------------ */

static void check(enum muster_status status)
{
    if (status == MUSTER_OK)
        return;
    fprintf(stderr, "regret: %s\n", muster_error_text());
    exit(muster_status_exit(status));
}

struct plan {
    struct muster_block options;
    int64_t evaluations, first, seeds;
};

/* The least value of all evaluations. */
static double run(const struct plan *plan, const struct problem *problem, bool shifted,
                  int64_t pending, uint64_t seed)
{
    struct muster_param params[MOST_PARAMETERS];
    struct muster_space space = space_of(problem, params);
    struct muster_search *search;
    struct muster_step step;
    enum muster_answer answer;
    struct shift shift = {0};
    double best = INFINITY;

    if (shifted)
        shift_draw(&shift, problem, &space, seed);
    check(muster_search_create(&(struct muster_search_setup){.space = &space,
                                                             .options = &plan->options,
                                                             .seed = seed,
                                                             .window = pending > 0 ? pending : 1,
                                                             .strict = pending > 0,
                                                             .noiseless = true},
                               &search));
    for (int64_t i = 0; i < plan->evaluations; i++) {
        check(muster_search_ask(search, &step, &answer));
        if (answer != MUSTER_ASK_STEP)
            break;
        struct muster_told told = {.score = value_at(problem, &shift, step.x, space.d),
                                   .deviation = NAN};
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

static double quantile(const double *sorted, int64_t n, double share)
{
    double at = share * (double)(n - 1), low = floor(at);
    int64_t i = (int64_t)low, next = i + 1 < n ? i + 1 : i;
    return sorted[i] + (at - low) * (sorted[next] - sorted[i]);
}

static void measure(const struct plan *plan, const struct problem *problem, bool shifted,
                    int64_t pending)
{
    double regret[MOST_SEEDS], start = muster_cpu(), n = (double)plan->seeds;
    char stuck[24] = "-";
    int64_t stays = 0;

    for (int64_t s = 0; s < plan->seeds; s++) {
        regret[s] = run(plan, problem, shifted, pending, (uint64_t)(plan->first + s));
        stays += regret[s] > problem->stuck;
    }
    if (isfinite(problem->stuck))
        snprintf(stuck, sizeof stuck, "%lld", (long long)stays);
    qsort(regret, (size_t)plan->seeds, sizeof *regret, ascending);
    printf("%-14s %-7s %7lld %10.2g %10.2g %10.2g %10.2g %6s %8.2f\n", problem->name,
           shifted ? "shifted" : "plain", (long long)pending, quantile(regret, plan->seeds, 0.5),
           quantile(regret, plan->seeds, 0.25), quantile(regret, plan->seeds, 0.75),
           regret[plan->seeds - 1], stuck, (muster_cpu() - start) / n);
    fflush(stdout);
}

/* ---- the command line ------------------------------------------------------------------------ */

static void usage(const char *text)
{
    fprintf(stderr, "regret: `%s` (KEY=VALUE, see the top of the source, would be right)\n", text);
    exit(2);
}

/* True where `name` is one of a list with commas, or the list is "all". */
static bool listed(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = list; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0'))
            return true;
    }
    return strcmp(list, "all") == 0;
}

static const char *take(int argc, char **argv, const char *key, const char *standard)
{
    size_t length = strlen(key);
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], key, length) == 0 && argv[i][length] == '=')
            return argv[i] + length + 1;
    return standard;
}

/* Options of the section that the command line sets. */
static void set_options(struct muster_block *block, int argc, char **argv)
{
    static const char *const own[] = {"evaluations", "seeds",     "first", "pending",
                                      "shifted",     "functions", "dim"};
    for (int i = 1; i < argc; i++) {
        char *equal = strchr(argv[i], '=');
        bool mine = false;
        double number = NAN;
        if (equal == NULL)
            usage(argv[i]);
        for (size_t k = 0; k < sizeof own / sizeof *own; k++)
            mine = mine || (strncmp(argv[i], own[k], strlen(own[k])) == 0 &&
                            argv[i] + strlen(own[k]) == equal);
        if (mine)
            continue;
        *equal = '\0';
        if (!bench_has_option(block, argv[i]))
            usage(argv[i]);
        muster_number_read(equal + 1, &number);
        if (strcmp(equal + 1, "true") == 0 || strcmp(equal + 1, "false") == 0)
            number = equal[1] == 't';
        muster_block_set(block, argv[i], number, equal + 1);
    }
}

int main(int argc, char **argv)
{
    struct plan plan = {.evaluations = atoll(take(argc, argv, "evaluations", "100")),
                        .first = atoll(take(argc, argv, "first", "0")),
                        .seeds = atoll(take(argc, argv, "seeds", "10"))};
    const char *functions = take(argc, argv, "functions", "all");
    const char *shifted = take(argc, argv, "shifted", "0,1");
    const char *pending = take(argc, argv, "pending", "0,8");
    int64_t dim = atoll(take(argc, argv, "dim", "0"));
    struct muster_option *options = NULL;

    if (plan.seeds < 1 || plan.seeds > MOST_SEEDS)
        usage("seeds");
    if (dim < 0 || dim > MOST_PARAMETERS)
        usage("dim");
    muster_blas_threads(1);
    check(bench_search_block(&plan.options, &options));
    muster_block_set(&plan.options, "method", NAN, "bayes");
    set_options(&plan.options, argc, argv);
    printf("%-14s %-7s %7s %10s %10s %10s %10s %6s %8s\n", "function", "version", "pending",
           "median", "25 %", "75 %", "worst", "stuck", "CPU s");
    for (const char *p = pending; p != NULL; p = strchr(p + 1, ','))
        for (size_t f = 0; f < PROBLEMS; f++)
            for (int s = 0; s < 2; s++)
                if (listed(shifted, s ? "1" : "0") && listed(functions, problems[f].name)) {
                    struct problem problem = resized(&problems[f], (size_t)dim);
                    measure(&plan, &problem, s == 1, atoll(*p == ',' ? p + 1 : p));
                }
    muster_block_clear(&plan.options);
    muster_free(options);
    return 0;
}
