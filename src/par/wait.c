/* Waiting asleep, and MPI's errors as ours: the ground of every other file of this room.
 *
 * A blocked MPI call spins. Here a non-blocking operation is polled, first with a few yields (an
 * answer under way takes microseconds), then with naps that double up to a period that grows with
 * the ranks on the node: a wake costs some 5 us of a core, so hundreds of ranks polling at a fixed
 * 200 us would fill the node by themselves. */
#include <limits.h>
#include <sched.h>
#include <stdio.h>

#include "par/par_impl.h"

static int64_t live;

void muster_par_count(int change)
{
    live += change;
}

int64_t muster_comm_live(void)
{
    return live;
}

enum muster_status muster_mpi_check(int code, const char *doing)
{
    char text[MPI_MAX_ERROR_STRING];
    int length;
    if (code == MPI_SUCCESS)
        return MUSTER_OK;
    if (MPI_Error_string(code, text, &length) != MPI_SUCCESS)
        snprintf(text, sizeof text, "error %d", code);
    return muster_error(MUSTER_INTERNAL, "%s: %s", doing, text);
}

enum muster_status muster_par_check_made(int code, const char *doing)
{
    if (muster_fault(MUSTER_FAULT_MPI))
        return muster_error(MUSTER_INTERNAL, "%s: failed on demand (MUSTER_FAULT)", doing);
    return muster_mpi_check(code, doing);
}

enum muster_status muster_par_int(size_t n, const char *what, int *out)
{
    if (n > INT_MAX)
        return muster_error(MUSTER_INTERNAL, "%s of %zu bytes: MPI takes at most %d", what, n,
                            INT_MAX);
    *out = (int)n;
    return MUSTER_OK;
}

double muster_poll_period(const struct muster_comm *comm)
{
    double crowd = 100e-6 * comm->node_ranks;
    return crowd > 200e-6 ? crowd : 200e-6;
}

void muster_poll_pause(const struct muster_comm *comm, double *pause)
{
    const double yield = 1e-6, longest_yield = 16e-6;
    double period = muster_poll_period(comm);
    if (*pause < longest_yield) {
        *pause += yield;
        sched_yield();
        return;
    }
    *pause = 2 * *pause < period ? 2 * *pause : period;
    muster_nap(*pause);
}

enum muster_status muster_par_wait(const struct muster_comm *comm, MPI_Request *request,
                                   const char *doing)
{
    double pause = 0;
    for (;;) {
        int there = 0;
        enum muster_status status =
            muster_mpi_check(MPI_Test(request, &there, MPI_STATUS_IGNORE), doing);
        if (status != MUSTER_OK || there)
            return status;
        muster_poll_pause(comm, &pause);
    }
}
