/* One head of attention for one row: p = softmax(scale q k^T), y = p v, and the way back. Small
 * enough to stay in cache.
 *
 * The slope of the softmax needs the weighted mean of dp only, which is dy . y of the head (Dao et
 * al., arXiv 2205.14135, appendix B.2), so that dropout, scale and slope are one pass. Queries of
 * causal attention come in blocks, which leaves out most of what they do not see. */
#include "nn/attention_impl.h"

#include "muster/linalg.h"

enum { CAUSAL_BLOCK = 32 };

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

void attention_head_forward(const struct attention *of, const struct muster_layer_pass *pass,
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

void attention_head_backward(const struct attention *of, const struct muster_layer_pass *pass,
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
