/* A look by one rank says what opening by all finds, save the hash. */
#include "data_test.h"

static void compare(uint64_t seed)
{
    struct muster_data_setup setup = setup_of(seed);
    struct muster_data_info peeked;
    struct muster_data *data = open_on(world, seed);
    const struct muster_data_info *opened = muster_data_info(data);
    assert_int_equal(muster_data_peek(&setup, &peeked), MUSTER_OK);
    assert_int_equal(peeked.rows, opened->rows);
    assert_int_equal(peeked.test_rows, opened->test_rows);
    assert_int_equal(peeked.rank, opened->rank);
    assert_memory_equal(peeked.dims, opened->dims, sizeof peeked.dims);
    assert_int_equal(peeked.width, opened->width);
    assert_int_equal(peeked.classification, opened->classification);
    assert_int_equal(peeked.outputs, opened->outputs);
    assert_int_equal(peeked.bytes, opened->bytes);
    assert_int_equal(peeked.test_official, opened->test_official);
    assert_string_equal(peeked.scale, opened->scale);
    assert_true(peeked.hash == 0 && opened->hash != 0);
    muster_data_close(&data);
}

static void peek_equals_open(void **state)
{
    (void)state;
    const float x[10][2] = {{0}};
    const int32_t y[10] = {0, 1, 2, 0, 1, 2, 0, 1, 2, 0};
    file_table(&x[0][0], y, 10, 2);
    compare(1);
    set_number(&data_block, "limit", 7);
    set_number(&data_block, "test", 0.4);
    compare(2);
    set_word(&data_block, "task", "regression");
    compare(3);
}

static void peek_fails_alike(void **state)
{
    (void)state;
    struct muster_data_setup setup = setup_of(1);
    struct muster_data_info info;
    assert_int_equal(muster_data_peek(&setup, &info), MUSTER_NO_INPUT);
    setup.file = NULL;
    assert_int_equal(muster_data_peek(&setup, &info), MUSTER_BAD_STUDY);
}

static const struct CMUnitTest tests[] = {
    DATA_TEST(peek_equals_open),
    DATA_TEST(peek_fails_alike),
};

DATA_TEST_MAIN(tests)
