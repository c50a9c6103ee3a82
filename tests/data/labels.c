/* Rows with any of several labels: integers 0 and 1 in /y [n, m] are a target each, and folds are
 * dealt plainly; what is neither is named with its place. */
#include "data_test.h"

enum { N = 30, D = 2, M = 3 };

static float x[N][D];
static int32_t y[N][M];

static void fill(void)
{
    for (size_t i = 0; i < N; i++) {
        x[i][0] = (float)i;
        for (size_t c = 0; c < M; c++)
            y[i][c] = (i >> c) % 2;
    }
}

static void put_names(hid_t file, const char *const *names, hsize_t n)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    file_put(file, &(struct dataset){"/class_names", type, type, 1, {n}, 0, names});
    H5Tclose(type);
}

static void write_labels(size_t n_names)
{
    static const char *const names[] = {"red", "round", "ripe", "rotten"};
    hid_t file = is_root() ? file_create() : -1;
    if (is_root()) {
        file_put(file, &(struct dataset){"/x", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 2, {N, D}, 0, x});
        file_put(file, &(struct dataset){"/y", H5T_STD_I8LE, H5T_NATIVE_INT32, 2, {N, M}, 0, y});
        if (n_names > 0)
            put_names(file, names, n_names);
    }
    file_close(file);
}

static void flags_are_targets(void **state)
{
    (void)state;
    float values[N * M];
    size_t n_names, n;
    fill();
    write_labels(M);
    set_word(&data_block, "test", "none");
    struct muster_data *data = open_on(world, 1);
    const struct muster_data_info *info = muster_data_info(data);
    assert_true(info->multi_label && !info->classification);
    assert_int_equal(info->outputs, M);
    muster_data_targets(data, muster_data_rows(data), N, NULL, values);
    for (size_t i = 0; i < N * M; i++)
        assert_true(values[i] == (float)y[i / M][i % M]);
    const char *const *names = muster_data_class_names(data, &n_names);
    assert_int_equal(n_names, M);
    assert_string_equal(names[2], "ripe");
    set_number(&validate_block, "folds", 5);
    struct muster_folds *folds = folds_of(data, 1);
    for (size_t k = 0; k < 5; k++) {
        muster_folds_valid(folds, k, &n);
        assert_int_equal(n, N / 5);
    }
    muster_folds_destroy(&folds);
    muster_data_close(&data);
}

static void names_that_do_not_fit_are_left_out(void **state)
{
    (void)state;
    size_t n;
    fill();
    write_labels(M + 1);
    struct muster_data *data = open_on(world, 1);
    assert_null(muster_data_class_names(data, &n));
    muster_data_close(&data);
}

static void refused(const char *what)
{
    struct muster_data_setup setup = setup_of(1);
    struct muster_data *data;
    assert_int_equal(muster_data_open(&setup, world, &data), MUSTER_BAD_DATA);
    if (strstr(muster_error_text(), what) == NULL)
        fail_msg("'%s' does not hold '%s'", muster_error_text(), what);
}

static void other_values_are_named(void **state)
{
    (void)state;
    fill();
    y[11][2] = 2;
    write_labels(0);
    refused("/y row 11, column 2 (both from 0): 2 says of a label neither 0 nor 1");
    fill();
    y[29][0] = -1;
    write_labels(0);
    refused("/y row 29, column 0 (both from 0): -1 says");
}

static void numbers_where_the_study_says_so(void **state)
{
    (void)state;
    fill();
    y[11][2] = 2;
    write_labels(0);
    set_word(&data_block, "task", "regression");
    struct muster_data *data = open_on(world, 1);
    assert_true(!muster_data_info(data)->multi_label && muster_data_info(data)->outputs == M);
    muster_data_close(&data);
}

static void labels_of_all_rows_are_no_target(void **state)
{
    (void)state;
    fill();
    for (size_t i = 0; i < N; i++)
        y[i][0] = y[i][2] = 1;
    write_labels(0);
    struct muster_data *data = open_on(world, 1); /* a warning */
    muster_data_close(&data);
    for (size_t i = 0; i < N; i++)
        y[i][1] = 0;
    write_labels(0);
    refused("all rows have the same labels");
}

static const struct CMUnitTest tests[] = {
    DATA_TEST(flags_are_targets), DATA_TEST(names_that_do_not_fit_are_left_out),
    DATA_TEST(other_values_are_named), DATA_TEST(numbers_where_the_study_says_so),
    DATA_TEST(labels_of_all_rows_are_no_target)};

DATA_TEST_MAIN(tests)
