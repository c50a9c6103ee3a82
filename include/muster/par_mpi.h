/* par, for those who hand communicators to MPI libraries: main, data (parallel HDF5), grid. */
#ifndef MUSTER_PAR_MPI_H
#define MUSTER_PAR_MPI_H

#include <mpi.h>

#include "muster/par.h"

/* Collective on `mpi`. Duplicates it, with MPI_ERRORS_RETURN. */
enum muster_status muster_comm_create(MPI_Comm mpi, struct muster_comm **comm);
MPI_Comm muster_comm_mpi(const struct muster_comm *comm); /* borrowed */
MPI_Comm muster_window_node_mpi(
    const struct muster_window *window); /* borrowed: the node's ranks */

/* MUSTER_OK, or MUSTER_INTERNAL with MPI's text and what was being done. */
enum muster_status muster_mpi_check(int code, const char *doing);

#endif
