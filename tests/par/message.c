/* Tagged messages: a ring with two tags in flight, blocks from empty to beyond the eager limit. */
#include "par_test.h"

static void pass_on(const void *data, size_t bytes, int to, enum muster_tag tag)
{
    assert_int_equal(muster_send(world, data, bytes, to, tag), MUSTER_OK);
}

/* Each rank adds its number and passes the block on; rank 0 begins and gets it back. The small
 * message sent first is received last: the tag selects. */
static void a_block_goes_round(void **state)
{
    (void)state;
    int rank = muster_comm_rank(world), size = muster_comm_size(world);
    size_t n = 300000;
    int64_t *block = muster_alloc(n, sizeof *block);
    void *data = block;
    if (size == 1) {
        muster_free(block);
        skip();
    }
    if (rank == 0) {
        pass_on(NULL, 0, 1, MUSTER_TAG_STOP);
        pass_on(block, n * sizeof *block, 1, MUSTER_TAG_WORK);
    }
    muster_free(block);
    size_t bytes;
    int from = (rank + size - 1) % size;
    assert_int_equal(muster_receive(world, MUSTER_TAG_WORK, from, &data, &bytes), MUSTER_OK);
    assert_int_equal(bytes, n * sizeof *block);
    block = data;
    for (size_t i = 0; i < n; i++)
        assert_int_equal(block[i], rank == 0 ? (size - 1) * size / 2 : rank * (rank - 1) / 2);
    for (size_t i = 0; i < n; i++)
        block[i] += rank;
    if (rank != 0) {
        pass_on(NULL, 0, (rank + 1) % size, MUSTER_TAG_STOP);
        pass_on(block, bytes, (rank + 1) % size, MUSTER_TAG_WORK);
    }
    muster_free(data);
    assert_int_equal(muster_receive(world, MUSTER_TAG_STOP, from, &data, &bytes), MUSTER_OK);
    assert_int_equal(bytes, 0);
    muster_free(data);
}

static void probing_names_tag_and_sender(void **state)
{
    (void)state;
    int rank = muster_comm_rank(world), size = muster_comm_size(world);
    bool there = true;
    int from = -1;
    assert_int_equal(muster_probe(world, MUSTER_TAG_RESULT, -1, &there, &from), MUSTER_OK);
    assert_false(there);
    assert_int_equal(muster_barrier(world), MUSTER_OK);
    pass_on(&rank, sizeof rank, 0, MUSTER_TAG_RESULT); /* rank 0 sends to itself as well */
    for (int seen = 0; rank == 0 && seen < size;) {
        double pause = 0;
        void *data;
        size_t bytes;
        assert_int_equal(muster_probe(world, MUSTER_TAG_WORK, -1, &there, &from), MUSTER_OK);
        assert_false(there);
        assert_int_equal(muster_probe(world, MUSTER_TAG_RESULT, -1, &there, &from), MUSTER_OK);
        if (!there) {
            muster_poll_pause(world, &pause);
            continue;
        }
        assert_int_equal(muster_receive(world, MUSTER_TAG_RESULT, from, &data, &bytes), MUSTER_OK);
        assert_int_equal(*(int *)data, from);
        muster_free(data);
        seen++;
    }
    assert_int_equal(muster_barrier(world), MUSTER_OK);
}

/* Also beyond the eager limit, where a sender waits for it, and when there is no memory. */
static void a_known_size_needs_no_memory(void **state)
{
    (void)state;
    static int64_t block[50000];
    int rank = muster_comm_rank(world);
    if (muster_comm_size(world) == 1)
        skip();
    if (rank == 0) {
        block[49999] = 7;
        pass_on(block, sizeof block, 1, MUSTER_TAG_WORK);
        pass_on(block, 8, 1, MUSTER_TAG_STOP);
    } else if (rank == 1) {
        assert_int_equal(muster_fault_set("alloc:1", 0), MUSTER_OK);
        assert_int_equal(muster_receive_into(world, MUSTER_TAG_WORK, 0, block, sizeof block),
                         MUSTER_OK);
        assert_int_equal(muster_fault_set(NULL, 0), MUSTER_OK);
        assert_int_equal(block[49999], 7);
        assert_int_equal(muster_receive_into(world, MUSTER_TAG_STOP, 0, block, 16),
                         MUSTER_INTERNAL);
        assert_int_equal(muster_receive_into(world, MUSTER_TAG_STOP, 0, block, 8), MUSTER_OK);
    }
    assert_int_equal(muster_barrier(world), MUSTER_OK);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_block_goes_round),
    cmocka_unit_test(probing_names_tag_and_sender),
    cmocka_unit_test(a_known_size_needs_no_memory),
};

PAR_TEST_MAIN(tests)
