/* genetic and evolution under all their options, every method under several objectives and broken
 * constraints; NSGA-II finds a front. */
#include <stdio.h>

#include "drive.h"

enum { W = 4, N = 70, OPTIONS_MOST = 5, FITTED = 64 };

/* A block with options of a method besides those of the section. */
struct choice {
    const char *method;
    const char *names[OPTIONS_MOST];
    const char *values[OPTIONS_MOST];
};

static const struct choice choices[] = {
    {"genetic", {"crossover", "selection", "mutation"}, {"sbx", "rank", "polynomial"}},
    {"genetic", {"crossover", "selection", "mutation"}, {"blend", "roulette", "gaussian"}},
    {"genetic", {"crossover", "elite", "population"}, {"uniform", "2", "6"}},
    {"genetic", {"crossover", "population"}, {"mixed", "6"}},
    {"genetic", {"replacement", "population", "elite"}, {"generations", "8", "1"}},
    {"genetic", {"islands", "migration_interval", "migrants", "population"}, {"3", "4", "2", "5"}},
    {"genetic",
     {"islands", "migration_interval", "population", "replacement", "selection"},
     {"2", "3", "4", "generations", "roulette"}},
    {"evolution", {"population", "archive", "memory"}, {"6", "0", "1"}},
    {"evolution", {"population", "shrink", "smallest"}, {"12", "40", "4"}},
    {"evolution", {"kind", "sample", "population"}, {"aging", "3", "6"}},
};
enum { CHOICES = sizeof choices / sizeof *choices };

static struct muster_option tables[CHOICES + 32][64];
static char names[CHOICES + 32][OPTIONS_MOST][64];
static size_t n_tables;

static void open_choice(struct drive *drive, const struct choice *choice,
                        const struct muster_space *space, bool strict)
{
    struct muster_option *all = tables[n_tables % CHOICES];
    char(*name)[64] = names[n_tables++ % CHOICES];
    size_t n = 0;

    drive_open(drive, choice->method, space, W, strict);
    muster_block_clear(&drive->block);
    for (const struct muster_option *o = muster_search_options; o->type != MUSTER_END; o++)
        all[n++] = *o;
    for (size_t i = 0; i < OPTIONS_MOST && choice->names[i] != NULL; i++) {
        const struct muster_plugin *plugin =
            muster_registry_find(&muster_search_methods, choice->method);
        const struct muster_option *o = plugin->options;
        while (strcmp(o->name, choice->names[i]) != 0)
            o++;
        snprintf(name[i], sizeof name[i], "%s.%s", choice->method, choice->names[i]);
        all[n] = *o;
        all[n++].name = name[i];
    }
    all[n].type = MUSTER_END;
    assert_true(n < 64);
    const struct muster_plugin section = {.name = "search", .options = all};
    assert_int_equal(muster_block_default(&section, &drive->block), MUSTER_OK);
    muster_block_set(&drive->block, "method", NAN, choice->method);
    muster_block_set(&drive->block, "trials", N, NULL);
    for (size_t i = 0; i < OPTIONS_MOST && choice->names[i] != NULL; i++) {
        double number = NAN;
        bool is = muster_number_read(choice->values[i], &number);
        muster_block_set(&drive->block, name[i], number, is ? NULL : choice->values[i]);
    }
}

/* ---- results with several objectives and constraints ----------------------------------------- */

/* Outcomes of drive_result, with m objectives, and every third one infeasible where wanted. */
static void tell(struct drive *drive, int64_t id, bool constrained)
{
    struct muster_told told = drive_result(drive, id);
    double objectives[3] = {told.score, -told.score + (double)(id % 3), (double)(id % 5)};
    told.objectives =
        drive->setup.n_objectives > 1 && told.state != MUSTER_FAILED ? objectives : NULL;
    told.violation = constrained && id % 3 == 1 ? 0.1 * (double)(id % 4 + 1) : 0;
    assert_int_equal(muster_search_tell(drive->search, id, &told), MUSTER_OK);
}

/* As early as can be, newest first, or only when the search waits. */
static void run(struct drive *drive, int64_t from, int64_t to, bool late, bool constrained)
{
    static bool told[DRIVE_MOST];
    for (int64_t i = from; i < DRIVE_MOST; i++)
        told[i] = false;
    for (int64_t i = from; i < to; i++) {
        while (drive_ask(drive) == MUSTER_ASK_WAIT) {
            assert_true(late);
            for (int64_t k = i - 1; k >= 0; k--)
                if (!told[k]) {
                    tell(drive, k, constrained);
                    told[k] = true;
                }
        }
        for (int64_t k = i; k >= 0 && !late; k--)
            if (!told[k]) {
                tell(drive, k, constrained);
                told[k] = true;
            }
    }
}

static void assert_same(struct drive *a, struct drive *b, int64_t from, int64_t to)
{
    for (int64_t i = from; i < to; i++)
        if (!same_point(a, b, i))
            fail_msg("%s: step %d differs", muster_block_text(&a->block, "method"), (int)i);
}

