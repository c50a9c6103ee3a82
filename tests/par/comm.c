/* Splits form the communicators they promise, are counted, and fail on all ranks together. */
#include <stdio.h>

#include "par_test.h"

static void colours_part_the_ranks(void **state)
{
    (void)state;
    int rank = muster_comm_rank(world), size = muster_comm_size(world);
    int64_t live = muster_comm_live();
    struct muster_comm *part;
    assert_int_equal(muster_comm_split(world, rank % 2, &part), MUSTER_OK);
    assert_int_equal(muster_comm_rank(part), rank / 2);
    assert_int_equal(muster_comm_size(part), (size + 1 - rank % 2) / 2);
    assert_string_equal(muster_comm_host(part), muster_comm_host(world));
    assert_int_equal(muster_comm_live(), live + 1);
    muster_comm_destroy(&part);
    assert_null(part);
    assert_int_equal(muster_comm_live(), live);
}

static void a_negative_colour_stays_out(void **state)
{
    (void)state;
    int rank = muster_comm_rank(world);
    int64_t live = muster_comm_live();
    struct muster_comm *rest;
    assert_int_equal(muster_comm_split(world, rank == 0 ? -1 : 5, &rest), MUSTER_OK);
    if (rank == 0)
        assert_null(rest);
    else
        assert_int_equal(muster_comm_size(rest), muster_comm_size(world) - 1);
    muster_comm_destroy(&rest);
    assert_int_equal(muster_comm_live(), live);
}

static void the_node_holds_its_ranks(void **state)
{
    (void)state;
    struct muster_comm *node;
    assert_int_equal(muster_comm_split_node(world, &node), MUSTER_OK);
    assert_int_equal(muster_comm_size(node), muster_comm_node_ranks(world));
    assert_int_equal(muster_comm_node_ranks(node), muster_comm_node_ranks(world));
    muster_comm_destroy(&node);
}

/* A fault on the last rank alone, at the N-th thing that can fail. */
static void check_fault(const char *kind, int nth, enum muster_status expected)
{
    char spec[32];
    int64_t live = muster_comm_live(), blocks = muster_memory_blocks();
    struct muster_comm *copy;
    snprintf(spec, sizeof spec, "%s:%d@%d", kind, nth, muster_comm_size(world) - 1);
    assert_int_equal(muster_fault_set(spec, muster_comm_rank(world)), MUSTER_OK);
    assert_int_equal(muster_comm_create(muster_comm_mpi(world), &copy), expected);
    assert_int_equal(muster_fault_set(NULL, 0), MUSTER_OK);
    assert_null(copy);
    assert_int_equal(muster_comm_live(), live);
    assert_int_equal(muster_memory_blocks(), blocks);
}

static void one_rank_s_failure_is_everyone_s(void **state)
{
    (void)state;
    for (int nth = 1; nth <= 2; nth++)
        check_fault("mpi", nth, MUSTER_INTERNAL);
    for (int nth = 1; nth <= 6; nth++)
        check_fault("alloc", nth, MUSTER_NO_MEMORY);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(colours_part_the_ranks),
    cmocka_unit_test(a_negative_colour_stays_out),
    cmocka_unit_test(the_node_holds_its_ranks),
    cmocka_unit_test(one_rank_s_failure_is_everyone_s),
};

PAR_TEST_MAIN(tests)
