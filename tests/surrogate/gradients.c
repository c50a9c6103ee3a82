/* Gradients of the posterior of kernel parameters and of predictions against central differences.
 */
#include "test.h"
#include "muster/surrogate.h"
#include "spaces.h"

enum { N = 40 };

static const struct muster_gp_model models[] = {
    {.noise_mean = -4, .noise_deviation = 1, .noise_floor = 1e-8},
    {.additive = true, .noise_mean = -4, .noise_deviation = 1, .noise_floor = 1e-8},
    {.kernel = MUSTER_KERNEL_SQUARED_EXPONENTIAL,
     .noise_mean = -12,
     .noise_deviation = 3,
     .noise_floor = 1e-9,
     .unit = 0.5},
    {.warp_inputs = true,
     .additive = true,
     .noise_mean = -4,
     .noise_deviation = 1,
     .noise_floor = 1e-8}};
enum { MODELS = sizeof models / sizeof *models };

static struct muster_gp *observed_gp(const struct muster_space *space,
                                     const struct muster_gp_model *model, double *u)
{
    struct muster_gp *gp;
    double y[N], x[PLAIN_MOST], ratio[N];
    for (int i = 0; i < N; i++) {
        random_point(space, i, u + (size_t)i * space->d, x);
        y[i] = value_at(space, x);
        ratio[i] = 0.5 + i % 3;
    }
    assert_int_equal(muster_gp_create_as(space, &muster_solver_lapack, model, &gp), MUSTER_OK);
    assert_int_equal(muster_gp_observe_noisy(gp, u, y, ratio, N), MUSTER_OK);
    return gp;
}

static void check_model(const struct muster_space *space, const struct muster_gp_model *model)
{
    double u[N * PLAIN_MOST], theta[PLAIN_MOST], gradient[PLAIN_MOST], plus, minus, value;
    struct muster_gp *gp = observed_gp(space, model, u);
    size_t p = muster_gp_parameters(gp);

    muster_gp_get(gp, theta);
    for (size_t i = 0; i < p; i++)
        theta[i] += 0.2 * sin((double)i + 1);
    assert_int_equal(muster_gp_objective(gp, theta, &value, gradient), MUSTER_OK);
    for (size_t i = 0; i < p; i++) {
        double at = theta[i], step = 1e-5;
        theta[i] = at + step;
        muster_gp_objective(gp, theta, &plus, NULL);
        theta[i] = at - step;
        muster_gp_objective(gp, theta, &minus, NULL);
        theta[i] = at;
        double difference = (plus - minus) / (2 * step);
        assert_true(fabs(gradient[i] - difference) < 1e-6 * (1 + fabs(difference)));
    }
    muster_gp_destroy(&gp);
}

static void check_posterior(const struct muster_space *space)
{
    for (int m = 0; m < MODELS; m++)
        check_model(space, &models[m]);
}

static void posterior_plain(void **state)
{
    struct muster_space space = plain_space(4);
    (void)state;
    check_posterior(&space);
}

static void posterior_mixed(void **state)
{
    (void)state;
    check_posterior(&mixed_space);
}

static void fit_ends_lower_and_flat(void **state)
{
    double u[N * MIXED], theta[MIXED + 2], gradient[MIXED + 2], before, after;
    struct muster_gp *gp = observed_gp(&mixed_space, &models[0], u);
    (void)state;
    muster_gp_get(gp, theta);
    muster_gp_objective(gp, theta, &before, NULL);
    assert_int_equal(muster_gp_fit(gp), MUSTER_OK);
    muster_gp_get(gp, theta);
    muster_gp_objective(gp, theta, &after, gradient);
    assert_true(after < before - 1);
    for (size_t i = 0; i < MIXED; i++)
        assert_true(fabs(gradient[i]) < 0.1);
    muster_gp_destroy(&gp);
}

static void check_predictions(const struct muster_gp_model *model)
{
    double u[N * MIXED], at[MIXED], x[MIXED], mean_slope[MIXED], deviation_slope[MIXED];
    double mean, deviation, m[2], s[2];
    struct muster_gp *gp = observed_gp(&mixed_space, model, u);
    assert_int_equal(muster_gp_fit(gp), MUSTER_OK);
    for (int64_t k = 0; k < 20; k++) {
        random_point(&mixed_space, 1000 + k, at, x);
        muster_gp_predict(gp, at, &mean, &deviation, mean_slope, deviation_slope);
        for (size_t j = 0; j < MIXED; j++) {
            double here = at[j], step = 1e-6;
            if (isfinite(muster_param_count(&mixed_params[j])) || isnan(x[j])) {
                assert_true(mean_slope[j] == 0 && deviation_slope[j] == 0);
                continue;
            }
            for (int side = 0; side < 2; side++) {
                at[j] = here + (side ? step : -step);
                muster_gp_predict(gp, at, &m[side], &s[side], NULL, NULL);
            }
            at[j] = here;
            assert_true(fabs((m[1] - m[0]) / (2 * step) - mean_slope[j]) < 1e-6);
            assert_true(fabs((s[1] - s[0]) / (2 * step) - deviation_slope[j]) < 1e-6);
        }
    }
    muster_gp_destroy(&gp);
}

static void predictions(void **state)
{
    (void)state;
    for (int m = 0; m < MODELS; m++)
        check_predictions(&models[m]);
}

/* Every acquisition function by mean and deviation, deep tails included. */
static void criteria(void **state)
{
    const enum muster_criterion_kind kinds[] = {MUSTER_LOG_EI, MUSTER_LOG_PI, MUSTER_UCB,
                                                MUSTER_MEAN};
    (void)state;
    for (int k = 0; k < 4; k++)
        for (double z = -50; z < 6; z += 0.7) {
            struct muster_criterion c = {.kind = kinds[k], .best = 0.3, .kappa = 1.8};
            double deviation = 0.7, mean = c.best - z * deviation, h = 1e-5, by[2];
            muster_criterion_value(&c, mean, deviation, &by[0], &by[1]);
            double up = muster_criterion_value(&c, mean + h, deviation, NULL, NULL);
            double down = muster_criterion_value(&c, mean - h, deviation, NULL, NULL);
            double slope = (up - down) / (2 * h);
            assert_true(fabs(by[0] - slope) < 1e-6 * (1 + fabs(slope)));
            up = muster_criterion_value(&c, mean, deviation + h, NULL, NULL);
            down = muster_criterion_value(&c, mean, deviation - h, NULL, NULL);
            slope = (up - down) / (2 * h);
            assert_true(fabs(by[1] - slope) < 1e-6 * (1 + fabs(slope)));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(posterior_plain),
        cmocka_unit_test(posterior_mixed),
        cmocka_unit_test(fit_ends_lower_and_flat),
        cmocka_unit_test(predictions),
        cmocka_unit_test(criteria),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
