/* The result file: everything written is read back; the old file stays until a new one is whole. */
#include <signal.h>
#include <sys/resource.h>

#include "file_fill.h"
#include "results_test.h"

static void write_all(void)
{
    struct muster_file *file;
    assert_int_equal(muster_file_create(path, &file), MUSTER_OK);
    fill(file);
    assert_int_equal(muster_file_finish(&file), MUSTER_OK);
    assert_null(file);
}

static struct muster_reader *open_all(void)
{
    struct muster_reader *reader;
    assert_int_equal(muster_reader_open(path, &reader), MUSTER_OK);
    return reader;
}

static double *numbers(const struct muster_reader *reader, const char *name, size_t rank,
                       const size_t *dims)
{
    size_t rank_read, dims_read[4];
    double *values;
    assert_int_equal(muster_reader_f64(reader, name, &rank_read, dims_read, &values), MUSTER_OK);
    assert_int_equal(rank_read, rank);
    for (size_t i = 0; i < rank; i++)
        assert_int_equal(dims_read[i], dims[i]);
    return values;
}

static void numbers_come_back(void **state)
{
    (void)state;
    write_all();
    struct muster_reader *reader = open_all();
    double *f64 = numbers(reader, "/types/f64", 1, (size_t[]){6});
    double *f32 = numbers(reader, "/types/f32", 2, (size_t[]){2, 3});
    double *i64 = numbers(reader, "/types/i64", 1, (size_t[]){6});
    double *u8 = numbers(reader, "/types/u8", 4, (size_t[]){2, 3, 2, 2});
    double *trial = numbers(reader, "/best/trial", 0, NULL);
    double *none = numbers(reader, "/empty/rows", 2, (size_t[]){0, 5});
    double *packed = numbers(reader, "/large/packed", 2, (size_t[]){100000, 3});
    assert_true(f64[0] == 1.5 && signbit(f64[1]) && isnan(f64[2]) && isinf(f64[3]));
    assert_true(f64[4] == 1e-310);
    assert_true(f32[0] == 0.5 && f32[4] == 4 && isnan(f32[5]));
    assert_true(i64[0] == (double)INT64_MIN && i64[1] == -1);
    assert_true(u8[2] == 255 && u8[3] == 3 && trial[0] == 42);
    assert_true(packed[299999] == 299999);
    double *all[] = {f64, f32, i64, u8, trial, none, packed};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        muster_free(all[i]);
    muster_reader_close(&reader);
}

static void curves_come_back(void **state)
{
    (void)state;
    const size_t row = FILL_K * FILL_E, dims[3] = {FILL_N, FILL_K, FILL_E};
    write_all();
    struct muster_reader *reader = open_all();
    double *train = numbers(reader, "/curves/train_loss", 3, dims);
    double *valid = numbers(reader, "/curves/valid_loss", 3, dims);
    for (size_t i = 0; i < FILL_N * row; i++) {
        bool there = i < 650 * row;
        assert_true(there ? train[i] == (double)fill_curve(i) : isnan(train[i]));
        there = there && i / row % 130 == 0;
        assert_true(there ? valid[i] == (double)fill_curve(i) : isnan(valid[i]));
    }
    muster_free(train);
    muster_free(valid);
    muster_reader_close(&reader);
}

static void check_list(char **list, size_t n, const char *const *expected, size_t n_expected)
{
    assert_int_equal(n, n_expected);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(list[i], expected[i]);
    muster_free(list);
}

static void strings_and_names_come_back(void **state)
{
    (void)state;
    size_t n;
    char **list;
    write_all();
    struct muster_reader *reader = open_all();
    assert_int_equal(muster_reader_strings(reader, "/types/names", &n, &list), MUSTER_OK);
    check_list(list, n, fill_names, 4);
    assert_int_equal(muster_reader_strings(reader, "/empty/names", &n, &list), MUSTER_OK);
    check_list(list, n, NULL, 0);
    assert_int_equal(muster_reader_members(reader, "/types", &n, &list), MUSTER_OK);
    check_list(list, n, (const char *[]){"f32", "f64", "i64", "names", "u8"}, 5);
    assert_int_equal(muster_reader_attrs(reader, "/", &n, &list), MUSTER_OK);
    check_list(list, n, (const char *[]){"empty", "format", "seed", "status", "study"}, 5);
    assert_true(muster_reader_is_text(reader, "/types/names"));
    assert_false(muster_reader_is_text(reader, "/types/f64"));
    assert_true(muster_reader_attr_is_text(reader, "/", "study"));
    assert_false(muster_reader_attr_is_text(reader, "/", "seed"));
    muster_reader_close(&reader);
}

