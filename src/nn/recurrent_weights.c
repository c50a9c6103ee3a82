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
    const size_t in = self->in, units = self->units;
    const float *of_x = pass->weights + slots[0].offset, *of_h = pass->weights + slots[1].offset;
    for (size_t g = 0; g < cell->gates; g++, of_x += units * in, of_h += units * units) {
        const bool apart = cell->apart && g + 1 == cell->gates;
        const size_t ld = apart ? self->lanes : (cell->gates - cell->apart) * self->lanes;
        float *both = pass->work + self->of_both + g * self->lanes;
        muster_stranspose(units, in, of_x, in, apart ? pass->work + self->of_x : both, ld);
        muster_stranspose(units, units, of_h, units,
                          apart ? pass->work + self->of_state : both + in * ld, ld);
    }
    spread_bias(self, pass, slots);
}

void recurrent_spread_back(const struct recurrent *self, const struct muster_layer_pass *pass,
                           size_t way)
{
    const struct muster_slot *slots = slots_of(self, way);
    const struct recurrent_cell *cell = recurrent_cell_of(self);
    const size_t of_x = self->units * self->in, of_h = self->units * self->units;
    for (size_t g = 0; g < cell->gates; g++) {
        const size_t block = recurrent_block(cell, g);
        memcpy(pass->work + self->slope_of_x + block * self->lanes * self->in,
               pass->weights + slots[0].offset + g * of_x, of_x * sizeof(float));
        memcpy(pass->work + self->slope_of_state + g * self->lanes * self->units,
               pass->weights + slots[1].offset + g * of_h, of_h * sizeof(float));
    }
}

static void copy_rows(size_t rows, size_t n, const float *from, size_t ld, float *to)
{
    for (size_t i = 0; i < rows; i++)
        memcpy(to + i * n, from + i * ld, n * sizeof *to);
}

void recurrent_collect(const struct recurrent *self, const struct muster_layer_pass *pass,
                       size_t way)
{
    const struct muster_slot *slots = slots_of(self, way);
    const struct recurrent_cell *cell = recurrent_cell_of(self);
    const size_t gate = self->lanes * self->ld, in = self->in, units = self->units;
    const float *from = pass->work + self->slopes, *bias = pass->work + self->bias_slopes;
    for (size_t g = 0; g < cell->gates; g++) {
        const size_t block = recurrent_block(cell, g);
        copy_rows(units, in, from + block * gate, self->ld,
                  pass->gradients + slots[0].offset + g * units * in);
        copy_rows(units, units, from + g * gate + in, self->ld,
                  pass->gradients + slots[1].offset + g * units * units);
        memcpy(pass->gradients + slots[2].offset + g * units, bias + block * self->lanes,
               units * sizeof *bias);
    }
    if (cell->apart)
        memcpy(pass->gradients + slots[3].offset, bias + cell->gates * self->lanes,
               units * sizeof *bias);
}
