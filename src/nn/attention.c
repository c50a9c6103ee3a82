/* Multi-head self-attention (Vaswani et al., NIPS 2017) in the form of PyTorch's
 * MultiheadAttention:
 *     (q, k, v) = x W_input + b_input, cut into heads
 *     p = softmax(q k^T / sqrt(width / heads)) over the steps that may be seen, then dropout
 *     y = (p v, heads side by side) W_output + b_output
 * Steps behind a row's length are neither seen nor computed; causal: step i sees steps 0 .. i.
 *
 * One product makes q, k, v of a run of points; then come its rows, head by head
 * (attention_head.c). */
#include "nn/attention_impl.h"

#include "muster/linalg.h"

#include <math.h>

enum { WEIGHT_INPUT, BIAS_INPUT, WEIGHT_OUTPUT, BIAS_OUTPUT };

static struct head head_of(const struct attention *of, const struct muster_layer_pass *pass,
                           size_t row, size_t h)
{
    const size_t size = of->width / of->heads, first = row * of->steps;
    const size_t ldp = padded(of->steps), ldm = padded(of->width), ldx = padded(3 * of->width);
    const size_t first_row = pass->random != NULL ? pass->random->first_row : 0;
    return (struct head){
        .n = pass->lengths != NULL ? (size_t)pass->lengths[row] : of->steps,
        .size = size,
        .width = of->width,
        .ldx = ldx,
        .ldp = ldp,
        .ldm = ldm,
        .scale = 1.0f / sqrtf((float)size),
        .causal = of->causal,
        .x = pass->work + of->inputs + first * ldx + h * size,
        .mixed = pass->work + of->mixed + first * ldm + h * size,
        .p = of->keeps ? pass->work + of->weights + (row * of->heads + h) * of->steps * ldp : NULL,
        .place = ((first_row + row) * of->heads + h) * of->steps * ldp,
    };
}

/* The same, with the one behind it as the batch has them; their weights are kept one behind the
 * other. */
static struct head head_before(const struct attention *of, const struct muster_layer_pass *pass,
                               size_t row, size_t h)
{
    struct head head = head_of(of, pass, row, h);
    const bool last = h + 1 == of->heads;
    if (head.p == NULL || (last && row + 1 == pass->rows))
        return head;
    head.next_x = last ? head.x + of->steps * head.ldx - h * head.size : head.x + head.size;
    head.next_p = head.p + of->steps * head.ldp;
    return head;
}

/* Weights are kept [in][out], as forward multiplies by them. */
static void pack(const struct attention *of, const struct muster_layer_pass *pass, bool transposed)
{
    const size_t width = of->width, wide = 3 * width;
    muster_spack(transposed, transposed ? wide : width, transposed ? width : wide,
                 pass->weights + of->slots[WEIGHT_INPUT].offset, wide,
                 pass->work + of->input_packed);
    muster_spack(transposed, width, width, pass->weights + of->slots[WEIGHT_OUTPUT].offset, width,
                 pass->work + of->output_packed);
}

void attention_begin_forward(const struct attention *of, const struct muster_layer_pass *pass)
{
    pack(of, pass, false);
}

void attention_forward(const struct attention *of, const struct muster_layer_pass *pass,
                       const struct run *run, const float *x, float *y)
{
    const size_t width = of->width, first = run->row * of->steps;
    const size_t ld = padded(width), ldx = padded(3 * width);
    float *inputs = pass->work + of->inputs + first * ldx;
    const float *bias = pass->weights + of->slots[BIAS_INPUT].offset;
    muster_sgemm_packed_finish(run->points, 3 * width, width, x, ld, pass->work + of->input_packed,
                               inputs, ldx, &(struct muster_finish){.bias = bias});
    for (size_t row = run->row; row < run->row + run->rows; row++)
        for (size_t h = 0; h < of->heads; h++) {
            const struct head head = head_of(of, pass, row, h);
            attention_head_forward(of, pass, &head);
        }
    muster_sgemm_packed(run->points, width, width, 1.0f, pass->work + of->mixed + first * ld, ld,
                        pass->work + of->output_packed, 0.0f, y, ld);
}

void attention_begin_backward(const struct attention *of, const struct muster_layer_pass *pass)
{
    pack(of, pass, true);
    memset(pass->gradients + of->slots[BIAS_INPUT].offset, 0,
           padded(3 * of->width) * sizeof(float));
    memset(pass->gradients + of->slots[BIAS_OUTPUT].offset, 0, padded(of->width) * sizeof(float));
}

const float *attention_mixed(const struct attention *of, const struct muster_layer_pass *pass,
                             const struct run *run)
{
    return pass->work + of->mixed + run->row * of->steps * padded(of->width);
}

static void output_backward(const struct attention *of, const struct muster_layer_pass *pass,
                            const struct run *run, const float *dy, float *slope_mixed)
{
    const size_t width = of->width, ld = padded(width);
    const float *mixed = attention_mixed(of, pass, run);
    points_sum(run->points, width, dy, ld, pass->gradients + of->slots[BIAS_OUTPUT].offset);
    muster_sgemm(true, false, width, width, run->points, 1.0f, mixed, ld, dy, ld,
                 run->row == 0 ? 0.0f : 1.0f, pass->gradients + of->slots[WEIGHT_OUTPUT].offset,
                 width);
    muster_sgemm_packed(run->points, width, width, 1.0f, dy, ld, pass->work + of->output_packed,
                        0.0f, slope_mixed, ld);
}

