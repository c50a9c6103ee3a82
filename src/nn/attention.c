/* Multi-head self-attention (Vaswani et al., NIPS 2017) in the form of PyTorch's
 * MultiheadAttention:
 *     (q, k, v) = x W_input + b_input, cut into heads
 *     p = softmax(q k^T / sqrt(width / heads)) over the steps that may be seen, then dropout
 *     y = (p v, heads side by side) W_output + b_output
 * Steps behind a row's length are neither seen nor computed; causal: step i sees steps 0 .. i.
 *
 * One product makes q, k, v of a run of points. Each head of a row is small, so that its products
 * stay in cache. The softmax' slope needs the weights' sum over dp only, which is dy . y of the
 * head (Dao et al., arXiv 2205.14135, appendix B.2), so that masks, scale and slope are one pass.
 * Queries of causal attention come in blocks, which leaves out most of what they do not see. */
#include "nn/attention_impl.h"

#include "muster/linalg.h"

#include <assert.h>
#include <math.h>

enum { WEIGHT_INPUT, BIAS_INPUT, WEIGHT_OUTPUT, BIAS_OUTPUT };
enum { CAUSAL_BLOCK = 32 };

/* One head of one row: q, k, v at x, x + width, x + 2 width. */
struct head {
    size_t n, size;    /* steps that are used, numbers a step */
    size_t width, ldx; /* of the inputs */
    size_t ldp, ldm;
    float scale;
    bool causal;
    const float *x;
    float *p, *mixed;
    size_t place; /* of p among all weights, for dropout */
};

static struct head head_of(const struct attention *of, const struct muster_layer_pass *pass,
                           size_t row, size_t h)
{
    const size_t size = of->width / of->heads, first = row * of->steps;
    const size_t ldp = padded(of->steps), ldm = padded(of->width), ldx = padded(3 * of->width);
    const size_t square = of->steps * ldp, at = (row * of->heads + h) * square;
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
        .p = pass->work + of->weights + at,
        .mixed = pass->work + of->mixed + first * ldm + h * size,
        .place = first_row * of->heads * square + at,
    };
}

/* Queries from `from` on that are worked on together, and the steps that the last of them sees. */
struct block {
    size_t from, rows, seen;
};

static struct block block_from(const struct head *head, size_t from)
{
    size_t rows = head->n - from;
    if (head->causal && rows > CAUSAL_BLOCK)
        rows = CAUSAL_BLOCK;
    return (struct block){from, rows, head->causal ? from + rows : head->n};
}

/* ---- softmax -------------------------------------------------------------------------------- */

/* The first n of p become their softmax, the others up to ldp zeros. */
VECTOR_INLINE void softmax(float *p, size_t n, size_t ldp)
{
    vfloat most = vset(p[0]), sum = {0};
    size_t j = 0;
    for (; j < n; j += LANES)
        most = vmax(most, vselect(vbefore(n - j), vload(p + j), most));
    most = vmost(most);
    for (j = 0; j < n; j += LANES) {
        const vfloat e = vfirst(vexp_negative(vload(p + j) - most), n - j);
        vstore(p + j, e);
        sum += e;
    }
    const vfloat scale = 1.0f / vspread(sum);
    for (j = 0; j < n; j += LANES)
        vstore(p + j, vload(p + j) * scale);
    for (; j < ldp; j += LANES)
        vstore(p + j, vset(0.0f));
}

/* ---- dropout of the weights ----------------------------------------------------------------- */

/* p is never negative: a sign tells what is dropped, and p itself stays known for backward. */
static void mark_dropped(const struct attention *of, const struct muster_layer_pass *pass,
                         const struct head *head, float *factors)
{
    muster_dropout_factors(&of->dropout, pass->random, head->place, head->n * head->ldp, factors);
    for (size_t k = 0; k < head->n * head->ldp; k += LANES) {
        const vint dropped = (vint)(vload(factors + k) == 0.0f) & (vint)vset(-0.0f);
        vstore(head->p + k, (vfloat)((vint)vload(head->p + k) | dropped));
    }
}

/* to = factor p where it is not dropped, else 0. */
static void drop(const struct attention *of, const struct head *head, float *to)
{
    const vfloat factor = vset(65536.0f / (float)(65536u - of->dropout.threshold));
    for (size_t k = 0; k < head->n * head->ldp; k += LANES) {
        const vfloat p = vload(head->p + k);
        vstore(to + k, (vfloat)(((vint)p >= 0) & (vint)(p * factor)));
    }
}

/* ---- one head ------------------------------------------------------------------------------- */

