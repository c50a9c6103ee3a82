/* `bayes` with more than a score to go by: several objectives, bounds, costs, failures. Each
 * restores from a journal to the bit, and does what it is there for; what does not go together is
 * refused. */
#include "drive.h"

#include "search/bayes_impl.h"

enum {
    N = 30,
    MORE = 3,
    D = 4,
    IN_SCORE = 3,
    BLIND = D + 4,
    FOLDS = 3,
    FITTED = 8 * (2 * D + 3),
    MANY = 1540,
    ASKS = 2
};

/* What is told besides the score, and the options that make use of it. */
struct study {
    size_t m, bounds;
    bool fails, folds;
    uint64_t seed;                                /* on top of the usual one */
    const char *option, *word, *also, *also_word; /* NULL: none */
};

struct told {
    struct muster_told told;
    double objectives[4], margins[2];
};

static const struct study studies[] = {
    {.m = 2},
    {.m = 3, .fails = true},
    {.m = 2, .bounds = 1, .fails = true},
    {.m = 2, .bounds = 2, .option = "bayes.cost", .word = "flops"},
    {.m = 4, .fails = true},
    {.m = 1, .fails = true, .folds = true, .option = "bayes.noise", .word = "folds"},
    {.m = 2, .option = "bayes.objectives", .word = "scalarised"},
    {.m = 1, .option = "bayes.cost", .word = "flops", .fails = true},
    {.m = 1, .fails = true, .option = "bayes.failures", .word = "feasibility"},
    {.m = 2,
     .fails = true,
     .option = "bayes.failures",
     .word = "feasibility",
     .also = "bayes.cost",
     .also_word = "flops"},
};

/* In stripes, the best point beside one of them. */
static bool fails(const double *x)
{
    return sin(14 * x[0]) > 0.1;
}

/* Objectives are squared distances to corners, so that the front lies between these; beyond x0 =
 * 0.7 trials fail, bounds want x1 large, and flops grow with x3, on which nothing else depends. */
static void tell(struct muster_search *search, const struct study *study, int64_t id,
                 const double *x)
{
    struct told t = {.told = {.deviation = NAN, .flops = exp(6 * x[3])}};
    for (size_t k = 0; k < study->m; k++)
        for (size_t j = 0; j < IN_SCORE; j++)
            t.objectives[k] += pow(x[j] - (j == k ? 0.9 : 0.2), 2);
    for (size_t b = 0; b < study->bounds; b++) {
        t.margins[b] = 0.4 - 0.1 * (double)b - x[1];
        t.told.violation += fmax(0, t.margins[b]);
    }
    t.told.score = t.objectives[0];
    t.told.objectives = study->m > 1 ? t.objectives : NULL;
    t.told.margins = t.margins;
    if (study->fails && fails(x))
        t.told = (struct muster_told){.state = MUSTER_FAILED, .score = NAN, .deviation = NAN};
    const double folds[] = {t.told.score + 0.1 * sin(90 * x[2]), t.told.score + 0.3, t.told.score};
    assert_int_equal(muster_search_tell_folds(search, id, &t.told, folds, study->folds ? FOLDS : 0),
                     MUSTER_OK);
}

struct journal {
    double x[N + MORE][D], fitted[N + MORE][FITTED];
    size_t n_fitted[N + MORE];
};

static void open_search(struct drive *drive, const struct study *study,
                        const struct muster_space *space, int64_t window)
{
    drive_open(drive, "bayes", space, window, true);
    drive->setup.noiseless = false;
    drive->setup.seed += study->seed;
    drive->setup.n_objectives = study->m;
    drive->setup.n_bounds = study->bounds;
    drive->setup.folds = study->folds ? FOLDS : 0;
    if (study->option != NULL)
        muster_block_set(&drive->block, study->option, NAN, study->word);
    if (study->also != NULL)
        muster_block_set(&drive->block, study->also, NAN, study->also_word);
    drive_start(drive);
}

/* Replays the first `from` steps of the journal and asks for the others, into it or against it. */
static void go(const struct study *study, struct journal *journal, int64_t from, int64_t to,
               bool compare)
{
    struct muster_space space = plain_space(D);
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_step step;
    enum muster_answer answer;
    size_t n;
    open_search(drive, study, &space, 3);
    for (int64_t i = 0; i < to; i++) {
        double *x = journal->x[i], *fitted = journal->fitted[i];
        step = (struct muster_step){.id = i, .trial = i, .x = x};
        if (i < from) {
            assert_int_equal(
                muster_search_replay(drive->search, &step, fitted, journal->n_fitted[i]),
                MUSTER_OK);
        } else {
            assert_int_equal(muster_search_ask(drive->search, &step, &answer), MUSTER_OK);
            assert_int_equal(answer, MUSTER_ASK_STEP);
            const double *now = muster_search_fitted(drive->search, &n);
            assert_true(n <= FITTED);
            if (compare) {
                assert_memory_equal(step.x, x, D * sizeof *x);
                assert_int_equal(n, journal->n_fitted[i]);
                assert_true(n == 0 || memcmp(fitted, now, n * sizeof *now) == 0);
            }
            memcpy(x, step.x, D * sizeof *x);
            for (size_t p = 0; p < n; p++)
                fitted[p] = now[p];
            journal->n_fitted[i] = n;
        }
        tell(drive->search, study, i, x);
    }
    drive_close(drive);
    muster_free(drive);
}

