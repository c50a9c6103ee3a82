/* Tables with gaps and codes: what fills gaps and the scale of the filled column as scikit-learn's
 * pipeline has them, the layout of an encoded row, its names, and every wrong code named. */
#include "data_test.h"

enum { N = 9, D = 2 };

static const double gaps[N][D] = {{3, 0.5},  {NAN, 0.25}, {4, NAN}, {1, 8},   {5, NAN},
                                  {9, 0.25}, {NAN, 8},    {1, 1},   {NAN, -2}};
static const int32_t labels[N] = {0, 1, 0, 1, 0, 1, 0, 1, 0};
static const int64_t all[N] = {0, 1, 2, 3, 4, 5, 6, 7, 8};

static void put(hid_t file, const char *path, hid_t stored, hid_t memory, hsize_t n, hsize_t d,
                const void *values)
{
    file_put(file, &(struct dataset){path, stored, memory, d > 0 ? 2 : 1, {n, d}, 0, values});
}

/* x as stored in `type`, with flags and levels where they are not NULL. */
static void write_table(hid_t type, const double *x, hsize_t d, const uint8_t *flags,
                        const int32_t *levels)
{
    hid_t file = is_root() ? file_create() : -1;
    if (is_root()) {
        put(file, "/x", type, H5T_NATIVE_DOUBLE, N, d, x);
        put(file, "/y", H5T_STD_I32LE, H5T_NATIVE_INT32, N, 0, labels);
        if (flags != NULL)
            put(file, "/categorical", H5T_STD_U8LE, H5T_NATIVE_UINT8, d, 0, flags);
        if (levels != NULL)
            put(file, "/levels", H5T_STD_I32LE, H5T_NATIVE_INT32, d, 0, levels);
    }
    file_close(file);
    set_word(&data_block, "test", "none");
}

/* SimpleImputer and StandardScaler, MinMaxScaler, RobustScaler of scikit-learn 1.2 in a pipeline:
 * statistics_, then mean_, data_min_ or center_, then scale_ or data_range_. */
static const struct pipeline {
    const char *impute, *scale;
    double fill[D], mean[D], spread[D];
} pipelines[] = {
    {"mean",
     "standard",
     {23 / 6.0, 16 / 7.0},
     {23 / 6.0, 16 / 7.0},
     {2.2319232696222961, 3.2796268661163848}},
    {"auto",
     "standard",
     {23 / 6.0, 16 / 7.0},
     {23 / 6.0, 16 / 7.0},
     {2.2319232696222961, 3.2796268661163848}},
    {"mean", "minmax", {23 / 6.0, 16 / 7.0}, {1, -2}, {8, 10}},
    {"mean", "robust", {23 / 6.0, 16 / 7.0}, {23 / 6.0, 1}, {1, 2.0357142857142856}},
    {"median",
     "standard",
     {3.5, 0.5},
     {3.7222222222222223, 1.8888888888888888},
     {2.2374478406224738, 3.3626029746956596}},
    {"median", "minmax", {3.5, 0.5}, {1, -2}, {8, 10}},
    {"median", "robust", {3.5, 0.5}, {3.5, 0.5}, {1, 0.75}},
    {"most_frequent",
     "standard",
     {1, 0.25},
     {2.8888888888888888, 1.8333333333333333},
     {2.6010444246043609, 3.3870669054835956}},
    {"most_frequent", "minmax", {1, 0.25}, {1, -2}, {8, 10}},
    {"most_frequent", "robust", {1, 0.25}, {1, 0.25}, {3, 0.75}},
};

static void check_pipeline(const struct pipeline *p)
{
    float out[N][2 * D];
    struct muster_prep *prep;
    set_word(&data_block, "impute", p->impute);
    set_word(&data_block, "scale", p->scale);
    struct muster_data *data = open_on(world, 1);
    static const char *const names[2 * D] = {"x0", "x1", "x0 missing", "x1 missing"};
    assert_int_equal(muster_data_info(data)->width, 2 * D);
    for (size_t j = 0; j < 2 * D; j++)
        assert_string_equal(muster_data_columns(data)->names[j], names[j]);
    assert_int_equal(muster_prep_fit(data, all, N, &prep), MUSTER_OK);
    muster_prep_gather(data, prep, all, N, &out[0][0]);
    for (size_t j = 0; j < D; j++) {
        assert_float_equal(muster_prep_fill(prep)[j], p->fill[j], 1e-14);
        assert_float_equal(muster_prep_mean(prep)[j], p->mean[j], 1e-14);
        assert_float_equal(muster_prep_scale(prep)[j], p->spread[j], 1e-14);
        for (size_t i = 0; i < N; i++) {
            double x = isnan(gaps[i][j]) ? p->fill[j] : gaps[i][j];
            assert_float_equal(out[i][j], (x - p->mean[j]) / p->spread[j], 1e-6);
            assert_true(out[i][D + j] == (isnan(gaps[i][j]) ? 1 : 0));
        }
    }
    muster_prep_destroy(&prep);
    muster_data_close(&data);
}

