/* Inputs that stay in the file: whatever the size of a block, values, statistics and hash have the
 * bits of inputs in memory; what is wrong with them is found; and a reading that fails is told. */
#include "data_test.h"

#include <sys/stat.h>

enum { N = 61, TEST = 9, D = 6, STEPS = 5, CHANNELS = 2 };
enum kind { TABLE, SEQUENCE, IMAGE, WHOLE, TOKENS, KINDS };

static float table[N + TEST][D], sequence[N + TEST][STEPS][CHANNELS];
static uint8_t image[N + TEST][4][3], tokens[N + TEST][STEPS];
static int64_t whole[N + TEST][3];
static int32_t labels[N + TEST], lengths[N];

static void invent(void)
{
    const struct muster_stream stream = muster_stream_of(5, -1, -1, MUSTER_FOR_NOISE);
    for (size_t i = 0; i < N + TEST; i++) {
        labels[i] = (int32_t)(i % 3);
        for (size_t j = 0; j < D; j++)
            table[i][j] = (i + 2 * j) % 7 == 0 && j > 0
                              ? NAN
                              : (float)(1e4 * (double)j + muster_random_normal(stream, i * D + j));
        table[i][D - 1] = (float)(i % 4);
        for (size_t t = 0; t < STEPS; t++) {
            tokens[i][t] = (uint8_t)((i * 3 + t) % 11);
            for (size_t c = 0; c < CHANNELS; c++)
                sequence[i][t][c] =
                    (float)muster_random_normal(stream, 9999 + (i * STEPS + t) * CHANNELS + c);
        }
        for (size_t j = 0; j < 12; j++)
            image[i][j / 3][j % 3] = (uint8_t)((i * j + 5 * j) % 17);
        for (size_t j = 0; j < 3; j++)
            whole[i][j] = ((int64_t)i - 30) * (((int64_t)1 << 20 * j) + 1);
    }
    for (size_t i = 0; i < N; i++)
        lengths[i] = (int32_t)(1 + i % STEPS);
}

/* x of a kind, and the rows of its official test part behind. */
static void put_inputs(hid_t file, enum kind kind)
{
    const struct {
        hid_t stored, memory;
        int rank;
        hsize_t dims[3];
        const void *values, *test;
    } of[KINDS] = {
        {H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 2, {D}, table, table[N]},
        {H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 3, {STEPS, CHANNELS}, sequence, sequence[N]},
        {H5T_STD_U8LE, H5T_NATIVE_UINT8, 3, {4, 3}, image, image[N]},
        {H5T_STD_I64LE, H5T_NATIVE_INT64, 2, {3}, whole, whole[N]},
        {H5T_STD_U8LE, H5T_NATIVE_UINT8, 2, {STEPS}, tokens, tokens[N]},
    };
    struct dataset x = {"/x", of[kind].stored, of[kind].memory, of[kind].rank, {N}, 10, NULL};
    memcpy(x.dims + 1, of[kind].dims, sizeof of[kind].dims);
    x.values = of[kind].values;
    file_put(file, &x);
    x.path = "/test/x";
    x.dims[0] = TEST;
    x.chunk = 0;
    x.values = of[kind].test;
    file_put(file, &x);
}

static void write_file(enum kind kind)
{
    static const uint8_t flags[D] = {[D - 1] = 1};
    static const int32_t levels[D] = {[D - 1] = 4};
    hid_t file = is_root() ? file_create() : -1;
    invent();
    if (is_root()) {
        put_inputs(file, kind);
        file_put(file, &(struct dataset){"/y", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, {N}, 0, labels});
        file_put(file, &(struct dataset){
                           "/test/y", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, {TEST}, 0, labels + N});
    }
    if (is_root() && kind == TABLE) {
        file_put(file, &(struct dataset){
                           "/categorical", H5T_STD_U8LE, H5T_NATIVE_UINT8, 1, {D}, 0, flags});
        file_put(file,
                 &(struct dataset){"/levels", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, {D}, 0, levels});
    }
    if (is_root() && (kind == SEQUENCE || kind == TOKENS)) {
        file_put_text(file, "/x", "layout", kind == TOKENS ? "T" : "TC");
        file_put(file,
                 &(struct dataset){"/length", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, {N}, 0, lengths});
    }
    file_close(file);
}

