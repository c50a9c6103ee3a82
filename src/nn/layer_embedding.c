/* Embedding: tokens [t] -> [t][size], y_i = row x_i of the weight [levels][size]; also for columns
 * of codes in tables, each with a weight of its own, whose vectors stand in place of the codes at
 * the end of a row (Guo, Berkhahn, arXiv 1604.06737).
 *
 * Weights start normal with deviation 1, as PyTorch's. Behind the used steps of a row, and for a
 * code that is not known (below 0 or NaN), the vector is 0. Gradients are gathered row by row in
 * order. */
#include "nn/nn_impl.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* One weight and what it embeds: `codes` numbers a row from place `at` on, to place `to`. */
struct table {
    size_t levels, size, codes, at, to;
};

struct embedding {
    struct muster_layer base;
    size_t copied; /* numbers a row that are handed on before them */
    size_t n;      /* tables, parallel to the slots */
    bool sequence; /* lengths of rows count the codes */
    struct table *tables;
    char (*names)[32];
};

static void normal(const struct muster_layer *layer, struct muster_stream stream, float *weights,
                   float *state)
{
    const struct embedding *self = (const struct embedding *)layer;
    (void)state;
    for (size_t i = 0; i < self->n; i++) {
        const size_t offset = layer->slots[i].offset;
        for (size_t k = 0; k < self->tables[i].levels * self->tables[i].size; k++)
            weights[offset + k] = (float)muster_random_normal(stream, offset + k);
    }
}

/* Where a code's vector lies in its table; false where there is none. */
static bool vector_of(const struct table *table, float code, size_t *at)
{
    if (!(code >= 0.0f))
        return false;
    assert(code < (float)table->levels);
    *at = (size_t)code * table->size;
    return true;
}

static size_t used(const struct embedding *self, const struct table *table,
                   const struct muster_layer_pass *pass, size_t row)
{
    return self->sequence && pass->lengths != NULL ? (size_t)pass->lengths[row] : table->codes;
}

static void look_up(const struct table *table, size_t n, const float *weight, const float *codes,
                    float *y)
{
    size_t at;
    for (size_t i = 0; i < table->codes; i++, y += table->size)
        if (i < n && vector_of(table, codes[i], &at))
            memcpy(y, weight + at, table->size * sizeof *y);
        else
            memset(y, 0, table->size * sizeof *y);
}

static void forward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct embedding *self = (const struct embedding *)layer;
    for (size_t row = 0; row < pass->rows; row++) {
        const float *x = pass->x + row * pass->ldx;
        float *y = pass->y + row * pass->ldy;
        memcpy(y, x, self->copied * sizeof *y);
        for (size_t i = 0; i < self->n; i++) {
            const struct table *table = &self->tables[i];
            look_up(table, used(self, table, pass, row), pass->weights + layer->slots[i].offset,
                    x + table->at, y + table->to);
        }
    }
}

static void gather(const struct table *table, size_t n, const float *codes, const float *dy,
                   float *gradient)
{
    size_t at;
    for (size_t i = 0; i < n; i++, dy += table->size)
        if (vector_of(table, codes[i], &at))
            for (size_t k = 0; k < table->size; k++)
                gradient[at + k] += dy[k];
}

/* Nothing below it is trained: no slope of x. */
static void backward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct embedding *self = (const struct embedding *)layer;
    assert(pass->dx == NULL);
    for (size_t i = 0; i < self->n; i++) {
        const struct table *table = &self->tables[i];
        float *gradient = pass->gradients + layer->slots[i].offset;
        memset(gradient, 0, padded(table->levels * table->size) * sizeof *gradient);
        for (size_t row = 0; row < pass->rows; row++)
            gather(table, used(self, table, pass, row), pass->x + row * pass->ldx + table->at,
                   pass->dy + row * pass->ldy + table->to, gradient);
    }
}

static const struct muster_layer_class class = {
    .name = "embedding",
    .forward = forward,
    .backward = backward,
    .init = normal,
};

size_t muster_embedding_size(size_t levels)
{
    const size_t half = (levels + 1) / 2;
    return half < 50 ? half : 50;
}

