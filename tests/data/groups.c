/* Groups never straddle a fold or the test share, even where their sizes and classes are uneven;
 * folds in time are those of scikit-learn's TimeSeriesSplit; plain folds need no row of a class. */
#include "data_test.h"

enum { N = 200, G = 23, C = 2 };

static int64_t group_of(size_t i)
{
    return i % 7 == 0 ? 1000 : (int64_t)(i * 31 % (G - 1)) - 5; /* one large one, negative ones */
}

static int32_t class_of(size_t i)
{
    return i * 13 % 10 < 3;
}

static void write_groups(const int64_t *groups)
{
    static float x[N];
    static int32_t y[N];
    hid_t file = is_root() ? file_create() : -1;
    for (size_t i = 0; i < N; i++) {
        x[i] = (float)i;
        y[i] = class_of(i);
    }
    if (is_root()) {
        file_put(file, &(struct dataset){"/x", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 2, {N, 1}, 0, x});
        file_put(file, &(struct dataset){"/y", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, {N}, 0, y});
        if (groups != NULL)
            file_put(file, &(struct dataset){
                               "/group", H5T_STD_I64LE, H5T_NATIVE_INT64, 1, {N}, 0, groups});
    }
    file_close(file);
}

static void write_all_groups(void)
{
    static int64_t groups[N];
    for (size_t i = 0; i < N; i++)
        groups[i] = group_of(i);
    write_groups(groups);
}

static void no_group_in_both(const int64_t *a, size_t n, const int64_t *b, size_t m)
{
    assert_true(n > 0 && m > 0);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++)
            assert_true(group_of((size_t)a[i]) != group_of((size_t)b[j]));
}

static void check_split(const struct muster_folds *folds, size_t k)
{
    int64_t train[N];
    size_t n = muster_folds_train(folds, k, train), m;
    const int64_t *valid = muster_folds_valid(folds, k, &m);
    assert_int_equal(muster_folds_train(folds, k, NULL), n);
    no_group_in_both(train, n, valid, m);
}

static void groups_stay_together(void **state)
{
    (void)state;
    write_all_groups();
    for (uint64_t seed = 0; seed < 4; seed++) {
        struct muster_data *data = open_on(world, seed);
        const struct muster_data_info *info = muster_data_info(data);
        no_group_in_both(muster_data_rows(data), info->rows, muster_data_test_rows(data),
                         info->test_rows);
        assert_true(info->rows + info->test_rows == N);
        assert_true(info->test_rows >= 32 && info->test_rows <= 48);
        struct muster_folds *folds = folds_of(data, seed);
        for (size_t k = 0; k < 5; k++)
            check_split(folds, k);
        muster_folds_destroy(&folds);
        muster_data_close(&data);
    }
}

/* Four parts of 200 rows, one group of 29: nearly even in rows and in classes, other ones in every
 * repeat, the same on one rank. */
static void parts_are_even(void **state)
{
    (void)state;
    size_t n, m;
    write_all_groups();
    set_word(&data_block, "test", "none");
    set_number(&validate_block, "folds", 4);
    set_number(&validate_block, "repeats", 2);
    struct muster_data *data = open_on(world, 1), *mine = open_on(alone, 1);
    struct muster_folds *folds = folds_of(data, 7), *same = folds_of(mine, 7);
    for (size_t k = 0; k < 8; k++) {
        const int64_t *valid = muster_folds_valid(folds, k, &n);
        size_t ones = 0;
        for (size_t i = 0; i < n; i++)
            ones += class_of((size_t)valid[i]);
        assert_true(n >= 44 && n <= 56 && ones >= 10 && ones <= 20);
        assert_memory_equal(valid, muster_folds_valid(same, k, &m), n * sizeof *valid);
        assert_int_equal(n, m);
        if (k >= 4)
            assert_memory_not_equal(valid, muster_folds_valid(folds, k - 4, &m), 8 * sizeof *valid);
        check_split(folds, k);
    }
    muster_folds_destroy(&folds);
    muster_folds_destroy(&same);
    muster_data_close(&mine);
    muster_data_close(&data);
}

static void holdout_and_one_out(void **state)
{
    (void)state;
    size_t n, rows = 0;
    write_all_groups();
    set_word(&data_block, "test", "none");
    struct muster_data *data = open_on(world, 1);
    set_word(&validate_block, "folds", "loo");
    struct muster_folds *folds = folds_of(data, 7);
    assert_int_equal(muster_folds_count(folds), G);
    for (size_t k = 0; k < G; k++) {
        check_split(folds, k);
        muster_folds_valid(folds, k, &n);
        rows += n;
    }
    assert_int_equal(rows, N);
    muster_folds_destroy(&folds);
    set_number(&validate_block, "folds.holdout", 0.3);
    folds = folds_of(data, 7);
    assert_int_equal(muster_folds_count(folds), 1);
    check_split(folds, 0);
    muster_folds_valid(folds, 0, &n);
    assert_true(n >= 50 && n <= 70);
    muster_folds_destroy(&folds);
    muster_data_close(&data);
}

