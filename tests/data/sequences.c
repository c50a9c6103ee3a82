/* Sequences: how many steps of each row are used, tokens that stay the integers they are, and what
 * is wrong with either. */
#include "data_test.h"

enum { N = 12, T = 5, TEST = 3 };

static int32_t ids[N][T], length[N], labels[N], test_length[TEST];
static const int64_t picked[3] = {7, 0, 11};

/* Tokens [n, t] of `stored`, or a sequence [n, t, 1] of floats, with lengths. */
static void write_rows(bool tokens, hid_t stored)
{
    hid_t file = is_root() ? file_create() : -1;
    for (size_t i = 0; i < N; i++) {
        labels[i] = (int32_t)(i % 2);
        length[i] = (int32_t)(1 + i % T);
        for (size_t t = 0; t < T; t++)
            ids[i][t] = (int32_t)((i * 17 + t * 5) % 200);
    }
    for (size_t i = 0; i < TEST; i++)
        test_length[i] = (int32_t)(T - i);
    if (is_root()) {
        int rank = tokens ? 2 : 3;
        file_put(file, &(struct dataset){"/x", stored, H5T_NATIVE_INT32, rank, {N, T, 1}, 4, ids});
        file_put(file, &(struct dataset){"/y", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, {N}, 0, labels});
        file_put(file,
                 &(struct dataset){"/length", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, {N}, 0, length});
        file_put_text(file, "/x", "layout", tokens ? "T" : "TC");
    }
    file_close(file);
}

static void add_test_part(bool lengths)
{
    hid_t file = is_root() ? H5Fopen(own_file, H5F_ACC_RDWR, H5P_DEFAULT) : -1;
    if (is_root()) {
        file_put(file, &(struct dataset){
                           "/test/x", H5T_IEEE_F32LE, H5T_NATIVE_INT32, 3, {TEST, T, 1}, 0, ids});
        file_put(file, &(struct dataset){
                           "/test/y", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, {TEST}, 0, labels});
        if (lengths)
            file_put(
                file,
                &(struct dataset){
                    "/test/length", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, {TEST}, 0, test_length});
    }
    file_close(file);
}

static void tokens_stay_integers(void **state)
{
    (void)state;
    const hid_t kinds[] = {H5T_STD_U8LE, H5T_STD_I16LE, H5T_STD_U64LE};
    for (size_t k = 0; k < 3; k++) {
        float tokens[3][T];
        int32_t used[3];
        struct muster_prep *prep;
        write_rows(true, kinds[k]);
        struct muster_data *data = open_on(world, 1);
        const struct muster_data_info *info = muster_data_info(data);
        int32_t top = 0;
        for (size_t i = 0; i < N; i++)
            for (int32_t t = 0; t < length[i]; t++)
                top = ids[i][t] > top ? ids[i][t] : top;
        assert_true(info->tokens && info->lengths);
        assert_string_equal(info->scale, "none");
        assert_int_equal(info->vocabulary, top + 1);
        assert_int_equal(muster_prep_fit(data, picked, 3, &prep), MUSTER_OK);
        muster_prep_gather(data, prep, picked, 3, &tokens[0][0]);
        muster_prep_destroy(&prep);
        muster_data_lengths(data, picked, 3, used);
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(used[i], length[picked[i]]);
            for (int32_t t = 0; t < T; t++)
                assert_true(tokens[i][t] == (t < used[i] ? (float)ids[picked[i]][t] : 0));
        }
        muster_data_close(&data);
    }
}

/* A test part that does not say is of full length; `none` forgets all lengths. */
static void lengths_of_sequences(void **state)
{
    (void)state;
    const int64_t test[TEST] = {N, N + 1, N + 2};
    for (int said = 0; said < 3; said++) {
        int32_t used[TEST];
        write_rows(false, H5T_IEEE_F32LE);
        add_test_part(said == 1);
        if (said == 2) /* the last */
            set_word(&data_block, "length", "none");
        struct muster_data *data = open_on(world, 1);
        const struct muster_data_info *info = muster_data_info(data);
        assert_true(!info->tokens && info->vocabulary == 0 && info->lengths == (said < 2));
        muster_data_lengths(data, test, TEST, used);
        for (size_t i = 0; i < TEST; i++)
            assert_int_equal(used[i], said == 1 ? test_length[i] : T);
        muster_data_lengths(data, picked, 1, used);
        assert_int_equal(used[0], said < 2 ? length[picked[0]] : T);
        muster_data_close(&data);
    }
}

