/* The frame of a par test: MPI, one communicator of all ranks, and the balance at the end. A rank
 * whose test failed takes the job with it, so that the others do not wait for it until the time
 * limit. */
#ifndef PAR_TEST_H
#define PAR_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "muster/par_mpi.h"

static struct muster_comm *world;

static inline int par_test_setup(void **state)
{
    (void)state;
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    return muster_comm_create(MPI_COMM_WORLD, &world) == MUSTER_OK ? 0 : -1;
}

static inline int par_test_teardown(void **state)
{
    (void)state;
    muster_comm_destroy(&world);
    return muster_comm_live() == 0 && muster_memory_blocks() == 0 ? 0 : -1;
}

#define PAR_TEST_MAIN(tests)                                                           \
    int main(int argc, char **argv)                                                    \
    {                                                                                  \
        int level;                                                                     \
        MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &level);                    \
        int failed = cmocka_run_group_tests(tests, par_test_setup, par_test_teardown); \
        if (failed)                                                                    \
            MPI_Abort(MPI_COMM_WORLD, 1);                                              \
        MPI_Finalize();                                                                \
        return 0;                                                                      \
    }

#endif
