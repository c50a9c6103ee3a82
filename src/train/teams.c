/* Which ranks of a group train which folds. Folds come first: T = min(ranks, folds) teams take
 * every T-th fold each, and ranks beyond the folds join a team, neighbours together, so that the
 * sizes of teams differ by one at most. In a team each rank has a block of the batch's shards;
 * ranks beyond the shards have nothing to do, nor have those with whom a rank's exchanges would not
 * fit in `train.memory`. */
#include "part_impl.h"

/* Share of time that ranks which share a fold do not spend on exchanges, of networks that are worth
 * it. */
#define SHARED 0.8

static size_t team_begin(size_t ranks, size_t teams, size_t t)
{
    return ranks * t / teams;
}

struct muster_sharing muster_sharing_of(size_t ranks, size_t folds, size_t shards)
{
    struct muster_sharing sharing = {.teams = ranks < folds ? ranks : folds};
    if (sharing.teams == 0)
        sharing.teams = 1;
    sharing.least = SIZE_MAX;
    for (size_t t = 0; t < sharing.teams; t++) {
        const size_t size =
            team_begin(ranks, sharing.teams, t + 1) - team_begin(ranks, sharing.teams, t);
        const size_t busy = size < shards ? size : shards;
        sharing.least = busy < sharing.least ? busy : sharing.least;
        sharing.most = busy > sharing.most ? busy : sharing.most;
        sharing.idle += size - busy;
    }
    return sharing;
}

double muster_sharing_time(size_t ranks, size_t folds, size_t shards)
{
    const struct muster_sharing sharing = muster_sharing_of(ranks, folds, shards);
    const size_t rounds = (folds + sharing.teams - 1) / sharing.teams;
    if (sharing.least == 1)
        return (double)rounds;
    const size_t longest = (shards + sharing.least - 1) / sharing.least;
    return (double)rounds * (double)longest / (double)shards / SHARED;
}

size_t part_root(const struct part *part, size_t t)
{
    return team_begin(part->ranks, part->teams, t);
}

enum muster_status part_join(struct part *part, struct muster_comm *group)
{
    enum muster_status status = MUSTER_OK;
    const size_t rank = (size_t)muster_comm_rank(group), shards = trainer_shards(part->trainer);
    part->team = ((rank + 1) * part->teams - 1) / part->ranks;
    const size_t begin = part_root(part, part->team), place = rank - begin;
    const size_t size = part_root(part, part->team + 1) - begin;
    size_t busy;
    MUSTER_TRY(cost_mates(part->trainer, &part->config, size < shards ? size : shards, &busy));
    part->leads = place == 0;
    part->idle = place >= busy;
    if (!part->idle && busy > 1)
        MUSTER_TRY(muster_team_create(group, (int)begin, (int)busy, mates_parcels(shards, busy),
                                      &part->mates));
done:
    return status;
}
