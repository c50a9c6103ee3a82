/* One block of memory per node, seen by all ranks of it: an MPI-3 shared window.
 *
 * Where the file system behind it is too small, MPI_Win_allocate_shared fails on one rank and hangs
 * the others (Open MPI 4.1). So its free space is looked at beforehand and agreed on. The base
 * comes unaligned; every rank maps it at a page, so rounding up gives all of them the same place.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "par/par_impl.h"

#define ALIGN ((size_t)64)

struct muster_window {
    struct muster_comm *node; /* owned */
    MPI_Win mpi;              /* owned; MPI_WIN_NULL on a node of one rank */
    void *alone;              /* owned: the block of a node of one rank, or NULL */
    char *base;
};

/* Where Open MPI puts the block. */
static const char *backing_folder(void)
{
    const char *moved = getenv("OMPI_MCA_osc_sm_backing_directory");
    return moved != NULL && *moved != '\0' ? moved : "/dev/shm";
}

/* Open MPI asks for 5 % more than it takes; its own queues there grow a little as well. */
static enum muster_status check_space(const struct muster_comm *node, size_t bytes)
{
    const double mib = 1024 * 1024;
    struct statvfs disk;
    double need = 1.0625 * (double)bytes + mib, free;
    if (statvfs(backing_folder(), &disk) != 0)
        return muster_error(MUSTER_NO_MEMORY,
                            "%s: %s: %s (needed for memory shared by the ranks of a node)",
                            node->host, backing_folder(), strerror(errno));
    free = (double)disk.f_bavail * (double)disk.f_frsize;
    if (need > free)
        return muster_error(MUSTER_NO_MEMORY,
                            "%s: the data need %.1f MiB in %s, %.1f MiB are free (enlarge it, or "
                            "start one rank on a node)",
                            node->host, need / mib, backing_folder(), free / mib);
    return MUSTER_OK;
}

/* What can be known or fail on one rank before MPI is asked. */
static enum muster_status prepare(struct muster_window *window, size_t bytes)
{
    if (window->node->size > 1)
        return window->node->rank == 0 ? check_space(window->node, bytes) : MUSTER_OK;
    window->base = window->alone = muster_alloc(bytes, 1);
    return window->alone == NULL ? MUSTER_NO_MEMORY : MUSTER_OK;
}

static enum muster_status share(struct muster_window *window, size_t bytes)
{
    enum muster_status status;
    MPI_Aint size = window->node->rank == 0 ? (MPI_Aint)(bytes + ALIGN) : 0;
    int unit, code;
    code = MPI_Win_allocate_shared(size, 1, MPI_INFO_NULL, window->node->mpi, &window->base,
                                   &window->mpi);
    if (code == MPI_SUCCESS) {
        muster_par_count(+1);
        MPI_Win_set_errhandler(window->mpi, MPI_ERRORS_RETURN);
        code = MPI_Win_lock_all(MPI_MODE_NOCHECK, window->mpi);
    }
    MUSTER_TRY(muster_par_check_made(code, "making a shared window"));
    MUSTER_TRY(muster_mpi_check(MPI_Win_shared_query(window->mpi, 0, &size, &unit, &window->base),
                                "MPI_Win_shared_query"));
    window->base += -(uintptr_t)window->base % ALIGN;
done:
    return status;
}

/* Each rank clears its share. That spreads the pages over the memory of the sockets, and takes
 * them, so that the next look at the free space counts them. */
static enum muster_status clear(struct muster_window *window, size_t bytes)
{
    size_t rank = (size_t)window->node->rank, ranks = (size_t)window->node->size;
    size_t share = bytes / ranks + 1, start = rank * share, end = start + share;
    if (start < bytes)
        memset(window->base + start, 0, (end < bytes ? end : bytes) - start);
    return muster_window_sync(window);
}

enum muster_status muster_window_create(struct muster_comm *comm, size_t bytes,
                                        struct muster_window **out)
{
    enum muster_status status;
    struct muster_window *window = muster_alloc(1, sizeof *window);
    *out = NULL;
    if (window != NULL)
        window->mpi = MPI_WIN_NULL;
    MUSTER_TRY(muster_agree(comm, window == NULL ? MUSTER_NO_MEMORY : MUSTER_OK));
    MUSTER_TRY(muster_comm_split_node(comm, &window->node));
    MUSTER_TRY(muster_agree(comm, prepare(window, bytes)));
    bool shared = window->node->size > 1;
    MUSTER_TRY(muster_agree(comm, shared ? share(window, bytes) : MUSTER_OK));
    MUSTER_TRY(muster_agree(comm, shared ? clear(window, bytes) : MUSTER_OK));
    *out = window;
    window = NULL;
done:
    muster_window_destroy(&window);
    return status;
}

void muster_window_destroy(struct muster_window **window)
{
    struct muster_window *old = *window;
    if (old == NULL)
        return;
    if (old->mpi != MPI_WIN_NULL) {
        muster_barrier(old->node); /* asleep: MPI_Win_free spins for the others */
        MPI_Win_unlock_all(old->mpi);
        MPI_Win_free(&old->mpi);
        muster_par_count(-1);
    }
    muster_free(old->alone);
    muster_comm_destroy(&old->node);
    muster_free(old);
    *window = NULL;
}

void *muster_window_base(const struct muster_window *window)
{
    return window->base;
}

int muster_window_rank(const struct muster_window *window)
{
    return window->node->rank;
}

int muster_window_ranks(const struct muster_window *window)
{
    return window->node->size;
}

MPI_Comm muster_window_node_mpi(const struct muster_window *window)
{
    return window->node->mpi;
}

enum muster_status muster_window_sync(struct muster_window *window)
{
    enum muster_status status = MUSTER_OK;
    if (window->mpi == MPI_WIN_NULL)
        return MUSTER_OK;
    MUSTER_TRY(muster_mpi_check(MPI_Win_sync(window->mpi), "MPI_Win_sync"));
    MUSTER_TRY(muster_barrier(window->node));
    MUSTER_TRY(muster_mpi_check(MPI_Win_sync(window->mpi), "MPI_Win_sync"));
done:
    return status;
}
