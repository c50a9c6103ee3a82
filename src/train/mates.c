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
 * Where rows stay in the file (`data.block`), sharing saves computation but next to no reading:
 * rows are shuffled within their block, so that a rank's part of a batch lies all over it, and
 * nearly every rank reads nearly every block. Measured on 10000 rows of 500 numbers in blocks of
 * 500, batches of 100, 4 epochs of a fold with the refit shared likewise (rchar of /proc/PID/io): a
 * rank alone reads 410 MB, each of a team of two 359, of four 322 to 328. On one node all but the
 * first reading come from the page cache, where the file fits in it.
 *
 * Why no rank waits for another that is gone: all memory is there before the first fold, which the
 * ranks of a group agree on. From then on every rank makes the same exchanges, because what decides
 * of them is the same on all: the loss of a batch comes out of the tree; the loss of the validation
 * rows, whether a fold was put aside, and how it ended come from the first rank of the team; and
 * a failure or a wish to stop ends nothing where it arises, but where all have heard of it: behind
 * the last exchange of words in an epoch. Each rank looks for the wish right before that one, so
 * that no epoch comes between. What begins a fold (preparation, first reads) is agreed on before it
 * goes on. Where MPI fails, the job is lost: that is left to mpirun. */
#include <math.h>
#include <string.h>

#include "mates_impl.h"

enum word { FAILED = 1, STOP = 2 };

/* ---- words ----------------------------------------------------------------------------------- */

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

void mates_ask(struct fit *fit, const struct muster_interrupt *interrupt)
{
    struct mates *mates = &fit->mates;
    if (mates->team != NULL)
        mates->stop |= interrupted(interrupt);
}

bool mates_stop(const struct fit *fit, const struct muster_interrupt *interrupt)
{
    const struct mates *mates = &fit->mates;
    return mates->team == NULL ? interrupted(interrupt) : (mates->heard & STOP) != 0;
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

/* ---- one batch ------------------------------------------------------------------------------- */

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

/* ---- validation ------------------------------------------------------------------------------ */

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
