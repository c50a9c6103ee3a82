/* What is wrong with a data file is said by all ranks alike: one status, one message that names the
 * file and the place. */
#include "data_test.h"

enum { N = 12, D = 2 };

static double x[N][D], y[N];

/* One wrong thing in an otherwise good file. */
struct wrong {
    const char *what; /* a part of the message */
    enum muster_status status;
    hid_t x_type, y_type; /* 0: float, int32 */
    hsize_t x_rank, x_rows, y_rows, y_columns;
    size_t bad_row;
    double bad_x, bad_y;       /* put into bad_row where not 0 */
    const char *x_path;        /* written there instead of /x */
    const char *option, *word; /* set in the block */
    double number;
};

static void write_wrong(const struct wrong *wrong)
{
    for (size_t i = 0; i < N; i++) {
        x[i][0] = x[i][1] = (double)i;
        y[i] = (double)(i % 2);
    }
    if (wrong->bad_x != 0)
        x[wrong->bad_row][1] = wrong->bad_x;
    if (wrong->bad_y != 0)
        y[wrong->bad_row] = wrong->bad_y;
    hid_t file = is_root() ? file_create() : -1;
    if (is_root()) {
        bool number = wrong->x_type == 0 || H5Tget_class(wrong->x_type) == H5T_FLOAT;
        hsize_t rows = wrong->x_rows > 0 ? wrong->x_rows : N, columns = wrong->y_columns;
        int rank = wrong->x_rank > 0 ? (int)wrong->x_rank - 1 : 2;
        file_put(file, &(struct dataset){wrong->x_path != NULL ? wrong->x_path : "/x",
                                         wrong->x_type != 0 ? wrong->x_type : H5T_IEEE_F32LE,
                                         H5T_NATIVE_DOUBLE,
                                         rank,
                                         {rows == 99 ? 0 : rows, rank < 2 ? 1 : D, 1, 1, 1, 1},
                                         0,
                                         number && rank == 2 && rows != 99 ? x : NULL});
        file_put(file, &(struct dataset){"/y",
                                         wrong->y_type != 0 ? wrong->y_type : H5T_STD_I32LE,
                                         H5T_NATIVE_DOUBLE,
                                         columns > 0 ? 2 : 1,
                                         {wrong->y_rows > 0 ? wrong->y_rows : N, columns},
                                         0,
                                         columns > 0 ? NULL : y});
    }
    file_close(file);
}

/* All ranks hold the same status and message. */
static void expect(enum muster_status status, enum muster_status expected, const char *what)
{
    char message[1024];
    snprintf(message, sizeof message, "%s", muster_error_text());
    assert_int_equal(muster_broadcast(world, message, sizeof message, 0), MUSTER_OK);
    assert_string_equal(muster_error_text(), message);
    if (status != expected || strstr(message, what) == NULL ||
        strstr(message, test_file) != message)
        fail_msg("status %d (not %d), '%s' does not hold '%s'", status, expected, message, what);
}

static void open_fails(enum muster_status expected, const char *what)
{
    struct muster_data_setup setup = setup_of(1);
    struct muster_data *data;
    int64_t live = muster_comm_live(), blocks = muster_memory_blocks();
    enum muster_status status = muster_data_open(&setup, world, &data);
    assert_null(data);
    expect(status, expected, what);
    assert_int_equal(muster_comm_live(), live);
    assert_int_equal(muster_memory_blocks(), blocks);
}

