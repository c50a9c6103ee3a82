/* Pointwise dense: y = x W + b at each step of a sequence, [t][c] -> [t][units], with the same W
 * and b. Behind the used steps of a row y is 0. What next_token's output and projections consist
 * of.
 *
 * W is kept [in][out] as in dense layers, and biases start at zero. */
#include "nn/init_impl.h"
#include "nn/points_impl.h"

#include "muster/linalg.h"

enum { WEIGHT, BIAS, SLOTS };
enum { RUN = 512 }; /* points worked on at a time */

struct pointwise {
    struct muster_layer base;
    size_t steps, in, units;
    size_t stride; /* of points above it */
    size_t rows;   /* of a run */
    size_t below;  /* work: points of x, then of its slope */
    size_t above;  /* work: points of y, or of its slope */
    size_t packed; /* work: W, or transposed on the way back */
};

static struct points side_of(const struct pointwise *self, const struct muster_layer_pass *pass,
                             const float *edge, bool above)
{
    return (struct points){
        .edge = (float *)edge,
        .ld = above ? pass->ldy : pass->ldx,
        .steps = self->steps,
        .stride = above ? self->stride : self->in,
        .n = above ? self->units : self->in,
        .copy = pass->work + (above ? self->above : self->below),
    };
}

static void forward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct pointwise *self = (const struct pointwise *)layer;
    const struct points x = side_of(self, pass, pass->x, false);
    const struct points y = side_of(self, pass, pass->y, true);
    const size_t in = self->in, units = self->units;
    muster_spack(false, in, units, pass->weights + layer->slots[WEIGHT].offset, units,
                 pass->work + self->packed);
    for (size_t row = 0; row < pass->rows;) {
        const struct run run = points_run(pass, self->steps, row, self->rows);
        float *to = points_place(&y, &run);
        muster_sgemm_packed(run.points, units, in, 1.0f, points_load(&x, &run), padded(in),
                            pass->work + self->packed, 0.0f, to, padded(units));
        muster_activation_identity.forward(&(struct muster_forward_strip){
            .rows = run.points,
            .n = units,
            .x = to,
            .ldx = padded(units),
            .bias = pass->weights + layer->slots[BIAS].offset,
            .y = to,
            .ldy = padded(units),
        });
        points_store(&y, &run);
        row += run.rows;
    }
}

/* dx = dy W^T, in place of x. */
static void gradient_of_x(const struct pointwise *self, const struct muster_layer_pass *pass,
                          const struct run *run, const float *dy)
{
    const struct points dx = side_of(self, pass, pass->dx, false);
    muster_sgemm_packed(run->points, self->in, self->units, 1.0f, dy, padded(self->units),
                        pass->work + self->packed, 0.0f, points_place(&dx, run), padded(self->in));
    points_store(&dx, run);
}

static void backward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct pointwise *self = (const struct pointwise *)layer;
    const struct points x = side_of(self, pass, pass->x, false);
    const struct points slopes = side_of(self, pass, pass->dy, true);
    const size_t in = self->in, units = self->units;
    float *of_weight = pass->gradients + layer->slots[WEIGHT].offset;
    float *of_bias = pass->gradients + layer->slots[BIAS].offset;
    if (pass->dx != NULL)
        muster_spack(true, units, in, pass->weights + layer->slots[WEIGHT].offset, units,
                     pass->work + self->packed);
    memset(of_bias, 0, padded(units) * sizeof *of_bias);
    for (size_t row = 0; row < pass->rows;) {
        const struct run run = points_run(pass, self->steps, row, self->rows);
        const float *dy = points_load(&slopes, &run);
        points_sum(run.points, units, dy, padded(units), of_bias);
        muster_sgemm(true, false, in, units, run.points, 1.0f, points_load(&x, &run), padded(in),
                     dy, padded(units), row == 0 ? 0.0f : 1.0f, of_weight, units);
        if (pass->dx != NULL)
            gradient_of_x(self, pass, &run, dy);
        row += run.rows;
    }
}

static void init(const struct muster_layer *layer, struct muster_stream stream, float *weights,
                 float *state)
{
    const struct pointwise *self = (const struct pointwise *)layer;
    (void)state;
    muster_init_matrix(&(struct muster_init){.fan_in = (double)self->in,
                                             .fan_out = (double)self->units,
                                             .rows = self->in,
                                             .cols = self->units},
                       stream, layer->slots[WEIGHT].offset, weights);
}

static const struct muster_layer_class class = {
    .name = "dense",
    .forward = forward,
    .backward = backward,
    .init = init,
};

static void place(struct muster_net *net, struct pointwise *self)
{
    struct muster_layer *layer = &self->base;
    const size_t points = self->rows * self->steps;
    layer->n_slots = SLOTS;
    layer->slots[WEIGHT] = (struct muster_slot){
        .array = {.name = "weight", .rank = 2, .dims = {self->units, self->in}},
        .offset = muster_chain_weights(net, self->in * self->units),
        .transposed = true,
    };
    layer->slots[BIAS] = (struct muster_slot){
        .array = {.name = "bias", .rank = 1, .dims = {self->units}},
        .offset = muster_chain_weights(net, self->units),
    };
    self->below = muster_chain_work(net, points * padded(self->in));
    self->above = muster_chain_work(net, points * padded(self->units));
    const size_t there = muster_spack_size(self->units, self->in);
    const size_t back = muster_spack_size(self->in, self->units);
    self->packed = muster_chain_work(net, there > back ? there : back);
}

enum muster_status muster_chain_pointwise(struct muster_net *net, size_t units, bool apart)
{
    struct muster_layer *layer = NULL;
    const struct muster_shape below = *muster_chain_shape(net);
    const size_t steps = below.dims[0], in = below.dims[1];
    const size_t stride = apart ? padded(units) : units;
    enum muster_status status =
        muster_chain_add(net, &class, sizeof(struct pointwise),
                         &(struct muster_shape){.rank = 2, .dims = {steps, units}}, &layer);
    if (status != MUSTER_OK)
        return status;
    struct pointwise *self = (struct pointwise *)layer;
    self->steps = steps;
    self->in = in;
    self->units = units;
    self->stride = stride;
    self->rows = points_rows(RUN, steps);
    layer->out = steps * stride;
    place(net, self);
    layer->flops_forward = 2.0 * (double)(steps * in) * (double)units;
    layer->flops_weights = layer->flops_data = layer->flops_forward;
    return MUSTER_OK;
}
