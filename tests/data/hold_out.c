/* The test share and the sample of `limit`: seeded, of the size asked for, with every class's share
 * kept and none lost. */
#include "data_test.h"

enum { N = 200, C = 4 };

/* 120, 60, 18 and 2 rows of the classes, mixed. */
static size_t class_of(size_t i)
{
    size_t at = i * 77 % N;
    return at < 120 ? 0 : at < 180 ? 1 : at < 198 ? 2 : 3;
}

static void write_classes(bool real)
{
    static float x[N];
    static double y[N];
    hid_t file = is_root() ? file_create() : -1;
    for (size_t i = 0; i < N; i++) {
        x[i] = (float)i;
        y[i] = (double)class_of(i);
    }
    if (is_root()) {
        file_put(file, &(struct dataset){"/x", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 2, {N, 1}, 0, x});
        file_put(file,
                 &(struct dataset){
                     "/y", real ? H5T_IEEE_F64LE : H5T_STD_I32LE, H5T_NATIVE_DOUBLE, 1, {N}, 0, y});
    }
    file_close(file);
}

static void count(const int64_t *rows, size_t n, size_t counts[C])
{
    memset(counts, 0, C * sizeof *counts);
    for (size_t i = 0; i < n; i++) {
        assert_true(rows[i] >= 0 && rows[i] < N && (i == 0 || rows[i] > rows[i - 1]));
        counts[class_of((size_t)rows[i])]++;
    }
}

static void test_share_is_stratified(void **state)
{
    (void)state;
    write_classes(false);
    set_number(&data_block, "test", 0.2);
    for (uint64_t seed = 0; seed < 5; seed++) {
        struct muster_data *data = open_on(world, seed);
        const struct muster_data_info *info = muster_data_info(data);
        size_t train[C], test[C];
        assert_int_equal(info->test_rows, 40);
        assert_int_equal(info->rows, 160);
        count(muster_data_rows(data), info->rows, train);
        count(muster_data_test_rows(data), info->test_rows, test);
        assert_true(test[0] == 24 && test[1] == 12 && test[2] == 3 && test[3] == 1);
        assert_true(train[0] == 96 && train[1] == 48 && train[2] == 15 && train[3] == 1);
        muster_data_close(&data);
    }
}

static void limit_is_stratified(void **state)
{
    (void)state;
    const size_t limits[] = {2, 3, 17, 50, 199, 200, 5000};
    write_classes(false);
    set_word(&data_block, "test", "none");
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        size_t n = limits[i] < N ? limits[i] : N, counts[C];
        set_number(&data_block, "limit", (double)limits[i]);
        struct muster_data *data = open_on(world, 3);
        assert_int_equal(muster_data_info(data)->rows, n);
        assert_int_equal(muster_data_info(data)->test_rows, 0);
        count(muster_data_rows(data), n, counts);
        for (size_t c = 0; c < C && n >= 17; c++) {
            const double sizes[C] = {120, 60, 18, 2};
            assert_true(counts[c] > 0);
            assert_true(fabs((double)counts[c] - sizes[c] * (double)n / N) < 1.5);
        }
        muster_data_close(&data);
    }
}

static void seeds_differ_and_repeat(void **state)
{
    (void)state;
    write_classes(false);
    struct muster_data *a = open_on(world, 1), *b = open_on(world, 1), *c = open_on(world, 2);
    size_t bytes = muster_data_info(a)->test_rows * sizeof(int64_t);
    assert_int_equal(muster_data_info(a)->test_rows, 40); /* the default share */
    assert_memory_equal(muster_data_test_rows(a), muster_data_test_rows(b), bytes);
    assert_memory_not_equal(muster_data_test_rows(a), muster_data_test_rows(c), bytes);
    assert_true(muster_data_info(a)->hash == muster_data_info(c)->hash);
    muster_data_close(&a);
    muster_data_close(&b);
    muster_data_close(&c);
}

static void regression_and_extremes(void **state)
{
    (void)state;
    const struct {
        double share;
        size_t test;
    } cases[] = {{0, 0}, {0.001, 1}, {0.5, 100}, {0.9, 180}};
    write_classes(true);
    for (size_t i = 0; i < 4; i++) {
        set_number(&data_block, "test", cases[i].share);
        struct muster_data *data = open_on(world, 1);
        assert_false(muster_data_info(data)->classification);
        assert_int_equal(muster_data_info(data)->test_rows, cases[i].test);
        assert_int_equal(muster_data_info(data)->rows, N - cases[i].test);
        muster_data_close(&data);
    }
}

static const struct CMUnitTest tests[] = {
    DATA_TEST(test_share_is_stratified),
    DATA_TEST(limit_is_stratified),
    DATA_TEST(seeds_differ_and_repeat),
    DATA_TEST(regression_and_extremes),
};

DATA_TEST_MAIN(tests)
