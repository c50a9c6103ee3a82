/* Teams: ranks next to each other in a communicator that exchange blocks by messages of their own,
 * all posted at once and waited for asleep. Nothing is set up between the ranks, so that teams come
 * and go with the work, and nothing is allocated once a team stands: an exchange can fail by MPI
 * alone. Messages of one pair of ranks arrive in the order of both sides' lists. */
#include <stdio.h>

#include "par/par_impl.h"

struct muster_team {
    struct muster_comm *comm; /* borrowed; NULL: only to be measured */
    int first, size, rank;
    size_t most;                   /* parcels each way */
    MPI_Request *requests;         /* owned, [2 most] */
    enum muster_status *statuses;  /* owned, [size] */
    char *text;                    /* owned, [MUSTER_ERROR_SIZE] */
    struct muster_parcel *parcels; /* owned, [2 size]: of the team's own exchanges */
};

static enum muster_status create(const struct muster_team *of, struct muster_team **team)
{
    enum muster_status status = MUSTER_OK;
    struct muster_team *t = NULL;
    MUSTER_NEW(t, 1);
    *t = *of;
    if (t->most < (size_t)t->size)
        t->most = (size_t)t->size;
    MUSTER_NEW(t->requests, 2 * t->most);
    MUSTER_NEW(t->statuses, t->size);
    MUSTER_NEW(t->text, MUSTER_ERROR_SIZE);
    MUSTER_NEW(t->parcels, 2 * t->size);
done:
    if (status != MUSTER_OK)
        muster_team_destroy(&t);
    *team = t;
    return status;
}

enum muster_status muster_team_create(struct muster_comm *comm, int first, int size, size_t most,
                                      struct muster_team **team)
{
    const struct muster_team of = {
        .comm = comm, .first = first, .size = size, .rank = comm->rank - first, .most = most};
    return create(&of, team);
}

enum muster_status muster_team_sketch(int size, int rank, size_t most, struct muster_team **team)
{
    const struct muster_team of = {.size = size, .rank = rank, .most = most};
    return create(&of, team);
}

void muster_team_destroy(struct muster_team **team)
{
    if (*team == NULL)
        return;
    muster_free((*team)->requests);
    muster_free((*team)->statuses);
    muster_free((*team)->text);
    muster_free((*team)->parcels);
    muster_free(*team);
    *team = NULL;
}

int muster_team_rank(const struct muster_team *team)
{
    return team->rank;
}

int muster_team_size(const struct muster_team *team)
{
    return team->size;
}

static int post(const struct muster_team *team, const struct muster_parcel *parcel, size_t at,
                bool out, MPI_Request *request)
{
    const size_t rest = parcel->bytes - at;
    const int count = (int)(rest < MUSTER_PAR_PIECE ? rest : MUSTER_PAR_PIECE);
    char *data = (char *)parcel->data + at;
    const int peer = team->first + parcel->peer;
    return out ? MPI_Isend(data, count, MPI_BYTE, peer, MUSTER_TAG_TEAM, team->comm->mpi, request)
               : MPI_Irecv(data, count, MPI_BYTE, peer, MUSTER_TAG_TEAM, team->comm->mpi, request);
}

/* The pieces of all parcels that begin at byte `at`; adds to the posted requests. */
static enum muster_status post_all(struct muster_team *team, const struct muster_parcel *parcels,
                                   size_t n, size_t at, bool out, int *posted)
{
    enum muster_status status = MUSTER_OK;
    for (size_t i = 0; i < n; i++)
        if (parcels[i].bytes > at) {
            MUSTER_TRY(muster_mpi_check(post(team, &parcels[i], at, out, &team->requests[*posted]),
                                        "an exchange of a team"));
            ++*posted;
        }
done:
    return status;
}

static enum muster_status await_all(struct muster_team *team, int posted)
{
    double pause = 0;
    for (;;) {
        int there = 0;
        enum muster_status status =
            muster_mpi_check(MPI_Testall(posted, team->requests, &there, MPI_STATUSES_IGNORE),
                             "an exchange of a team");
        if (status != MUSTER_OK || there)
            return status;
        muster_poll_pause(team->comm, &pause);
    }
}

enum muster_status muster_team_exchange(struct muster_team *team, const struct muster_parcel *out,
                                        size_t n_out, const struct muster_parcel *in, size_t n_in)
{
    enum muster_status status = MUSTER_OK;
    int posted = 1;
    if (n_out > team->most || n_in > team->most)
        return muster_error(MUSTER_INTERNAL, "%zu and %zu parcels of a team, over %zu", n_out, n_in,
                            team->most);
    for (size_t at = 0; posted > 0; at += MUSTER_PAR_PIECE) {
        posted = 0;
        MUSTER_TRY(post_all(team, in, n_in, at, false, &posted));
        MUSTER_TRY(post_all(team, out, n_out, at, true, &posted));
        MUSTER_TRY(await_all(team, posted));
    }
done:
    return status;
}

enum muster_status muster_team_share(struct muster_team *team, const struct muster_parcel *blocks)
{
    size_t n = 0;
    struct muster_parcel *out = team->parcels, *in = out + team->size;
    for (int r = 0; r < team->size; r++) {
        if (r == team->rank)
            continue;
        out[n] = blocks[team->rank];
        out[n].peer = r;
        in[n] = blocks[r];
        in[n++].peer = r;
    }
    return muster_team_exchange(team, out, n, in, n);
}

enum muster_status muster_team_broadcast(struct muster_team *team, void *data, size_t bytes,
                                         int root)
{
    size_t n = 0;
    struct muster_parcel *parcels = team->parcels;
    const struct muster_parcel from = {root, data, bytes};
    if (team->rank != root)
        return muster_team_exchange(team, NULL, 0, &from, 1);
    for (int r = 0; r < team->size; r++)
        if (r != root)
            parcels[n++] = (struct muster_parcel){r, data, bytes};
    return muster_team_exchange(team, parcels, n, NULL, 0);
}

/* Every rank's status goes to every other; the text travels only where there is one. */
enum muster_status muster_team_agree(struct muster_team *team, enum muster_status mine)
{
    enum muster_status status;
    struct muster_parcel *out = team->parcels, *in = out + team->size;
    size_t n = 0;
    int failed = 0;
    team->statuses[team->rank] = mine;
    for (int r = 0; r < team->size; r++) {
        if (r == team->rank)
            continue;
        out[n] = (struct muster_parcel){r, &team->statuses[team->rank], sizeof mine};
        in[n++] = (struct muster_parcel){r, &team->statuses[r], sizeof mine};
    }
    MUSTER_TRY(muster_team_exchange(team, out, n, in, n));
    while (failed < team->size && team->statuses[failed] == MUSTER_OK)
        failed++;
    if (failed == team->size)
        return MUSTER_OK;
    snprintf(team->text, MUSTER_ERROR_SIZE, "%s", muster_error_text());
    MUSTER_TRY(muster_team_broadcast(team, team->text, MUSTER_ERROR_SIZE, failed));
    status = muster_error(team->statuses[failed], "%s", team->text);
done:
    return status;
}
