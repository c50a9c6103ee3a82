/* What waiting costs, for information only: rank 0 lets the others wait for half a second in each
 * kind of wait, and the share of a core that a waiter used is printed. The test is that all return.
 */
#include <stdio.h>

#include "par_test.h"

static void in_barrier(void)
{
    assert_int_equal(muster_barrier(world), MUSTER_OK);
}

static void in_broadcast(void)
{
    char byte = 1;
    assert_int_equal(muster_broadcast(world, &byte, 1, 0), MUSTER_OK);
}

static void in_receive(void)
{
    void *data = NULL;
    size_t bytes;
    if (muster_comm_rank(world) > 0)
        assert_int_equal(muster_receive(world, MUSTER_TAG_WORK, 0, &data, &bytes), MUSTER_OK);
    for (int to = 1; muster_comm_rank(world) == 0 && to < muster_comm_size(world); to++)
        assert_int_equal(muster_send(world, "", 1, to, MUSTER_TAG_WORK), MUSTER_OK);
    muster_free(data);
}

static void waiters_sleep(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*wait)(void);
    } ways[] = {{"barrier", in_barrier}, {"broadcast", in_broadcast}, {"receive", in_receive}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        assert_int_equal(muster_barrier(world), MUSTER_OK);
        double wall = muster_clock(), cpu = muster_cpu();
        if (muster_comm_rank(world) == 0)
            muster_nap(0.5);
        ways[i].wait();
        double share = (muster_cpu() - cpu) / (muster_clock() - wall);
        assert_int_equal(muster_reduce_max(world, &share, 1), MUSTER_OK);
        if (muster_comm_rank(world) == 0)
            printf("waiting in %s: at most %.1f %% of a core\n", ways[i].name, 100 * share);
    }
}

static void short_collectives_are_timed(void **state)
{
    (void)state;
    enum { ROUNDS = 200 };
    assert_int_equal(muster_barrier(world), MUSTER_OK);
    double start = muster_clock();
    for (int i = 0; i < ROUNDS; i++)
        assert_int_equal(muster_agree(world, MUSTER_OK), MUSTER_OK);
    double each = (muster_clock() - start) / ROUNDS;
    if (muster_comm_rank(world) == 0)
        printf("muster_agree: %.0f us on %d ranks\n", 1e6 * each, muster_comm_size(world));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(waiters_sleep),
    cmocka_unit_test(short_collectives_are_timed),
};

PAR_TEST_MAIN(tests)
