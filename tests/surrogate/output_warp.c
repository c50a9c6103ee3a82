/* Output warps: powers against SciPy's, the way back, and what hard values make of them. */
#include "test.h"
#include "muster/surrogate.h"
#include "output_warp_reference.h"

enum { POWERS = sizeof power_reference / sizeof *power_reference };

static const enum muster_output_warping kinds[] = {MUSTER_WARP_NONE, MUSTER_WARP_HALF_RANK,
                                                   MUSTER_WARP_RANK, MUSTER_WARP_BOX_COX,
                                                   MUSTER_WARP_YEO_JOHNSON};
enum { KINDS = sizeof kinds / sizeof *kinds };

static struct muster_output_warp fitted(enum muster_output_warping kind, double *y, size_t n)
{
    struct muster_output_warp warp = {.wanted = kind};
    assert_int_equal(muster_output_warp_fit(&warp, y, NULL, n), MUSTER_OK);
    return warp;
}

static void powers_as_scipy(void **state)
{
    (void)state;
    for (int k = 0; k < POWERS; k++) {
        double y[40];
        bool plain = power_reference[k].box_cox;
        memcpy(y, power_reference[k].y, sizeof y);
        struct muster_output_warp warp = fitted(
            plain ? MUSTER_WARP_BOX_COX : MUSTER_WARP_YEO_JOHNSON, y, (size_t)power_reference[k].n);
        assert_int_equal(warp.kind, plain ? MUSTER_WARP_BOX_COX : MUSTER_WARP_YEO_JOHNSON);
        assert_true(fabs(warp.lambda - power_reference[k].lambda) < 1e-5);
        warp.lambda = power_reference[k].lambda;
        for (int i = 0; i < power_reference[k].n; i++) {
            double to = power_reference[k].to[i], from = power_reference[k].y[i];
            assert_true(fabs(y[i] - to) < 1e-4 * (1 + fabs(to)));
            assert_true(fabs(muster_output_warp_back(&warp, to) - from) < 1e-11 * fabs(from));
        }
    }
}

/* Heavy above and light below, some equal, none in order. */
static void sample(double *y, size_t n, double shift)
{
    for (size_t i = 0; i < n; i++)
        y[i] = shift + (i % 9 == 4 ? 2 : exp(3 * sin((double)(i * i + 1))));
}

static void there_and_back_in_order(void **state)
{
    enum { N = 50 };
    double raw[N], y[N];
    (void)state;
    for (int k = 0; k < KINDS; k++)
        for (int shift = -3; shift <= 0; shift += 3) {
            sample(raw, N, shift);
            memcpy(y, raw, sizeof y);
            struct muster_output_warp warp = fitted(kinds[k], y, N);
            for (size_t i = 0; i < N; i++) {
                assert_true(fabs(muster_output_warp_back(&warp, y[i]) - raw[i]) < 1e-12 * 20);
                assert_true(fabs(muster_output_warp_apply(&warp, raw[i]) - y[i]) < 1e-12);
                for (size_t j = 0; j < N; j++)
                    assert_true((raw[i] < raw[j]) == (y[i] < y[j]));
            }
            double last = -INFINITY;
            for (double t = -60; t < 60; t += 0.01) {
                double back = muster_output_warp_back(&warp, t);
                assert_true(isfinite(back) && back >= last);
                last = back;
            }
            muster_output_warp_clear(&warp);
        }
}

static void what_values_allow(void **state)
{
    double positive[5] = {1, 2, 4, 8, 32}, mixed[5] = {-1, 2, 4, 8, 32}, same[4] = {3, 3, 3, 3};
    double two[2] = {1, 5}, far[4] = {1e15, 1e15 + 1, 1e15 + 2, 1e15 + 4};
    struct muster_output_warp warp = fitted(MUSTER_WARP_BOX_COX, positive, 5);
    (void)state;
    assert_int_equal(warp.kind, MUSTER_WARP_BOX_COX);
    assert_int_equal(fitted(MUSTER_WARP_BOX_COX, mixed, 5).kind, MUSTER_WARP_YEO_JOHNSON);
    assert_int_equal(fitted(MUSTER_WARP_BOX_COX, same, 4).kind, MUSTER_WARP_NONE);
    assert_int_equal(fitted(MUSTER_WARP_BOX_COX, two, 2).kind, MUSTER_WARP_NONE);
    assert_true(same[0] == 3 && two[1] == 5);
    assert_int_equal(fitted(MUSTER_WARP_YEO_JOHNSON, far, 4).kind, MUSTER_WARP_NONE);
    assert_true(far[1] == 1e15 + 1);
}

/* What does not count says nothing about the power, and is warped all the same. */
static void only_what_counts(void **state)
{
    double all[30], few[20];
    bool counts[30];
    (void)state;
    sample(all, 30, 0);
    memcpy(few, all, sizeof few);
    for (size_t i = 0; i < 30; i++)
        counts[i] = i < 20;
    struct muster_output_warp warp = {.wanted = MUSTER_WARP_BOX_COX};
    assert_int_equal(muster_output_warp_fit(&warp, all, counts, 30), MUSTER_OK);
    assert_true(warp.lambda == fitted(MUSTER_WARP_BOX_COX, few, 20).lambda);
    assert_true(all[0] == few[0]);
}

static void predictions_on_the_scale_of_values(void **state)
{
    double y[5] = {1, 10, 100, 1000, 10000}, mean, deviation;
    struct muster_output_warp warp = fitted(MUSTER_WARP_BOX_COX, y, 5);
    (void)state;
    mean = y[2];
    deviation = y[3] - y[2];
    muster_output_warp_predict(&warp, &mean, &deviation);
    assert_true(fabs(mean - 100) < 1e-9 && fabs(deviation - 495) < 1e-3); /* a logarithm */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(powers_as_scipy),
        cmocka_unit_test(there_and_back_in_order),
        cmocka_unit_test(what_values_allow),
        cmocka_unit_test(only_what_counts),
        cmocka_unit_test(predictions_on_the_scale_of_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
