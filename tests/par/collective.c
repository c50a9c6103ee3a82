/* Broadcasts, gathers of uneven blocks and reductions against values computed on the spot. */
#include "par_test.h"

static void broadcast_reaches_all(void **state)
{
    (void)state;
    for (int root = 0; root < muster_comm_size(world); root++) {
        int64_t value = muster_comm_rank(world) == root ? 100 + root : -1;
        assert_int_equal(muster_broadcast(world, &value, sizeof value, root), MUSTER_OK);
        assert_int_equal(value, 100 + root);
    }
}

static void check_block(size_t bytes, int root)
{
    unsigned char *block = NULL;
    size_t n = 0;
    if (muster_comm_rank(world) == root) {
        n = bytes;
        block = muster_alloc(n, 1);
        for (size_t i = 0; i < n; i++)
            block[i] = (unsigned char)(i * 7 + 1);
    }
    void *data = block;
    assert_int_equal(muster_broadcast_block(world, &data, &n, root), MUSTER_OK);
    assert_int_equal(n, bytes);
    assert_non_null(data);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(((unsigned char *)data)[i], (unsigned char)(i * 7 + 1));
    muster_free(data);
}

static void blocks_of_any_size_are_broadcast(void **state)
{
    (void)state;
    int last = muster_comm_size(world) - 1;
    check_block(0, 0);
    check_block(1, last);
    check_block(100003, 0);
    check_block(100003, last);
}

static void no_memory_for_a_block_is_agreed_on(void **state)
{
    (void)state;
    int last = muster_comm_size(world) - 1;
    char bytes[8] = "1234567";
    void *data = bytes;
    size_t n = sizeof bytes;
    if (last == 0)
        skip();
    assert_int_equal(muster_fault_set(muster_comm_rank(world) == last ? "alloc:1" : "", last),
                     MUSTER_OK);
    assert_int_equal(muster_broadcast_block(world, &data, &n, 0), MUSTER_NO_MEMORY);
    assert_int_equal(muster_fault_set(NULL, 0), MUSTER_OK);
    if (muster_comm_rank(world) != 0)
        assert_null(data);
}

/* Rank r gives r * 5 bytes of value r; rank 0 and every third none. */
static size_t share_of(int rank)
{
    return rank % 3 == 0 ? 0 : (size_t)rank * 5;
}

static void uneven_blocks_are_gathered(void **state)
{
    (void)state;
    unsigned char mine[64];
    for (int root = 0; root < muster_comm_size(world); root++) {
        void *all;
        size_t *offsets, at = 0;
        memset(mine, muster_comm_rank(world), sizeof mine);
        assert_int_equal(
            muster_gather(world, mine, share_of(muster_comm_rank(world)), root, &all, &offsets),
            MUSTER_OK);
        if (muster_comm_rank(world) != root) {
            assert_null(all);
            assert_null(offsets);
            continue;
        }
        for (int r = 0; r < muster_comm_size(world); r++) {
            assert_int_equal(offsets[r], at);
            for (size_t i = 0; i < share_of(r); i++)
                assert_int_equal(((unsigned char *)all)[at + i], r);
            at += share_of(r);
        }
        assert_int_equal(offsets[muster_comm_size(world)], at);
        muster_free(all);
        muster_free(offsets);
    }
}

static void what_MPI_cannot_count_is_refused_by_all(void **state)
{
    (void)state;
    void *all;
    size_t *offsets;
    size_t bytes = muster_comm_rank(world) == 0 ? (size_t)3 << 30 : 0;
    assert_int_equal(muster_gather(world, NULL, bytes, 0, &all, &offsets), MUSTER_INTERNAL);
    assert_null(all);
    assert_int_equal(muster_send(world, NULL, (size_t)3 << 30, 0, MUSTER_TAG_WORK),
                     MUSTER_INTERNAL);
}

static void reductions_reach_all(void **state)
{
    (void)state;
    int rank = muster_comm_rank(world), size = muster_comm_size(world);
    double high[2] = {rank, -rank}, sum[1] = {rank + 1};
    uint64_t mixed[1] = {1ull << rank};
    assert_int_equal(muster_reduce_max(world, high, 2), MUSTER_OK);
    assert_int_equal(muster_reduce_sum(world, sum, 1), MUSTER_OK);
    assert_int_equal(muster_reduce_xor(world, mixed, 1), MUSTER_OK);
    assert_true(high[0] == size - 1 && high[1] == 0);
    assert_true(sum[0] == size * (size + 1) / 2);
    assert_int_equal(mixed[0], (1ull << size) - 1);
    assert_int_equal(muster_barrier(world), MUSTER_OK);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(broadcast_reaches_all),
    cmocka_unit_test(blocks_of_any_size_are_broadcast),
    cmocka_unit_test(no_memory_for_a_block_is_agreed_on),
    cmocka_unit_test(uneven_blocks_are_gathered),
    cmocka_unit_test(what_MPI_cannot_count_is_refused_by_all),
    cmocka_unit_test(reductions_reach_all),
};

PAR_TEST_MAIN(tests)
