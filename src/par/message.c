/* Tagged messages between two ranks: blocks of any size up to MPI's int, sent and received asleep.
 */
#include "par/par_impl.h"

enum muster_status muster_send(struct muster_comm *comm, const void *data, size_t bytes, int to,
                               enum muster_tag tag)
{
    enum muster_status status;
    MPI_Request request;
    int count;
    MUSTER_TRY(muster_par_int(bytes, "a message", &count));
    MUSTER_TRY(muster_mpi_check(MPI_Isend(data, count, MPI_BYTE, to, (int)tag, comm->mpi, &request),
                                "MPI_Isend"));
    MUSTER_TRY(muster_par_wait(comm, &request, "MPI_Isend"));
done:
    return status;
}

static enum muster_status look(struct muster_comm *comm, enum muster_tag tag, int from, bool *there,
                               MPI_Status *envelope)
{
    int flag = 0;
    enum muster_status status = muster_mpi_check(
        MPI_Iprobe(from < 0 ? MPI_ANY_SOURCE : from, (int)tag, comm->mpi, &flag, envelope),
        "MPI_Iprobe");
    *there = status == MUSTER_OK && flag;
    return status;
}

enum muster_status muster_probe(struct muster_comm *comm, enum muster_tag tag, int from_only,
                                bool *there, int *from)
{
    MPI_Status envelope;
    enum muster_status status = look(comm, tag, from_only, there, &envelope);
    if (*there)
        *from = envelope.MPI_SOURCE;
    return status;
}

/* Waits for a message; its sender and size. */
static enum muster_status await(struct muster_comm *comm, enum muster_tag tag, int from,
                                int *sender, int *count)
{
    enum muster_status status;
    MPI_Status envelope;
    bool there = false;
    double pause = 0;
    for (;;) {
        MUSTER_TRY(look(comm, tag, from, &there, &envelope));
        if (there)
            break;
        muster_poll_pause(comm, &pause);
    }
    *sender = envelope.MPI_SOURCE;
    MUSTER_TRY(muster_mpi_check(MPI_Get_count(&envelope, MPI_BYTE, count), "MPI_Get_count"));
done:
    return status;
}

static enum muster_status take(struct muster_comm *comm, enum muster_tag tag, int sender,
                               void *data, int count)
{
    enum muster_status status;
    MPI_Request request;
    MUSTER_TRY(muster_mpi_check(
        MPI_Irecv(data, count, MPI_BYTE, sender, (int)tag, comm->mpi, &request), "MPI_Irecv"));
    MUSTER_TRY(muster_par_wait(comm, &request, "MPI_Irecv"));
done:
    return status;
}

enum muster_status muster_receive(struct muster_comm *comm, enum muster_tag tag, int from,
                                  void **data, size_t *bytes)
{
    enum muster_status status;
    int sender, count;
    *data = NULL;
    MUSTER_TRY(await(comm, tag, from, &sender, &count));
    *data = muster_alloc((size_t)count, 1);
    if (*data == NULL) {
        status = MUSTER_NO_MEMORY;
        goto done;
    }
    MUSTER_TRY(take(comm, tag, sender, *data, count));
    *bytes = (size_t)count;
done:
    if (status != MUSTER_OK) {
        muster_free(*data);
        *data = NULL;
    }
    return status;
}

enum muster_status muster_receive_into(struct muster_comm *comm, enum muster_tag tag, int from,
                                       void *data, size_t bytes)
{
    enum muster_status status;
    int sender, count;
    MUSTER_TRY(await(comm, tag, from, &sender, &count));
    if ((size_t)count == bytes)
        status = take(comm, tag, sender, data, count);
    else
        status = muster_error(MUSTER_INTERNAL, "a message of %d bytes from rank %d, not %zu", count,
                              sender, bytes);
done:
    return status;
}