static void weigh_steps(const struct head *head)
{
    for (size_t from = 0; from < head->n;) {
        const struct block block = block_from(head, from);
        muster_sgemm(false, true, block.rows, block.seen, head->size, head->scale,
                     head->x + from * head->ldx, head->ldx, head->x + head->width, head->ldx, 0.0f,
                     head->p + from * head->ldp, head->ldp);
        for (size_t i = from; i < from + block.rows; i++)
            softmax(head->p + i * head->ldp, head->causal ? i + 1 : head->n, head->ldp);
        from += block.rows;
    }
}

static void mix(const struct head *head, const float *p)
{
    for (size_t from = 0; from < head->n;) {
        const struct block block = block_from(head, from);
        muster_sgemm(false, false, block.rows, head->size, block.seen, 1.0f, p + from * head->ldp,
                     head->ldp, head->x + 2 * head->width, head->ldx, 0.0f,
                     head->mixed + from * head->ldm, head->ldm);
        from += block.rows;
    }
}

static bool drops(const struct attention *of, const struct muster_layer_pass *pass)
{
    return of->dropout.threshold > 0 && pass->random != NULL;
}

static void head_forward(const struct attention *of, const struct muster_layer_pass *pass,
                         const struct head *head)
{
    float *square = pass->work + of->square;
    weigh_steps(head);
    if (drops(of, pass)) {
        mark_dropped(of, pass, head, square);
        drop(of, head, square);
        mix(head, square);
    } else {
        mix(head, head->p);
    }
}

/* Slopes of one head: of its part of `mixed`, and of q, k, v. */
struct slopes {
    const float *mixed;
    float *x;
    float *square; /* [n][ldp]: of the weights */
};

/* dp in, slope of q k^T out: s = scale p (factor dp - mean), mean = sum of p dp = dmixed mixed. */
static void softmax_slope(const struct attention *of, const struct head *head,
                          const struct slopes *d, const struct block *block)
{
    const vfloat factor = vset(65536.0f / (float)(65536u - of->dropout.threshold));
    for (size_t i = block->from; i < block->from + block->rows; i++) {
        const float *p = head->p + i * head->ldp;
        const float *y = head->mixed + i * head->ldm, *dy = d->mixed + i * head->ldm;
        float *s = d->square + i * head->ldp;
        vfloat mean = {0};
        for (size_t k = 0; k < head->size; k += LANES)
            mean += vfirst(vload(dy + k) * vload(y + k), head->size - k);
        mean = vspread(mean);
        for (size_t j = 0; j < block->seen; j += LANES) {
            const vfloat weight = vload(p + j);
            const vfloat dp = (vfloat)(((vint)weight >= 0) & (vint)(vload(s + j) * factor));
            vstore(s + j, head->scale * vabs(weight) * (dp - mean));
        }
    }
}

/* The last block sees the most steps: it goes first and sets the slopes of k and v. */
static void block_backward(const struct attention *of, const struct head *head,
                           const struct slopes *d, const struct block *block, const float *dropped)
{
    const float *q = head->x + block->from * head->ldx, *k = head->x + head->width;
    const float *dm = d->mixed + block->from * head->ldm;
    float *square = d->square + block->from * head->ldp, *dk = d->x + head->width;
    const float beta = block->from + block->rows == head->n ? 0.0f : 1.0f;
    muster_sgemm(true, false, block->seen, head->size, block->rows, 1.0f,
                 dropped + block->from * head->ldp, head->ldp, dm, head->ldm, beta,
                 dk + head->width, head->ldx);
    muster_sgemm(false, true, block->rows, block->seen, head->size, 1.0f, dm, head->ldm,
                 k + head->width, head->ldx, 0.0f, square, head->ldp);
    softmax_slope(of, head, d, block);
    muster_sgemm(false, false, block->rows, head->size, block->seen, 1.0f, square, head->ldp, k,
                 head->ldx, 0.0f, d->x + block->from * head->ldx, head->ldx);
    muster_sgemm(true, false, block->seen, head->size, block->rows, 1.0f, square, head->ldp, q,
                 head->ldx, beta, dk, head->ldx);
}

static void head_backward(const struct attention *of, const struct muster_layer_pass *pass,
                          const struct head *head, const struct slopes *d)
{
    const size_t square = head->n * head->ldp;
    const float *dropped = head->p;
    if (drops(of, pass)) {
        drop(of, head, d->square + square);
        dropped = d->square + square;
    }
    for (size_t end = head->n; end > 0;) {
        const size_t from = head->causal ? (end - 1) / CAUSAL_BLOCK * CAUSAL_BLOCK : 0;
        const struct block block = {from, end - from, end};
        block_backward(of, head, d, &block, dropped);
        end = from;
    }
}