static void bad_contents(void **state)
{
    hid_t text = H5Tcopy(H5T_C_S1), pair = H5Tcreate(H5T_COMPOUND, 8);
    H5Tset_size(text, 4);
    H5Tinsert(pair, "a", 0, H5T_NATIVE_FLOAT);
    H5Tinsert(pair, "b", 4, H5T_NATIVE_FLOAT);
    const hid_t real = H5T_IEEE_F64LE;
    const struct wrong wrongs[] = {
        {"no data set /x (data.x names another one; there are /other, /y)", MUSTER_BAD_DATA,
         .x_path = "/other"},
        {"no data set /z", MUSTER_BAD_DATA, .option = "y", .word = "/z"},
        {"/x has 12 rows, /y has 11", MUSTER_BAD_DATA, .y_rows = 11},
        {"/x row 7, column 1 (both from 0): inf is infinite", MUSTER_BAD_DATA, .bad_row = 7,
         .bad_x = INFINITY},
        {"/x row 9, column 1 (both from 0): 1e+39 is too large", MUSTER_BAD_DATA, .bad_row = 9,
         .bad_x = 1e39, .x_type = real},
        {"/y row 5, column 0 (both from 0): nan is no number", MUSTER_BAD_DATA, .bad_row = 5,
         .bad_y = NAN, .y_type = real},
        {"/y row 5, column 0 (both from 0): inf is infinite", MUSTER_BAD_DATA, .bad_row = 5,
         .bad_y = INFINITY, .y_type = real},
        {"/y row 5, column 0 (both from 0): 1e+300 is too large", MUSTER_BAD_DATA, .bad_row = 5,
         .bad_y = 1e300, .y_type = real},
        {"/y row 10, column 0 (both from 0): -1 is negative", MUSTER_BAD_DATA, .bad_row = 10,
         .bad_y = -1},
        {"/y row 3, column 0 (both from 0): 0.5 is not a label", MUSTER_BAD_DATA, .bad_row = 3,
         .bad_y = 0.5, .y_type = real, .option = "task", .word = "classification"},
        {"the greatest label is 4000 in only 12 rows", MUSTER_BAD_DATA, .bad_row = 3,
         .bad_y = 4000},
        {"/x [0, 2] is empty", MUSTER_BAD_DATA, .x_rows = 99},
        {"/x has one row", MUSTER_BAD_DATA, .x_rows = 1, .y_rows = 1},
        {"/x does not hold numbers", MUSTER_BAD_DATA, .x_type = text},
        {"/x does not hold numbers", MUSTER_BAD_DATA, .x_type = pair},
        {"/x is a single value", MUSTER_BAD_DATA, .x_rank = 1},
        {"/x [12, 2, 1, 1, 1] has too many dimensions", MUSTER_BAD_DATA, .x_rank = 6},
        {"/y: all rows have the same labels", MUSTER_BAD_DATA, .y_columns = 3},
        {"no data set /a", MUSTER_BAD_DATA, .option = "test", .word = "/a"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        write_wrong(&wrongs[i]);
        if (wrongs[i].option != NULL && strcmp(wrongs[i].option, "test") == 0) {
            set_word(&data_block, "test.x", "/a");
            set_word(&data_block, "test.y", "/b");
        } else if (wrongs[i].option != NULL)
            set_word(&data_block, wrongs[i].option, wrongs[i].word);
        open_fails(wrongs[i].status, wrongs[i].what);
        drop_blocks(NULL);
        fresh_blocks(NULL);
    }
    H5Tclose(pair);
    H5Tclose(text);
}

static void write_bytes(const char *bytes, size_t n)
{
    if (is_root()) {
        FILE *file = fopen(own_file, "wb");
        fwrite(bytes, 1, n, file);
        fclose(file);
    }
    muster_barrier(world);
}

static void bad_files(void **state)
{
    char folder[256];
    (void)state;
    open_fails(MUSTER_NO_INPUT, "cannot be read: No such file");
    write_bytes("", 0);
    open_fails(MUSTER_BAD_DATA, "not an HDF5 file");
    write_bytes("5.1,3.5,setosa\n", 15);
    open_fails(MUSTER_BAD_DATA, "not an HDF5 file");
    write_wrong(&(struct wrong){0});
    if (is_root())
        assert_int_equal(truncate(own_file, 1500), 0);
    muster_barrier(world);
    open_fails(MUSTER_BAD_DATA, "damaged or being written");
    snprintf(folder, sizeof folder, "%s", test_file);
    *strrchr(test_file, '/') = '\0';
    open_fails(MUSTER_NO_INPUT, "not a file");
    snprintf(test_file, sizeof test_file, "%s", folder);
}

/* A compressed chunk that was overwritten: one rank meets it, in a collective read. */
static void damaged_chunk(void **state)
{
    (void)state;
    static const int32_t labels[N];
    haddr_t place = 0;
    hsize_t bytes, at[2] = {8, 0};
    hid_t file = is_root() ? file_create() : -1;
    if (is_root()) {
        file_put(file, &(struct dataset){"/x", H5T_IEEE_F32LE, H5T_NATIVE_DOUBLE, 2, {N, D}, 4, x});
        file_put(file, &(struct dataset){"/y", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, {N}, 0, labels});
        hid_t set = H5Dopen2(file, "/x", H5P_DEFAULT);
        unsigned mask;
        assert_true(H5Dget_chunk_info_by_coord(set, at, &mask, &place, &bytes) >= 0);
        H5Dclose(set);
        H5Fclose(file);
        FILE *raw = fopen(own_file, "r+b");
        fseek(raw, (long)place, SEEK_SET);
        fwrite("12345678", 1, 8, raw);
        fclose(raw);
    }
    file_close(-1);
    open_fails(MUSTER_IO, "/x cannot be read");
}

/* The study is at fault: the message names its key, not the file. */
static void bad_options(void **state)
{
    (void)state;
    struct muster_data_setup setup = setup_of(1);
    struct muster_data *data;
    write_wrong(&(struct wrong){0});
    set_word(&data_block, "test.x", "/a");
    assert_int_equal(muster_data_open(&setup, world, &data), MUSTER_BAD_STUDY);
    assert_non_null(strstr(muster_error_text(), "data.test.y: not given"));
    setup.file = NULL;
    assert_int_equal(muster_data_open(&setup, world, &data), MUSTER_BAD_STUDY);
    assert_non_null(strstr(muster_error_text(), "data.file: not given"));
}

static void one_class_only(void **state)
{
    (void)state;
    float rows[4] = {1, 2, 3, 4};
    int32_t ones[4] = {1, 1, 1, 1};
    file_table(rows, ones, 4, 1);
    open_fails(MUSTER_BAD_DATA, "all rows are of class 1");
}

static const struct CMUnitTest tests[] = {
    DATA_TEST(bad_contents), DATA_TEST(bad_files),      DATA_TEST(damaged_chunk),
    DATA_TEST(bad_options),  DATA_TEST(one_class_only),
};

DATA_TEST_MAIN(tests)
