/* One head of attention for one row: p = softmax(scale q k^T), y = p v, and the way back.
 *
 * Queries come in blocks whose weights stay in cache, and causal attention leaves out most of what
 * it does not see. Of long sequences the weights are not kept but made again on the way back (Dao
 * et al., arXiv 2205.14135), so that memory does not grow with the square of the steps. The slope
 * of the softmax needs the weighted mean of dp only, which is dy . y of the head (ibid., appendix
 * B.2), so that dropout, scale and slope are one pass. */
#include "nn/attention_impl.h"

#include "muster/linalg.h"

enum { BLOCK = 64, CAUSAL_BLOCK = 32 };

/* Queries from `from` on that are worked on together, and the steps that the last of them sees. */
struct block {
    size_t from, rows, seen;
};

static size_t block_rows(bool causal)
{
    return causal ? CAUSAL_BLOCK : BLOCK;
}

static struct block block_from(const struct head *head, size_t from)
{
    const size_t left = head->n - from, most = block_rows(head->causal);
    const size_t rows = left < most ? left : most;
    return (struct block){from, rows, head->causal ? from + rows : head->n};
}

size_t attention_square(const struct attention *of)
{
    const size_t most = block_rows(of->causal);
    return (of->steps < most ? of->steps : most) * padded(of->steps);
}

/* ---- softmax -------------------------------------------------------------------------------- */

/* The first n of p become the softmax of by p, by > 0, the others up to ldp zeros. */
VECTOR_INLINE void softmax(float *p, size_t n, float by, size_t ldp)
{
    vfloat most = vset(p[0]), sum = {0};
    size_t j = 0;
    for (; j + LANES <= n; j += LANES)
        most = vmax(most, vload(p + j));
    if (j < n)
        most = vmax(most, vselect(vbefore(n - j), vload(p + j), most));
    most = vmost(most);
    for (j = 0; j < n; j += LANES) {
        const vfloat e = vfirst(vexp_negative(by * (vload(p + j) - most)), n - j);
        vstore(p + j, e);
        sum += e;
    }
    const vfloat scale = 1.0f / vspread(sum);
    for (j = 0; j < n; j += LANES)
        vstore(p + j, vload(p + j) * scale);
    for (; j < ldp; j += LANES)
        vstore(p + j, vset(0.0f));
}

/* ---- a block of queries --------------------------------------------------------------------- */

static bool drops(const struct attention *of, const struct muster_layer_pass *pass)
{
    return of->dropout.threshold > 0 && pass->random != NULL;
}

/* Scratch, [rows of a block][ldp] each: weights, their factors in dropout, what these leave, slope.
 */
struct scratch {
    float *p, *factors, *left, *slope;
};

static struct scratch scratch_of(const struct attention *of, const struct muster_layer_pass *pass,
                                 const struct head *head, const struct block *block)
{
    const size_t square = attention_square(of);
    float *at = pass->work + of->square;
    float *p = head->p != NULL ? head->p + block->from * head->ldp : at;
    if (!drops(of, pass))
        return (struct scratch){p, NULL, p, at + square};
    return (struct scratch){p, at + 2 * square, at + 3 * square, at + square};
}

static void weigh_steps(const struct head *head, const struct block *block, float *p)
{
    muster_sgemm(false, true, block->rows, block->seen, head->size, 1.0f,
                 head->x + block->from * head->ldx, head->ldx, head->x + head->width, head->ldx,
                 0.0f, p, head->ldp);
    for (size_t i = 0; i < block->rows; i++)
        softmax(p + i * head->ldp, head->causal ? block->from + i + 1 : head->n, head->scale,
                head->ldp);
}

static void drop(const struct attention *of, const struct muster_layer_pass *pass,
                 const struct head *head, const struct block *block, const struct scratch *at)
{
    const size_t n = block->rows * head->ldp;
    if (at->factors == NULL)
        return;
    muster_dropout_factors(&of->dropout, pass->random, head->place + block->from * head->ldp, n,
                           at->factors);
    for (size_t k = 0; k < n; k += LANES)
        vstore(at->left + k, vload(at->p + k) * vload(at->factors + k));
}

void attention_head_forward(const struct attention *of, const struct muster_layer_pass *pass,
                            const struct head *head)
{
    for (size_t from = 0; from < head->n;) {
        const struct block block = block_from(head, from);
        const struct scratch scratch = scratch_of(of, pass, head, &block);
        weigh_steps(head, &block, scratch.p);
        drop(of, pass, head, &block, &scratch);
        muster_sgemm(false, false, block.rows, head->size, block.seen, 1.0f, scratch.left,
                     head->ldp, head->x + 2 * head->width, head->ldx, 0.0f,
                     head->mixed + from * head->ldm, head->ldm);
        from += block.rows;
    }
}

/* ---- backward ------------------------------------------------------------------------------- */

/* dp in, slope of q k^T out: scale p (factor dp - mean), mean = sum of p factor dp = dmixed mixed.
 */
static void softmax_slope(const struct head *head, const struct slopes *d,
                          const struct block *block, const struct scratch *at)
{
    for (size_t i = 0; i < block->rows; i++) {
        const size_t row = (block->from + i) * head->ldm;
        vfloat mean = {0};
        for (size_t k = 0; k < head->size; k += LANES)
            mean +=
                vfirst(vload(d->mixed + row + k) * vload(head->mixed + row + k), head->size - k);
        mean = vspread(mean);
        for (size_t k = i * head->ldp; k < i * head->ldp + block->seen; k += LANES) {
            vfloat dp = vload(at->slope + k);
            if (at->factors != NULL)
                dp = dp * vload(at->factors + k);
            vstore(at->slope + k, head->scale * vload(at->p + k) * (dp - mean));
        }
    }
}

/* The last block sees the most steps: it goes first and sets the slopes of k and v. */
static void block_backward(const struct head *head, const struct slopes *d,
                           const struct block *block, const struct scratch *at)
{
    const float *q = head->x + block->from * head->ldx, *k = head->x + head->width;
    const float *dm = d->mixed + block->from * head->ldm;
    float *dk = d->x + head->width;
    const float beta = block->from + block->rows == head->n ? 0.0f : 1.0f;
    muster_sgemm(true, false, block->seen, head->size, block->rows, 1.0f, at->left, head->ldp, dm,
                 head->ldm, beta, dk + head->width, head->ldx);
    muster_sgemm(false, true, block->rows, block->seen, head->size, 1.0f, dm, head->ldm,
                 k + head->width, head->ldx, 0.0f, at->slope, head->ldp);
    softmax_slope(head, d, block, at);
    muster_sgemm(false, false, block->rows, head->size, block->seen, 1.0f, at->slope, head->ldp, k,
                 head->ldx, 0.0f, d->x + block->from * head->ldx, head->ldx);
    muster_sgemm(true, false, block->seen, head->size, block->rows, 1.0f, at->slope, head->ldp, q,
                 head->ldx, beta, dk, head->ldx);
}

void attention_head_backward(const struct attention *of, const struct muster_layer_pass *pass,
                             const struct head *head, const struct slopes *d)
{
    const size_t most = block_rows(head->causal);
    for (size_t end = head->n; end > 0;) {
        const struct block block = block_from(head, (end - 1) / most * most);
        const struct scratch scratch = scratch_of(of, pass, head, &block);
        if (head->p == NULL)
            weigh_steps(head, &block, scratch.p);
        drop(of, pass, head, &block, &scratch);
        block_backward(head, d, &block, &scratch);
        end = block.from;
    }
}