static void journals_restore_every_study(void **state)
{
    struct journal *journal = muster_alloc(1, sizeof *journal);
    (void)state;
    for (size_t s = 0; s < sizeof studies / sizeof *studies; s++) {
        memset(journal, 0, sizeof *journal);
        go(&studies[s], journal, 0, N + MORE, false);
        for (int64_t from = 17; from <= N; from += 13)
            go(&studies[s], journal, from, from + MORE, true);
    }
    muster_free(journal);
}

/* Beyond what a model holds, it was thinned to what its fit was shown, whatever weights came since.
 */
static void thinned_models_are_restored(const struct study *study)
{
    struct muster_space space = plain_space(D);
    struct drive *drive = muster_alloc(1, sizeof *drive);
    double at[D], u[D], x[ASKS][D], fitted[FITTED];
    struct muster_step step;
    enum muster_answer answer;
    size_t n_fitted = 0;
    for (int64_t asks = ASKS; asks > 0; asks--) { /* all are asked; then the first is replayed */
        open_search(drive, study, &space, 3);
        for (int64_t i = 0; i < MANY + ASKS; i++) {
            bool real = i >= MANY + ASKS - asks;
            random_point(&space, i, u, at);
            step = (struct muster_step){.id = i, .x = i < MANY ? at : x[i - MANY]};
            if (real)
                assert_int_equal(muster_search_ask(drive->search, &step, &answer), MUSTER_OK);
            else
                assert_int_equal(
                    muster_search_replay(drive->search, &step, fitted, i == MANY ? n_fitted : 0),
                    MUSTER_OK);
            if (asks == ASKS && real)
                memcpy(x[i - MANY], step.x, sizeof x[0]);
            if (asks == ASKS && i == MANY) {
                const double *now = muster_search_fitted(drive->search, &n_fitted);
                memcpy(fitted, now, n_fitted * sizeof *fitted);
            }
            assert_true(i < MANY || memcmp(step.x, x[i - MANY], sizeof x[0]) == 0);
            tell(drive->search, study, i, step.x);
        }
        drive_close(drive);
    }
    assert_true(n_fitted > 0);
    muster_free(drive);
}

static void thinned_models(void **state)
{
    (void)state;
    thinned_models_are_restored(&studies[6]);
    thinned_models_are_restored(&studies[0]);
}

/* ---- what they are there for ----------------------------------------------------------------- */

struct sums {
    double failed, flops, beyond, volume;
};

/* Of the proposals behind the start. */
static struct sums sums_of(const struct study *study)
{
    struct journal *journal = muster_alloc(1, sizeof *journal);
    const double r[] = {0.8, 0.8, 0.8};
    double f[(N + MORE) * 4];
    struct sums sums = {0};
    go(study, journal, 0, N + MORE, false);
    for (size_t i = 0; i < N + MORE; i++) {
        const double *x = journal->x[i];
        for (size_t k = 0; k < study->m; k++) {
            f[i * study->m + k] = 0;
            for (size_t j = 0; j < IN_SCORE; j++)
                f[i * study->m + k] += pow(x[j] - (j == k ? 0.9 : 0.2), 2);
        }
        if (i < BLIND)
            continue;
        sums.failed += fails(x);
        sums.beyond += x[1] < 0.4;
        sums.flops += exp(6 * x[3]);
    }
    assert_int_equal(muster_hypervolume(f, N + MORE, study->m, r, &sums.volume), MUSTER_OK);
    muster_free(journal);
    return sums;
}

static void fronts_grow_faster_than_by_sums(void **state)
{
    struct sums one = sums_of(&(struct study){.m = 2});
    struct sums other =
        sums_of(&(struct study){.m = 2, .option = "bayes.objectives", .word = "scalarised"});
    (void)state;
    /* The front joins (0.9, 0.2, 0.2) and (0.2, 0.9, 0.2): sqrt f0 + sqrt f1 = sqrt 0.98. */
    assert_true(one.volume > other.volume);
}

/* Single runs differ by a failure or two: summed over several. */
static double failed_of(const struct study *study)
{
    struct study at = *study;
    double failed = 0;
    for (at.seed = 0; at.seed < 6; at.seed++)
        failed += sums_of(&at).failed;
    return failed;
}

