/* The order of an epoch's rows: all shuffled, or, where they stay in the file (`data.block`), the
 * blocks shuffled and the rows within each, so that an epoch reads every block once. An epoch's
 * order depends on its number alone; one block has the order of none. */
#include <string.h>

#include "train_impl.h"

/* Numbers of the stream that the blocks are shuffled by, above those of rows. */
#define BLOCKS ((uint64_t)1 << 62)

/* Batches straddle two blocks at most, so that none is read more than once. The refit, of all rows,
 * has the largest. */
static enum muster_status check(const struct fit *fit)
{
    const struct muster_study *study = fit->trainer->study;
    const size_t block = trainer_info(fit->trainer)->block;
    const size_t batch = fit_batch(fit->train, trainer_info(fit->trainer)->rows);
    if (block == 0 || batch <= block)
        return MUSTER_OK;
    return muster_error(MUSTER_BAD_STUDY,
                        "%s: train.batch_size: a batch of %zu rows is more than data.block, %zu "
                        "(a smaller batch, or blocks of many batches)",
                        muster_study_place(study, "train.batch_size"), batch, block);
}

enum muster_status order_create(struct fit *fit, size_t rows)
{
    enum muster_status status = MUSTER_OK;
    struct order *order = &fit->order;
    const struct muster_data *data = fit->trainer->data;
    const size_t most =
        muster_data_blocks(data, muster_data_rows(data), trainer_info(fit->trainer)->rows, NULL);
    MUSTER_TRY(check(fit));
    MUSTER_NEW(order->rows, rows);
    MUSTER_NEW(order->first, most + 1);
    MUSTER_NEW(order->blocks, most);
done:
    return status;
}

void order_clear(struct fit *fit)
{
    muster_free(fit->order.rows);
    muster_free(fit->order.first);
    muster_free(fit->order.blocks);
}

void order_begin(struct fit *fit)
{
    struct order *order = &fit->order;
    order->n_blocks = muster_data_blocks(fit->trainer->data, fit->rows, fit->n, order->first);
    order->first[order->n_blocks] = (int64_t)fit->n;
}

static void shuffle_blocks(struct fit *fit, uint64_t epoch)
{
    struct order *order = &fit->order;
    int64_t *to = order->rows;
    for (size_t b = 0; b < order->n_blocks; b++)
        order->blocks[b] = (int64_t)b;
    muster_random_shuffle(fit->shuffle, BLOCKS + epoch * order->n_blocks, order->blocks,
                          order->n_blocks);
    for (size_t b = 0; b < order->n_blocks; b++) {
        const int64_t first = order->first[order->blocks[b]];
        const size_t n = (size_t)(order->first[order->blocks[b] + 1] - first);
        memcpy(to, fit->rows + first, n * sizeof *to);
        muster_random_shuffle(fit->shuffle, epoch * fit->n + (uint64_t)first, to, n);
        to += n;
    }
}

const int64_t *order_epoch(struct fit *fit, int64_t epoch)
{
    struct order *order = &fit->order;
    if (order->n_blocks > 1) {
        shuffle_blocks(fit, (uint64_t)epoch);
        return order->rows;
    }
    memcpy(order->rows, fit->rows, fit->n * sizeof *order->rows);
    muster_random_shuffle(fit->shuffle, (uint64_t)epoch * fit->n, order->rows, fit->n);
    return order->rows;
}
