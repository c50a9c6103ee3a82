/* Makes a window of so many MiB on all ranks, writes to all of it, and ends with the status's exit
 * code: the program behind small_shm.sh. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "muster/par_mpi.h"

static enum muster_status use_window(struct muster_comm *comm, size_t bytes)
{
    struct muster_window *window;
    enum muster_status status = muster_window_create(comm, bytes, &window);
    if (status == MUSTER_OK && muster_window_rank(window) == 0)
        memset(muster_window_base(window), 1, bytes);
    muster_window_destroy(&window);
    return status;
}

int main(int argc, char **argv)
{
    int level;
    struct muster_comm *comm;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &level);
    enum muster_status status = muster_comm_create(MPI_COMM_WORLD, &comm);
    if (status == MUSTER_OK)
        status = use_window(comm, (size_t)atoi(argc > 1 ? argv[1] : "1") << 20);
    if (status != MUSTER_OK)
        printf("%s\n", muster_error_text());
    muster_comm_destroy(&comm);
    MPI_Finalize();
    return muster_status_exit(status);
}