static void gaps_are_filled_as_by_scikit_learn(void **state)
{
    (void)state;
    for (size_t p = 0; p < 2 * sizeof pipelines / sizeof *pipelines; p++) {
        write_table(p % 2 ? H5T_IEEE_F32LE : H5T_IEEE_F64LE, &gaps[0][0], D, NULL, NULL);
        check_pipeline(&pipelines[p / 2]);
    }
}

/* age, a code of three levels, one of two that may be missing, a number with gaps. */
static const double mixed[N][4] = {{20, 2, 1, 5}, {30, 0, NAN, 7}, {40, 1, 0, NAN},
                                   {50, 2, 0, 5}, {60, 2, 1, 5},   {70, 1, 1, 5},
                                   {20, 0, 1, 5}, {30, 0, 1, 5},   {40, 0, 0, 5}};
static const uint8_t flags[4] = {0, 1, 1, 0};
static const int32_t levels[4] = {0, 3, 2, 0};

static void codes_become_columns(void **state)
{
    (void)state;
    static const char *const names[] = {"x0",   "x3",   "x1=0",       "x1=1",      "x1=2",
                                        "x2=0", "x2=1", "x2 missing", "x3 missing"};
    const float rows[3][9] = {
        {20, 5, 0, 0, 1, 0, 1, 0, 0}, {30, 7, 1, 0, 0, 0, 0, 1, 0}, {40, 6, 0, 1, 0, 1, 0, 0, 1}};
    float out[3][9];
    struct muster_prep *prep;
    write_table(H5T_IEEE_F32LE, &mixed[0][0], 4, flags, levels);
    set_word(&data_block, "scale", "none");
    struct muster_data *data = open_on(world, 1);
    const struct muster_data_columns *columns = muster_data_columns(data);
    assert_int_equal(muster_data_info(data)->width, 9);
    assert_int_equal(muster_data_info(data)->dims[0], 9);
    assert_true(columns->n == 4 && columns->width == 9);
    for (size_t j = 0; j < 9; j++)
        assert_string_equal(columns->names[j], names[j]);
    for (size_t j = 0; j < 4; j++)
        assert_true(columns->levels[j] == levels[j] && columns->gaps[j] == (j > 1));
    assert_int_equal(muster_prep_fit(data, all, 3, &prep), MUSTER_OK);
    muster_prep_gather(data, prep, all, 3, &out[0][0]);
    assert_memory_equal(out, rows, sizeof out);
    assert_true(isnan(muster_prep_fill(prep)[1]) && muster_prep_fill(prep)[3] == 6);
    for (size_t j = 2; j < 9; j++)
        assert_true(muster_prep_mean(prep)[j] == 0 && muster_prep_scale(prep)[j] == 1);
    muster_prep_destroy(&prep);
    muster_data_close(&data);
}

/* Columns of more levels than `one_hot` stay codes, at the end of a row, -1 where one is missing.
 */
static void many_levels_stay_codes(void **state)
{
    (void)state;
    static const char *const names[] = {"x0",         "x3",         "x2=0", "x2=1",
                                        "x2 missing", "x3 missing", "x1"};
    const float rows[3][7] = {
        {20, 5, 0, 1, 0, 0, 2}, {30, 7, 0, 0, 1, 0, 0}, {40, 6, 1, 0, 0, 1, 1}};
    const float fewer[3][6] = {{20, 5, 0, 0, 2, 1}, {30, 7, 1, 0, 0, -1}, {40, 6, 0, 1, 1, 0}};
    for (int kind = 0; kind < 4; kind++) {
        float out[3 * 7];
        struct muster_prep *prep;
        write_table(kind % 2 ? H5T_IEEE_F32LE : H5T_IEEE_F64LE, &mixed[0][0], 4, flags, levels);
        set_word(&data_block, "scale", "none");
        set_number(&data_block, "one_hot", kind / 2 ? 1 : 2);
        struct muster_data *data = open_on(world, 1);
        const struct muster_data_columns *columns = muster_data_columns(data);
        const size_t width = kind / 2 ? 6 : 7;
        assert_true(columns->width == width && muster_data_info(data)->width == width);
        assert_true(columns->n_codes == (kind / 2 ? 2 : 1) && columns->embedded[0] == 3);
        for (size_t j = 0; j < width && kind < 2; j++)
            assert_string_equal(columns->names[j], names[j]);
        assert_int_equal(muster_prep_fit(data, all, 3, &prep), MUSTER_OK);
        muster_prep_gather(data, prep, all, 3, out);
        assert_memory_equal(out, kind / 2 ? &fewer[0][0] : &rows[0][0], 3 * width * sizeof *out);
        muster_prep_destroy(&prep);
        muster_data_close(&data);
        muster_barrier(world);
    }
}

