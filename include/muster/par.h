/* par: communicators, agreement on errors, waiting without burning the core, tagged messages, and
 * windows shared by the ranks of a node. MPI's own types stay inside; the few that hand a
 * communicator to another library include muster/par_mpi.h.
 *
 * Every wait of this room polls: a few yields, then naps with a period that grows to
 * max(200 us, 100 us x ranks on the node): a spinning rank steals the core of one that trains.
 * MPI errors come back as MUSTER_INTERNAL with MPI's text. */
#ifndef MUSTER_PAR_H
#define MUSTER_PAR_H

#include "muster/base.h"

struct muster_comm; /* opaque; owns a duplicated communicator */

int muster_comm_rank(const struct muster_comm *comm);
int muster_comm_size(const struct muster_comm *comm);
int muster_comm_node_ranks(const struct muster_comm *comm); /* ranks of the job on this node */
/* Name of this rank's host; borrowed. */
const char *muster_comm_host(const struct muster_comm *comm);

/* Collective on `comm`. Ranks of one colour form a new communicator, ordered by rank in `comm`; a
 * negative colour gives *out = NULL. */
enum muster_status muster_comm_split(struct muster_comm *comm, int colour,
                                     struct muster_comm **out);
/* Collective on `comm`: the ranks that share this rank's memory. */
enum muster_status muster_comm_split_node(struct muster_comm *comm, struct muster_comm **out);
/* Collective on it; NULL allowed; sets NULL. */
void muster_comm_destroy(struct muster_comm **comm);
int64_t muster_comm_live(void); /* communicators and windows not yet destroyed, in this process */

/* Collective. All ranks return the status of the lowest rank whose `mine` is not MUSTER_OK, and
 * hold its message; MUSTER_OK where all are. Call it before the next communication after anything
 * that can fail on one rank alone. */
enum muster_status muster_agree(struct muster_comm *comm, enum muster_status mine);

/* Collective on `comm`, equal `bytes` on all ranks. */
enum muster_status muster_broadcast(struct muster_comm *comm, void *data, size_t bytes, int root);
/* Collective: *data of *bytes on the root reaches the others in a fresh block (muster_free). */
enum muster_status muster_broadcast_block(struct muster_comm *comm, void **data, size_t *bytes,
                                          int root);
/* Collective: blocks of any size meet on the root, one behind the other by rank, in a fresh block
 * `*all` with offsets[size + 1] (fresh); both NULL elsewhere. 2 GiB in all at most, else
 * MUSTER_INTERNAL on all ranks. */
enum muster_status muster_gather(struct muster_comm *comm, const void *mine, size_t bytes, int root,
                                 void **all, size_t **offsets);
enum muster_status muster_barrier(struct muster_comm *comm);
/* Collective: elementwise maximum / sum / bitwise xor over ranks, result on all. */
enum muster_status muster_reduce_max(struct muster_comm *comm, double *values, size_t n);
enum muster_status muster_reduce_sum(struct muster_comm *comm, double *values, size_t n);
enum muster_status muster_reduce_xor(struct muster_comm *comm, uint64_t *values, size_t n);

/* ---- tagged messages ---------------------------------------------------------------------- */

enum muster_tag {
    MUSTER_TAG_WORK = 1, /* conductor -> leader: a step, or the end */
    MUSTER_TAG_RESULT,   /* leader -> conductor: ready, a result, an error */
    MUSTER_TAG_STOP,     /* conductor -> anyone: drop what you do at the next safe point */
    MUSTER_TAG_TEAM      /* within a team */
};

/* Sends a block; returns when it may be reused (sleeping wait). The receiver must be receiving or
 * polling for it in time. MUSTER_INTERNAL above 2 GiB. */
enum muster_status muster_send(struct muster_comm *comm, const void *data, size_t bytes, int to,
                               enum muster_tag tag);
/* True when a message of that tag waits; *from its sender. from_only < 0: anyone. Does not wait. */
enum muster_status muster_probe(struct muster_comm *comm, enum muster_tag tag, int from_only,
                                bool *there, int *from);
/* Receives a message into a fresh block (muster_free), waiting for it asleep. */
enum muster_status muster_receive(struct muster_comm *comm, enum muster_tag tag, int from,
                                  void **data, size_t *bytes);
/* The same for a block whose size is known, into memory that is there: nothing is allocated.
 * MUSTER_INTERNAL, and the message stays, where its size is another. */
enum muster_status muster_receive_into(struct muster_comm *comm, enum muster_tag tag, int from,
                                       void *data, size_t bytes);

/* The period between polls that suits this node, in seconds, and a back-off up to it: start with
 * *pause = 0, call after each fruitless poll, reset to 0 after a fruitful one. */
double muster_poll_period(const struct muster_comm *comm);
void muster_poll_pause(const struct muster_comm *comm, double *pause);

/* ---- teams --------------------------------------------------------------------------------- */

struct muster_team; /* opaque: `size` ranks of a communicator, from rank `first` on */

/* Bytes to or from a rank of the team. */
struct muster_parcel {
    int peer;
    void *data;
    size_t bytes; /* 0: nothing is sent */
};

/* Not collective, nothing is sent: all ranks of a team make their own, and a rank is in one team of
 * a communicator at a time. `comm` is borrowed. `most`: parcels each way of one exchange; as many
 * as the team has ranks are always possible. */
enum muster_status muster_team_create(struct muster_comm *comm, int first, int size, size_t most,
                                      struct muster_team **team);
/* What rank `rank` of such a team would have, for its memory to be measured: nothing can be sent.
 */
enum muster_status muster_team_sketch(int size, int rank, size_t most, struct muster_team **team);
void muster_team_destroy(struct muster_team **team); /* not collective; NULL allowed; sets NULL */
int muster_team_rank(const struct muster_team *team);
int muster_team_size(const struct muster_team *team);

/* Collective on the team, as all that follow; they allocate nothing and fail only where MPI does.
 * What one rank has for another, in the order of its list, is what that one expects of it, in the
 * order of its own. No rank has parcels for itself. */
enum muster_status muster_team_exchange(struct muster_team *team, const struct muster_parcel *out,
                                        size_t n_out, const struct muster_parcel *in, size_t n_in);
/* blocks[size], equal sizes on all ranks: rank r's own bytes of block r reach all; `peer` is not
 * looked at. */
enum muster_status muster_team_share(struct muster_team *team, const struct muster_parcel *blocks);
enum muster_status muster_team_broadcast(struct muster_team *team, void *data, size_t bytes,
                                         int root);
/* As muster_agree. */
enum muster_status muster_team_agree(struct muster_team *team, enum muster_status mine);

/* ---- windows shared on a node ------------------------------------------------------------- */

struct muster_window; /* opaque */

/* Collective on `comm`, equal `bytes` on all ranks. One block per node, 64-byte aligned, zeroed
 * pages. Free space of /dev/shm is looked at first on every node and all ranks agree:
 * MUSTER_NO_MEMORY with host, need and what is free. */
enum muster_status muster_window_create(struct muster_comm *comm, size_t bytes,
                                        struct muster_window **window);
/* Collective. */
void muster_window_destroy(struct muster_window **window);
void *muster_window_base(const struct muster_window *window);
/* This rank's index and count among those that share the block, and among the nodes. */
int muster_window_rank(const struct muster_window *window);
int muster_window_ranks(const struct muster_window *window);
/* Collective on the node: what any of its ranks wrote before is seen by all after. */
enum muster_status muster_window_sync(struct muster_window *window);

#endif
