/* Recurrent layers: rows [t][c] in and out of their places, sorted by length and step by step. */
#include "nn/recurrent_impl.h"

#include <string.h>

struct recurrent_places recurrent_places(const struct recurrent *self,
                                         const struct muster_layer_pass *pass)
{
    struct recurrent_places at = {.order = (const int32_t *)(pass->work + self->order),
                                  .starts = (const int32_t *)(pass->work + self->starts)};
    while (at.steps < self->steps && at.starts[at.steps + 1] > at.starts[at.steps])
        at.steps++;
    return at;
}

/* A counting sort by falling length, rows of one length in their order. */
void recurrent_place(const struct recurrent *self, const struct muster_layer_pass *pass)
{
    int32_t *order = (int32_t *)(pass->work + self->order);
    int32_t *starts = (int32_t *)(pass->work + self->starts);
    memset(starts, 0, (self->steps + 1) * sizeof *starts);
    const int32_t rows = (int32_t)pass->rows, steps = (int32_t)self->steps;
    if (pass->lengths == NULL) {
        for (int32_t r = 0; r < rows; r++)
            order[r] = r;
        for (int32_t t = 0; t <= steps; t++)
            starts[t] = t * rows;
        return;
    }
    for (int32_t r = 0; r < rows; r++)
        starts[pass->lengths[r]]++; /* how many have that length */
    for (int32_t t = steps, longer = 0; t >= 0; t--) {
        const int32_t as_long = starts[t];
        starts[t] = longer; /* where those of that length start in the order */
        longer += as_long;
    }
    for (int32_t r = 0; r < rows; r++)
        order[starts[pass->lengths[r]]++] = r;
    /* Now starts[t] is the number of rows that are at least t steps long: step t - 1 has so many.
     */
    starts[0] = 0;
    for (int32_t t = 1; t <= steps; t++)
        starts[t] += starts[t - 1];
}

static size_t rows_of(const struct recurrent_places *at, size_t t)
{
    return t < at->steps ? (size_t)(at->starts[t + 1] - at->starts[t]) : 0;
}

void recurrent_take_x(const struct recurrent *self, const struct muster_layer_pass *pass,
                      const struct recurrent_places *at, size_t way)
{
    float *to = pass->work + self->way[way].both;
    for (size_t t = 0; t < at->steps; t++)
        for (size_t i = 0, n = rows_of(at, t); i < n; i++, to += self->ld)
            memcpy(to, pass->x + (size_t)at->order[i] * pass->ldx + t * self->in,
                   self->in * sizeof *to);
}

static void add(size_t n, const float *from, float *to)
{
    size_t j = 0;
    for (; j + LANES <= n; j += LANES)
        vstore(to + j, vload(to + j) + vload(from + j));
    for (; j < n; j++)
        to[j] += from[j];
}

void recurrent_give_dx(const struct recurrent *self, const struct muster_layer_pass *pass,
                       const struct recurrent_places *at, size_t from, size_t to, bool more)
{
    const float *slopes = pass->work + self->dx;
    for (size_t t = from; t < to; t++)
        for (size_t i = 0, n = rows_of(at, t); i < n; i++, slopes += padded(self->in)) {
            float *dx = pass->dx + (size_t)at->order[i] * pass->ldx + t * self->in;
            if (more)
                add(self->in, slopes, dx);
            else
                memcpy(dx, slopes, self->in * sizeof *dx);
        }
}

/* The first of the rows whose state after step t is seen above: all of the step, or those that the
 * direction ends with it for. */
static size_t first_seen(const struct recurrent *self, const struct recurrent_places *at,
                         size_t way, size_t t)
{
    if (self->all)
        return 0;
    if (way == 1)
        return t == 0 ? 0 : rows_of(at, t);
    return rows_of(at, t + 1);
}

/* Where the i-th row's state after step t is seen. */
static size_t seen_at(const struct recurrent *self, const struct recurrent_places *at, size_t way,
                      size_t t, size_t i, size_t ld)
{
    const size_t step = self->all ? t * self->directions : 0;
    return (size_t)at->order[i] * ld + (step + way) * self->units;
}

void recurrent_give_y(const struct recurrent *self, const struct muster_layer_pass *pass,
                      const struct recurrent_places *at, size_t way, size_t t, const float *after)
{
    for (size_t i = first_seen(self, at, way, t), n = rows_of(at, t); i < n; i++)
        memcpy(pass->y + seen_at(self, at, way, t, i, pass->ldy), after + i * self->ld,
               self->units * sizeof *after);
}

void recurrent_take_dy(const struct recurrent *self, const struct muster_layer_pass *pass,
                       const struct recurrent_places *at, size_t way, size_t t, float *dh)
{
    for (size_t i = first_seen(self, at, way, t), n = rows_of(at, t); i < n; i++)
        add(self->units, pass->dy + seen_at(self, at, way, t, i, pass->ldy), dh + i * self->lanes);
}

void recurrent_clear(const struct muster_layer_pass *pass, size_t steps, size_t width, float *rows,
                     size_t ld)
{
    for (size_t r = 0; r < pass->rows && pass->lengths != NULL; r++) {
        const size_t used = (size_t)pass->lengths[r] < steps ? (size_t)pass->lengths[r] : steps;
        memset(rows + r * ld + used * width, 0, (steps - used) * width * sizeof *rows);
    }
}
