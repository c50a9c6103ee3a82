/* Proposals of bayes along one parameter. */
#include "drive.h"

enum { D = 8, WINDOW = 8, RUN = 42 };

/* How many parameters of x differ from the best of the first n points; *which: the last of them. */
static int moved(const struct drive *drive, const double *score, int64_t n, const double *x,
                 size_t *which)
{
    int64_t best = 0;
    int count = 0;
    for (int64_t i = 0; i < n; i++)
        best = score[i] < score[best] ? i : best;
    for (size_t j = 0; j < drive->setup.space->d; j++)
        if (fabs(x[j] - drive->x[best][j]) > 1e-12) {
            *which = j;
            count++;
        }
    return count;
}

/* No bowl, whose bottom would be asked by turns. */
static double ripples(const double *x)
{
    double waves = 0;
    for (size_t j = 0; j < D; j++)
        waves += sin(100 * (double)(j + 1) * x[j]);
    return waves;
}

/* Until there are local steps, two pending proposals of three move one parameter of the best known
 * point each, one after the other;
 * others, and those that know all, move several. */
static void pending_ones_look_along_one_parameter(void **state)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_space space = plain_space(D);
    struct muster_reason why;
    double score[RUN];
    size_t which[RUN];
    (void)state;
    for (int64_t window = 1; window <= WINDOW; window += WINDOW - 1) {
        int n = 0, single = 0;
        drive_open(drive, "bayes", &space, window, window > 1);
        drive_start(drive);
        for (int64_t i = 0; i < RUN; i++) {
            assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
            score[i] = ripples(drive->x[i]);
            struct muster_told told = {.score = score[i], .deviation = NAN};
            assert_int_equal(muster_search_tell(drive->search, i, &told), MUSTER_OK);
            muster_search_reason(drive->search, &why);
            if (strcmp(why.source, "log_ei") != 0)
                continue;
            int64_t known = window > 1 ? i - window : i;
            if (moved(drive, score, known, drive->x[i], &which[n]) == 1 && i % 3 != 0)
                single++;
            n += i % 3 != 0;
            size_t after = single < 2 || single < n ? 1 : (which[n - 1] + D - which[n - 2]) % D;
            assert_true(after == 1 || after == 2); /* 2 where a round begins */
        }
        assert_true(window > 1 ? n >= 12 && single == n : single < n / 2);
        drive_close(drive);
    }
    muster_free(drive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pending_ones_look_along_one_parameter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
