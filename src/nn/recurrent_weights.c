/* Recurrent layers: the arrays of one direction, and the forms that the products of a pass want,
 * made once a pass. There each gate's units are whole vectors, with zeros behind the last. */
#include "nn/recurrent_impl.h"

#include "muster/linalg.h"

#include <string.h>

static const struct muster_slot *slots_of(const struct recurrent *self, size_t way)
{
    return self->base.slots + way * self->base.n_slots / self->directions;
}

/* Bias b's place in blocks: of the gates in their order, then that of the state apart. */
static void spread_bias(const struct recurrent *self, const struct muster_layer_pass *pass,
                        const struct muster_slot *slots)
{
    const struct recurrent_cell *cell = recurrent_cell_of(self);
    const size_t size = self->units * sizeof(float);
    float *bias = pass->work + self->bias;
    memset(bias, 0, self->blocks * self->lanes * sizeof *bias);
    for (size_t g = 0; g < cell->gates; g++)
        memcpy(bias + recurrent_block(cell, g) * self->lanes,
               pass->weights + slots[2].offset + g * self->units, size);
    if (cell->apart)
        memcpy(bias + cell->gates * self->lanes, pass->weights + slots[3].offset, size);
}

void recurrent_spread(const struct recurrent *self, const struct muster_layer_pass *pass,
                      size_t way)
{
    const struct muster_slot *slots = slots_of(self, way);
    const struct recurrent_cell *cell = recurrent_cell_of(self);
    const size_t ld = cell->gates * self->lanes, in = self->in, units = self->units;
    float *to = pass->work + self->weights;
    for (size_t g = 0; g < cell->gates; g++) {
        muster_stranspose(units, in, pass->weights + slots[0].offset + g * units * in, in,
                          to + recurrent_block(cell, g) * self->lanes, ld);
        muster_stranspose(units, units, pass->weights + slots[1].offset + g * units * units, units,
                          to + in * ld + g * self->lanes, ld);
    }
    spread_bias(self, pass, slots);
}

static void copy_rows(size_t rows, size_t n, const float *from, size_t ld_from, float *to,
                      size_t ld_to)
{
    for (size_t i = 0; i < rows; i++)
        memcpy(to + i * ld_to, from + i * ld_from, n * sizeof *to);
}

void recurrent_spread_back(const struct recurrent *self, const struct muster_layer_pass *pass,
                           size_t way)
{
    const struct muster_slot *slots = slots_of(self, way);
    const struct recurrent_cell *cell = recurrent_cell_of(self);
    const size_t gate = self->lanes * self->ld, in = self->in, units = self->units;
    float *to = pass->work + self->transposed;
    for (size_t g = 0; g < cell->gates; g++) {
        copy_rows(units, in, pass->weights + slots[0].offset + g * units * in, in,
                  to + recurrent_block(cell, g) * gate, self->ld);
        copy_rows(units, units, pass->weights + slots[1].offset + g * units * units, units,
                  to + g * gate + in, self->ld);
    }
}

void recurrent_collect(const struct recurrent *self, const struct muster_layer_pass *pass,
                       size_t way)
{
    const struct muster_slot *slots = slots_of(self, way);
    const struct recurrent_cell *cell = recurrent_cell_of(self);
    const size_t gate = self->lanes * self->ld, in = self->in, units = self->units;
    const float *from = pass->work + self->slopes, *bias = pass->work + self->bias;
    for (size_t g = 0; g < cell->gates; g++) {
        const size_t block = recurrent_block(cell, g);
        copy_rows(units, in, from + block * gate, self->ld,
                  pass->gradients + slots[0].offset + g * units * in, in);
        copy_rows(units, units, from + g * gate + in, self->ld,
                  pass->gradients + slots[1].offset + g * units * units, units);
        memcpy(pass->gradients + slots[2].offset + g * units, bias + block * self->lanes,
               units * sizeof *bias);
    }
    if (cell->apart)
        memcpy(pass->gradients + slots[3].offset, bias + cell->gates * self->lanes,
               units * sizeof *bias);
}
