/* Functions drawn from a process: mean and covariance are those of the posterior, slopes those of
 * the function. */
#include "test.h"
#include "muster/surrogate.h"
#include "spaces.h"

enum { N = 12, DRAWS = 300, POINTS = 4 };

static const struct muster_gp_model models[] = {{.warp_inputs = true,
                                                 .additive = true,
                                                 .noise_mean = -4,
                                                 .noise_deviation = 1,
                                                 .noise_floor = 1e-8},
                                                {.kernel = MUSTER_KERNEL_SQUARED_EXPONENTIAL,
                                                 .noise_mean = -4,
                                                 .noise_deviation = 1,
                                                 .noise_floor = 1e-8}};
static const double noise = 0.05;
enum { MODELS = sizeof models / sizeof *models };

static struct muster_stream draw_stream(int64_t k)
{
    return muster_stream_of(5, k, -1, MUSTER_FOR_SEARCH);
}

/* A process with shapes of its own, not fitted ones: short length scales and much noise; *spread:
 * the standard deviation of y. */
static struct muster_gp *observed(const struct muster_space *space,
                                  const struct muster_gp_model *model, double *spread)
{
    struct muster_gp *gp;
    double u[N * MIXED], x[MIXED], y[N], theta[4 * MIXED + 3], sum = 0, squares = 0;
    assert_int_equal(muster_gp_create_as(space, &muster_solver_lapack, model, &gp), MUSTER_OK);
    muster_gp_get(gp, theta);
    for (size_t i = 0; i < space->d; i++)
        theta[i] = -0.3 + 0.2 * sin((double)i);
    theta[space->d + 1] = log(noise);
    for (size_t i = 2 * space->d + 3; i < muster_gp_parameters(gp); i++)
        theta[i] = 0.4 * sin((double)i);
    muster_gp_set(gp, theta);
    for (int i = 0; i < N; i++) {
        random_point(space, i, u + (size_t)i * space->d, x);
        y[i] = 3 * value_at(space, x) - 1;
        sum += y[i] / N;
        squares += y[i] * y[i] / N;
    }
    *spread = sqrt(squares - sum * sum);
    assert_int_equal(muster_gp_observe(gp, u, y, N), MUSTER_OK);
    return gp;
}

/* u[POINTS][d]: an observed point, one near it, and others. */
static void choose_points(const struct muster_space *space, double *u)
{
    double x[MIXED];
    for (int p = 0; p < POINTS; p++)
        random_point(space, p < 2 ? 0 : 100 + p, u + (size_t)p * space->d, x);
    for (size_t j = 0; j < space->d; j++)
        u[space->d + j] = 0.9 * u[j] + 0.05;
    muster_space_decode(space, u + space->d, x);
    muster_space_encode(space, x, u + space->d);
}

/* A known q takes cov^2 / (variance of q with its noise) from the variance of p. */
static double covariance_of(const struct muster_space *space, const struct muster_gp_model *model,
                            const double *p, const double *q)
{
    double spread, mean, before, after, there;
    struct muster_gp *gp = observed(space, model, &spread);
    muster_gp_predict(gp, p, &mean, &before, NULL, NULL);
    muster_gp_predict(gp, q, &mean, &there, NULL, NULL);
    assert_int_equal(muster_gp_believe(gp, q), MUSTER_OK);
    muster_gp_predict(gp, p, &mean, &after, NULL, NULL);
    muster_gp_destroy(&gp);
    return sqrt((before * before - after * after) * (there * there + noise * spread * spread));
}

