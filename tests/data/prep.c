/* Preparation: values computed by hand, constant columns, and no trace of rows it was not fitted
 * on. */
#include "data_test.h"

enum { N = 8, D = 3 };

/* Fitted on rows 0, 1, 2, 3, 4: a plain column, a constant one, one far from 0. */
static const float columns[N][D] = {
    {1, 0.1f, 16777216},  {2, 0.1f, 16777218}, {4, 0.1f, 16777220}, {8, 0.1f, 16777222},
    {10, 0.1f, 16777224}, {900, 7, -5},        {-300, -7, 1e30f},   {0, 0, 0},
};
static const int64_t fitted[5] = {0, 1, 2, 3, 4}, others[3] = {5, 6, 7};

static void write_columns(const float x[N][D])
{
    const int32_t y[N] = {0, 1, 0, 1, 0, 1, 0, 1};
    file_table(&x[0][0], y, N, D);
    set_word(&data_block, "test", "none");
}

static void values_by_hand(void **state)
{
    (void)state;
    const double deviation = sqrt((16 + 9 + 1 + 9 + 25) / 5.0), far = sqrt(8);
    const struct {
        const char *scale;
        double mean[D], spread[D];
    } cases[] = {
        {"none", {0, 0, 0}, {1, 1, 1}},
        {"standard", {5, 0.1f, 16777220}, {deviation, 1, far}},
        {"minmax", {1, 0.1f, 16777216}, {9, 1, 8}},
        {"robust", {4, 0.1f, 16777220}, {6, 1, 4}},
    };
    write_columns(columns);
    for (size_t c = 0; c < 4; c++) {
        float out[5][D];
        struct muster_prep *prep;
        set_word(&data_block, "scale", cases[c].scale);
        struct muster_data *data = open_on(world, 1);
        assert_int_equal(muster_prep_fit(data, fitted, 5, &prep), MUSTER_OK);
        muster_prep_gather(data, prep, fitted, 5, &out[0][0]);
        for (size_t j = 0; j < D; j++) {
            double mean = cases[c].mean[j], spread = cases[c].spread[j];
            assert_true(fabs(muster_prep_mean(prep)[j] - mean) <= 1e-15 * fabs(mean));
            assert_true(fabs(muster_prep_scale(prep)[j] - spread) <= 1e-15 * spread);
            for (size_t i = 0; i < 5; i++)
                assert_float_equal(out[i][j], (columns[i][j] - mean) / spread, 4e-7);
        }
        muster_prep_destroy(&prep);
        muster_data_close(&data);
    }
    set_number(&data_block, "scale.divide", 16);
    struct muster_data *data = open_on(world, 1);
    struct muster_prep *prep;
    float out[D];
    assert_int_equal(muster_prep_fit(data, fitted, 5, &prep), MUSTER_OK);
    muster_prep_gather(data, prep, &fitted[3], 1, out);
    assert_true(out[0] == 0.5f && out[2] == 16777222.f / 16);
    muster_prep_destroy(&prep);
    muster_data_close(&data);
}

/* Median and quartiles where they fall between values, in an order that must not matter: numpy's
 * percentile of 3 1 4 1 5 9 2 6. */
static void quantiles_between_values(void **state)
{
    (void)state;
    const float x[N] = {3, 1, 4, 1, 5, 9, 2, 6};
    const int32_t y[N] = {0, 1, 0, 1, 0, 1, 0, 1};
    const int64_t rows[N] = {7, 3, 5, 1, 0, 2, 6, 4};
    struct muster_prep *prep;
    file_table(x, y, N, 1);
    set_word(&data_block, "scale", "robust");
    struct muster_data *data = open_on(world, 1);
    assert_int_equal(muster_prep_fit(data, rows, N, &prep), MUSTER_OK);
    assert_true(muster_prep_mean(prep)[0] == 3.5);
    assert_true(muster_prep_scale(prep)[0] == 5.25 - 1.75);
    muster_prep_destroy(&prep);
    muster_data_close(&data);
}

static void other_rows_leave_no_trace(void **state)
{
    (void)state;
    static const char *const scales[] = {"standard", "minmax", "robust"};
    float changed[N][D];
    memcpy(changed, columns, sizeof changed);
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < D; j++)
            changed[others[i]][j] = -3 * changed[others[i]][j] + 1;
    }
    for (size_t s = 0; s < 3; s++) {
        struct muster_prep *prep[2];
        float out[2][5][D];
        set_word(&data_block, "scale", scales[s]);
        for (int change = 0; change < 2; change++) {
            write_columns(change ? changed : columns);
            struct muster_data *data = open_on(world, 1);
            assert_int_equal(muster_prep_fit(data, fitted, 5, &prep[change]), MUSTER_OK);
            muster_prep_gather(data, prep[change], fitted, 5, &out[change][0][0]);
            muster_data_close(&data);
        }
        assert_memory_equal(muster_prep_mean(prep[0]), muster_prep_mean(prep[1]),
                            D * sizeof(double));
        assert_memory_equal(muster_prep_scale(prep[0]), muster_prep_scale(prep[1]),
                            D * sizeof(double));
        assert_memory_equal(out[0], out[1], sizeof out[0]);
        muster_prep_destroy(&prep[0]);
        muster_prep_destroy(&prep[1]);
    }
}

static const struct CMUnitTest tests[] = {
    DATA_TEST(values_by_hand),
    DATA_TEST(quantiles_between_values),
    DATA_TEST(other_rows_leave_no_trace),
};

DATA_TEST_MAIN(tests)