static void open_fails(const char *what)
{
    struct muster_data_setup setup = setup_of(1);
    struct muster_data *data;
    assert_int_equal(muster_data_open(&setup, world, &data), MUSTER_BAD_DATA);
    if (strstr(muster_error_text(), what) == NULL)
        fail_msg("'%s' does not hold '%s'", muster_error_text(), what);
}

/* Overwrites entry `at` of a data set. */
static void spoil(const char *path, size_t at, int32_t value)
{
    static int32_t values[N * T];
    hid_t file = is_root() ? H5Fopen(own_file, H5F_ACC_RDWR, H5P_DEFAULT) : -1;
    if (is_root()) {
        hid_t set = H5Dopen2(file, path, H5P_DEFAULT);
        H5Dread(set, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
        values[at] = value;
        H5Dwrite(set, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
        H5Dclose(set);
    }
    file_close(file);
}

static void wrong_values_are_named(void **state)
{
    (void)state;
    write_rows(true, H5T_STD_I32LE);
    spoil("/x", 4 * T + 2, -3);
    open_fails("/x row 4, column 2 (both from 0): -3 is no token");
    write_rows(true, H5T_STD_I32LE);
    spoil("/length", 6, T + 1);
    open_fails("/length row 6, column 0 (both from 0): 6 is no length (1 .. the number");
    spoil("/length", 6, 0);
    open_fails("/length row 6, column 0 (both from 0): 0 is no length");
    set_word(&data_block, "length", "/x");
    open_fails("/x does not fit /x (data.length: [12] integers, one a row)");
    set_word(&data_block, "length", "/steps");
    open_fails("no data set /steps");
}

static void put_words(bool strings, hsize_t n)
{
    char words[N * T][16] = {{0}};
    int32_t codes[N * T];
    hid_t file = is_root() ? H5Fopen(own_file, H5F_ACC_RDWR, H5P_DEFAULT) : -1;
    for (int i = 0; i < N * T; i++) {
        codes[i] = 1000 + i;
        snprintf(words[i], sizeof words[i], "w%d", i);
    }
    if (is_root()) {
        hid_t type = H5Tcopy(H5T_C_S1);
        H5Tset_size(type, sizeof words[0]);
        file_put(file, &(struct dataset){"/vocab",
                                         strings ? type : H5T_STD_I32LE,
                                         strings ? type : H5T_NATIVE_INT32,
                                         1,
                                         {n},
                                         0,
                                         strings ? (const void *)words : codes});
        H5Tclose(type);
    }
    file_close(file);
}

/* /vocab says how many tokens there are and what they stand for; data.tokens overrides the file. */
static void vocabulary_of_the_file(void **state)
{
    (void)state;
    for (int strings = 0; strings < 2; strings++) {
        size_t n, m;
        write_rows(true, H5T_STD_I32LE);
        for (size_t i = 0; i < N * T; i++)
            spoil("/x", i, (int32_t)(i % 40));
        put_words(strings, 41);
        struct muster_data *data = open_on(world, 1);
        const char *const *words = muster_data_words(data, &n);
        const int64_t *codes = muster_data_word_codes(data, &m);
        assert_int_equal(muster_data_info(data)->vocabulary, 41);
        assert_true(n == 41 && m == 41 && (words != NULL) == strings && (codes == NULL) == strings);
        if (strings)
            assert_string_equal(words[40], "w40");
        else
            assert_int_equal(codes[40], 1040);
        muster_data_close(&data);
        muster_barrier(world);
    }
    set_number(&data_block, "tokens", 0);
    struct muster_data *data = open_on(world, 1);
    assert_false(muster_data_info(data)->tokens);
    muster_data_close(&data);
    set_number(&data_block, "tokens", 1);
    spoil("/x", 2 * T, 41);
    open_fails("/x row 2, column 0 (both from 0): 41 is beyond the vocabulary");
    set_word(&data_block, "vocabulary", "/words");
    open_fails("no data set /words");
    set_word(&data_block, "vocabulary", "none");
    data = open_on(world, 1);
    assert_int_equal(muster_data_info(data)->vocabulary, 42);
    muster_data_close(&data);
    muster_barrier(world);
    write_rows(false, H5T_IEEE_F32LE);
    open_fails("does not hold tokens");
}

static const struct CMUnitTest tests[] = {
    DATA_TEST(tokens_stay_integers),
    DATA_TEST(vocabulary_of_the_file),
    DATA_TEST(lengths_of_sequences),
    DATA_TEST(wrong_values_are_named),
};

DATA_TEST_MAIN(tests)
