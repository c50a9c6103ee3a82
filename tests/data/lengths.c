/* Steps behind a row's length do not exist: whatever stands there, the statistics, the gathered
 * rows and rows read for predictions keep every bit. Means and scales are of channels: by hand, and
 * for images over all pixels. */
#include "data_test.h"

enum { N = 7, T = 4, C = 2 };

static double x[N][T][C];
static const int32_t used[N] = {4, 1, 3, 2, 4, 1, 2}, labels[N] = {0, 1, 0, 1, 0, 1, 0};
static const int64_t rows[N] = {0, 1, 2, 3, 4, 5, 6};

/* Small whole numbers, and garbage behind the lengths. */
static void write_sequences(hid_t stored, double garbage, const char *layout)
{
    hid_t file = is_root() ? file_create() : -1;
    for (int i = 0; i < N; i++)
        for (int t = 0; t < T; t++)
            for (int c = 0; c < C; c++)
                x[i][t][c] = t < used[i] ? (i * 3 + t * 5) % 7 + 10 * c : garbage;
    if (is_root()) {
        file_put(file, &(struct dataset){"/x", stored, H5T_NATIVE_DOUBLE, 3, {N, T, C}, 2, x});
        file_put(file, &(struct dataset){"/y", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, {N}, 0, labels});
        file_put(file,
                 &(struct dataset){"/length", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, {N}, 0, used});
        if (layout != NULL)
            file_put_text(file, "/x", "layout", layout);
    }
    file_close(file);
    set_word(&data_block, "test", "none");
}

struct seen {
    double mean[T * C], scale[T * C];
    float out[N][T * C], read[N][T * C];
};

static void read_rows(const struct muster_input *input, float *out)
{
    const struct muster_rows_source source = {test_file, "/x", NULL};
    struct muster_rows *all;
    int32_t lengths[N];
    size_t n;
    assert_int_equal(muster_rows_open(&source, input, N, &all), MUSTER_OK);
    assert_int_equal(muster_rows_next(all, out, lengths, &n), MUSTER_OK);
    assert_int_equal(n, N);
    assert_memory_equal(lengths, used, sizeof lengths);
    muster_rows_close(&all);
}

static void look(struct seen *seen)
{
    struct muster_prep *prep;
    struct muster_data *data = open_on(world, 1);
    assert_int_equal(muster_prep_fit(data, rows, N - 2, &prep), MUSTER_OK);
    memcpy(seen->mean, muster_prep_mean(prep), sizeof seen->mean);
    memcpy(seen->scale, muster_prep_scale(prep), sizeof seen->scale);
    muster_prep_gather(data, prep, rows, N, &seen->out[0][0]);
    read_rows(&(struct muster_input){.rank = 2,
                                     .dims = {T, C},
                                     .width = T * C,
                                     .mean = seen->mean,
                                     .scale = seen->scale,
                                     .lengths = true},
              &seen->read[0][0]);
    muster_prep_destroy(&prep);
    muster_data_close(&data);
    muster_barrier(world);
}

static void garbage_leaves_no_trace(void **state)
{
    (void)state;
    static const char *const scales[] = {"none", "standard", "minmax", "robust"};
    static struct seen clean, dirty;
    for (size_t s = 0; s < 8; s++) {
        set_word(&data_block, "scale", scales[s / 2]);
        hid_t stored = s % 2 ? H5T_IEEE_F32LE : H5T_STD_I16LE;
        write_sequences(stored, 0, "TC");
        look(&clean);
        write_sequences(stored, s % 2 ? NAN : -32000, s % 4 ? "TC" : NULL);
        look(&dirty);
        assert_memory_equal(&clean, &dirty, sizeof clean);
        assert_memory_equal(clean.out, clean.read, sizeof clean.out);
        for (int i = 0; i < N; i++)
            for (int j = used[i] * C; j < T * C; j++)
                assert_true(clean.out[i][j] == 0);
    }
}

/* Of the channel over the pixels or used steps of the first five rows. */
static void statistics_of_channels(void **state)
{
    (void)state;
    static struct seen seen;
    double sum[C] = {0}, square[C] = {0}, n = 0;
    write_sequences(H5T_IEEE_F64LE, NAN, "TC");
    set_word(&data_block, "scale", "standard");
    look(&seen);
    for (int i = 0; i < N - 2; i++)
        for (int t = 0; t < used[i]; t++, n++)
            for (int c = 0; c < C; c++) {
                sum[c] += x[i][t][c];
                square[c] += x[i][t][c] * x[i][t][c];
            }
    for (int j = 0; j < T * C; j++) {
        double mean = sum[j % C] / n, deviation = sqrt(square[j % C] / n - mean * mean);
        assert_float_equal(seen.mean[j], mean, 1e-12);
        assert_float_equal(seen.scale[j], deviation, 1e-12);
    }
}

/* Images of floats: one mean where there is no channel, one a channel else. */
static void images(void **state)
{
    (void)state;
    float pixels[2][2][2] = {{{1, 2}, {3, 4}}, {{5, 6}, {7, 12}}};
    const int32_t y[2] = {0, 1};
    const struct {
        const char *layout;
        int rank;
        double mean[2];
    } cases[] = {{"HW", 3, {5, 5}}, {"HWC", 4, {4, 6}}, {NULL, 3, {4, 6}}, {"HW", 3, {5, 5}}};
    set_word(&data_block, "test", "none");
    set_word(&data_block, "scale", "standard");
    for (size_t k = 0; k < 4; k++) {
        struct muster_prep *prep;
        hid_t file = is_root() ? file_create() : -1;
        if (is_root()) {
            hsize_t dims[4] = {2, 2, 2, 0};
            if (cases[k].rank == 4) {
                dims[2] = 1;
                dims[3] = 2;
            }
            struct dataset set = {"/x", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, cases[k].rank, {0},
                                  0,    pixels};
            memcpy(set.dims, dims, sizeof dims);
            file_put(file, &set);
            file_put(file, &(struct dataset){"/y", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, {2}, 0, y});
            if (cases[k].layout != NULL)
                file_put_text(file, "/x", "layout", cases[k].layout);
        }
        file_close(file);
        struct muster_data *data = open_on(world, 1);
        assert_int_equal(muster_prep_fit(data, rows, 2, &prep), MUSTER_OK);
        for (int j = 0; j < 4; j++)
            assert_true(muster_prep_mean(prep)[j] == cases[k].mean[j % 2]);
        muster_prep_destroy(&prep);
        muster_data_close(&data);
        muster_barrier(world);
    }
}

static const struct CMUnitTest tests[] = {
    DATA_TEST(garbage_leaves_no_trace),
    DATA_TEST(statistics_of_channels),
    DATA_TEST(images),
};

DATA_TEST_MAIN(tests)
