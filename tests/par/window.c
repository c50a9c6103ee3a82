/* Shared windows: one aligned, zeroed block per node that all its ranks see; a failure on one rank
 * is everyone's. */
#include <stdio.h>

#include "par_test.h"

static void what_one_writes_all_see(void **state)
{
    (void)state;
    size_t n = 100003;
    struct muster_window *window;
    int64_t live = muster_comm_live();
    assert_int_equal(muster_window_create(world, n, &window), MUSTER_OK);
    unsigned char *base = muster_window_base(window);
    int rank = muster_window_rank(window), ranks = muster_window_ranks(window);
    assert_int_equal((uintptr_t)base % 64, 0);
    assert_int_equal(ranks, muster_comm_node_ranks(world));
    for (size_t i = 0; i < n; i++)
        assert_int_equal(base[i], 0);
    assert_int_equal(muster_window_sync(window), MUSTER_OK);
    for (size_t i = (size_t)rank; i < n; i += (size_t)ranks)
        base[i] = (unsigned char)(rank + 1);
    assert_int_equal(muster_window_sync(window), MUSTER_OK);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(base[i], i % (size_t)ranks + 1);
    muster_window_destroy(&window);
    assert_null(window);
    assert_int_equal(muster_comm_live(), live);
}

/* Equal on all ranks, as the choice of a collective call has to be. */
static int node_ranks_of(int rank)
{
    int n = muster_comm_node_ranks(world);
    assert_int_equal(muster_broadcast(world, &n, sizeof n, rank), MUSTER_OK);
    return n;
}

static void an_absurd_size_is_refused_by_all(void **state)
{
    (void)state;
    struct muster_window *window;
    if (node_ranks_of(0) == 1)
        skip(); /* plain memory: malloc's business */
    assert_int_equal(muster_window_create(world, (size_t)1 << 60, &window), MUSTER_NO_MEMORY);
    assert_null(window);
    assert_non_null(strstr(muster_error_text(), "MiB are free"));
}

static void check_fault(const char *kind, int nth, enum muster_status expected)
{
    char spec[32];
    int64_t live = muster_comm_live(), blocks = muster_memory_blocks();
    struct muster_window *window;
    snprintf(spec, sizeof spec, "%s:%d@%d", kind, nth, muster_comm_size(world) - 1);
    assert_int_equal(muster_fault_set(spec, muster_comm_rank(world)), MUSTER_OK);
    assert_int_equal(muster_window_create(world, 1000, &window), expected);
    assert_int_equal(muster_fault_set(NULL, 0), MUSTER_OK);
    assert_null(window);
    assert_int_equal(muster_comm_live(), live);
    assert_int_equal(muster_memory_blocks(), blocks);
}

static void one_rank_s_failure_is_everyone_s(void **state)
{
    (void)state;
    check_fault("alloc", 1, MUSTER_NO_MEMORY);
    check_fault("alloc", 4, MUSTER_NO_MEMORY);
    check_fault("mpi", 1, MUSTER_INTERNAL);
    if (node_ranks_of(muster_comm_size(world) - 1) > 1)
        check_fault("mpi", 2, MUSTER_INTERNAL);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_one_writes_all_see),
    cmocka_unit_test(an_absurd_size_is_refused_by_all),
    cmocka_unit_test(one_rank_s_failure_is_everyone_s),
};

PAR_TEST_MAIN(tests)
