/* No statistic of a validation row, nor of a row held out, reaches training: whatever stands in
 * those rows, the training batches keep every bit, for every way to fill, scale and encode. */
#include "data_test.h"

enum { N = 90, D = 6, WIDTH = 4 + 3 + 4 + 2, FOLDS = 3 };

/* Columns: a number, one with gaps, codes with gaps, codes, a constant, one far from 0. */
static const uint8_t flags[D] = {0, 0, 1, 1, 0, 0};
static const int32_t levels[D] = {0, 0, 3, 4, 0, 0};
static double x[N][D];

/* Gaps in a third of the rows, so that all training parts have some. */
static void invent(size_t i, uint64_t draw)
{
    struct muster_stream stream = muster_stream_of(draw, (int64_t)i, -1, MUSTER_FOR_NOISE);
    const double wild = draw > 0 ? 1e6 : 1;
    x[i][0] = wild * muster_random_normal(stream, 0);
    x[i][1] =
        muster_random_below(stream, 1, 3) == 0 ? NAN : wild * muster_random_uniform(stream, 2);
    x[i][2] =
        muster_random_below(stream, 3, 3) == 0 ? NAN : (double)muster_random_below(stream, 4, 3);
    x[i][3] = (double)muster_random_below(stream, 5, 4);
    x[i][4] = draw > 0 ? (double)i : 7;
    x[i][5] = 1e7 + wild * muster_random_normal(stream, 6);
}

static void write_table(bool single)
{
    static int32_t y[N];
    hid_t file = is_root() ? file_create() : -1;
    for (size_t i = 0; i < N; i++)
        y[i] = (int32_t)(i % 2);
    if (is_root()) {
        file_put(file, &(struct dataset){"/x",
                                         single ? H5T_IEEE_F32LE : H5T_IEEE_F64LE,
                                         H5T_NATIVE_DOUBLE,
                                         2,
                                         {N, D},
                                         0,
                                         x});
        file_put(file, &(struct dataset){"/y", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, {N}, 0, y});
        file_put(file, &(struct dataset){
                           "/categorical", H5T_STD_U8LE, H5T_NATIVE_UINT8, 1, {D}, 0, flags});
        file_put(file,
                 &(struct dataset){"/levels", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, {D}, 0, levels});
    }
    file_close(file);
}

/* What split k trains on as it leaves the gather; the rows it does not train on are given to
 * `change`, where that is not NULL. Returns the width. */
static size_t batch_of(size_t k, float *out, void (*change)(const bool *train))
{
    int64_t rows[N];
    bool train[N] = {false};
    struct muster_prep *prep;
    struct muster_data *data = open_on(alone, 1);
    struct muster_folds *folds = folds_of(data, 1);
    size_t n = muster_folds_train(folds, k, rows), width = muster_data_info(data)->width;
    assert_int_equal(muster_prep_fit(data, rows, n, &prep), MUSTER_OK);
    memset(out, 0, N * (WIDTH + 1) * sizeof *out);
    muster_prep_gather(data, prep, rows, n, out);
    for (size_t i = 0; i < n; i++)
        train[rows[i]] = true;
    if (change != NULL)
        change(train);
    muster_prep_destroy(&prep);
    muster_folds_destroy(&folds);
    muster_data_close(&data);
    return width;
}

static void all_others(const bool *train)
{
    for (size_t i = 0; i < N; i++) {
        if (!train[i])
            invent(i, 1 + i);
    }
}

static void check_splits(bool single)
{
    static float before[N * (WIDTH + 1)], after[N * (WIDTH + 1)];
    for (size_t k = 0; k < FOLDS; k++) {
        for (size_t i = 0; i < N; i++)
            invent(i, 0);
        write_table(single);
        assert_int_equal(batch_of(k, before, all_others), WIDTH);
        muster_barrier(world); /* all have read it */
        write_table(single);
        assert_int_equal(batch_of(k, after, NULL), WIDTH);
        assert_memory_equal(before, after, sizeof before);
        muster_barrier(world);
    }
}

static void other_rows_leave_no_trace(void **state)
{
    (void)state;
    static const char *const imputes[] = {"auto", "mean", "median", "most_frequent"};
    static const char *const scales[] = {"auto", "none", "standard", "minmax", "robust"};
    set_number(&validate_block, "folds", FOLDS);
    set_number(&data_block, "test", 0.2);
    for (size_t i = 0; i < 4 * 5; i++) {
        set_word(&data_block, "impute", imputes[i / 5]);
        set_word(&data_block, "scale", scales[i % 5]);
        check_splits(i % 2);
    }
}

/* A gap in a column that has none else. */
static void one_gap(const bool *train)
{
    size_t i = 0;
    while (train[i])
        i++;
    x[i][0] = NAN;
}

/* The first gap of a column is structure: it adds an indicator among those of the gaps, and
 * changes no other bit of the training rows. */
static void a_first_gap_adds_a_column_of_zeros(void **state)
{
    (void)state;
    static float before[N * (WIDTH + 1)], after[N * (WIDTH + 1)];
    set_number(&validate_block, "folds", FOLDS);
    set_word(&data_block, "test", "none");
    for (size_t i = 0; i < N; i++)
        invent(i, 0);
    write_table(true);
    assert_int_equal(batch_of(0, before, one_gap), WIDTH);
    muster_barrier(world);
    write_table(true);
    assert_int_equal(batch_of(0, after, NULL), WIDTH + 1);
    for (size_t i = 0; i < N * 2 / FOLDS; i++) {
        const float *a = before + i * WIDTH, *b = after + i * (WIDTH + 1);
        assert_memory_equal(a, b, (WIDTH - 2) * sizeof *a);
        assert_true(b[WIDTH - 2] == 0);
        assert_memory_equal(a + WIDTH - 2, b + WIDTH - 1, 2 * sizeof *a);
    }
    muster_barrier(world);
}

static const struct CMUnitTest tests[] = {
    DATA_TEST(other_rows_leave_no_trace),
    DATA_TEST(a_first_gap_adds_a_column_of_zeros),
};

DATA_TEST_MAIN(tests)
