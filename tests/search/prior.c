/* What a user believes: it leads the search at first, and does not keep it from a better place. */
#include "drive.h"

enum { D = 3, STEPS = 40 };

static double truth(const double *x)
{
    double sum = 0;
    for (int j = 0; j < D; j++)
        sum += (x[j] - 0.75) * (x[j] - 0.75);
    return sum;
}

/* Least value of so many results under the belief that all parameters are best at `value`. */
static double best_of(const char *method, double value, double weight, int64_t n)
{
    struct drive *drive = muster_alloc(1, sizeof *drive);
    struct muster_param params[D];
    struct muster_space space = {.d = D, .params = params};
    double best = INFINITY;
    for (int j = 0; j < D; j++)
        params[j] = (struct muster_param){
            .kind = MUSTER_PARAM_FLOAT, .high = 1, .prior = value, .prior_weight = weight};
    drive_open(drive, method, &space, 2, true);
    drive_start(drive);
    for (int64_t i = 0; i < n; i++) {
        assert_int_equal(drive_ask(drive), MUSTER_ASK_STEP);
        struct muster_told told = {.score = truth(drive->x[i]), .deviation = NAN};
        best = fmin(best, told.score);
        assert_int_equal(muster_search_tell(drive->search, i, &told), MUSTER_OK);
    }
    drive_close(drive);
    muster_free(drive);
    return best;
}

static void a_good_belief_helps_at_once(void **state)
{
    (void)state;
    static const char *const methods[] = {"random", "sobol", "lhs", "bayes", "auto"};
    for (size_t k = 0; k < sizeof methods / sizeof *methods; k++) {
        double with = best_of(methods[k], 0.75, 0.9, 8), without = best_of(methods[k], 0, 0, 8);
        if (!(with < without))
            fail_msg("%s: %g with, %g without", methods[k], with, without);
    }
}

static void a_bad_belief_fades(void **state)
{
    (void)state;
    assert_true(best_of("bayes", 0.1, 0.9, STEPS) < 1e-3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_good_belief_helps_at_once),
                                       cmocka_unit_test(a_bad_belief_fades)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
