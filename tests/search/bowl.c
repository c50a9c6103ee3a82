/* Proposals of bayes at the bottom of a bowl, before there are local steps. */
#include "journal.h"

enum { D = 10, RUN = 60, DESIGN = 30 };

/* Ackley's function about 0.37 of each parameter: a cone under ripples, 0 at its least. */
static double ackley(const double *x)
{
    double squares = 0, waves = 0;
    for (size_t j = 0; j < D; j++) {
        double at = 15 * (x[j] - 0.37);
        squares += at * at / D;
        waves += cos(6.283185307179586 * at) / D;
    }
    return -20 * exp(-0.2 * sqrt(squares)) - exp(waves) + 20 + exp(1);
}

static double ripples(const double *x)
{
    double waves = 0;
    for (size_t j = 0; j < D; j++)
        waves += sin(100 * (double)(j + 1) * x[j]);
    return waves;
}

/* The least score of a run; *bowls: how many proposals were such. */
static double run(const struct muster_space *space, double (*value)(const double *x),
                  int64_t window, int *bowls)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_reason why;
    double least = INFINITY;

    *bowls = 0;
    drive_open(drive, "bayes", space, window, window > 1);
    drive->value = value;
    drive_start(drive);
    for (int64_t i = 0; i < RUN; i++) {
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
        muster_search_reason(drive->search, &why);
        bool bowl = strcmp(why.source, "bowl") == 0;
        assert_true(!bowl || i % 2 == 0);
        *bowls += bowl;
        drive_tell(drive, i);
        least = fmin(least, value(drive->x[i]));
    }
    drive_close(drive);
    muster_free(drive);
    return least;
}

static void ripples_do_not_hide_it(void **state)
{
    struct muster_space space = plain_space(D);
    int bowls;
    (void)state;
    assert_true(run(&space, ackley, 1, &bowls) < 3.2); /* 4 and more without */
    assert_true(bowls >= 10);
}

/* In windows, too, where what is pending keeps others from the same place. */
static void windows_look_there(void **state)
{
    struct muster_space space = plain_space(D);
    int bowls;
    (void)state;
    assert_true(run(&space, ackley, 4, &bowls) < 4); /* 5 and more without */
    assert_true(bowls >= 5);
}

/* A search restored from its journal goes on to the same points. */
static void replays_go_there(void **state)
{
    struct muster_space space = plain_space(D);
    struct drive *whole = muster_alloc(1, sizeof *whole);
    (void)state;
    drive_open(whole, "bayes", &space, JOURNAL_LAG + 2, true);
    whole->setup.noiseless = true;
    whole->value = ackley;
    check_replays(whole, DESIGN, RUN);
    muster_free(whole);
}

static void there_is_none_elsewhere(void **state)
{
    struct muster_space space = plain_space(D);
    int bowls;
    (void)state;
    run(&space, ripples, 1, &bowls);
    assert_true(bowls <= 1);
    plain_params[D - 1] = (struct muster_param){.kind = MUSTER_PARAM_INT, .high = 1};
    run(&space, ackley, 1, &bowls);
    assert_int_equal(bowls, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ripples_do_not_hide_it),
        cmocka_unit_test(windows_look_there),
        cmocka_unit_test(replays_go_there),
        cmocka_unit_test(there_is_none_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
