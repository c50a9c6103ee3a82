/* Collectives on bytes and numbers, each a non-blocking one of MPI and a wait asleep; large blocks
 * are cut, since MPI counts in int. */
#include <limits.h>
#include <string.h>

#include "par/par_impl.h"

static enum muster_status reduce(struct muster_comm *comm, void *values, size_t n,
                                 MPI_Datatype type, MPI_Op op)
{
    enum muster_status status = MUSTER_OK;
    for (size_t start = 0; start < n; start += MUSTER_PAR_PIECE) {
        size_t count = n - start < MUSTER_PAR_PIECE ? n - start : MUSTER_PAR_PIECE;
        char *at = (char *)values + 8 * start; /* all our numbers have 8 bytes */
        MPI_Request request;
        MUSTER_TRY(muster_mpi_check(
            MPI_Iallreduce(MPI_IN_PLACE, at, (int)count, type, op, comm->mpi, &request),
            "MPI_Iallreduce"));
        MUSTER_TRY(muster_par_wait(comm, &request, "MPI_Iallreduce"));
    }
done:
    return status;
}

enum muster_status muster_reduce_max(struct muster_comm *comm, double *values, size_t n)
{
    return reduce(comm, values, n, MPI_DOUBLE, MPI_MAX);
}

enum muster_status muster_reduce_sum(struct muster_comm *comm, double *values, size_t n)
{
    return reduce(comm, values, n, MPI_DOUBLE, MPI_SUM);
}

enum muster_status muster_reduce_xor(struct muster_comm *comm, uint64_t *values, size_t n)
{
    return reduce(comm, values, n, MPI_UINT64_T, MPI_BXOR);
}

enum muster_status muster_barrier(struct muster_comm *comm)
{
    enum muster_status status;
    MPI_Request request;
    MUSTER_TRY(muster_mpi_check(MPI_Ibarrier(comm->mpi, &request), "MPI_Ibarrier"));
    MUSTER_TRY(muster_par_wait(comm, &request, "MPI_Ibarrier"));
done:
    return status;
}

enum muster_status muster_broadcast(struct muster_comm *comm, void *data, size_t bytes, int root)
{
    enum muster_status status = MUSTER_OK;
    for (size_t start = 0; start < bytes; start += MUSTER_PAR_PIECE) {
        size_t count = bytes - start < MUSTER_PAR_PIECE ? bytes - start : MUSTER_PAR_PIECE;
        MPI_Request request;
        MUSTER_TRY(muster_mpi_check(
            MPI_Ibcast((char *)data + start, (int)count, MPI_BYTE, root, comm->mpi, &request),
            "MPI_Ibcast"));
        MUSTER_TRY(muster_par_wait(comm, &request, "MPI_Ibcast"));
    }
done:
    return status;
}

/* Allocates nothing: it must work where memory is what failed. The lowest failing rank is found
 * first; the text travels only if there is one. */
enum muster_status muster_agree(struct muster_comm *comm, enum muster_status mine)
{
    enum muster_status status;
    struct {
        enum muster_status status;
        char text[MUSTER_ERROR_SIZE];
    } verdict = {.status = mine};
    double lowest = mine == MUSTER_OK ? -comm->size : -comm->rank;
    MUSTER_TRY(muster_reduce_max(comm, &lowest, 1));
    int first = (int)-lowest;
    if (first == comm->size)
        return MUSTER_OK;
    strncpy(verdict.text, muster_error_text(), sizeof verdict.text - 1);
    MUSTER_TRY(muster_broadcast(comm, &verdict, sizeof verdict, first));
    status = muster_error(verdict.status, "%s", verdict.text);
done:
    return status;
}

enum muster_status muster_broadcast_block(struct muster_comm *comm, void **data, size_t *bytes,
                                          int root)
{
    enum muster_status status;
    uint64_t n = *bytes;
    bool fresh = comm->rank != root;
    if (fresh)
        *data = NULL;
    MUSTER_TRY(muster_broadcast(comm, &n, sizeof n, root));
    if (fresh)
        *data = muster_alloc(n, 1);
    *bytes = n;
    MUSTER_TRY(muster_agree(comm, fresh && *data == NULL ? MUSTER_NO_MEMORY : MUSTER_OK));
    MUSTER_TRY(muster_broadcast(comm, *data, n, root));
done:
    if (status != MUSTER_OK && fresh) {
        muster_free(*data);
        *data = NULL;
    }
    return status;
}

/* On the root, from comm->counts: where each block goes, and room for all. */
static enum muster_status lay_out(struct muster_comm *comm, void **all, size_t **offsets)
{
    enum muster_status status;
    size_t *at;
    int total = 0;
    MUSTER_NEW(*offsets, comm->size + 1);
    at = *offsets;
    for (int r = 0; r < comm->size; r++) {
        size_t need = at[r] + (comm->counts[r] < 0 ? SIZE_MAX / 2 : (size_t)comm->counts[r]);
        MUSTER_TRY(muster_par_int(need, "a gather", &total));
        comm->places[r] = (int)at[r];
        at[r + 1] = need;
    }
    *all = muster_alloc((size_t)total, 1);
    status = *all == NULL ? MUSTER_NO_MEMORY : MUSTER_OK;
done:
    return status;
}

enum muster_status muster_gather(struct muster_comm *comm, const void *mine, size_t bytes, int root,
                                 void **all, size_t **offsets)
{
    enum muster_status status;
    MPI_Request request;
    int count = bytes > INT_MAX ? -1 : (int)bytes; /* the root tells all that it is too large */
    *all = NULL;
    *offsets = NULL;
    MUSTER_TRY(muster_mpi_check(
        MPI_Igather(&count, 1, MPI_INT, comm->counts, 1, MPI_INT, root, comm->mpi, &request),
        "MPI_Igather"));
    MUSTER_TRY(muster_par_wait(comm, &request, "MPI_Igather"));
    MUSTER_TRY(muster_agree(comm, comm->rank == root ? lay_out(comm, all, offsets) : MUSTER_OK));
    MUSTER_TRY(muster_mpi_check(MPI_Igatherv(mine, count, MPI_BYTE, *all, comm->counts,
                                             comm->places, MPI_BYTE, root, comm->mpi, &request),
                                "MPI_Igatherv"));
    MUSTER_TRY(muster_par_wait(comm, &request, "MPI_Igatherv"));
done:
    if (status != MUSTER_OK) {
        muster_free(*all);
        muster_free(*offsets);
        *all = NULL;
        *offsets = NULL;
    }
    return status;
}