static void input_backward(const struct attention *of, const struct muster_layer_pass *pass,
                           const struct run *run, const float *x, const float *slope_inputs,
                           float beta, float *dx)
{
    const size_t width = of->width, ld = padded(width), ldx = padded(3 * width);
    points_sum(run->points, 3 * width, slope_inputs, ldx,
               pass->gradients + of->slots[BIAS_INPUT].offset);
    muster_sgemm(true, false, width, 3 * width, run->points, 1.0f, x, ld, slope_inputs, ldx,
                 run->row == 0 ? 0.0f : 1.0f, pass->gradients + of->slots[WEIGHT_INPUT].offset,
                 3 * width);
    if (dx != NULL)
        muster_sgemm_packed(run->points, width, 3 * width, 1.0f, slope_inputs, ldx,
                            pass->work + of->input_packed, beta, dx, ld);
}

void attention_backward(const struct attention *of, const struct muster_layer_pass *pass,
                        const struct run *run, const float *x, const float *dy, float beta,
                        float *dx)
{
    float *slope_mixed = pass->work + of->slope_mixed;
    float *slope_inputs = pass->work + of->slope_inputs;
    const size_t size = of->width / of->heads;
    output_backward(of, pass, run, dy, slope_mixed);
    for (size_t i = 0; i < run->rows; i++)
        for (size_t h = 0; h < of->heads; h++) {
            const struct head head = head_before(of, pass, run->row + i, h);
            const struct slopes d = {
                .mixed = slope_mixed + i * of->steps * head.ldm + h * size,
                .x = slope_inputs + i * of->steps * head.ldx + h * size,
                .values = pass->work + of->values,
            };
            attention_head_backward(of, pass, &head, &d);
        }
    input_backward(of, pass, run, x, slope_inputs, beta, dx);
}

/* ---- while the net is built ----------------------------------------------------------------- */

enum muster_status attention_check(const struct muster_block *block,
                                   const struct muster_shape *shape, size_t heads)
{
    if (shape->rank != 2)
        return muster_error(MUSTER_BAD_STUDY,
                            "%s: %s needs a sequence [t, c] as its input, not %zu dimensions "
                            "(tokens go through `embedding` first)",
                            block->path, block->kind, shape->rank);
    if (shape->dims[1] % heads != 0)
        return muster_error(MUSTER_BAD_STUDY,
                            "%s: %zu heads do not divide the %zu numbers a step (heads: a divisor)",
                            block->path, heads, shape->dims[1]);
    return MUSTER_OK;
}

size_t attention_output_bias(const struct attention *of)
{
    return of->slots[BIAS_OUTPUT].offset;
}

void attention_place(struct muster_net *net, struct attention *of, size_t points)
{
    const size_t width = of->width, all = muster_chain_batch(net) * of->steps;
    static const char *const names[] = {"weight_input", "bias_input", "weight_output",
                                        "bias_output"};
    for (size_t i = 0; i < ATTENTION_SLOTS; i++) {
        const size_t out = i < WEIGHT_OUTPUT ? 3 * width : width, in = i % 2 == 0 ? width : 1;
        of->slots[i] = (struct muster_slot){
            .array = {.name = names[i], .rank = i % 2 == 0 ? 2 : 1, .dims = {out, in}},
            .offset = muster_chain_weights(net, out * in),
            .transposed = i % 2 == 0,
        };
    }
    of->inputs = muster_chain_work(net, all * padded(3 * width));
    /* Else they would be most of what is kept. */
    of->keeps = of->heads * padded(of->steps) <= 8 * width;
    if (of->keeps)
        of->weights = muster_chain_work(net, all * of->heads * padded(of->steps));
    of->mixed = muster_chain_work(net, all * padded(width));
    of->slope_inputs = muster_chain_work(net, points * padded(3 * width));
    of->slope_mixed = muster_chain_work(net, points * padded(width));
    of->square = muster_chain_work(net, (of->dropout.threshold > 0 ? 4 : 2) * attention_square(of));
    of->values = muster_chain_work(net, muster_spack_size(width / of->heads, of->steps));
    const size_t there = muster_spack_size(width, 3 * width);
    const size_t back = muster_spack_size(3 * width, width);
    of->input_packed = muster_chain_work(net, there > back ? there : back);
    of->output_packed = muster_chain_work(net, muster_spack_size(width, width));
}

void attention_init(const struct attention *of, struct muster_stream stream, float *weights)
{
    const size_t width = of->width;
    for (size_t i = WEIGHT_INPUT; i <= WEIGHT_OUTPUT; i += 2) {
        const size_t out = i == WEIGHT_INPUT ? 3 * width : width;
        muster_init_matrix(&(struct muster_init){.rule = of->init,
                                                 .fan_in = (double)width,
                                                 .fan_out = (double)out,
                                                 .rows = width,
                                                 .cols = out},
                           stream, of->slots[i].offset, weights);
    }
}

void attention_count(const struct attention *of, struct muster_layer *layer)
{
    const double steps = (double)of->steps, width = (double)of->width;
    const double projections = 8.0 * steps * width * width, heads = 4.0 * steps * steps * width;
    layer->flops_forward += projections + heads;
    /* Only the last product, slope of x, is left out where nothing below wants it. */
    layer->flops_weights += 1.25 * projections + 2.0 * heads;
    layer->flops_data += 0.75 * projections;
}