/* A layer with n tables, zeroed, and their slots behind it in one block. */
static enum muster_status add_tables(struct muster_net *net, size_t n,
                                     const struct muster_shape *shape, struct embedding **self)
{
    struct muster_layer *layer = NULL;
    const size_t each = sizeof(struct table) + sizeof(struct muster_slot) + sizeof *(*self)->names;
    enum muster_status status =
        muster_chain_add(net, &class, sizeof **self + n * each, shape, &layer);
    if (status != MUSTER_OK)
        return status;
    *self = (struct embedding *)layer;
    (*self)->n = layer->n_slots = n;
    (*self)->tables = (struct table *)(*self + 1);
    layer->slots = (struct muster_slot *)((*self)->tables + n);
    (*self)->names = (char(*)[32])(layer->slots + n);
    return MUSTER_OK;
}

static void place(struct muster_net *net, struct embedding *self, size_t i, const char *name)
{
    const struct table *table = &self->tables[i];
    self->base.slots[i] = (struct muster_slot){
        .array = {.name = name, .rank = 2, .dims = {table->levels, table->size}},
        .offset = muster_chain_weights(net, table->levels * table->size),
    };
}

enum muster_status muster_chain_embedding(struct muster_net *net, size_t size, size_t levels)
{
    struct embedding *self = NULL;
    const size_t steps = muster_chain_shape(net)->dims[0];
    if (size == 0)
        size = muster_embedding_size(levels);
    enum muster_status status =
        add_tables(net, 1, &(struct muster_shape){.rank = 2, .dims = {steps, size}}, &self);
    if (status != MUSTER_OK)
        return status;
    self->sequence = true;
    self->tables[0] = (struct table){.levels = levels, .size = size, .codes = steps};
    place(net, self, 0, "weight");
    return MUSTER_OK;
}

enum muster_status muster_chain_columns(struct muster_net *net, size_t n, const int64_t *levels)
{
    struct embedding *self = NULL;
    const size_t in = muster_shape_size(muster_chain_shape(net)), copied = in - n;
    size_t width = copied;
    for (size_t i = 0; i < n; i++)
        width += muster_embedding_size((size_t)levels[i]);
    enum muster_status status =
        add_tables(net, n, &(struct muster_shape){.rank = 1, .dims = {width}}, &self);
    if (status != MUSTER_OK)
        return status;
    self->copied = copied;
    for (size_t i = 0, to = copied; i < n; i++) {
        const size_t size = muster_embedding_size((size_t)levels[i]);
        self->tables[i] = (struct table){(size_t)levels[i], size, 1, copied + i, to};
        snprintf(self->names[i], sizeof self->names[i], "weight_%zu", i);
        place(net, self, i, self->names[i]);
        to += size;
    }
    return MUSTER_OK;
}

static enum muster_status add(struct muster_net *net, const struct muster_block *block)
{
    const struct muster_value *levels = muster_block_get(block, "levels");
    const struct muster_value *size = muster_block_get(block, "size");
    const size_t vocabulary = muster_chain_vocabulary(net);
    if (vocabulary == 0)
        return muster_error(MUSTER_BAD_STUDY,
                            "%s: embedding needs tokens (data of whole numbers [n, t]) as its "
                            "input, as the first layer",
                            block->path);
    if (levels->set && (size_t)levels->number < vocabulary)
        return muster_error(MUSTER_BAD_STUDY,
                            "%s: %zu levels are too few for the data's tokens (at least %zu)",
                            block->path, (size_t)levels->number, vocabulary);
    return muster_chain_embedding(net, size->set ? (size_t)size->number : 0,
                                  levels->set ? (size_t)levels->number : vocabulary);
}

static const struct muster_option options[] = {
    {.name = "size",
     .type = MUSTER_INT,
     .low = 1,
     .high = 65536,
     .help = "numbers a token becomes; absent: half the levels, at most 50"},
    {.name = "levels",
     .type = MUSTER_INT,
     .low = 1,
     .high = 16777216,
     .help = "different tokens; absent: as many as the data has"},
    {0},
};

const struct muster_layer_kind muster_layer_embedding = {
    .plugin = {.name = "embedding",
               .help = "a trained vector in place of each token, first normal(0, 1)",
               .options = options,
               .main_option = "size"},
    .add = add,
    .tokens = true,
};