/* What one data set makes of some rows, fitted on others. */
struct made {
    struct muster_data_info info;
    double mean[16], scale[16];
    float out[N + TEST][32];
    int32_t next[N + TEST][STEPS];
};

/* Every second row is fitted on; all rows, the test part's too, are gathered in an order that
 * jumps between blocks. */
static struct made make(size_t block)
{
    static struct made made;
    struct muster_prep *prep;
    int64_t rows[N + TEST];
    size_t n = 0;
    memset(&made, 0, sizeof made);
    if (block > 0)
        set_number(&data_block, "block", (double)block);
    struct muster_data *data = open_on(world, 1);
    for (int64_t i = 0; i < N; i += 2)
        rows[n++] = i;
    made.info = *muster_data_info(data);
    const size_t width = made.info.width;
    assert_int_equal(muster_prep_fit(data, rows, n, &prep), MUSTER_OK);
    memcpy(made.mean, muster_prep_mean(prep), width * sizeof *made.mean);
    memcpy(made.scale, muster_prep_scale(prep), width * sizeof *made.scale);
    for (int64_t i = 0; i < N + TEST; i++)
        rows[i] = i * 23 % (N + TEST);
    muster_prep_gather(data, prep, rows, N + TEST, &made.out[0][0]);
    if (made.info.next_token)
        muster_data_targets(data, rows, N + TEST, &made.next[0][0], NULL);
    assert_int_equal(muster_data_status(data), MUSTER_OK);
    muster_prep_destroy(&prep);
    muster_data_close(&data);
    return made;
}

static void compare(const char *scale, const char *impute, enum kind kind)
{
    fresh_blocks(NULL);
    set_word(&data_block, "scale", scale);
    set_word(&data_block, "impute", impute);
    if (kind == TOKENS)
        set_word(&data_block, "task", "next_token"), set_word(&data_block, "y", "none");
    const struct made memory = make(0);
    for (size_t block = 1; block <= 64; block = block * 8 - 1) {
        const struct made streamed = make(block);
        assert_true(streamed.info.hash == memory.info.hash);
        assert_true(streamed.info.width == memory.info.width);
        assert_true(streamed.info.outputs == memory.info.outputs);
        assert_true(streamed.info.block == block && memory.info.block == 0);
        assert_true(streamed.info.bytes < memory.info.bytes);
        assert_true(streamed.info.rank_bytes <= 2 * block * memory.info.row_bytes);
        assert_memory_equal(streamed.mean, memory.mean, sizeof memory.mean);
        assert_memory_equal(streamed.scale, memory.scale, sizeof memory.scale);
        assert_memory_equal(streamed.out, memory.out, sizeof memory.out);
        assert_memory_equal(streamed.next, memory.next, sizeof memory.next);
    }
    muster_block_clear(&data_block);
    muster_block_clear(&validate_block);
}

static void same_bits_as_in_memory(void **state)
{
    (void)state;
    static const struct {
        enum kind kind;
        const char *scale, *impute;
    } cases[] = {{TABLE, "standard", "mean"},  {TABLE, "robust", "median"},
                 {SEQUENCE, "robust", "auto"}, {SEQUENCE, "minmax", "auto"},
                 {IMAGE, "auto", "auto"},      {IMAGE, "robust", "auto"},
                 {WHOLE, "robust", "auto"},    {TOKENS, "none", "auto"}};
    muster_block_clear(&data_block);
    muster_block_clear(&validate_block);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        if (c == 0 || cases[c].kind != cases[c - 1].kind)
            write_file(cases[c].kind);
        compare(cases[c].scale, cases[c].impute, cases[c].kind);
    }
    fresh_blocks(NULL);
}

