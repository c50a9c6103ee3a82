/* A table with gaps, codes and groups: whatever allocation or opening fails, all
 * ranks return the same and nothing is left behind. */
#include "data_test.h"

enum { N = 30, D = 4, FAULTS = 40 };

static void write_rows(void)
{
    static float x[N][D];
    static int32_t y[N], groups[N];
    static const uint8_t flags[D] = {1, 0, 0, 1};
    static const int32_t levels[D] = {1, 0, 0, 3 * N};
    for (size_t i = 0; i < N; i++) {
        y[i] = (int32_t)i % 2;
        groups[i] = (int32_t)i / 3;
        for (size_t j = 0; j < D; j++)
            x[i][j] = j == 1 && i % 4 == 0 ? NAN : (float)(i * j);
    }
    file_table(&x[0][0], y, N, D);
    hid_t file = is_root() ? H5Fopen(own_file, H5F_ACC_RDWR, H5P_DEFAULT) : -1;
    if (is_root()) {
        file_put(file, &(struct dataset){
                           "/categorical", H5T_STD_U8LE, H5T_NATIVE_UINT8, 1, {D}, 0, flags});
        file_put(file,
                 &(struct dataset){"/levels", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, {D}, 0, levels});
        file_put(file,
                 &(struct dataset){"/group", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, {N}, 0, groups});
    }
    file_close(file);
}

/* Opens with the N-th event of a kind failing on `rank`; true when nothing failed any more. */
static bool opens(const char *kind, int n, int rank)
{
    struct muster_data_setup setup = setup_of(1);
    struct muster_data *data;
    char spec[64];
    int64_t live = muster_comm_live(), blocks = muster_memory_blocks();
    snprintf(spec, sizeof spec, "%s:%d@%d", kind, n, rank);
    assert_int_equal(muster_fault_set(spec, muster_comm_rank(world)), MUSTER_OK);
    enum muster_status status = muster_data_open(&setup, world, &data);
    muster_fault_set(NULL, 0);
    int32_t first = (int32_t)status;
    assert_int_equal(muster_broadcast(world, &first, sizeof first, 0), MUSTER_OK);
    assert_int_equal(status, first);
    muster_data_close(&data);
    assert_int_equal(muster_comm_live(), live);
    assert_int_equal(muster_memory_blocks(), blocks);
    if (status != MUSTER_OK)
        assert_true(muster_error_text()[0] != '\0');
    return status == MUSTER_OK;
}

/* On the first two ranks and the last: what those between do is what the second does. */
static void on_ranks(const char *kind, int at_least)
{
    const int size = muster_comm_size(world);
    write_rows();
    for (int rank = 0; rank < size; rank = rank == 1 && size > 2 ? size - 1 : rank + 1) {
        int n = 1;
        while (!opens(kind, n, rank))
            n++;
        assert_true(n > at_least);
    }
}

static void allocations(void **state)
{
    (void)state;
    on_ranks("alloc", 5);
}

static void openings(void **state)
{
    (void)state;
    on_ranks("open", 1);
}

static void folds_and_preparation(void **state)
{
    (void)state;
    write_rows();
    struct muster_data *data = open_on(world, 1);
    const int64_t *rows = muster_data_rows(data);
    size_t n = muster_data_info(data)->rows;
    int64_t blocks = muster_memory_blocks();
    for (int fault = 1; fault <= FAULTS; fault++) {
        char spec[32];
        struct muster_folds *folds;
        struct muster_prep *prep;
        snprintf(spec, sizeof spec, "alloc:%d", fault);
        muster_fault_set(spec, 0);
        muster_folds_create(data, &validate_block, 1, &folds);
        muster_fault_set(spec, 0);
        muster_prep_fit(data, rows, n, &prep);
        muster_fault_set(NULL, 0);
        assert_true(fault > 1 || (folds == NULL && prep == NULL));
        assert_true(fault < FAULTS || (folds != NULL && prep != NULL));
        muster_folds_destroy(&folds);
        muster_prep_destroy(&prep);
        assert_int_equal(muster_memory_blocks(), blocks);
    }
    muster_data_close(&data);
}

static const struct CMUnitTest tests[] = {
    DATA_TEST(allocations),
    DATA_TEST(openings),
    DATA_TEST(folds_and_preparation),
};

DATA_TEST_MAIN(tests)