static void check_text(const struct muster_reader *reader, const char *where, const char *name,
                       const char *expected)
{
    char *text = muster_reader_attr_text(reader, where, name);
    assert_string_equal(text, expected);
    muster_free(text);
}

static void attributes_come_back(void **state)
{
    (void)state;
    write_all();
    struct muster_reader *reader = open_all();
    check_text(reader, "/", "status", "complete");
    check_text(reader, "/", "empty", "");
    check_text(reader, "/types/f64", "unit", "größe");
    check_text(reader, "/new/group", "made", "yes");
    char *study = muster_reader_attr_text(reader, "/", "study");
    assert_int_equal(strlen(study), 200000);
    muster_free(study);
    assert_true(muster_reader_attr_f64(reader, "/", "seed", -1) == 7);
    assert_true(muster_reader_attr_f64(reader, "/best", "train.learning_rate", -1) == 0.01);
    assert_true(muster_reader_attr_f64(reader, "/", "absent", -1) == -1);
    assert_null(muster_reader_attr_text(reader, "/no/such", "thing"));
    muster_reader_close(&reader);
}

static void what_is_absent_is_said(void **state)
{
    (void)state;
    size_t n, dims[4];
    char **list;
    double *values;
    write_all();
    struct muster_reader *reader = open_all();
    assert_true(muster_reader_has(reader, "/empty/group/below"));
    assert_false(muster_reader_has(reader, "/no/such/path"));
    assert_int_equal(muster_reader_f64(reader, "/no", &n, dims, &values), MUSTER_BAD_DATA);
    assert_int_equal(muster_reader_f64(reader, "/types/names", &n, dims, &values), MUSTER_BAD_DATA);
    assert_int_equal(muster_reader_strings(reader, "/types/f64", &n, &list), MUSTER_BAD_DATA);
    assert_int_equal(muster_reader_members(reader, "/no", &n, &list), MUSTER_BAD_DATA);
    muster_reader_close(&reader);
}

static void foreign_files_are_refused(void **state)
{
    (void)state;
    struct muster_reader *reader;
    struct muster_file *file;
    unlink(path);
    assert_int_equal(muster_reader_open(path, &reader), MUSTER_NO_INPUT);
    write_file((const unsigned char *)"no HDF5", 7);
    assert_int_equal(muster_reader_open(path, &reader), MUSTER_BAD_DATA);
    assert_int_equal(muster_file_create(path, &file), MUSTER_OK);
    muster_file_attr_i64(file, "/", "format", 1);
    assert_int_equal(muster_file_finish(&file), MUSTER_OK);
    assert_int_equal(muster_reader_open(path, &reader), MUSTER_BAD_DATA);
    assert_null(reader);
}

/* ---- failures: the file before stays as it was ----------------------------------------------- */

static void check_untouched(void)
{
    char temporary[128];
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    assert_int_not_equal(access(temporary, F_OK), 0);
    struct muster_reader *reader = open_all();
    assert_true(muster_reader_has(reader, "/types/f64"));
    muster_reader_close(&reader);
}

static void abandoning_leaves_the_old_file(void **state)
{
    (void)state;
    struct muster_file *file;
    write_all();
    assert_int_equal(muster_file_create(path, &file), MUSTER_OK);
    muster_file_attr_text(file, "/", "format", "half");
    muster_file_stream_begin(file, "/curves/x", 1, (size_t[]){10});
    muster_file_abandon(&file);
    assert_null(file);
    check_untouched();
}

static void the_first_failure_is_reported(void **state)
{
    (void)state;
    struct muster_file *file;
    write_all();
    assert_int_equal(muster_file_create(path, &file), MUSTER_OK);
    muster_file_array(file, "/first", MUSTER_I64, 0, NULL, (int64_t[]){1}, false);
    muster_file_array(file, "/first", MUSTER_I64, 0, NULL, (int64_t[]){2}, false);
    muster_file_stream_rows(file, "/never/begun", 0, 1, NULL);
    assert_int_equal(muster_file_finish(&file), MUSTER_IO);
    assert_non_null(strstr(muster_error_text(), "/first"));
    check_untouched();
}

static void a_failed_sync_leaves_the_old_file(void **state)
{
    (void)state;
    struct muster_file *file;
    write_all();
    assert_int_equal(muster_file_create(path, &file), MUSTER_OK);
    assert_int_equal(muster_fault_set("write:1", 0), MUSTER_OK);
    assert_int_equal(muster_file_finish(&file), MUSTER_IO);
    assert_int_equal(muster_fault_set(NULL, 0), MUSTER_OK);
    check_untouched();
}