/* Integers hold codes too; `none` reads them as numbers. */
static void codes_of_integers(void **state)
{
    (void)state;
    static double whole[N][4];
    float out[4 + 3];
    struct muster_prep *prep;
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < 4; j++)
            whole[i][j] = isnan(mixed[i][j]) ? 1 : mixed[i][j];
    write_table(H5T_STD_U8LE, &whole[0][0], 4, flags, levels);
    set_word(&data_block, "scale", "none");
    struct muster_data *data = open_on(world, 1);
    assert_int_equal(muster_data_info(data)->width, 7);
    uint64_t hash = muster_data_info(data)->hash;
    assert_int_equal(muster_prep_fit(data, all, N, &prep), MUSTER_OK);
    muster_prep_gather(data, prep, all, 1, out);
    assert_memory_equal(out, ((const float[]){20, 5, 0, 0, 1, 0, 1}), sizeof out);
    muster_prep_destroy(&prep);
    muster_data_close(&data);
    set_word(&data_block, "categorical", "none");
    data = open_on(world, 1);
    assert_null(muster_data_columns(data));
    assert_int_equal(muster_data_info(data)->width, 4);
    assert_true(muster_data_info(data)->hash != hash);
    muster_data_close(&data);
}

/* Rows held out do not say which columns have indicators, and are filled all the same; a column
 * without any value in the rows fitted on is filled with 0. */
static void gaps_elsewhere(void **state)
{
    (void)state;
    static double x[N][D];
    float out[D + 1];
    struct muster_prep *prep;
    for (size_t i = 0; i < N; i++) {
        x[i][0] = (double)i;
        x[i][1] = i < 2 ? NAN : 7;
    }
    write_table(H5T_IEEE_F64LE, &x[0][0], D, NULL, NULL);
    set_number(&data_block, "test", 0.3);
    struct muster_data *data = open_on(world, 1);
    int64_t held = muster_data_test_rows(data)[0];
    muster_data_close(&data);
    x[held][0] = NAN;
    write_table(H5T_IEEE_F64LE, &x[0][0], D, NULL, NULL);
    set_number(&data_block, "test", 0.3);
    set_word(&data_block, "scale", "none");
    data = open_on(world, 1);
    assert_int_equal(muster_data_columns(data)->gaps[0], 0);
    assert_int_equal(muster_prep_fit(data, all, 2, &prep), MUSTER_OK);
    assert_true(muster_prep_fill(prep)[1] == 0);
    muster_prep_gather(data, prep, &held, 1, out);
    assert_true(out[0] == (float)muster_prep_fill(prep)[0]);
    muster_prep_destroy(&prep);
    muster_data_close(&data);
}

static void open_fails(const char *what)
{
    struct muster_data_setup setup = setup_of(1);
    struct muster_data *data;
    assert_int_equal(muster_data_open(&setup, world, &data), MUSTER_BAD_DATA);
    if (strstr(muster_error_text(), what) == NULL)
        fail_msg("'%s' does not hold '%s'", muster_error_text(), what);
}

static void wrong_codes_are_named(void **state)
{
    (void)state;
    const struct {
        double value;
        int32_t levels;
        const char *what;
    } cases[] = {
        {3, 3, "/x row 4, column 1 (both from 0): 3 is no code of this categorical column"},
        {-1, 3, "row 4, column 1 (both from 0): -1 is no code"},
        {0.5, 3, "row 4, column 1 (both from 0): 0.5 is no code"},
        {INFINITY, 3, "row 4, column 1 (both from 0): inf is no code"},
        {1, 0, "column 1 (x1) holds codes, and /levels has no number of levels"},
        {1, 1 << 25, "column 1 (x1) has 33554432 levels (2^24 at most"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        double x[N][4];
        int32_t counts[4] = {0, cases[c].levels, 2, 0};
        memcpy(x, mixed, sizeof x);
        x[4][1] = cases[c].value;
        write_table(H5T_IEEE_F32LE, &x[0][0], 4, flags, counts);
        open_fails(cases[c].what);
    }
    write_table(H5T_IEEE_F32LE, &mixed[0][0], 4, flags, NULL);
    open_fails("no data set /levels");
    set_word(&data_block, "categorical", "/y");
    open_fails("/y does not fit /x (data.categorical: one number for each of its 4 columns)");
    set_word(&data_block, "categorical", "/cats");
    open_fails("no data set /cats");
}

static const struct CMUnitTest tests[] = {
    DATA_TEST(gaps_are_filled_as_by_scikit_learn),
    DATA_TEST(codes_become_columns),
    DATA_TEST(many_levels_stay_codes),
    DATA_TEST(codes_of_integers),
    DATA_TEST(gaps_elsewhere),
    DATA_TEST(wrong_codes_are_named),
};

DATA_TEST_MAIN(tests)