/* ---- runs of points ------------------------------------------------------------------------- */

void attention_forward(const struct attention *of, const struct muster_layer_pass *pass,
                       const struct run *run, const float *x, float *y)
{
    const size_t width = of->width, first = run->row * of->steps;
    const size_t ld = padded(width), ldx = padded(3 * width);
    float *inputs = pass->work + of->inputs + first * ldx;
    muster_sgemm(false, false, run->points, 3 * width, width, 1.0f, x, ld,
                 pass->weights + of->slots[WEIGHT_INPUT].offset, 3 * width, 0.0f, inputs, ldx);
    muster_activation_identity.forward(&(struct muster_forward_strip){
        .rows = run->points,
        .n = 3 * width,
        .x = inputs,
        .ldx = ldx,
        .bias = pass->weights + of->slots[BIAS_INPUT].offset,
        .y = inputs,
        .ldy = ldx,
    });
    for (size_t row = run->row; row < run->row + run->rows; row++)
        for (size_t h = 0; h < of->heads; h++) {
            const struct head head = head_of(of, pass, row, h);
            head_forward(of, pass, &head);
        }
    muster_sgemm(false, false, run->points, width, width, 1.0f, pass->work + of->mixed + first * ld,
                 ld, pass->weights + of->slots[WEIGHT_OUTPUT].offset, width, 0.0f, y, ld);
}

void attention_begin(const struct attention *of, const struct muster_layer_pass *pass)
{
    const size_t width = of->width;
    muster_stranspose(width, 3 * width, pass->weights + of->slots[WEIGHT_INPUT].offset, 3 * width,
                      pass->work + of->input_transposed, width);
    muster_stranspose(width, width, pass->weights + of->slots[WEIGHT_OUTPUT].offset, width,
                      pass->work + of->output_transposed, width);
    memset(pass->gradients + of->slots[BIAS_INPUT].offset, 0, padded(3 * width) * sizeof(float));
    memset(pass->gradients + of->slots[BIAS_OUTPUT].offset, 0, padded(width) * sizeof(float));
}

static void output_backward(const struct attention *of, const struct muster_layer_pass *pass,
                            const struct run *run, const float *dy, float *slope_mixed)
{
    const size_t width = of->width, ld = padded(width);
    const float *mixed = pass->work + of->mixed + run->row * of->steps * ld;
    points_sum(run->points, width, dy, ld, pass->gradients + of->slots[BIAS_OUTPUT].offset);
    muster_sgemm(true, false, width, width, run->points, 1.0f, mixed, ld, dy, ld,
                 run->row == 0 ? 0.0f : 1.0f, pass->gradients + of->slots[WEIGHT_OUTPUT].offset,
                 width);
    muster_sgemm(false, false, run->points, width, width, 1.0f, dy, ld,
                 pass->work + of->output_transposed, width, 0.0f, slope_mixed, ld);
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
        muster_sgemm(false, false, run->points, width, 3 * width, 1.0f, slope_inputs, ldx,
                     pass->work + of->input_transposed, width, beta, dx, ld);
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
            const struct head head = head_of(of, pass, run->row + i, h);
            const struct slopes d = {
                .mixed = slope_mixed + i * of->steps * head.ldm + h * size,
                .x = slope_inputs + i * of->steps * head.ldx + h * size,
                .square = pass->work + of->square,
            };
            head_backward(of, pass, &head, &d);
        }
    input_backward(of, pass, run, x, slope_inputs, beta, dx);
}

/* ---- while the net is built ----------------------------------------------------------------- */

enum muster_status attention_check(const struct muster_block *block,
                                   const struct muster_shape *shape, size_t heads)
{
    if (shape->rank != 2)
        return muster_error(MUSTER_BAD_STUDY,
                            "%s: %s needs a sequence [t, c] as its input, not %zu dimensions",
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
    const size_t square = of->steps * padded(of->steps);
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
    of->weights = muster_chain_work(net, muster_chain_batch(net) * of->heads * square);
    of->mixed = muster_chain_work(net, all * padded(width));
    of->slope_inputs = muster_chain_work(net, points * padded(3 * width));
    of->slope_mixed = muster_chain_work(net, points * padded(width));
    of->square = muster_chain_work(net, (of->dropout.threshold > 0 ? 2 : 1) * square);
    of->input_transposed = muster_chain_work(net, 3 * width * width);
    of->output_transposed = muster_chain_work(net, width * width);
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
    /* What heads cost on the way back is spent whether or not x wants its slope. */
    layer->flops_weights += projections + 2.0 * heads;
    layer->flops_data += projections;
}