static void bounds_costs_and_failures_are_heeded(void **state)
{
    struct study bound = {.m = 2, .bounds = 1}, cost = {.m = 1};
    const struct study fails = {.m = 1, .fails = true};
    const struct study heeds = {
        .m = 1, .fails = true, .option = "bayes.failures", .word = "feasibility"};
    struct sums free_of_bounds = sums_of(&(struct study){.m = 2}), plain = sums_of(&cost);
    (void)state;
    assert_true(sums_of(&bound).beyond < 0.7 * free_of_bounds.beyond);
    cost.option = "bayes.cost";
    cost.word = "flops";
    assert_true(sums_of(&cost).flops < 0.7 * plain.flops);
    assert_true(failed_of(&heeds) < failed_of(&fails));
}

/* ---- noise from folds --------------------------------------------------------------------------
 */

/* Results whose folds spread ten times as far where the id is odd, and differ in level. */
static void check_ratios(double level)
{
    extern const struct muster_method muster_method_bayes;
    enum { RESULTS = 40 };
    struct muster_space space = plain_space(D);
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct bayes bayes = {.plugin = &muster_method_bayes.plugin};
    int64_t base[RESULTS];
    double sum[2] = {0, 0};
    open_search(drive, &studies[5], &space, RESULTS);
    bayes.search = drive->search;
    for (int64_t i = 0; i < RESULTS; i++) {
        double folds[FOLDS];
        base[i] = i;
        drive_ask(drive);
        for (size_t k = 0; k < FOLDS; k++)
            folds[k] = level * (double)k +
                       (i % 2 == 1 ? 0.1 : 0.01) *
                           muster_random_normal(muster_stream_of(1, i, -1, MUSTER_FOR_NOISE), k);
        struct muster_told told = {.score = (folds[0] + folds[1] + folds[2]) / FOLDS};
        assert_int_equal(muster_search_tell_folds(drive->search, i, &told, folds, FOLDS),
                         MUSTER_OK);
    }
    assert_int_equal(bayes_noise_create(&bayes), MUSTER_OK);
    bayes.base = base;
    bayes.n_base = RESULTS;
    assert_int_equal(bayes_noise_learn(&bayes), MUSTER_OK);
    for (int64_t i = 0; i < RESULTS; i++) {
        double ratio = bayes_noise_ratio(&bayes, i);
        assert_true(ratio > 0.1 && ratio < 10);
        sum[i % 2] += ratio;
    }
    assert_true(sum[1] > 2 * sum[0]);
    assert_true(bayes_noise_ratio(&bayes, RESULTS) == 1); /* nothing was told */
    bayes_noise_clear(&bayes.noise);
    drive_close(drive);
    muster_free(drive);
}

/* What folds have in common is no noise, however large. */
static void folds_tell_noise(void **state)
{
    (void)state;
    check_ratios(0);
    check_ratios(100);
}

/* ---- what does not go together ----------------------------------------------------------------
 */

static void check_refused(size_t m, const char *option, const char *word, const char *other,
                          const char *other_word)
{
    struct muster_space space = plain_space(D);
    struct drive *drive = muster_alloc(1, sizeof *drive);
    drive_open(drive, "bayes", &space, 3, true);
    drive->setup.n_objectives = m;
    muster_block_set(&drive->block, option, NAN, word);
    if (other != NULL)
        muster_block_set(&drive->block, other, NAN, other_word);
    assert_int_equal(muster_search_fits(&drive->setup), MUSTER_BAD_STUDY);
    assert_memory_equal(muster_error_text(), "search.bayes.", 13);
    assert_int_equal(muster_search_create(&drive->setup, &drive->search), MUSTER_BAD_STUDY);
    muster_block_set(&drive->block, "order", NAN, "arrival");
    muster_block_set(&drive->block, "bayes.acquisition", NAN, "log_ei");
    assert_int_equal(muster_search_fits(&drive->setup), m < 4 ? MUSTER_OK : MUSTER_BAD_STUDY);
    drive_close(drive);
    muster_free(drive);
}

static void what_does_not_go_together_is_refused(void **state)
{
    (void)state;
    check_refused(1, "bayes.cost", "seconds", NULL, NULL);
    check_refused(4, "bayes.objectives", "hypervolume", NULL, NULL);
    check_refused(1, "bayes.cost", "flops", "bayes.acquisition", "ucb");
    check_refused(1, "bayes.failures", "feasibility", "bayes.acquisition", "ucb");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(journals_restore_every_study),
        cmocka_unit_test(thinned_models),
        cmocka_unit_test(fronts_grow_faster_than_by_sums),
        cmocka_unit_test(bounds_costs_and_failures_are_heeded),
        cmocka_unit_test(folds_tell_noise),
        cmocka_unit_test(what_does_not_go_together_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
