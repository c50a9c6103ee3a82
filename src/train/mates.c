/* Ranks that share a fold. All of them hold the net, its optimizer and the order of the rows; of
 * each batch a rank takes a contiguous block of the shards (shards.c), and after two exchanges each
 * has the sum over all of them and makes the same step.
 *
 * The sum is that of the tree over the shards' numbers, bit for bit, however the blocks lie in it:
 * a rank adds up the largest nodes of the tree within its block (one where blocks are halves,
 * quarters and so on, a few otherwise). The gradient is cut into as many pieces as there are ranks.
 * In the first exchange piece c of every node goes to rank c, which adds the nodes' pieces up along
 * the tree; in the second the sums of the pieces go to all. So each rank sends and adds about one
 * gradient a step however many there are. A small gradient is not cut: every rank adds up all nodes
 * after the first exchange, and there is no second one. (Rabenseifner's reduction by halves,
 * ICCS 2004, without its order of additions, which follows the ranks.)
 *
 * With a node's gradient travel its loss and weight, what batchnorm measured of its shards, and a
 * word of each rank: it failed to read, it was asked to stop. Validation is shared likewise, by
 * passes of the net, so that its bits stay; with the predictions go the words.
 *
 * Why no rank waits for another that is gone: all memory is there before the first fold, which the
 * ranks of a group agree on. From then on every rank makes the same exchanges, because what decides
 * of them is the same on all: the loss of a batch comes out of the tree; the loss of the validation
 * rows, whether a fold was put aside, and how it ended come from the first rank of the team; and
 * a failure or a wish to stop ends nothing where it arises, but where all have heard of it: behind
 * the last exchange of an epoch. What begins a fold (preparation, first reads) is agreed on before
 * it goes on. Where MPI fails, the job is lost: that is left to mpirun. */
#include <math.h>
#include <string.h>

#include "train_impl.h"

/* Floats of a gradient that is not cut. */
#define WHOLE ((size_t)8192)

/* Pieces are whole vectors. */
#define LANES ((size_t)16)

enum word { FAILED = 1, STOP = 2 };

/* ---- who does what ----------------------------------------------------------------------------
 */

static size_t ranks_of(const struct mates *mates)
{
    return (size_t)muster_team_size(mates->team);
}

static size_t own_rank(const struct mates *mates)
{
    return (size_t)muster_team_rank(mates->team);
}

static size_t block_of(size_t shards, size_t rank, size_t ranks)
{
    return shards * rank / ranks;
}

