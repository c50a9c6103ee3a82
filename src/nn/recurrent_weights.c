/* Recurrent layers: the arrays of one direction, and what the products of a pass want, packed once
 * a pass since each step multiplies by the same. There each gate's units are whole vectors, with
 * zeros behind the last. */
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

static void copy_rows(size_t rows, size_t n, const float *from, size_t ld_from, float *to,
                      size_t ld_to)
{
    for (size_t i = 0; i < rows; i++)
        memcpy(to + i * ld_to, from + i * ld_from, n * sizeof *to);
}

static void start_plain(const struct recurrent *self, const struct muster_layer_pass *pass)
{
    const size_t sums = recurrent_cell_of(self)->gates * self->lanes;
    memset(pass->work + self->plain, 0, sums * (self->in + self->units) * sizeof(float));
}

/* Rows of gate g to rows of `plain` [..][ld], from block's first row and from column `at` on. */
static void lay(const struct recurrent *self, const struct muster_layer_pass *pass,
                const struct muster_slot *slot, size_t g, size_t block, size_t at, size_t ld)
{
    const size_t n = slot->array.dims[1];
    copy_rows(self->units, n, pass->weights + slot->offset + g * self->units * n, n,
              pass->work + self->plain + block * self->lanes * ld + at, ld);
}

/* The last gate's sum of x (slot 0) or of the state (slot 1), for itself. */
static void spread_apart(const struct recurrent *self, const struct muster_layer_pass *pass,
                         const struct muster_slot *slot, size_t packed)
{
    const size_t k = slot->array.dims[1];
    start_plain(self, pass);
    lay(self, pass, slot, recurrent_cell_of(self)->gates - 1, 0, 0, k);
    muster_spack(true, k, self->lanes, pass->work + self->plain, k, pass->work + packed);
}

void recurrent_spread(const struct recurrent *self, const struct muster_layer_pass *pass,
                      size_t way)
{
    const struct muster_slot *slots = slots_of(self, way);
    const struct recurrent_cell *cell = recurrent_cell_of(self);
    const size_t gates = cell->gates - cell->apart, k = self->in + self->units;
    start_plain(self, pass);
    for (size_t g = 0; g < gates; g++) {
        lay(self, pass, &slots[0], g, g, 0, k);
        lay(self, pass, &slots[1], g, g, self->in, k);
    }
    muster_spack(true, k, gates * self->lanes, pass->work + self->plain, k,
                 pass->work + self->of_both);
    if (cell->apart) {
        spread_apart(self, pass, &slots[0], self->of_x);
        spread_apart(self, pass, &slots[1], self->of_state);
    }
    spread_bias(self, pass, slots);
}

void recurrent_spread_back(const struct recurrent *self, const struct muster_layer_pass *pass,
                           size_t way)
{
    const struct muster_slot *slots = slots_of(self, way);
    const struct recurrent_cell *cell = recurrent_cell_of(self);
    const size_t sums = cell->gates * self->lanes, in = self->in, units = self->units;
    start_plain(self, pass);
    for (size_t g = 0; g < cell->gates; g++)
        lay(self, pass, &slots[1], g, g, 0, units);
    muster_spack(false, sums, units, pass->work + self->plain, units,
                 pass->work + self->slope_of_state);
    if (pass->dx == NULL)
        return;
    start_plain(self, pass);
    for (size_t g = 0; g < cell->gates; g++)
        lay(self, pass, &slots[0], g, recurrent_block(cell, g), 0, in);
    muster_spack(false, sums, in, pass->work + self->plain, in, pass->work + self->slope_of_x);
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
