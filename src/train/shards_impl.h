/* A batch in shards, on one rank or on several that share a fold. */
#ifndef MUSTER_TRAIN_SHARDS_IMPL_H
#define MUSTER_TRAIN_SHARDS_IMPL_H

#include "muster/nn.h"
#include "muster/par.h"
#include "muster/train.h"

struct fit;

/* A mean over rows, weighed as the loss is: both are sums. */
struct mean {
    double sum, weight;
};

/* A sum over shards on its way. */
struct branch {
    float *gradient; /* [weights], or a piece of it */
    struct mean loss;
};

/* Neighbouring shards whose sum is a node of the tree over all of them. */
struct node {
    size_t first, n;
};

/* The parts that each batch is cut into: shards.c. */
struct shards {
    size_t n, first, end; /* this rank's: first .. end - 1 */
    size_t levels;        /* of the largest node that this rank adds up */
    struct branch *tree;  /* owned, [levels], as the gradients */
    float *measured;      /* owned, [n][state]: of each shard; NULL where there is one */
};

/* What ranks that share a fold exchange: mates.c. */
struct mates {
    struct muster_team *team; /* borrowed; NULL: nobody shares, and all that follows is not there */
    size_t weights;
    bool whole;            /* the gradient is not cut into pieces */
    size_t *starts;        /* owned, [ranks + 1]: the nodes of each rank */
    struct node *nodes;    /* owned, of all ranks in their order */
    struct branch *pieces; /* owned: of the nodes, as far as this rank adds them up */
    float *room;           /* owned: where most of them lie */
    double *heads;         /* owned: of each rank a word, and the losses of its nodes */
    struct muster_parcel *out, *in, *rows_out, *rows_in; /* owned: of a batch, and of validation */
    size_t n_out, n_in;
    struct muster_parcel *blocks; /* owned, [ranks]: the sum's pieces */
    bool stop;                    /* this rank was asked to */
    unsigned heard;               /* words of all ranks so far */
    enum muster_status status;    /* the first failure of MPI */
};

/* ---- one batch in shards: shards.c ---------------------------------------------------------- */

/* `team`: as in fit_create; a rank of it adds up its own shards alone. */
enum muster_status shards_create(struct fit *fit, const struct muster_team *team);
/* Sums that are kept on the way through so many shards. */
size_t shards_levels(size_t shards);
void shards_clear(struct fit *fit);
/* Of n rows those that are this rank's. */
void shards_rows(const struct fit *fit, size_t n, size_t *first, size_t *end);
/* The sums over n rows, of all ranks that share them: of losses and weights, and in the net's
 * buffer of gradients. Of x and y only the rows of shards_rows are looked at. */
struct mean shards_gradient(struct fit *fit, struct muster_inputs x, struct muster_targets y,
                            size_t n);
/* sum += left, [n] */
void branch_add(size_t n, const struct branch *left, struct branch *sum);

/* ---- several ranks on one fold: mates_layout.c, mates.c -------------------------------------- */

/* Parcels that a team needs room for. */
size_t mates_parcels(size_t shards, size_t ranks);
/* Shards of the largest node that this rank of the team adds up; all of them without a team. */
size_t mates_widest(const struct muster_team *team, size_t shards);
/* The rank that needs most memory of a team that shares so many shards. */
size_t mates_fullest(size_t shards, size_t ranks);
/* Behind the shards. Nothing is sent; without a team nothing is done. */
enum muster_status mates_create(struct fit *fit, struct muster_team *team);
void mates_clear(struct fit *fit);

/* This rank's nodes. */
size_t mates_nodes(const struct fit *fit);
struct node mates_node(const struct fit *fit, size_t i);
/* Puts the gradient of its node i aside, from the net's buffer, and its loss. */
void mates_put(struct fit *fit, size_t i, struct mean loss);

/* All that follow are collective on the team, or do what one rank alone would. */

/* The sum of all nodes, in the net's buffer, and that of their losses; not finite where MPI fails.
 */
struct mean mates_sum(struct fit *fit);
/* Of n rows to predict those that are this rank's, and then out [n][width] of all. */
void mates_rows(const struct fit *fit, size_t n, size_t *first, size_t *end);
void mates_gather(struct fit *fit, size_t n, size_t width, float *out);
/* What the first rank has reaches all. */
void mates_tell(struct fit *fit, void *data, size_t bytes);
enum muster_status mates_agree(struct fit *fit, enum muster_status mine);
/* Nothing is sent by these, but by the last where a rank has failed. Looks, before mates_gather,
 * whether this rank is asked to stop; before an epoch, whether all have heard of one that was (a
 * rank alone looks for it then); and behind the epoch whether all could read. */
void mates_ask(struct fit *fit, const struct muster_interrupt *interrupt);
bool mates_stop(const struct fit *fit, const struct muster_interrupt *interrupt);
enum muster_status mates_status(struct fit *fit);
/* True on the first rank: what is put aside and reported is its part. Not collective. */
bool mates_lead(const struct fit *fit);

#endif