static void folds_fail(const struct muster_data *data, const char *what)
{
    struct muster_folds *folds;
    assert_int_equal(muster_folds_create(data, &validate_block, 1, &folds), MUSTER_BAD_STUDY);
    assert_null(folds);
    if (strstr(muster_error_text(), what) == NULL)
        fail_msg("'%s' does not hold '%s'", muster_error_text(), what);
}

static void open_fails(enum muster_status expected, const char *what)
{
    struct muster_data_setup setup = setup_of(1);
    struct muster_data *data;
    assert_int_equal(muster_data_open(&setup, world, &data), expected);
    if (strstr(muster_error_text(), what) == NULL)
        fail_msg("'%s' does not hold '%s'", muster_error_text(), what);
}

static void too_few_groups_are_named(void **state)
{
    (void)state;
    static const int64_t one[N];
    write_all_groups();
    set_number(&validate_block, "folds", G + 1);
    set_word(&data_block, "test", "none");
    struct muster_data *data = open_on(world, 1);
    folds_fail(data, "24 parts of 23 groups (at most one part a group");
    muster_data_close(&data);
    set_number(&data_block, "time_order", 1);
    open_fails(MUSTER_BAD_STUDY, "data.time_order: rows cannot be parted both by time and by their "
                                 "groups, /group (data.groups: none)");
    set_number(&data_block, "time_order", 0);
    set_word(&data_block, "groups", "/x");
    open_fails(MUSTER_BAD_DATA, "/x does not fit /x (data.groups: [200] integers, one a row)");
    set_word(&data_block, "groups", "/who");
    open_fails(MUSTER_BAD_DATA, "no data set /who");
    write_groups(one);
    set_word(&data_block, "groups", "/group");
    set_number(&data_block, "test", 0.2);
    open_fails(MUSTER_BAD_STUDY, "data.test: all rows are of one group");
}

/* TimeSeriesSplit(n_splits=3) of 160 rows: 40, 80, 120 to train on, the next 40 to validate. */
static void time_goes_on(void **state)
{
    (void)state;
    int64_t train[N];
    size_t n;
    write_groups(NULL);
    set_number(&data_block, "time_order", 1);
    struct muster_data *data = open_on(world, 1);
    assert_int_equal(muster_data_info(data)->test_rows, 40);
    assert_int_equal(muster_data_test_rows(data)[0], 160);
    set_number(&validate_block, "folds", 3);
    struct muster_folds *folds = folds_of(data, 7);
    for (size_t k = 0; k < 3; k++) {
        assert_int_equal(muster_folds_train(folds, k, train), 40 * (k + 1));
        assert_int_equal(train[40 * (k + 1) - 1], 40 * (k + 1) - 1);
        assert_int_equal(muster_folds_valid(folds, k, &n)[0], 40 * (k + 1));
        assert_int_equal(n, 40);
    }
    muster_folds_destroy(&folds);
    set_number(&validate_block, "folds", 6); /* 160 = 28 + 6 * 22: the first has what is left */
    folds = folds_of(data, 7);
    assert_int_equal(muster_folds_train(folds, 0, train), 28);
    assert_int_equal(muster_folds_valid(folds, 5, &n)[0], 138);
    assert_int_equal(n, 22);
    muster_folds_destroy(&folds);
    set_number(&validate_block, "repeats", 2);
    folds_fail(data, "validate.repeats: with data.time_order all repeats would be the same");
    set_number(&validate_block, "repeats", 1);
    set_word(&validate_block, "folds", "loo");
    folds_fail(data, "validate.folds: loo does not go with data.time_order");
    set_number(&validate_block, "folds.holdout", 0.25);
    folds = folds_of(data, 7);
    assert_int_equal(muster_folds_train(folds, 0, train), 120);
    assert_int_equal(muster_folds_valid(folds, 0, &n)[0], 120);
    assert_int_equal(n, 40);
    muster_folds_destroy(&folds);
    muster_data_close(&data);
}

/* 60 rows of the rarer class in 70 folds. */
static void plain_folds(void **state)
{
    (void)state;
    write_groups(NULL);
    set_word(&data_block, "test", "none");
    set_number(&validate_block, "folds", 70);
    struct muster_data *data = open_on(world, 1);
    folds_fail(data, "class 1 has 60 rows");
    set_number(&validate_block, "stratify", 0);
    struct muster_folds *folds = folds_of(data, 7);
    for (size_t k = 0; k < 70; k++) {
        size_t n;
        muster_folds_valid(folds, k, &n);
        assert_true(n == 2 || n == 3);
    }
    muster_folds_destroy(&folds);
    muster_data_close(&data);
}

static const struct CMUnitTest tests[] = {
    DATA_TEST(groups_stay_together),     DATA_TEST(parts_are_even), DATA_TEST(holdout_and_one_out),
    DATA_TEST(too_few_groups_are_named), DATA_TEST(time_goes_on),   DATA_TEST(plain_folds),
};

DATA_TEST_MAIN(tests)
