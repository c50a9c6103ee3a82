/* The expected growth of a front's hypervolume against sums over a fine grid and against sampling,
 * its slopes against central differences, and its logarithm far away. */
#include "test.h"
#include "muster/surrogate.h"
#include "muster/search.h"

enum { MOST = 3 };

static const double two[] = {0.1, 0.9, 0.3, 0.6, 0.5, 0.5, 0.8, 0.1, 0.9, 0.95, 0.3, 0.7};
static const double three[] = {0.1, 0.8, 0.7, 0.5, 0.2, 0.6, 0.9, 0.1, 0.1, 0.4, 0.4, 0.4,
                               0.2, 0.9, 0.2, 0.5, 0.5, 0.4, 0.4, 0.1, 0.9, 0.4, 0.1, 0.9};
static const double reference[] = {1, 1, 1};

static struct muster_front *front_of(const double *f, size_t n, size_t m)
{
    struct muster_front *front;
    assert_int_equal(muster_front_create(f, n, m, reference, &front), MUSTER_OK);
    return front;
}

static double normal_cdf(double z)
{
    return 0.5 * erfc(-z * sqrt(0.5));
}

/* The integral of Phi((x - mean) / deviation) Phi((y - ...) over what the front leaves, by the
 * middles of squares that no point of it cuts. */
static double on_a_grid(const double *f, size_t n, const double *mean, const double *deviation)
{
    enum { FINE = 4000, UNIT = 1000 }; /* squares along an axis, and along one of length 1 */
    double *below = muster_alloc(FINE + 1, sizeof *below), sum = 0;
    for (int j = 0; j < FINE; j++) {
        double y = (j + 0.5) / UNIT - 3;
        below[j + 1] = below[j] + normal_cdf((y - mean[1]) / deviation[1]) / UNIT;
    }
    for (int i = 0; i < FINE; i++) {
        double x = (i + 0.5) / UNIT - 3, top = 1;
        for (size_t p = 0; p < n; p++)
            if (f[2 * p] < x)
                top = fmin(top, f[2 * p + 1]);
        sum += below[lround((top + 3) * UNIT)] * normal_cdf((x - mean[0]) / deviation[0]) / UNIT;
    }
    muster_free(below);
    return sum;
}

static void two_objectives_against_a_grid(void **state)
{
    const double means[][2] = {{0.5, 0.5}, {0.2, 0.4}, {1.2, 0.3}, {0.9, 0.9}, {0, 0}};
    const double deviation[] = {0.2, 0.35};
    double by[4];
    (void)state;
    for (size_t n = 0; n <= 6; n += 3)
        for (size_t i = 0; i < sizeof means / sizeof *means; i++) {
            struct muster_front *front = front_of(two, n, 2);
            double exact = on_a_grid(two, n, means[i], deviation);
            double value = exp(muster_log_ehvi(front, means[i], deviation, by, by + 2));
            assert_true(fabs(value - exact) < 1e-5 * exact);
            muster_front_destroy(&front);
        }
}

/* The mean growth of the volume itself, over normal outcomes. */
static void sampled(const double *f, size_t n, size_t m, const double *mean,
                    const double *deviation)
{
    enum { SAMPLES = 20000 };
    struct muster_front *front = front_of(f, n, m);
    double all[MOST * 9], before, after, sum = 0, squares = 0, by[2 * MOST];

    memcpy(all, f, n * m * sizeof *f);
    assert_int_equal(muster_hypervolume(all, n, m, reference, &before), MUSTER_OK);
    for (uint64_t s = 0; s < SAMPLES; s++) {
        for (size_t k = 0; k < m; k++)
            all[n * m + k] =
                mean[k] +
                deviation[k] * muster_random_normal(muster_stream_of(3, 0, -1, MUSTER_FOR_NOISE),
                                                    s * MOST + k);
        assert_int_equal(muster_hypervolume(all, n + 1, m, reference, &after), MUSTER_OK);
        sum += after - before;
        squares += (after - before) * (after - before);
    }
    double average = sum / SAMPLES, error = sqrt((squares / SAMPLES - average * average) / SAMPLES);
    double value = exp(muster_log_ehvi(front, mean, deviation, by, by + m));
    assert_true(error < 0.05 * average && fabs(value - average) < 4.5 * error);
    muster_front_destroy(&front);
}

