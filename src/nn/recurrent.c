/* Recurrent layers as they are built: stacked layers one behind the other on the chain, dropout
 * between them and not after the last (as PyTorch), each with its direction or two. Tokens are
 * embedded first, and where the task is next_token, the states of all steps come out.
 *
 * Shapes: x [t][c] to [units] or [t][units], twice as many with two directions: forth, back.
 * Arrays of a direction, h units and G gates, rows by gate as `gates` of the class says:
 *   weight_input [G h][c], weight_hidden [G h][h], bias [G h], of the last gate of gru also
 *   bias_hidden [h]; those of the way back end in _reverse.
 * PyTorch keeps bias_ih and bias_hh, which only ever appear as their sum, but in the last gate of
 * gru: `bias` is that sum, and there bias_ih.
 *
 * Fresh weights, unless told otherwise: of x by Glorot and Bengio (AISTATS 2010), gate by gate; of
 * the state an orthogonal matrix a gate (Saxe, McClelland, Ganguli, ICLR 2014), which keeps the
 * length of what goes through the steps; biases zero but lstm's forget gate at 1 (Gers,
 * Schmidhuber, Cummins, Neural Computation 12, 2000; Jozefowicz, Zaremba, Sutskever, ICML 2015). */
#include "nn/recurrent_impl.h"

#include "muster/linalg.h"

/* Bytes of slopes that the gradient of the weights is taken from at a time: they stay in the second
 * cache. */
enum { SLOPES_AT_ONCE = 3 << 17 };

/* Gate by gate: one matrix each for orthogonal ones, else all of them with the fans of one. */
static void init_gates(const struct recurrent *self, enum muster_init_rule rule, size_t in,
                       struct muster_stream stream, size_t offset, float *weights)
{
    const struct recurrent_cell *cell = recurrent_cell_of(self);
    const size_t parts = rule == MUSTER_INIT_ORTHOGONAL ? cell->gates : 1;
    const size_t rows = self->units * cell->gates / parts;
    for (size_t part = 0; part < parts; part++)
        muster_init_matrix(&(struct muster_init){.rule = rule,
                                                 .rectifier = cell->rectifier,
                                                 .fan_in = (double)in,
                                                 .fan_out = (double)self->units,
                                                 .rows = rows,
                                                 .cols = in},
                           stream, offset + part * rows * in, weights);
}

void recurrent_init(const struct muster_layer *layer, struct muster_stream stream, float *weights,
                    float *state)
{
    const struct recurrent *self = recurrent_of(layer);
    const enum muster_init_rule hidden =
        self->rule == MUSTER_INIT_AUTO ? MUSTER_INIT_ORTHOGONAL : self->rule;
    (void)state;
    for (size_t way = 0; way < self->directions; way++) {
        const struct muster_slot *slots = layer->slots + way * layer->n_slots / self->directions;
        init_gates(self, self->rule, self->in, stream, slots[0].offset, weights);
        init_gates(self, hidden, self->units, stream, slots[1].offset, weights);
        if (recurrent_cell_of(self)->bias != 0.0f)
            for (size_t j = 0; j < self->units; j++)
                weights[slots[2].offset + self->units + j] = recurrent_cell_of(self)->bias;
    }
}

static void place_slots(struct muster_net *net, struct recurrent *self)
{
    static const char *const names[RECURRENT_DIRECTIONS][RECURRENT_SLOTS] = {
        {"weight_input", "weight_hidden", "bias", "bias_hidden"},
        {"weight_input_reverse", "weight_hidden_reverse", "bias_reverse", "bias_hidden_reverse"}};
    struct muster_layer *layer = &self->base;
    const size_t sums = recurrent_cell_of(self)->gates * self->units;
    const struct muster_net_array arrays[RECURRENT_SLOTS] = {
        {.rank = 2, .dims = {sums, self->in}},
        {.rank = 2, .dims = {sums, self->units}},
        {.rank = 1, .dims = {sums}},
        {.rank = 1, .dims = {self->units}}};
    for (size_t way = 0; way < self->directions; way++)
        for (size_t i = 0; i < (recurrent_cell_of(self)->apart ? 4 : 3); i++) {
            struct muster_slot *slot = &layer->slots[layer->n_slots++];
            slot->array = arrays[i];
            slot->array.name = names[way][i];
            slot->offset =
                muster_chain_weights(net, arrays[i].dims[0] * (i < 2 ? arrays[i].dims[1] : 1));
        }
}

static size_t place_packed(struct muster_net *net, size_t k, size_t n)
{
    return muster_chain_work(net, muster_spack_size(k, n));
}

