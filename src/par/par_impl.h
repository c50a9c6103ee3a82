/* par, inside: what its files share. */
#ifndef MUSTER_PAR_IMPL_H
#define MUSTER_PAR_IMPL_H

#include "muster/par_mpi.h"

/* Bytes, or elements, of one piece: MPI counts in int. */
#define MUSTER_PAR_PIECE ((size_t)1 << 26)

struct muster_comm {
    MPI_Comm mpi; /* owned */
    int rank, size;
    int node_ranks;
    int *counts, *places; /* owned, [size]: scratch of muster_gather, so that it cannot fail late */
    char host[MPI_MAX_PROCESSOR_NAME];
};

/* Takes part in the live count: +1 for a communicator or window made, -1 for one freed. */
void muster_par_count(int change);

/* As muster_mpi_check, for a communicator or window just made: fails when a fault was asked for. */
enum muster_status muster_par_check_made(int code, const char *doing);

/* Waits for a request, asleep between polls. */
enum muster_status muster_par_wait(const struct muster_comm *comm, MPI_Request *request,
                                   const char *doing);

/* n as MPI's int; MUSTER_INTERNAL naming `what` where it does not fit. */
enum muster_status muster_par_int(size_t n, const char *what, int *out);

#endif
