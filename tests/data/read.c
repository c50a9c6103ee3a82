/* Every number type and storage layout reaches the window as it stands in the file, and nothing
 * that depends on the data depends on the number of ranks. */
#include "data_test.h"

enum { N = 53, D = 3 };

/* What row i, column j holds in every type: small whole numbers. */
static double value_at(size_t i, size_t j)
{
    return (double)((i * 7 + j * 3) % 100);
}

static void write_typed(hid_t stored, hsize_t chunk, hid_t y_type)
{
    static double x[N][D], y[N];
    hid_t file = is_root() ? file_create() : -1;
    for (size_t i = 0; i < N; i++) {
        y[i] = (double)(i % 3);
        for (size_t j = 0; j < D; j++)
            x[i][j] = value_at(i, j);
    }
    if (is_root()) {
        file_put(file, &(struct dataset){"/x", stored, H5T_NATIVE_DOUBLE, 2, {N, D}, chunk, x});
        file_put(file, &(struct dataset){"/y", y_type, H5T_NATIVE_DOUBLE, 1, {N}, chunk, y});
    }
    file_close(file);
}

/* Unscaled rows and targets of all row numbers, in reverse order. */
static void check_rows(const struct muster_data *data)
{
    int64_t rows[N];
    int32_t classes[N];
    float x[N][D];
    struct muster_prep *prep;
    for (size_t i = 0; i < N; i++)
        rows[i] = (int64_t)(N - 1 - i);
    assert_int_equal(muster_prep_fit(data, rows, N, &prep), MUSTER_OK);
    muster_prep_gather(data, prep, rows, N, &x[0][0]);
    muster_data_targets(data, rows, N, classes, NULL);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(classes[i], rows[i] % 3);
        for (size_t j = 0; j < D; j++)
            assert_true(x[i][j] == value_at((size_t)rows[i], j));
    }
    muster_prep_destroy(&prep);
}

static void types_and_layouts(void **state)
{
    (void)state;
    const hid_t types[] = {H5T_STD_U8LE,   H5T_STD_I8BE,   H5T_STD_U16BE,  H5T_STD_I16LE,
                           H5T_STD_U32LE,  H5T_STD_I32BE,  H5T_STD_U64BE,  H5T_STD_I64LE,
                           H5T_IEEE_F32LE, H5T_IEEE_F32BE, H5T_IEEE_F64LE, H5T_IEEE_F64BE};
    const hsize_t chunks[] = {0, 1, 10, N};
    set_word(&data_block, "scale", "none");
    set_word(&data_block, "task", "classification");
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        for (size_t c = 0; c < 4; c++) {
            write_typed(types[t], chunks[c], types[(t + c) % 12]);
            struct muster_data *data = open_on(world, 1);
            assert_int_equal(muster_data_info(data)->width, D);
            assert_int_equal(muster_data_info(data)->outputs, 3);
            assert_string_equal(muster_data_info(data)->scale, "none");
            check_rows(data);
            muster_data_close(&data);
        }
    }
}

static void same_for_any_ranks(void **state)
{
    (void)state;
    uint64_t hashes[2];
    for (int chunked = 0; chunked < 2; chunked++) {
        write_typed(H5T_IEEE_F32LE, chunked ? 6 : 0, H5T_STD_I64LE);
        struct muster_data *together = open_on(world, 5), *mine = open_on(alone, 5);
        const struct muster_data_info *a = muster_data_info(together), *b = muster_data_info(mine);
        assert_true(a->hash == b->hash);
        assert_int_equal(a->rows, b->rows);
        assert_int_equal(a->test_rows, b->test_rows);
        assert_memory_equal(muster_data_rows(together), muster_data_rows(mine),
                            a->rows * sizeof(int64_t));
        assert_memory_equal(muster_data_test_rows(together), muster_data_test_rows(mine),
                            a->test_rows * sizeof(int64_t));
        hashes[chunked] = a->hash;
        muster_data_close(&together);
        muster_data_close(&mine);
    }
    assert_true(hashes[0] == hashes[1]);
}

static void hash_sees_every_value(void **state)
{
    (void)state;
    float x[8][2] = {{0}, {1, 2}, {3, 4}};
    int32_t y[8] = {0, 1, 0, 1, 0, 1, 0, 1};
    uint64_t seen[4];
    for (int change = 0; change < 4; change++) {
        x[7][1] = change == 1 ? 1e-30f : 0;
        x[0][0] = change == 2 ? 1 : 0;
        y[5] = change != 3;
        file_table(&x[0][0], y, 8, 2);
        struct muster_data *data = open_on(world, 1);
        seen[change] = muster_data_info(data)->hash;
        for (int other = 0; other < change; other++)
            assert_true(seen[change] != seen[other]);
        muster_data_close(&data);
    }
}

/* Blocks of the hash are 64 KiB: two of them with their contents exchanged. */
static void hash_sees_order(void **state)
{
    (void)state;
    enum { HALF = 16384, ALL = 2 * HALF };
    static float x[ALL];
    static int32_t y[ALL];
    uint64_t seen[2];
    for (int swap = 0; swap < 2; swap++) {
        for (int i = 0; i < ALL; i++) {
            x[i] = (float)(swap ? (i + HALF) % ALL : i);
            y[i] = i % 2;
        }
        file_table(x, y, ALL, 1);
        struct muster_data *data = open_on(world, 1);
        seen[swap] = muster_data_info(data)->hash;
        muster_data_close(&data);
    }
    assert_true(seen[0] != seen[1]);
}

static const struct CMUnitTest tests[] = {
    DATA_TEST(types_and_layouts),
    DATA_TEST(same_for_any_ranks),
    DATA_TEST(hash_sees_every_value),
    DATA_TEST(hash_sees_order),
};

DATA_TEST_MAIN(tests)