/* Places in ascending rows where a block begins. */
static void blocks_of_rows(void **state)
{
    (void)state;
    const int64_t rows[] = {0, 9, 10, 35, 39, 60, N, N + TEST - 1};
    int64_t first[8];
    write_file(TABLE);
    struct muster_data *data = open_on(world, 1);
    assert_int_equal(muster_data_blocks(data, rows, 8, first), 0);
    muster_data_close(&data);
    set_number(&data_block, "block", 10);
    data = open_on(world, 1);
    assert_int_equal(muster_data_blocks(data, rows, 8, first), 5);
    assert_true(first[0] == 0 && first[1] == 2 && first[2] == 3 && first[3] == 5 && first[4] == 6);
    assert_int_equal(muster_data_blocks(data, rows, 0, first), 0);
    muster_data_close(&data);
}

static void refused(enum muster_status expected, const char *part)
{
    struct muster_data_setup setup = setup_of(1);
    struct muster_data *data;
    assert_int_equal(muster_data_open(&setup, world, &data), expected);
    if (strstr(muster_error_text(), part) == NULL)
        fail_msg("%s", muster_error_text());
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    write_file(TABLE);
    set_number(&data_block, "block", 8);
    set_word(&data_block, "impute", "most_frequent");
    refused(MUSTER_BAD_STUDY, "data.impute: most_frequent");
    set_word(&data_block, "impute", "auto");
    table[43][2] = INFINITY;
    hid_t file = is_root() ? H5Fopen(own_file, H5F_ACC_RDWR, H5P_DEFAULT) : -1;
    if (is_root()) {
        H5Ldelete(file, "/x", H5P_DEFAULT);
        put_inputs(file, TABLE); /* the test part is there already */
    }
    file_close(file);
    refused(MUSTER_BAD_DATA, "/x row 43, column 2 (both from 0): inf is infinite");
}

/* Compressed chunks that are damaged while the file is in use. */
static void damage(void)
{
    struct stat about;
    FILE *out = fopen(own_file, "r+b");
    assert_non_null(out);
    assert_int_equal(fstat(fileno(out), &about), 0);
    fseek(out, about.st_size / 2, SEEK_SET);
    for (long i = about.st_size / 2; i < about.st_size; i++)
        fputc(0x5a, out);
    fclose(out);
}

static void a_failed_reading_is_told(void **state)
{
    (void)state;
    static float x[4096][256], out[2][256];
    static int32_t y[4096];
    const int64_t rows[2] = {5, 3000};
    struct muster_prep *prep;
    for (int i = 0; i < 4096 * 256; i++)
        x[i / 256][i % 256] = (float)i;
    for (int i = 0; i < 4096; i++)
        y[i] = i % 2;
    hid_t file = is_root() ? file_create() : -1;
    if (is_root()) {
        file_put(file,
                 &(struct dataset){"/x", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 2, {4096, 256}, 64, x});
        file_put(file, &(struct dataset){"/y", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, {4096}, 0, y});
    }
    file_close(file);
    set_number(&data_block, "block", 64);
    struct muster_data *data = open_on(alone, 1); /* else ranks differ in what they hold */
    assert_int_equal(muster_prep_fit(data, rows, 1, &prep), MUSTER_OK);
    muster_barrier(world);
    if (is_root())
        damage();
    muster_barrier(world);
    muster_prep_gather(data, prep, rows, 1, out[0]);
    assert_int_equal(muster_data_status(data), MUSTER_OK);
    muster_prep_gather(data, prep, rows, 2, out[0]);
    assert_int_equal(muster_data_status(data), MUSTER_IO);
    assert_non_null(strstr(muster_error_text(), "/x, rows 2944 to 3007, cannot be read"));
    muster_prep_destroy(&prep);
    assert_int_equal(muster_prep_fit(data, rows, 2, &prep), MUSTER_IO);
    muster_data_close(&data);
}

static const struct CMUnitTest tests[] = {
    DATA_TEST(same_bits_as_in_memory),
    DATA_TEST(blocks_of_rows),
    DATA_TEST(what_is_wrong_is_named),
    DATA_TEST(a_failed_reading_is_told),
};

DATA_TEST_MAIN(tests)