/* The largest node of the tree over S shards that begins with `first` and ends before `end`. */
static struct node largest_node(size_t first, size_t end, size_t shards)
{
    size_t width = 1;
    while (width < shards && first % (2 * width) == 0 &&
           (first + 2 * width < shards ? first + 2 * width : shards) <= end)
        width *= 2;
    return (struct node){.first = first, .n = first + width < shards ? width : shards - first};
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

/* Where piece c of a gradient begins. */
static size_t piece_at(const struct mates *mates, size_t c)
{
    return mates->whole ? 0 : mates->weights / LANES * c / ranks_of(mates) * LANES;
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

/* ---- setting up -------------------------------------------------------------------------------
 */

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

static void add_parcel(struct muster_parcel *list, size_t *n, size_t peer, void *data, size_t bytes)
{
    list[(*n)++] = (struct muster_parcel){.peer = (int)peer, .data = data, .bytes = bytes};
}

/* Of rank r: a word, and loss and weight of each node. */
static double *head_of(const struct mates *mates, size_t r)
{
    return mates->heads + r + 2 * mates->starts[r];
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

/* ---- words ------------------------------------------------------------------------------------
 */

static void say_word(struct fit *fit)
{
    struct mates *mates = &fit->mates;
    const bool failed = muster_data_status(fit->trainer->data) != MUSTER_OK;
    *head_of(mates, own_rank(mates)) = (failed ? FAILED : 0) | (mates->stop ? STOP : 0);
}

static void hear_words(struct mates *mates)
{
    for (size_t r = 0; r < ranks_of(mates); r++)
        mates->heard |= (unsigned)*head_of(mates, r);
}

/* Keeps the first failure of MPI. */
static bool worked(struct mates *mates, enum muster_status status)
{
    if (mates->status == MUSTER_OK)
        mates->status = status;
    return status == MUSTER_OK;
}

bool mates_stop(struct fit *fit, bool asked)
{
    struct mates *mates = &fit->mates;
    mates->stop |= asked;
    return mates->team == NULL ? asked : (mates->heard & STOP) != 0;
}

enum muster_status mates_agree(struct fit *fit, enum muster_status mine)
{
    struct muster_team *team = fit->mates.team;
    return team == NULL ? mine : muster_team_agree(team, mine);
}

enum muster_status mates_status(struct fit *fit)
{
    const struct mates *mates = &fit->mates;
    if (mates->status != MUSTER_OK)
        return mates->status;
    if (mates->team != NULL && !(mates->heard & FAILED))
        return MUSTER_OK;
    return mates_agree(fit, muster_data_status(fit->trainer->data));
}

void mates_tell(struct fit *fit, void *data, size_t bytes)
{
    struct mates *mates = &fit->mates;
    if (mates->team != NULL)
        worked(mates, muster_team_broadcast(mates->team, data, bytes, 0));
}

/* ---- one batch --------------------------------------------------------------------------------
 */

void mates_put(struct fit *fit, size_t i, struct mean loss)
{
    struct mates *mates = &fit->mates;
    const size_t me = own_rank(mates), node = mates->starts[me] + i;
    size_t n;
    const float *gradient = muster_net_gradients(fit->net, &n);
    float *to = mates->pieces[node].gradient - piece_at(mates, me);
    double *head = head_of(mates, me) + 1 + 2 * i;
    head[0] = loss.sum;
    head[1] = loss.weight;
    if (to != gradient)
        memcpy(to, gradient, n * sizeof *to);
}

static void take_losses(struct mates *mates)
{
    for (size_t r = 0; r < ranks_of(mates); r++) {
        const double *head = head_of(mates, r) + 1;
        for (size_t i = mates->starts[r]; i < mates->starts[r + 1]; i++, head += 2)
            mates->pieces[i].loss = (struct mean){.sum = head[0], .weight = head[1]};
    }
}

/* The sum of the node of `width` shards, or what there is of them, from `first` on: nodes from *at
 * on, which is moved behind them. */
static struct branch add_up(const struct fit *fit, size_t n, size_t first, size_t width, size_t *at)
{
    const struct mates *mates = &fit->mates;
    const size_t there = fit->shards.n - first;
    const struct node *next = &mates->nodes[*at];
    if (next->first == first && next->n == (width < there ? width : there))
        return mates->pieces[(*at)++];
    const struct branch left = add_up(fit, n, first, width / 2, at);
    if (width / 2 >= there)
        return left;
    struct branch right = add_up(fit, n, first + width / 2, width / 2, at);
    branch_add(n, &left, &right);
    return right;
}

struct mean mates_sum(struct fit *fit)
{
    struct mates *mates = &fit->mates;
    const struct muster_parcel *own = &mates->blocks[own_rank(mates)];
    size_t width = 1, at = 0;
    while (width < fit->shards.n)
        width *= 2;
    say_word(fit);
    if (!worked(mates, muster_team_exchange(mates->team, mates->out, mates->n_out, mates->in,
                                            mates->n_in)))
        return (struct mean){.sum = NAN};
    hear_words(mates);
    take_losses(mates);
    const struct branch sum = add_up(fit, own->bytes / sizeof(float), 0, width, &at);
    if ((void *)sum.gradient != own->data)
        memcpy(own->data, sum.gradient, own->bytes);
    if (!mates->whole && !worked(mates, muster_team_share(mates->team, mates->blocks)))
        return (struct mean){.sum = NAN};
    return sum.loss;
}

/* ---- validation -------------------------------------------------------------------------------
 */

/* Rows of rank r, whole passes of the net. */
static size_t row_of(const struct fit *fit, size_t n, size_t r)
{
    const size_t passes = (n + fit->pass - 1) / fit->pass;
    const size_t row = passes * r / ranks_of(&fit->mates) * fit->pass;
    return row < n ? row : n;
}

void mates_rows(const struct fit *fit, size_t n, size_t *first, size_t *end)
{
    *first = 0;
    *end = n;
    if (fit->mates.team == NULL)
        return;
    *first = row_of(fit, n, own_rank(&fit->mates));
    *end = row_of(fit, n, own_rank(&fit->mates) + 1);
}

void mates_gather(struct fit *fit, size_t n, size_t width, float *out)
{
    struct mates *mates = &fit->mates;
    size_t n_out = 0, n_in = 0;
    if (mates->team == NULL)
        return;
    const size_t me = own_rank(mates), first = row_of(fit, n, me), end = row_of(fit, n, me + 1);
    say_word(fit);
    for (size_t r = 0; r < ranks_of(mates); r++) {
        const size_t from = row_of(fit, n, r), to = row_of(fit, n, r + 1);
        if (r == me)
            continue;
        add_parcel(mates->rows_out, &n_out, r, head_of(mates, me), sizeof(double));
        add_parcel(mates->rows_in, &n_in, r, head_of(mates, r), sizeof(double));
        add_parcel(mates->rows_out, &n_out, r, out + first * width,
                   (end - first) * width * sizeof *out);
        add_parcel(mates->rows_in, &n_in, r, out + from * width, (to - from) * width * sizeof *out);
    }
    if (worked(mates,
               muster_team_exchange(mates->team, mates->rows_out, n_out, mates->rows_in, n_in)))
        hear_words(mates);
}
