/* Counted memory: alignment, zeroing, balance, overflow, faults on demand. */
#include "../unit.h"

#include <string.h>

#include "muster/base.h"

static void blocks_are_aligned_zeroed_and_counted(void **state)
{
    (void)state;
    int64_t blocks = muster_memory_blocks(), bytes = muster_memory_bytes();
    for (size_t n = 0; n < 300; n += 7) {
        unsigned char *block = muster_alloc(n, 3);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % 64, 0);
        for (size_t i = 0; i < 3 * n; i++)
            assert_int_equal(block[i], 0);
        memset(block, 0xff, 3 * n);
        assert_int_equal(muster_memory_blocks(), blocks + 1);
        assert_int_equal(muster_memory_bytes(), bytes + (int64_t)(3 * n));
        muster_free(block);
    }
    assert_int_equal(muster_memory_blocks(), blocks);
    assert_int_equal(muster_memory_bytes(), bytes);
}

static void growing_keeps_what_was_there(void **state)
{
    (void)state;
    int64_t bytes = muster_memory_bytes();
    int *items = NULL;
    size_t capacity = 0;
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(muster_grow(&items, &capacity, (size_t)i + 1, sizeof *items), MUSTER_OK);
        items[i] = i;
    }
    for (int i = 0; i < 1000; i++)
        assert_int_equal(items[i], i);
    muster_free(items);
    assert_int_equal(muster_memory_bytes(), bytes);
}

static void overflow_and_faults_fail_cleanly(void **state)
{
    (void)state;
    int64_t blocks = muster_memory_blocks();
    assert_null(muster_alloc(SIZE_MAX / 2, 3));
    assert_null(muster_alloc(SIZE_MAX - 8, 1));
    assert_non_null(strstr(muster_error_text(), "out of memory"));
    assert_int_equal(muster_fault_set("alloc:3", 0), MUSTER_OK);
    void *one = muster_alloc(1, 1), *two = muster_alloc(1, 1), *three = muster_alloc(1, 1);
    void *four = muster_alloc(1, 1);
    assert_non_null(one);
    assert_non_null(two);
    assert_null(three);
    assert_non_null(four);
    muster_free(one);
    muster_free(two);
    muster_free(four);
    assert_int_equal(muster_memory_blocks(), blocks);
}

static void faults_name_kind_count_and_rank(void **state)
{
    (void)state;
    assert_int_equal(muster_fault_set("open:1@2", 1), MUSTER_OK);
    assert_false(muster_fault(MUSTER_FAULT_OPEN));
    assert_int_equal(muster_fault_set("open:2@2", 2), MUSTER_OK);
    assert_false(muster_fault(MUSTER_FAULT_OPEN));
    assert_false(muster_fault(MUSTER_FAULT_WRITE));
    assert_true(muster_fault(MUSTER_FAULT_OPEN));
    assert_false(muster_fault(MUSTER_FAULT_OPEN));
    static const char *const bad[] = {"alloc", "alloc:", "alloc:0", "disk:1", "mpi:1@", "mpi:1x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(muster_fault_set(bad[i], 0), MUSTER_USAGE);
    assert_int_equal(muster_fault_set(NULL, 0), MUSTER_OK);
}

static void a_message_may_quote_the_last_one(void **state)
{
    (void)state;
    muster_error(MUSTER_IO, "disk full");
    assert_int_equal(muster_error(MUSTER_BAD_DATA, "row 3: %s", muster_error_text()),
                     MUSTER_BAD_DATA);
    assert_string_equal(muster_error_text(), "row 3: disk full");
    assert_int_equal(muster_status_exit(MUSTER_BAD_DATA), 65);
    assert_int_equal(muster_status_exit(MUSTER_NO_MEMORY), 75);
    assert_int_equal(muster_status_exit(MUSTER_OK), 0);
    muster_error_clear();
    assert_string_equal(muster_error_text(), "");
}

/* More than any machine has, counted and given back. */
static void measuring_takes_no_memory(void **state)
{
    (void)state;
    const size_t huge = (size_t)1 << 44;
    const int64_t blocks = muster_memory_blocks(), bytes = muster_memory_bytes();
    muster_memory_measure(true);
    unsigned char *large = muster_alloc(huge, 1), *small = muster_alloc(100, 1);
    muster_memory_measure(false);
    assert_non_null(large);
    assert_non_null(small);
    assert_int_equal((uintptr_t)large % 64, 0);
    assert_int_equal(large[0] + large[huge / 2] + large[huge - 1], 0);
    assert_int_equal(muster_memory_bytes(), bytes + (int64_t)huge + 100);
    muster_free(large);
    muster_free(small);
    assert_int_equal(muster_memory_blocks(), blocks);
    assert_int_equal(muster_memory_bytes(), bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_aligned_zeroed_and_counted),
        cmocka_unit_test(growing_keeps_what_was_there),
        cmocka_unit_test(overflow_and_faults_fail_cleanly),
        cmocka_unit_test(measuring_takes_no_memory),
        cmocka_unit_test(faults_name_kind_count_and_rank),
        cmocka_unit_test(a_message_may_quote_the_last_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
