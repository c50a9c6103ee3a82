/* Ranks that share a fold, before anything is sent: which nodes of the tree are whose, where they
 * lie, and the lists of what goes to and fro at every step, which never change; see mates.c. */
#include "mates_impl.h"

/* Floats of a gradient that is not cut. */
#define WHOLE ((size_t)8192)

/* ---- who does what --------------------------------------------------------------------------- */

static size_t block_of(size_t shards, size_t rank, size_t ranks)
{
    return shards * rank / ranks;
}

/* The largest node of the tree over S shards that begins with `first` and ends with `end` at most.
 */
static struct node largest_node(size_t first, size_t end, size_t shards)
{
    size_t width = 1;
    while (width < shards && first % (2 * width) == 0 &&
           (first + 2 * width < shards ? first + 2 * width : shards) <= end)
        width *= 2;
    return (struct node){.first = first, .n = first + width < shards ? width : shards - first};
}

/* Shards of the largest node of rank r, and how many nodes it has. */
static size_t widest_of(size_t shards, size_t ranks, size_t r, size_t *nodes)
{
    const size_t end = block_of(shards, r + 1, ranks);
    size_t widest = 0;
    *nodes = 0;
    for (size_t at = block_of(shards, r, ranks); at < end; ++*nodes) {
        const struct node node = largest_node(at, end, shards);
        widest = node.n > widest ? node.n : widest;
        at += node.n;
    }
    return widest;
}

size_t mates_widest(const struct muster_team *team, size_t shards)
{
    size_t nodes;
    if (team == NULL)
        return shards;
    return widest_of(shards, (size_t)muster_team_size(team), (size_t)muster_team_rank(team),
                     &nodes);
}

/* Of rank r's gradients those that differ from rank to rank: sums on their way, own nodes in whole
 * (make_room), less the pieces of them that all have. */
static double gradients_of(size_t shards, size_t ranks, size_t r)
{
    size_t nodes;
    const size_t levels = shards_levels(widest_of(shards, ranks, r, &nodes));
    return (double)levels + (double)nodes * (1.0 - 1.0 / (double)ranks);
}

size_t mates_fullest(size_t shards, size_t ranks)
{
    size_t fullest = 0;
    for (size_t r = 1; r < ranks; r++)
        if (gradients_of(shards, ranks, r) > gradients_of(shards, ranks, fullest))
            fullest = r;
    return fullest;
}

/* The nodes of all ranks; counts them alone where there is no room yet. */
static size_t lay_nodes(struct mates *mates, size_t shards)
{
    const size_t ranks = ranks_of(mates);
    size_t n = 0;
    for (size_t r = 0; r < ranks; r++) {
        const size_t end = block_of(shards, r + 1, ranks);
        mates->starts[r] = n;
        for (size_t at = block_of(shards, r, ranks); at < end; n++) {
            const struct node node = largest_node(at, end, shards);
            if (mates->nodes != NULL)
                mates->nodes[n] = node;
            at += node.n;
        }
    }
    return mates->starts[ranks] = n;
}

static size_t piece_size(const struct mates *mates, size_t c)
{
    const size_t end = c + 1 == ranks_of(mates) ? mates->weights : piece_at(mates, c + 1);
    return mates->whole ? mates->weights : end - piece_at(mates, c);
}

size_t mates_nodes(const struct fit *fit)
{
    const size_t *own = fit->mates.starts + own_rank(&fit->mates);
    return own[1] - own[0];
}

struct node mates_node(const struct fit *fit, size_t i)
{
    return fit->mates.nodes[fit->mates.starts[own_rank(&fit->mates)] + i];
}

bool mates_lead(const struct fit *fit)
{
    return fit->mates.team == NULL || own_rank(&fit->mates) == 0;
}

/* ---- setting up ------------------------------------------------------------------------------ */

/* Own nodes but the last, which stays in the net's buffer, in whole, and this rank's piece of the
 * others'; `pieces[node]` is where this rank's piece lies. */
static enum muster_status make_room(struct fit *fit)
{
    enum muster_status status = MUSTER_OK;
    struct mates *mates = &fit->mates;
    const size_t me = own_rank(mates), n = mates->starts[ranks_of(mates)];
    const size_t own = mates_nodes(fit), piece = piece_size(mates, me);
    float *gradient = muster_net_gradients(fit->net, &mates->weights);
    MUSTER_NEW(mates->pieces, n);
    MUSTER_NEW(mates->room, (own - 1) * mates->weights + (n - own) * piece);
    float *at = mates->room;
    for (size_t i = 0; i < n; i++) {
        const bool mine = i >= mates->starts[me] && i < mates->starts[me + 1];
        const bool last = i + 1 == mates->starts[me + 1];
        mates->pieces[i].gradient = mine && last ? gradient + piece_at(mates, me)
                                    : mine       ? at + piece_at(mates, me)
                                                 : at;
        at += mine && last ? 0 : mine ? mates->weights : piece;
    }
done:
    return status;
}

