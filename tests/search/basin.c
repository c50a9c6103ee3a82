/* Once local steps of bayes have settled, it looks for another basin: few runs stick beside the
 * best one, and what a journal restores goes on as the whole run. */
#include "journal.h"

enum { D = 6, RUN = 100 };

/* Hartmann's function of six parameters, 0 at its least; the second basin ends at 0.119. */
static double hartmann(const double *x)
{
    static const double height[4] = {1, 1.2, 3, 3.2};
    static const double steep[4][D] = {{10, 3, 17, 3.5, 1.7, 8},
                                       {.05, 10, 17, .1, 8, 14},
                                       {3, 3.5, 1.7, 10, 17, 8},
                                       {17, 8, .05, 10, .1, 14}};
    static const double place[4][D] = {{.1312, .1696, .5569, .0124, .8283, .5886},
                                       {.2329, .4135, .8307, .3736, .1004, .9991},
                                       {.2348, .1451, .3522, .2883, .3047, .6650},
                                       {.4047, .8828, .8732, .5743, .1091, .0381}};
    double value = 3.322368011391339;
    for (size_t i = 0; i < 4; i++) {
        double sum = 0;
        for (size_t j = 0; j < D; j++)
            sum += steep[i][j] * pow(x[j] - place[i][j], 2);
        value -= height[i] * exp(-sum);
    }
    return value;
}

static void open_hartmann(struct drive *drive, const struct muster_space *space, int64_t window)
{
    drive_open(drive, "bayes", space, window, true);
    drive->value = hartmann;
}

/* The least value of a run; adds how many proposals of each kind there were from where it had
 * settled for the first time. */
static double run(struct drive *drive, int64_t n, int *local, int *elsewhere)
{
    struct muster_reason why;
    double least = INFINITY;
    bool settled = false;

    for (int64_t i = 0; i < n; i++) {
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
        muster_search_reason(drive->search, &why);
        bool apart = strcmp(why.source, "elsewhere") == 0;
        settled = settled || apart;
        if (apart) /* told on the scale of scores, whose plateau ends at 3.33 */
            assert_true(why.mean < 3.4 && isfinite(why.mean) && why.deviation >= 0);
        *elsewhere += apart;
        *local += settled && strcmp(why.source, "local") == 0;
        drive_tell(drive, i);
        least = fmin(least, hartmann(drive->x[i]));
    }
    return least;
}

static void few_runs_stick(void **state)
{
    enum { SEEDS = 8 };
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_space space = plain_space(D);
    int stuck = 0, local = 0, elsewhere = 0;
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        open_hartmann(drive, &space, 1);
        drive->setup.seed = 40 + seed;
        drive->setup.strict = false; /* nothing is pending */
        drive_start(drive);
        stuck += run(drive, RUN, &local, &elsewhere) > 0.05;
        drive_close(drive);
    }
    assert_true(stuck <= 1);
    assert_true(local > 0 && elsewhere > local);
    muster_free(drive);
}

static double distance(const double *a, const double *b)
{
    double most = 0;
    for (size_t j = 0; j < D; j++)
        most = fmax(most, fabs(a[j] - b[j]));
    return most;
}

/* A run whose last `window` results are pending: marks the proposals for other basins. */
static void run_window(struct drive *drive, int64_t window, bool *apart)
{
    struct muster_reason why;
    for (int64_t i = 0; i < RUN; i++) {
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
        muster_search_reason(drive->search, &why);
        apart[i] = strcmp(why.source, "elsewhere") == 0;
        if (i >= window - 1)
            drive_tell(drive, i - window + 1);
    }
}

/* No two of a window look in the same place outside, and a window looks there early. */
static void windows_spread_outside(void **state)
{
    enum { WINDOW = 8, SEEDS = 3 };
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_space space = plain_space(D);
    bool apart[RUN];
    int pairs = 0, near = 0, all = 0;
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        open_hartmann(drive, &space, WINDOW);
        drive->setup.seed = 140 + seed;
        drive_start(drive);
        run_window(drive, WINDOW, apart);
        for (int64_t i = 0; i < RUN; i++)
            for (int64_t k = i + 1; k <= i + WINDOW && k < RUN; k++)
                if (apart[i] && apart[k]) {
                    pairs++;
                    near += distance(drive->x[i], drive->x[k]) < 0.03;
                }
        for (int64_t i = 0; i < RUN; i++)
            all += apart[i];
        drive_close(drive);
    }
    assert_true(all >= 15 * SEEDS);
    assert_true(20 * near <= pairs);
    muster_free(drive);
}

static void it_replays(void **state)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_space space = plain_space(D);
    (void)state;
    open_hartmann(drive, &space, JOURNAL_LAG + 2);
    check_replays(drive, 60, JOURNAL_MOST - MORE);
    muster_free(drive);
}

/* Two choices, 0.1 the worse. */
static double chosen(const double *x)
{
    return hartmann(x) + 0.1 * x[D];
}

static void other_choices_are_no_basins(void **state)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_space space = plain_space(D + 1);
    int local = 0, elsewhere = 0;
    (void)state;
    plain_params[D] = (struct muster_param){.kind = MUSTER_PARAM_INT, .high = 1};
    open_hartmann(drive, &space, 1);
    drive->value = chosen;
    drive_start(drive);
    run(drive, RUN, &local, &elsewhere);
    assert_int_equal(elsewhere, 0);
    drive_close(drive);
    muster_free(drive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_runs_stick),
        cmocka_unit_test(windows_spread_outside),
        cmocka_unit_test(other_choices_are_no_basins),
        cmocka_unit_test(it_replays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
