/* Communicators: duplicated, split, counted. Whatever fails on one rank is agreed on in the parent
 * before the next step, so that either all ranks hold the new communicator or none does. */
#include <string.h>

#include "par/par_impl.h"

/* How a new communicator comes from an old one; sets MPI_COMM_NULL for a rank left out. */
typedef int make_comm(const struct muster_comm *from, int colour, MPI_Comm *made);

static int make_duplicate(const struct muster_comm *from, int colour, MPI_Comm *made)
{
    (void)colour;
    return MPI_Comm_dup(from->mpi, made);
}

static int make_part(const struct muster_comm *from, int colour, MPI_Comm *made)
{
    return MPI_Comm_split(from->mpi, colour < 0 ? MPI_UNDEFINED : colour, from->rank, made);
}

static int make_node(const struct muster_comm *from, int colour, MPI_Comm *made)
{
    (void)colour;
    return MPI_Comm_split_type(from->mpi, MPI_COMM_TYPE_SHARED, from->rank, MPI_INFO_NULL, made);
}

/* Everything that needs memory; `from` bounds the size. */
static enum muster_status prepare(const struct muster_comm *from, struct muster_comm **out)
{
    enum muster_status status = MUSTER_OK;
    struct muster_comm *comm;
    MUSTER_NEW(comm, 1);
    *out = comm;
    comm->mpi = MPI_COMM_NULL;
    comm->node_ranks = from->node_ranks;
    memcpy(comm->host, from->host, sizeof comm->host);
    MUSTER_NEW(comm->counts, from->size);
    MUSTER_NEW(comm->places, from->size);
done:
    return status;
}

static enum muster_status make(const struct muster_comm *from, make_comm *how, int colour,
                               struct muster_comm *comm)
{
    enum muster_status status;
    int code = how(from, colour, &comm->mpi);
    if (code == MPI_SUCCESS && comm->mpi != MPI_COMM_NULL)
        muster_par_count(+1);
    MUSTER_TRY(muster_par_check_made(code, "making a communicator"));
    if (comm->mpi == MPI_COMM_NULL)
        return MUSTER_OK;
    MUSTER_TRY(muster_mpi_check(MPI_Comm_set_errhandler(comm->mpi, MPI_ERRORS_RETURN),
                                "MPI_Comm_set_errhandler"));
    MUSTER_TRY(muster_mpi_check(MPI_Comm_rank(comm->mpi, &comm->rank), "MPI_Comm_rank"));
    MUSTER_TRY(muster_mpi_check(MPI_Comm_size(comm->mpi, &comm->size), "MPI_Comm_size"));
done:
    return status;
}

/* The first agreement also lets the ranks meet asleep: MPI's own set-up calls spin. */
static enum muster_status derive(struct muster_comm *from, make_comm *how, int colour,
                                 struct muster_comm **out)
{
    enum muster_status status;
    struct muster_comm *comm = NULL;
    *out = NULL;
    MUSTER_TRY(muster_agree(from, prepare(from, &comm)));
    MUSTER_TRY(muster_agree(from, make(from, how, colour, comm)));
    if (comm->mpi != MPI_COMM_NULL) {
        *out = comm;
        comm = NULL;
    }
done:
    muster_comm_destroy(&comm);
    return status;
}

enum muster_status muster_comm_create(MPI_Comm mpi, struct muster_comm **comm)
{
    enum muster_status status;
    struct muster_comm outer = {.mpi = mpi, .node_ranks = 1}, *node = NULL;
    int length;
    *comm = NULL;
    MUSTER_TRY(muster_mpi_check(MPI_Comm_rank(mpi, &outer.rank), "MPI_Comm_rank"));
    MUSTER_TRY(muster_mpi_check(MPI_Comm_size(mpi, &outer.size), "MPI_Comm_size"));
    MUSTER_TRY(
        muster_mpi_check(MPI_Get_processor_name(outer.host, &length), "MPI_Get_processor_name"));
    MUSTER_TRY(derive(&outer, make_duplicate, 0, comm));
    MUSTER_TRY(muster_comm_split_node(*comm, &node));
    (*comm)->node_ranks = node->size;
done:
    muster_comm_destroy(&node);
    if (status != MUSTER_OK)
        muster_comm_destroy(comm);
    return status;
}

enum muster_status muster_comm_split(struct muster_comm *comm, int colour, struct muster_comm **out)
{
    return derive(comm, make_part, colour, out);
}

enum muster_status muster_comm_split_node(struct muster_comm *comm, struct muster_comm **out)
{
    return derive(comm, make_node, 0, out);
}

void muster_comm_destroy(struct muster_comm **comm)
{
    struct muster_comm *old = *comm;
    if (old == NULL)
        return;
    if (old->mpi != MPI_COMM_NULL) {
        MPI_Comm_free(&old->mpi);
        muster_par_count(-1);
    }
    muster_free(old->counts);
    muster_free(old->places);
    muster_free(old);
    *comm = NULL;
}

int muster_comm_rank(const struct muster_comm *comm)
{
    return comm->rank;
}

int muster_comm_size(const struct muster_comm *comm)
{
    return comm->size;
}

int muster_comm_node_ranks(const struct muster_comm *comm)
{
    return comm->node_ranks;
}

const char *muster_comm_host(const struct muster_comm *comm)
{
    return comm->host;
}

MPI_Comm muster_comm_mpi(const struct muster_comm *comm)
{
    return comm->mpi;
}