/* Within four standard errors. */
static void check_moments(const struct muster_space *space, const struct muster_gp_model *model)
{
    static double drawn[DRAWS][POINTS];
    double u[POINTS * MIXED], spread, mean[POINTS], deviation[POINTS];
    struct muster_gp *gp = observed(space, model, &spread);
    struct muster_path *path;

    choose_points(space, u);
    for (int k = 0; k < DRAWS; k++) {
        assert_int_equal(muster_path_create(gp, draw_stream(k), &path), MUSTER_OK);
        for (size_t p = 0; p < POINTS; p++)
            drawn[k][p] = muster_path_at(path, u + p * space->d, NULL);
        muster_path_destroy(&path);
    }
    for (size_t p = 0; p < POINTS; p++) {
        double sum = 0;
        muster_gp_predict(gp, u + p * space->d, &mean[p], &deviation[p], NULL, NULL);
        for (int k = 0; k < DRAWS; k++)
            sum += drawn[k][p] - mean[p];
        assert_true(fabs(sum / DRAWS) < 4 * deviation[p] / sqrt(DRAWS));
    }
    for (size_t p = 0; p < POINTS; p++)
        for (size_t q = 0; q <= p; q++) {
            double exact = p == q ? deviation[p] * deviation[p]
                                  : covariance_of(space, model, u + p * space->d, u + q * space->d);
            double sum = 0, product = deviation[p] * deviation[q];
            for (int k = 0; k < DRAWS; k++)
                sum += (drawn[k][p] - mean[p]) * (drawn[k][q] - mean[q]);
            double error = sqrt((product * product + exact * exact) / DRAWS);
            assert_true(fabs(fabs(sum / DRAWS) - exact) < 4 * error);
        }
    muster_gp_destroy(&gp);
}

static void moments(void **state)
{
    (void)state;
    for (int m = 0; m < MODELS; m++)
        check_moments(&mixed_space, &models[m]);
}

static void slopes(void **state)
{
    double spread, u[MIXED], x[MIXED], slope[MIXED], step = 1e-6;
    (void)state;
    for (int m = 0; m < MODELS; m++) {
        struct muster_gp *gp = observed(&mixed_space, &models[m], &spread);
        struct muster_path *path;
        assert_int_equal(muster_path_create(gp, draw_stream(m), &path), MUSTER_OK);
        for (int64_t k = 0; k < 20; k++) {
            random_point(&mixed_space, 1000 + k, u, x);
            muster_path_at(path, u, slope);
            for (size_t j = 0; j < MIXED; j++) {
                double here = u[j], value[2];
                if (isfinite(muster_param_count(&mixed_params[j])) || isnan(x[j])) {
                    assert_true(slope[j] == 0);
                    continue;
                }
                for (int side = 0; side < 2; side++) {
                    u[j] = here + (side ? step : -step);
                    value[side] = muster_path_at(path, u, NULL);
                }
                u[j] = here;
                double difference = (value[1] - value[0]) / (2 * step);
                assert_true(fabs(difference - slope[j]) < 1e-6 * (1 + fabs(slope[j])));
            }
        }
        muster_path_destroy(&path);
        muster_gp_destroy(&gp);
    }
}

/* What is drawn depends on the stream alone; pending points, which have no value, are refused. */
static void draws(void **state)
{
    double spread, u[MIXED], x[MIXED];
    struct muster_gp *gp = observed(&mixed_space, &models[0], &spread);
    struct muster_path *one, *same, *other;
    (void)state;
    random_point(&mixed_space, 77, u, x);
    muster_path_create(gp, draw_stream(1), &one);
    muster_path_create(gp, draw_stream(1), &same);
    muster_path_create(gp, draw_stream(2), &other);
    assert_true(muster_path_at(one, u, NULL) == muster_path_at(same, u, NULL));
    assert_true(muster_path_at(one, u, NULL) != muster_path_at(other, u, NULL));
    muster_path_destroy(&one);
    muster_path_destroy(&same);
    muster_path_destroy(&other);
    assert_int_equal(muster_gp_believe(gp, u), MUSTER_OK);
    assert_int_equal(muster_path_create(gp, draw_stream(1), &one), MUSTER_INTERNAL);
    assert_null(one);
    muster_gp_destroy(&gp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments),
        cmocka_unit_test(slopes),
        cmocka_unit_test(draws),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