static void place_work(struct muster_net *net, struct recurrent *self)
{
    const struct recurrent_cell *cell = recurrent_cell_of(self);
    const size_t batch = muster_chain_batch(net), places = batch * self->steps;
    const size_t sums = cell->gates * self->lanes, apart = cell->apart ? self->lanes : 0;
    const size_t both = self->in + self->units;
    self->order = muster_chain_work(net, batch);
    self->starts = muster_chain_work(net, self->steps + 1);
    self->of_both = place_packed(net, both, sums - apart);
    self->of_x = place_packed(net, self->in, apart);
    self->of_state = place_packed(net, self->units, apart);
    self->slope_of_x = place_packed(net, sums, self->in);
    self->slope_of_state = place_packed(net, sums, self->units);
    self->plain = muster_chain_work(net, both * sums);
    self->slopes = muster_chain_work(net, sums * self->ld);
    self->bias = muster_chain_work(net, self->blocks * self->lanes);
    self->bias_slopes = muster_chain_work(net, self->blocks * self->lanes);
    self->dh = muster_chain_work(net, batch * self->lanes);
    self->dc = cell->second ? muster_chain_work(net, batch * self->lanes) : 0;
    self->dx =
        muster_chain_work(net, (batch > self->at_once ? batch : self->at_once) * padded(self->in));
    for (size_t way = 0; way < self->directions; way++) {
        struct recurrent_way *at = &self->way[way];
        at->both = muster_chain_work(net, (places + batch) * self->ld);
        at->gates = muster_chain_work(net, places * self->blocks * self->lanes);
        at->cell = cell->second ? muster_chain_work(net, (places + batch) * self->lanes) : 0;
        at->cell_tanh = cell->second ? muster_chain_work(net, places * self->lanes) : 0;
    }
}

/* All products of the way up; of the way down those for weights and states, and those for x. */
static void count_flops(struct recurrent *self)
{
    const double of_one = 2.0 * (double)(self->directions * self->steps) *
                          (double)(recurrent_cell_of(self)->gates * self->units);
    self->base.flops_forward = of_one * (double)(self->in + self->units);
    self->base.flops_weights = of_one * (double)(self->in + 2 * self->units);
    self->base.flops_data = of_one * (double)self->in;
}

static enum muster_status add_one(struct muster_net *net, const struct muster_block *block,
                                  const struct recurrent_cell *cell, bool all)
{
    struct muster_layer *layer = NULL;
    const struct muster_shape below = *muster_chain_shape(net);
    const size_t units = (size_t)muster_block_int(block, "units");
    const size_t directions = muster_block_number(block, "bidirectional") != 0 ? 2 : 1;
    const struct muster_shape shape = {
        .rank = all ? 2 : 1,
        .dims = {all ? below.dims[0] : directions * units, directions * units}};
    enum muster_status status =
        muster_chain_add(net, &cell->class, sizeof(struct recurrent), &shape, &layer);
    if (status != MUSTER_OK)
        return status;
    struct recurrent *self = (struct recurrent *)layer;
    self->all = all;
    self->directions = directions;
    self->steps = below.dims[0];
    self->in = below.dims[1];
    self->units = units;
    self->lanes = padded(units);
    self->blocks = cell->gates + cell->apart;
    self->ld = padded(self->in + self->lanes);
    self->at_once = SLOPES_AT_ONCE / (self->blocks * self->lanes * sizeof(float));
    self->rule = (enum muster_init_rule)muster_block_int(block, "init");
    place_slots(net, self);
    place_work(net, self);
    count_flops(self);
    return MUSTER_OK;
}

enum muster_status recurrent_add(struct muster_net *net, const struct muster_block *block,
                                 const struct recurrent_cell *cell)
{
    enum muster_status status = MUSTER_OK;
    const int64_t layers = muster_block_int(block, "layers");
    const size_t vocabulary = muster_chain_vocabulary(net);
    const bool next = muster_chain_task(net) == MUSTER_NEXT_TOKEN;
    const bool all = next || muster_block_int(block, "output") != 0;
    if (vocabulary > 0)
        MUSTER_TRY(muster_chain_embedding(net, 0, vocabulary));
    if (muster_chain_shape(net)->rank != 2)
        return muster_error(MUSTER_BAD_STUDY,
                            "%s: %s needs a sequence, steps of some numbers each (not %s)",
                            block->path, cell->class.name,
                            muster_chain_shape(net)->rank == 1 ? "plain numbers" : "an image");
    if (next && muster_block_number(block, "bidirectional") != 0)
        return muster_error(MUSTER_BAD_STUDY,
                            "%s: a bidirectional %s sees the tokens it is to predict "
                            "(bidirectional: false)",
                            block->path, cell->class.name);
    for (int64_t i = 0; i < layers; i++) {
        MUSTER_TRY(add_one(net, block, cell, all || i + 1 < layers));
        if (i + 1 < layers)
            MUSTER_TRY(muster_chain_dropout(net, muster_block_number(block, "dropout")));
    }
done:
    return status;
}