static size_t head_bytes(const struct mates *mates, size_t r)
{
    return (1 + 2 * (mates->starts[r + 1] - mates->starts[r])) * sizeof(double);
}

/* What batchnorm measured of the shards of rank r, and how many bytes that are. */
static float *measured_of(const struct fit *fit, size_t r, size_t *bytes)
{
    const size_t ranks = ranks_of(&fit->mates), first = block_of(fit->shards.n, r, ranks);
    size_t state;
    muster_net_state(fit->net, &state);
    *bytes = (block_of(fit->shards.n, r + 1, ranks) - first) * state * sizeof(float);
    return fit->shards.measured + first * state;
}

/* What goes between this rank and rank r in the first exchange of every step. */
static void list_parcels(struct fit *fit, size_t r)
{
    struct mates *mates = &fit->mates;
    const size_t me = own_rank(mates);
    const ptrdiff_t apart = (ptrdiff_t)piece_at(mates, r) - (ptrdiff_t)piece_at(mates, me);
    size_t bytes;
    for (size_t i = mates->starts[me]; i < mates->starts[me + 1]; i++)
        add_parcel(mates->out, &mates->n_out, r, mates->pieces[i].gradient + apart,
                   piece_size(mates, r) * sizeof(float));
    for (size_t i = mates->starts[r]; i < mates->starts[r + 1]; i++)
        add_parcel(mates->in, &mates->n_in, r, mates->pieces[i].gradient,
                   piece_size(mates, me) * sizeof(float));
    add_parcel(mates->out, &mates->n_out, r, head_of(mates, me), head_bytes(mates, me));
    add_parcel(mates->in, &mates->n_in, r, head_of(mates, r), head_bytes(mates, r));
    void *measured = measured_of(fit, me, &bytes);
    add_parcel(mates->out, &mates->n_out, r, measured, bytes);
    measured = measured_of(fit, r, &bytes);
    add_parcel(mates->in, &mates->n_in, r, measured, bytes);
}

/* A block of shards is two nodes a level at most. */
size_t mates_parcels(size_t shards, size_t ranks)
{
    size_t nodes = 1;
    for (size_t width = 1; width < shards; width *= 2)
        nodes += 2;
    return ranks * (2 + nodes);
}

enum muster_status mates_create(struct fit *fit, struct muster_team *team)
{
    enum muster_status status = MUSTER_OK;
    struct mates *mates = &fit->mates;
    if (team == NULL)
        return MUSTER_OK;
    mates->team = team;
    const size_t ranks = ranks_of(mates), shards = fit->shards.n,
                 most = mates_parcels(shards, ranks);
    fit->shards.first = block_of(shards, own_rank(mates), ranks);
    fit->shards.end = block_of(shards, own_rank(mates) + 1, ranks);
    float *gradient = muster_net_gradients(fit->net, &mates->weights);
    mates->whole = mates->weights <= WHOLE;
    MUSTER_NEW(mates->starts, ranks + 1);
    const size_t n = lay_nodes(mates, shards);
    MUSTER_NEW(mates->nodes, n);
    lay_nodes(mates, shards);
    MUSTER_NEW(mates->heads, ranks + 2 * n);
    MUSTER_NEW(mates->out, most);
    MUSTER_NEW(mates->in, most);
    MUSTER_NEW(mates->rows_out, 2 * ranks);
    MUSTER_NEW(mates->rows_in, 2 * ranks);
    MUSTER_NEW(mates->blocks, ranks);
    MUSTER_TRY(make_room(fit));
    for (size_t r = 0; r < ranks; r++) {
        mates->blocks[r].data = gradient + piece_at(mates, r);
        mates->blocks[r].bytes = piece_size(mates, r) * sizeof *gradient;
        if (r != own_rank(mates))
            list_parcels(fit, r);
    }
done:
    return status;
}

void mates_clear(struct fit *fit)
{
    struct mates *mates = &fit->mates;
    muster_free(mates->starts);
    muster_free(mates->nodes);
    muster_free(mates->pieces);
    muster_free(mates->room);
    muster_free(mates->heads);
    muster_free(mates->out);
    muster_free(mates->in);
    muster_free(mates->rows_out);
    muster_free(mates->rows_in);
    muster_free(mates->blocks);
    *mates = (struct mates){0};
}