/* The same points whenever results come, strictly; and from a journal of the first half. */
static void check_choice(const struct choice *choice, size_t m, bool constrained)
{
    struct drive *one = muster_alloc(1, sizeof *one), *two = muster_alloc(1, sizeof *two);
    double *fitted = muster_alloc(N * FITTED, sizeof *fitted);
    size_t *n_fitted = muster_alloc(N, sizeof *n_fitted);

    open_choice(one, choice, &mixed_space, true);
    open_choice(two, choice, &mixed_space, true);
    one->setup.n_objectives = two->setup.n_objectives = m;
    drive_start(one);
    drive_start(two);
    for (int64_t i = 0; i < N; i++) {
        assert_int_equal(drive_ask(one), MUSTER_ASK_STEP);
        const double *now = muster_search_fitted(one->search, &n_fitted[i]);
        assert_true(n_fitted[i] <= FITTED);
        for (size_t k = 0; k < n_fitted[i]; k++)
            fitted[i * FITTED + (int64_t)k] = now[k];
        tell(one, i, constrained);
    }
    run(two, 0, N, true, constrained);
    assert_same(one, two, 0, N);
    muster_search_destroy(&two->search);
    drive_start(two);
    for (int64_t i = 0; i < N / 2; i++) {
        struct muster_step step = {.id = i, .trial = i, .x = one->x[i]};
        assert_int_equal(muster_search_replay(two->search, &step, fitted + i * FITTED, n_fitted[i]),
                         MUSTER_OK);
        tell(two, i, constrained);
    }
    for (int64_t i = N / 2; i < N; i++) {
        assert_int_equal(drive_ask(two), MUSTER_ASK_STEP);
        tell(two, i, constrained);
    }
    assert_same(one, two, N / 2, N);
    drive_close(one);
    drive_close(two);
    muster_free(one);
    muster_free(two);
    muster_free(fitted);
    muster_free(n_fitted);
}

static void options_keep_the_promises(void **state)
{
    (void)state;
    for (size_t i = 0; i < CHOICES; i++) {
        check_choice(&choices[i], 1, false);
        check_choice(&choices[i], 2, true);
    }
}

static void all_methods_take_several_objectives(void **state)
{
    (void)state;
    for (size_t i = 0; i < muster_search_methods.n; i++) {
        const struct choice plain = {.method = muster_search_methods.items[i]->name};
        check_choice(&plain, 3, false);
        check_choice(&plain, 1, true);
    }
}

/* No child has a gene that only failed parents had. */
static void failed_trials_never_breed(void **state)
{
    const struct choice genetic = {
        "genetic", {"crossover", "mutation_genes", "population"}, {"uniform", "0", "10"}};
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_space space = plain_space(2);
    int copies = 0;
    (void)state;
    open_choice(drive, &genetic, &space, true);
    drive_start(drive);
    for (int64_t i = 0; i < 60; i++) {
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
        bool failed = drive->x[i][0] > 0.5; /* and it would have been the best */
        struct muster_told told = {.state = failed ? MUSTER_FAILED : MUSTER_COMPLETE,
                                   .score = failed ? NAN : -drive->x[i][0]};
        assert_int_equal(muster_search_tell(drive->search, i, &told), MUSTER_OK);
        for (int64_t k = 0; i >= 20 && k < i; k++)
            if (drive->x[i][0] == drive->x[k][0]) {
                assert_true(drive->x[k][0] <= 0.5);
                copies++;
            }
    }
    assert_true(copies > 20);
    drive_close(drive);
    muster_free(drive);
}

/* ---- a front --------------------------------------------------------------------------------- */

/* Hypervolume to (1.1, 1.1) on ZDT1 (Zitzler et al. 2000) in 4 dimensions; 0.8767 is all of it. */
static double zdt1(const char *method, int64_t n, uint64_t seed)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_space space = plain_space(4);
    double *f = muster_alloc((size_t)n * 2, sizeof *f), volume;
    const double r[] = {1.1, 1.1};

    drive_open(drive, method, &space, W, true);
    drive->setup.n_objectives = 2;
    drive->setup.seed = seed;
    drive_start(drive);
    for (int64_t i = 0; i < n; i++) {
        double u[4], g = 0;
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
        muster_space_encode(&space, drive->x[i], u);
        for (int j = 1; j < 4; j++)
            g += 3 * u[j];
        f[2 * i] = u[0];
        f[2 * i + 1] = (1 + g) * (1 - sqrt(u[0] / (1 + g)));
        struct muster_told told = {.score = f[2 * i], .objectives = f + 2 * i};
        assert_int_equal(muster_search_tell(drive->search, i, &told), MUSTER_OK);
    }
    assert_int_equal(muster_hypervolume(f, (size_t)n, 2, r, &volume), MUSTER_OK);
    drive_close(drive);
    muster_free(drive);
    muster_free(f);
    return volume;
}

static void the_front_is_found(void **state)
{
    double sum = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        double random = zdt1("random", 400, seed), genetic = zdt1("genetic", 400, seed);
        double evolution = zdt1("evolution", 400, seed);
        assert_true(genetic < 0.8767 && evolution < 0.8767);
        assert_true(genetic > random + 0.2 && evolution > random + 0.2);
        sum += genetic;
    }
    assert_true(sum / 5 > 0.75);
}

static void objectives_must_come_along(void **state)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_told told = {.score = 1};
    (void)state;
    drive_open(drive, "genetic", &mixed_space, 1, true);
    drive->setup.n_objectives = 2;
    drive_start(drive);
    assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
    assert_int_equal(muster_search_tell(drive->search, 0, &told), MUSTER_INTERNAL);
    told.state = MUSTER_PRUNED; /* it may have none */
    assert_int_equal(muster_search_tell(drive->search, 0, &told), MUSTER_OK);
    drive_close(drive);
    muster_free(drive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_keep_the_promises),
        cmocka_unit_test(all_methods_take_several_objectives),
        cmocka_unit_test(failed_trials_never_breed),
        cmocka_unit_test(the_front_is_found),
        cmocka_unit_test(objectives_must_come_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