static void no_memory_is_remembered(void **state)
{
    (void)state;
    struct muster_file *file;
    write_all();
    assert_int_equal(muster_file_create(path, &file), MUSTER_OK);
    assert_int_equal(muster_fault_set("alloc:1", 0), MUSTER_OK);
    muster_file_strings(file, "/names", fill_names, 4);
    assert_int_equal(muster_fault_set(NULL, 0), MUSTER_OK);
    assert_int_equal(muster_file_finish(&file), MUSTER_NO_MEMORY);
    check_untouched();
}

/* A file size limit stands for the full disk. HDF5 must not be left with a file that it could not
 * close: another is written afterwards, and the process ends well. */
static void a_full_disk_leaves_the_old_file(void **state)
{
    (void)state;
    struct muster_file *file;
    struct rlimit before, limit;
    write_all();
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    for (limit.rlim_cur = 0; limit.rlim_cur <= 1 << 19; limit.rlim_cur += 1 << 17) {
        signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        assert_int_equal(muster_file_create(path, &file), MUSTER_OK);
        fill(file);
        assert_int_equal(muster_file_finish(&file), MUSTER_IO);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_non_null(strstr(muster_error_text(), "File too large"));
        check_untouched();
    }
    write_all();
}

static void a_missing_folder_is_named(void **state)
{
    (void)state;
    struct muster_file *file;
    assert_int_equal(muster_file_create("/no/such/folder/file", &file), MUSTER_IO);
    assert_null(file);
    assert_non_null(strstr(muster_error_text(), "folder /no/such/folder: No such file"));
    assert_int_equal(muster_fault_set("open:1", 0), MUSTER_OK);
    assert_int_equal(muster_file_create(path, &file), MUSTER_IO);
    assert_int_equal(muster_fault_set(NULL, 0), MUSTER_OK);
}

static struct muster_reader *open_small(enum muster_status expected)
{
    struct muster_reader *reader;
    assert_int_equal(muster_reader_open(path, &reader), expected);
    return reader;
}

/* Also bits that HDF5 would not look at; but those of the seal itself, without which the rest is
 * still what it was. */
static void a_flipped_bit_is_noticed(void **state)
{
    (void)state;
    static unsigned char bytes[1 << 18];
    const int64_t numbers[5] = {1, 2, 3, 4, 5};
    const size_t n = 5, seal = 24;
    struct muster_file *file;
    assert_int_equal(muster_file_create(path, &file), MUSTER_OK);
    muster_file_attr_text(file, "/", "format", "muster-results");
    muster_file_array(file, "/trials/id", MUSTER_I64, 1, &n, numbers, false);
    assert_int_equal(muster_file_finish(&file), MUSTER_OK);
    const size_t size = read_file(bytes, sizeof bytes);
    for (size_t i = 0; i < size; i += i + 61 < size - seal ? 61 : 1) {
        bytes[i] ^= (unsigned char)(1 << i % 8);
        write_file(bytes, size);
        struct muster_reader *reader = open_small(i < size - seal ? MUSTER_BAD_DATA : MUSTER_OK);
        if (reader == NULL)
            assert_non_null(strstr(muster_error_text(), "damaged, its bytes are not those"));
        muster_reader_close(&reader);
        bytes[i] ^= (unsigned char)(1 << i % 8);
    }
    write_file(bytes, size - seal); /* as other programs leave it */
    struct muster_reader *reader = open_small(MUSTER_OK);
    muster_reader_close(&reader);
    write_file(bytes, size - seal - 100);
    reader = open_small(MUSTER_BAD_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_come_back),
        cmocka_unit_test(curves_come_back),
        cmocka_unit_test(strings_and_names_come_back),
        cmocka_unit_test(attributes_come_back),
        cmocka_unit_test(what_is_absent_is_said),
        cmocka_unit_test(foreign_files_are_refused),
        cmocka_unit_test(abandoning_leaves_the_old_file),
        cmocka_unit_test(the_first_failure_is_reported),
        cmocka_unit_test(a_failed_sync_leaves_the_old_file),
        cmocka_unit_test(no_memory_is_remembered),
        cmocka_unit_test(a_full_disk_leaves_the_old_file),
        cmocka_unit_test(a_missing_folder_is_named),
        cmocka_unit_test(a_flipped_bit_is_noticed),
    };
    return cmocka_run_group_tests(tests, results_test_setup, results_test_teardown);
}