static void growth_against_sampling(void **state)
{
    const double mean[][MOST] = {{0.5, 0.5, 0.5}, {0.2, 0.1, 0.8}, {0.9, 0.3, 0.3}};
    const double deviation[][MOST] = {{0.3, 0.3, 0.3}, {0.1, 0.4, 0.2}, {0.5, 0.2, 0.3}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        sampled(two, 6, 2, mean[i], deviation[i]);
        sampled(three, 8, 3, mean[i], deviation[i]);
        sampled(three, 1, 3, mean[i], deviation[i]);
    }
}

/* The same points in another order, and with copies of them, are the same front. */
static void order_does_not_matter(void **state)
{
    const double mean[] = {0.45, 0.5, 0.5}, deviation[] = {0.1, 0.2, 0.3};
    double back[2 * 24], by[6];
    struct muster_front *front = front_of(three, 8, 3), *other;
    (void)state;
    for (size_t i = 0; i < 16; i++)
        memcpy(back + 3 * i, three + 3 * ((23 - i) % 8), 3 * sizeof *back);
    other = front_of(back, 16, 3);
    double value = muster_log_ehvi(front, mean, deviation, by, by + 3);
    assert_true(fabs(value - muster_log_ehvi(other, mean, deviation, by, by + 3)) < 1e-12);
    muster_front_destroy(&front);
    muster_front_destroy(&other);
}

static void check_slopes(const struct muster_front *front, size_t m, double *at)
{
    double by[2 * MOST], scratch[2 * MOST];
    muster_log_ehvi(front, at, at + m, by, by + m);
    for (size_t i = 0; i < 2 * m; i++) {
        double here = at[i], step = 1e-6 * at[m + i % m];
        at[i] = here + step;
        double up = muster_log_ehvi(front, at, at + m, scratch, scratch + m);
        at[i] = here - step;
        double down = muster_log_ehvi(front, at, at + m, scratch, scratch + m);
        at[i] = here;
        double slope = (up - down) / (2 * step);
        assert_true(isfinite(by[i]) && fabs(by[i] - slope) < 1e-5 * (1 + fabs(slope)));
    }
}

static void slopes_are_right_near_and_far(void **state)
{
    struct muster_front *fronts[] = {front_of(two, 6, 2), front_of(three, 8, 3)};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        for (double mean = -2; mean < 12; mean += 0.37) {
            double at[6] = {mean, 0.4};
            at[2] = i == 0 ? 0.13 : 0.7;
            for (size_t k = 0; k < i + 2; k++)
                at[i + 2 + k] = 0.05 + 0.07 * (double)k;
            check_slopes(fronts[i], i + 2, at);
        }
        muster_front_destroy(&fronts[i]);
    }
}

/* Beyond where any volume underflows: of no front, the sum of log EI below the reference. */
static void logarithms_reach_far(void **state)
{
    const double mean[] = {60, 40, 50}, deviation[] = {0.1, 0.2, 0.3};
    double by[6], sum = 0;
    struct muster_front *front = front_of(three, 0, 3);
    (void)state;
    for (size_t k = 0; k < 3; k++)
        sum += muster_log_ei(1, mean[k], deviation[k]);
    assert_true(fabs(muster_log_ehvi(front, mean, deviation, by, by + 3) - sum) < 1e-9 * -sum);
    muster_front_destroy(&front);
    front = front_of(three, 8, 3);
    double value = muster_log_ehvi(front, mean, deviation, by, by + 3);
    assert_true(isfinite(value) && value < sum && by[0] < 0 && by[1] < 0 && by[2] < 0);
    muster_front_destroy(&front);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_objectives_against_a_grid),
        cmocka_unit_test(growth_against_sampling),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(slopes_are_right_near_and_far),
        cmocka_unit_test(logarithms_reach_far),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
