/* Shapes of inputs and what follows from them: dimensions, order of channels, the scaling of
 * `auto`, the task, the file's own test part, names. */
#include "data_test.h"

static void write_pair(const struct dataset *x, const struct dataset *y, const char *layout,
                       const char *task)
{
    hid_t file = is_root() ? file_create() : -1;
    if (is_root()) {
        file_put(file, x);
        file_put(file, y);
        if (layout != NULL)
            file_put_text(file, "/x", "layout", layout);
        if (task != NULL)
            file_put_text(file, "/", "task", task);
    }
    file_close(file);
}

static const int32_t labels[4] = {0, 1, 1, 0};

static struct dataset four_labels(void)
{
    return (struct dataset){"/y", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, {4}, 0, labels};
}

static void channels_move_last(void **state)
{
    (void)state;
    enum { C = 3, H = 2, W = 5 };
    static uint8_t x[4][C][H][W];
    float out[H][W][C];
    int64_t row = 2;
    for (size_t i = 0; i < sizeof x; i++)
        (&x[0][0][0][0])[i] = (uint8_t)(i * 37); /* all of 0 .. 255 */
    struct dataset y = four_labels();
    write_pair(&(struct dataset){"/x", H5T_STD_U8LE, H5T_NATIVE_UINT8, 4, {4, C, H, W}, 3, x}, &y,
               "CHW", NULL);
    struct muster_data *data = open_on(world, 1);
    const struct muster_data_info *info = muster_data_info(data);
    struct muster_prep *prep;
    assert_int_equal(info->rank, 3);
    assert_int_equal(info->dims[0], H);
    assert_int_equal(info->dims[1], W);
    assert_int_equal(info->dims[2], C);
    assert_string_equal(info->scale, "divide");
    assert_int_equal(muster_prep_fit(data, &row, 1, &prep), MUSTER_OK);
    muster_prep_gather(data, prep, &row, 1, &out[0][0][0]);
    for (size_t h = 0; h < H; h++)
        for (size_t w = 0; w < W; w++)
            for (size_t c = 0; c < C; c++)
                assert_float_equal(out[h][w][c], (float)x[row][c][h][w] / 255, 1e-7);
    muster_prep_destroy(&prep);
    muster_data_close(&data);
}

/* Images of 0 .. 16 are divided by 16, unless the study says what by. */
static void few_grey_levels_are_divided_by_their_number(void **state)
{
    (void)state;
    static uint8_t x[4][2][2];
    float out[4];
    int64_t row = 3;
    for (size_t i = 0; i < sizeof x; i++)
        (&x[0][0][0])[i] = (uint8_t)(i + 1);
    struct dataset y = four_labels();
    write_pair(&(struct dataset){"/x", H5T_STD_U8LE, H5T_NATIVE_UINT8, 3, {4, 2, 2}, 3, x}, &y,
               NULL, NULL);
    struct muster_data *data = open_on(world, 1);
    struct muster_prep *prep;
    assert_string_equal(muster_data_info(data)->scale, "divide");
    assert_int_equal(muster_prep_fit(data, &row, 1, &prep), MUSTER_OK);
    muster_prep_gather(data, prep, &row, 1, out);
    for (size_t i = 0; i < 4; i++)
        assert_true(out[i] == (float)(13 + i) / 16);
    muster_prep_destroy(&prep);
    muster_data_close(&data);
}

/* What `auto` and the task become. */
static void automatic_choices(void **state)
{
    (void)state;
    static uint8_t bytes[4 * 6];
    static double reals[4 * 6];
    const struct {
        bool real;
        int rank;
        hsize_t dims[4];
        const char *layout, *task;
        size_t info_rank, width;
        const char *scale;
        bool classification;
    } cases[] = {
        {true, 2, {4, 6}, NULL, NULL, 1, 6, "standard", true},
        {false, 2, {4, 6}, NULL, NULL, 1, 6, "standard", true},
        {false, 3, {4, 2, 3}, NULL, NULL, 3, 6, "divide", true},
        {false, 3, {4, 2, 3}, "HW", "classification", 3, 6, "divide", true},
        {false, 4, {4, 2, 1, 3}, "HWC", NULL, 3, 6, "divide", true},
        {false, 3, {4, 2, 3}, "TC", "sequence_classification", 2, 6, "standard", true},
        {true, 3, {4, 2, 3}, NULL, NULL, 2, 6, "standard", true},
        {false, 2, {4, 6}, NULL, "text_classification", 1, 6, "none", true},
        {true, 1, {4}, NULL, "regression", 1, 1, "standard", false},
    };
    for (size_t i = 0; i < sizeof bytes; i++)
        reals[i] = bytes[i] = (uint8_t)(i % 7);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool real = cases[i].real;
        struct dataset x = {.path = "/x",
                            .stored = real ? H5T_IEEE_F64LE : H5T_STD_U8LE,
                            .memory = real ? H5T_NATIVE_DOUBLE : H5T_NATIVE_UINT8,
                            .rank = cases[i].rank,
                            .values = real ? (const void *)reals : bytes};
        memcpy(x.dims, cases[i].dims, sizeof cases[i].dims);
        struct dataset y = four_labels();
        write_pair(&x, &y, cases[i].layout, cases[i].task);
        struct muster_data *data = open_on(world, 1);
        const struct muster_data_info *info = muster_data_info(data);
        assert_int_equal(info->rank, cases[i].info_rank);
        assert_int_equal(info->width, cases[i].width);
        assert_string_equal(info->scale, cases[i].scale);
        assert_int_equal(info->classification, cases[i].classification);
        assert_int_equal(info->outputs, cases[i].classification ? 2 : 1);
        muster_data_close(&data);
    }
}

