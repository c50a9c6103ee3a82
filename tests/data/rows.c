/* Rows that come block by block through the stored parameters of a preparation have the bits of the
 * gather that it was fitted for, whatever the size of the blocks; what it cannot take is refused.
 */
#include "data_test.h"

enum { N = 23, D = 3 };

static void write_rows(hid_t type, bool gaps)
{
    static const uint8_t flags[D] = {0, 1, 0};
    static const int64_t levels[D] = {0, 4, 0};
    double x[N][D];
    int32_t y[N];
    hid_t file = is_root() ? file_create() : -1;
    struct muster_stream stream = muster_stream_of(3, 0, 0, MUSTER_FOR_NOISE);

    for (int i = 0; i < N; i++) {
        x[i][0] = gaps && i % 5 == 1 ? NAN : muster_random_normal(stream, (uint64_t)(2 * i));
        x[i][1] = gaps && i == 7 ? NAN : i % 4;
        x[i][2] = 100 * muster_random_uniform(stream, (uint64_t)(2 * i + 1));
        y[i] = i % 2;
    }
    if (is_root()) {
        file_put(file, &(struct dataset){"/x", type, H5T_NATIVE_DOUBLE, 2, {N, D}, 5, x});
        file_put(file, &(struct dataset){"/y", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, {N}, 0, y});
    }
    if (is_root() && gaps) {
        file_put(file, &(struct dataset){
                           "/categorical", H5T_STD_U8LE, H5T_NATIVE_UINT8, 1, {D}, 0, flags});
        file_put(file,
                 &(struct dataset){"/levels", H5T_STD_I64LE, H5T_NATIVE_INT64, 1, {D}, 0, levels});
    }
    file_close(file);
    set_word(&data_block, "test", "none");
}

/* What a result file would hold of the preparation. */
static struct muster_input input_of(const struct muster_data *data, const struct muster_prep *prep)
{
    const struct muster_data_columns *columns = muster_data_columns(data);
    return (struct muster_input){.rank = 1,
                                 .dims = {D},
                                 .width = muster_data_info(data)->width,
                                 .mean = muster_prep_mean(prep),
                                 .scale = muster_prep_scale(prep),
                                 .fill = columns != NULL ? muster_prep_fill(prep) : NULL,
                                 .levels = columns != NULL ? columns->levels : NULL,
                                 .gaps = columns != NULL ? columns->gaps : NULL,
                                 .one_hot = columns != NULL ? columns->one_hot : 0};
}

static void read_all(const struct muster_input *input, size_t most, float *out)
{
    struct muster_rows *rows;
    float *block = muster_alloc(most * input->width, sizeof *block);
    size_t at = 0, n;

    const struct muster_rows_source source = {test_file, "/x", NULL};
    if (muster_rows_open(&source, input, most, &rows) != MUSTER_OK)
        fail_msg("%s", muster_error_text());
    assert_int_equal(muster_rows_count(rows), N);
    for (;; at += n) {
        assert_int_equal(muster_rows_next(rows, block, NULL, &n), MUSTER_OK);
        if (n == 0)
            break;
        assert_true(n <= most && at + n <= N);
        memcpy(out + at * input->width, block, n * input->width * sizeof *block);
    }
    assert_int_equal(at, N);
    muster_rows_close(&rows);
    muster_free(block);
}

static void rows_have_the_bits_of_the_gather(void **state)
{
    (void)state;
    const hid_t types[] = {H5T_IEEE_F32LE, H5T_IEEE_F64LE};
    for (int k = 0; k < 4; k++) {
        float gathered[N * 16], read[N * 16];
        int64_t numbers[N];
        struct muster_prep *prep;
        write_rows(types[k % 2], k >= 2);
        struct muster_data *data = open_on(world, 1);
        for (int i = 0; i < N; i++)
            numbers[i] = i;
        assert_int_equal(muster_prep_fit(data, numbers, N - 6, &prep), MUSTER_OK);
        struct muster_input input = input_of(data, prep);
        assert_true(input.width <= 16 && (input.fill != NULL) == (k >= 2));
        muster_prep_gather(data, prep, numbers, N, gathered);
        for (size_t most = 1; most <= N + 9; most += 4) {
            read_all(&input, most, read);
            assert_memory_equal(read, gathered, N * input.width * sizeof *read);
        }
        muster_prep_destroy(&prep);
        muster_data_close(&data);
        muster_barrier(world); /* the file is about to be written anew */
    }
}

static void refused(const struct muster_input *input, const char *path, const char *says)
{
    struct muster_rows *rows;
    float out[N * 16];
    size_t n;
    enum muster_status status =
        muster_rows_open(&(struct muster_rows_source){test_file, path, NULL}, input, N, &rows);

    if (status == MUSTER_OK)
        status = muster_rows_next(rows, out, NULL, &n);
    assert_int_equal(status, MUSTER_BAD_DATA);
    assert_non_null(strstr(muster_error_text(), says));
    muster_rows_close(&rows);
}

static void other_rows_are_refused(void **state)
{
    (void)state;
    static const double mean[6] = {0}, scale[6] = {1, 1, 1, 1, 1, 1}, fill[D] = {0, NAN, 0};
    static const int64_t levels[D] = {0, 3, 0};
    static const uint8_t gaps[D] = {1, 0, 0};
    struct muster_input input = {.rank = 1, .dims = {D}, .width = D, .mean = mean, .scale = scale};

    write_rows(H5T_IEEE_F32LE, true);
    refused(&input, "/x", "row 1, column 0");
    refused(&input, "/z", "no data set /z");
    input.dims[0] = D + 1;
    refused(&input, "/x", "does not fit the model");
    input.dims[0] = D;
    input.fill = fill;
    input.levels = levels;
    input.gaps = gaps;
    input.one_hot = 32;
    refused(&input, "/x", "makes rows of 3 numbers");
    input.width = 6;
    refused(&input, "/x", "row 3, column 1");
    muster_barrier(world);
}

static const struct CMUnitTest tests[] = {DATA_TEST(rows_have_the_bits_of_the_gather),
                                          DATA_TEST(other_rows_are_refused)};
DATA_TEST_MAIN(tests)
