/* Next tokens: the targets of a row are those behind each of its tokens, or what y says, and none
 * behind its used steps; rows have no class, so that nothing is stratified. */
#include "data_test.h"

enum { N = 11, T = 4, TEST = 2 };

static int32_t ids[N][T], next[N][T], length[N];
static const int64_t all[N] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

static void invent(void)
{
    for (int i = 0; i < N; i++) {
        length[i] = 1 + i % T;
        for (int t = 0; t < T; t++) {
            ids[i][t] = (i * 5 + t * 3) % 9;
            next[i][t] = (i + t) % 12 - 1;
        }
    }
}

static void write_rows(bool y, bool lengths, const char *task)
{
    hid_t file = is_root() ? file_create() : -1;
    struct dataset sets[] = {{"/x", H5T_STD_U8LE, H5T_NATIVE_INT32, 2, {N, T}, 3, ids},
                             {"/test/x", H5T_STD_U8LE, H5T_NATIVE_INT32, 2, {TEST, T}, 0, ids},
                             {"/y", H5T_STD_I16LE, H5T_NATIVE_INT32, 2, {N, T}, 0, next},
                             {"/test/y", H5T_STD_I16LE, H5T_NATIVE_INT32, 2, {TEST, T}, 0, next}};
    for (int i = 0; i < (y ? 4 : 2) && is_root(); i++)
        file_put(file, &sets[i]);
    if (is_root() && lengths)
        file_put(file,
                 &(struct dataset){"/length", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, {N}, 0, length});
    if (is_root() && task != NULL)
        file_put_text(file, ".", "task", task);
    file_close(file);
}

static void targets_of_rows(void **state)
{
    (void)state;
    invent();
    for (int kind = 0; kind < 4; kind++) {
        const bool y = kind % 2, lengths = kind / 2;
        int32_t classes[N][T];
        int64_t test_row = N;
        write_rows(y, lengths, y ? "language_model" : NULL);
        set_word(&data_block, "task", "next_token");
        struct muster_data *data = open_on(world, 1);
        const struct muster_data_info *info = muster_data_info(data);
        assert_true(info->next_token && info->tokens && info->classification);
        assert_true(info->test_official && info->test_rows == TEST && info->rows == N);
        assert_int_equal(info->outputs, y ? 11 : 9);
        assert_int_equal(info->vocabulary, info->outputs);
        muster_data_targets(data, all, N, &classes[0][0], NULL);
        for (int i = 0; i < N; i++) {
            int used = lengths ? length[i] : T;
            for (int t = 0; t < T; t++) {
                int there = y ? t < used : t + 1 < used;
                assert_int_equal(classes[i][t], !there ? -1 : y ? next[i][t] : ids[i][t + 1]);
            }
        }
        muster_data_targets(data, &test_row, 1, &classes[0][0], NULL);
        assert_int_equal(classes[0][0], y ? next[0][0] : ids[0][1]);
        muster_data_close(&data);
        muster_barrier(world);
    }
}

/* More folds than rows of any one token: only rows count. */
static void folds_of_rows(void **state)
{
    (void)state;
    size_t n;
    invent();
    write_rows(true, false, "language_model");
    set_number(&validate_block, "folds", N);
    struct muster_data *data = open_on(world, 1);
    struct muster_folds *folds = folds_of(data, 1);
    for (size_t k = 0; k < N; k++) {
        muster_folds_valid(folds, k, &n);
        assert_int_equal(n, 1);
    }
    muster_folds_destroy(&folds);
    muster_data_close(&data);
    set_number(&data_block, "limit", N - 1);
    data = open_on(world, 1);
    assert_int_equal(muster_data_info(data)->rows, N - 1);
    muster_data_close(&data);
    muster_barrier(world);
}

static void open_fails(const char *what)
{
    struct muster_data_setup setup = setup_of(1);
    struct muster_data *data;
    assert_int_equal(muster_data_open(&setup, world, &data), MUSTER_BAD_DATA);
    if (strstr(muster_error_text(), what) == NULL)
        fail_msg("'%s' does not hold '%s'", muster_error_text(), what);
    muster_barrier(world);
}

static void wrong_values_are_named(void **state)
{
    (void)state;
    const float real[N * T] = {0};
    invent();
    next[7][2] = -2;
    write_rows(true, false, "language_model");
    open_fails("/y row 7, column 2 (both from 0): -2 is no token");
    invent();
    set_word(&data_block, "y", "/length");
    write_rows(true, true, "language_model");
    open_fails("/length [11] does not fit /x [11, 4] (the next token of each step; data.y: none");
    set_word(&data_block, "y", "/next");
    open_fails("no data set /next");
    set_word(&data_block, "y", "none");
    set_word(&data_block, "task", "next_token");
    file_table(real, length, N, T);
    open_fails("/x [11, 4] does not hold tokens ([n, t] integers, whose next ones are the task)");
}

static const struct CMUnitTest tests[] = {
    DATA_TEST(targets_of_rows),
    DATA_TEST(folds_of_rows),
    DATA_TEST(wrong_values_are_named),
};

DATA_TEST_MAIN(tests)