static void several_targets(void **state)
{
    (void)state;
    const float x[4] = {1, 2, 3, 4};
    const double y[4][2] = {{0.5, -1}, {1.5, -2}, {2.5, -3}, {3.5, -4}};
    const int64_t rows[2] = {3, 1};
    float values[2][2];
    write_pair(&(struct dataset){"/x", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 2, {4, 1}, 0, x},
               &(struct dataset){"/y", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 2, {4, 2}, 0, y}, NULL,
               NULL);
    struct muster_data *data = open_on(world, 1);
    assert_false(muster_data_info(data)->classification);
    assert_int_equal(muster_data_info(data)->outputs, 2);
    muster_data_targets(data, rows, 2, NULL, &values[0][0]);
    assert_true(values[0][0] == 3.5f && values[0][1] == -4 && values[1][0] == 1.5f &&
                values[1][1] == -2);
    muster_data_close(&data);
}

/* Strings of either storage; `n` of them, parted by NUL. */
static void put_strings(hid_t file, const char *path, const char *const *strings, hsize_t n,
                        bool variable)
{
    char fixed[8][8] = {{0}};
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, variable ? H5T_VARIABLE : sizeof fixed[0]);
    for (hsize_t i = 0; i < n; i++)
        snprintf(fixed[i], sizeof fixed[i], "%s", strings[i]);
    file_put(file, &(struct dataset){
                       path, type, type, 1, {n}, 0, variable ? (const void *)strings : fixed});
    H5Tclose(type);
}

static void own_test_part_and_names(void **state)
{
    (void)state;
    const float x[6] = {1, 2, 3, 4, 5, 6}, test_x[2] = {7, 8};
    const int32_t y[6] = {0, 1, 2, 0, 1, 2}, test_y[2] = {2, 0};
    static const char *const classes[] = {"cat", "dog", "newt", "owl"}, *const columns[] = {"age"};
    for (int variable = 0; variable < 2; variable++) {
        hid_t file = is_root() ? file_create() : -1;
        if (is_root()) {
            file_put(file,
                     &(struct dataset){"/x", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 2, {6, 1}, 0, x});
            file_put(file, &(struct dataset){"/y", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, {6}, 0, y});
            file_put(file, &(struct dataset){
                               "/test/x", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 2, {2, 1}, 0, test_x});
            file_put(file, &(struct dataset){
                               "/test/y", H5T_STD_U8LE, H5T_NATIVE_INT32, 1, {2}, 0, test_y});
            put_strings(file, "/class_names", classes, 4, variable);
            put_strings(file, "/feature_names", columns, 1, variable);
        }
        file_close(file);
        struct muster_data *data = open_on(world, 1);
        const struct muster_data_info *info = muster_data_info(data);
        const int64_t *test = muster_data_test_rows(data);
        int32_t labels_of_test[2];
        size_t n;
        assert_true(info->test_official);
        assert_int_equal(info->rows, 6);
        assert_int_equal(info->test_rows, 2);
        assert_int_equal(info->outputs, 4); /* as named, though one has no row */
        assert_int_equal(muster_data_first_test(data), 6);
        assert_true(test[0] == 6 && test[1] == 7);
        muster_data_targets(data, test, 2, labels_of_test, NULL);
        assert_memory_equal(labels_of_test, test_y, sizeof test_y);
        assert_string_equal(muster_data_class_names(data, &n)[3], "owl");
        assert_int_equal(n, 4);
        assert_string_equal(muster_data_feature_names(data, &n)[0], "age");
        assert_int_equal(n, 1);
        muster_data_close(&data);
    }
}

static const struct CMUnitTest tests[] = {
    DATA_TEST(channels_move_last),      DATA_TEST(few_grey_levels_are_divided_by_their_number),
    DATA_TEST(automatic_choices),       DATA_TEST(several_targets),
    DATA_TEST(own_test_part_and_names),
};

DATA_TEST_MAIN(tests)
