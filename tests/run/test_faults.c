/* A failure on one rank ends all ranks with the same status, promptly and without a leak; and the
 * journal stands it. */
#include "bench.h"

#include <stdio.h>

static const char study[] = "seed: 5\n"
                            "space: {a: {float: [0, 1]}, b: {float: [0, 1]}}\n"
                            "objective: {function: dummy}\n"
                            "search: {method: random, trials: 12}\n"
                            "parallel: {group_size: 2}\n";

/* The n-th call of a kind fails on one rank, for growing n until none does: every failure path. */
static void sweep(const char *kind, int rank, int stride)
{
    const char *out = bench_path("fault.h5");
    char fault[64];
    int failures = 0;
    for (int n = 1;; n += stride) {
        snprintf(fault, sizeof fault, "%s:%d@%d", kind, n, rank);
        struct bench bench = {.study = study, .out = out, .fresh = true, .fault = fault};
        int64_t blocks = muster_memory_blocks(), comms = muster_comm_live();
        enum muster_status status = bench_do(world, &bench);
        assert_int_equal(muster_memory_blocks(), blocks);
        assert_int_equal(muster_comm_live(), comms);
        if (status == MUSTER_OK)
            break;
        failures++;
    }
    assert_true(failures > 0);
    struct bench whole = {.study = study, .out = out, .resume = true};
    assert_int_equal(bench_do(world, &whole), MUSTER_OK);
    bench_same(bench_table(out), bench_reference(study));
    bench_remove(out);
}

static void memory_on_rank_0(void **state)
{
    (void)state;
    sweep("alloc", 0, 3);
}

static void memory_on_a_leader(void **state)
{
    (void)state;
    if (muster_comm_size(world) > 1)
        sweep("alloc", 1, 1);
}

static void memory_on_a_member(void **state)
{
    (void)state;
    if (muster_comm_size(world) > 2)
        sweep("alloc", 2, 1);
}

static void mpi_set_up_on_the_last_rank(void **state)
{
    (void)state;
    sweep("mpi", muster_comm_size(world) - 1, 1);
}

/* A journal that cannot be written ends the run with 74; what it held is taken up again. */
static void a_write_fails(void **state)
{
    (void)state;
    for (int n = 1; n <= 6; n++) {
        char fault[32];
        snprintf(fault, sizeof fault, "write:%d@0", n);
        struct bench bench = {
            .study = study, .out = bench_path("disk.h5"), .fresh = true, .fault = fault};
        assert_int_equal(bench_do(world, &bench), MUSTER_IO);
        struct bench again = {.study = study, .out = bench.out, .resume = true};
        assert_int_equal(bench_do(world, &again), MUSTER_OK);
        bench_same(bench_table(bench.out), bench_reference(study));
        bench_remove(bench.out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_on_rank_0),   cmocka_unit_test(memory_on_a_leader),
        cmocka_unit_test(memory_on_a_member), cmocka_unit_test(mpi_set_up_on_the_last_rank),
        cmocka_unit_test(a_write_fails),
    };
    return bench_run(tests);
}
