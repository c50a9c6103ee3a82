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

/* Rows of scores that become weights together, so that none waits for its own sums; of row r
 * n + r step numbers count. */
enum { ROWS = 4 };

struct scores {
    float *p; /* [rows][ldp] */
    size_t n, step, ldp;
    float by; /* > 0 */
};

VECTOR_INLINE vfloat greatest(const float *p, size_t n)
{
    vfloat most = vset(p[0]);
    size_t j = 0;
    for (; j + LANES <= n; j += LANES)
        most = vmax(most, vload(p + j));
    if (j < n)
        most = vmax(most, vselect(vbefore(n - j), vload(p + j), most));
    return vmost(most);
}

/* One vector of each row; `whole`: all of it counts. */
VECTOR_INLINE void exponentials(const struct scores *of, size_t rows, size_t j, bool whole,
                                const vfloat most[ROWS], vfloat sum[ROWS])
{
#pragma GCC unroll 4
    for (size_t r = 0; r < rows; r++) {
        float *at = of->p + r * of->ldp + j;
        const size_t end = of->n + r * of->step;
        vfloat e = vexp_negative(of->by * (vload(at) - most[r]));
        if (!whole)
            e = vfirst(e, end > j ? end - j : 0);
        vstore(at, e);
        sum[r] += e;
    }
}

/* What counts of each row becomes its softmax by `by`, the rest up to ldp zeros. */
VECTOR_INLINE void softmax(const struct scores *of, size_t rows)
{
    const size_t end = of->n + (rows - 1) * of->step;
    vfloat most[ROWS], sum[ROWS];
    size_t j = 0;
#pragma GCC unroll 4
    for (size_t r = 0; r < rows; r++) {
        most[r] = greatest(of->p + r * of->ldp, of->n + r * of->step);
        sum[r] = (vfloat){0};
    }
    for (; j + LANES <= of->n; j += LANES)
        exponentials(of, rows, j, true, most, sum);
    for (; j < end; j += LANES)
        exponentials(of, rows, j, false, most, sum);
#pragma GCC unroll 4
    for (size_t r = 0; r < rows; r++)
        sum[r] = 1.0f / vspread(sum[r]);
    for (size_t r = 0; r < rows; r++) {
        float *p = of->p + r * of->ldp;
        for (size_t k = 0; k < j; k += LANES)
            vstore(p + k, vload(p + k) * sum[r]);
        for (size_t k = j; k < of->ldp; k += LANES)
            vstore(p + k, vset(0.0f));
    }
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
    struct scores scores = {
        .p = p,
        .n = head->causal ? block->from + 1 : head->n,
        .step = head->causal ? 1 : 0,
        .ldp = head->ldp,
        .by = head->scale,
    };
    for (size_t i = 0, rows; i < block->rows; i += rows) {
        rows = block->rows - i < ROWS ? 1 : ROWS;
        if (rows == ROWS)
            softmax(&scores, ROWS);
        else
            softmax(&scores, 1);
        scores.p += rows * head->ldp;
        scores.n += rows * scores.step;
    }
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

/* The rows of the next head lie too far apart for the processor to guess: a row of it is asked for
 * while one of this head is worked on. */
static void fetch_next(const struct head *head, size_t i)
{
    enum { LINE = 16 };
    if (head->next_x == NULL)
        return;
    const float *x = head->next_x + i * head->ldx, *p = head->next_p + i * head->ldp;
    for (size_t part = 0; part < 3; part++)
        for (size_t k = 0; k < head->size; k += LINE)
            __builtin_prefetch(x + part * head->width + k);
    for (size_t k = 0; k < head->ldp; k += LINE)
        __builtin_prefetch(p + k);
}

/* Sum of p factor dp, which is dmixed mixed, of query i. */
static float mean_slope(const struct head *head, const struct slopes *d, size_t i)
{
    const float *dmixed = d->mixed + i * head->ldm, *mixed = head->mixed + i * head->ldm;
    vfloat sum = {0};
    for (size_t k = 0; k < head->size; k += LANES)
        sum += vfirst(vload(dmixed + k) * vload(mixed + k), head->size - k);
    return vspread(sum)[0];
}

/* Slope of q k^T, some queries at a time. */
static void slope_of_scores(const struct head *head, const struct slopes *d,
                            const struct block *block, const struct scratch *at)
{
    enum { SOME = 12 };
    float mean[SOME];
    for (size_t i = 0; i < block->rows; i += SOME) {
        const size_t rows = block->rows - i < SOME ? block->rows - i : SOME, from = block->from + i;
        for (size_t r = 0; r < rows; r++) {
            fetch_next(head, from + r);
            mean[r] = mean_slope(head, d, from + r);
        }
        attention_slope(&(struct attention_slope){
            .rows = rows,
            .seen = block->seen,
            .size = head->size,
            .dmixed = d->mixed + from * head->ldm,
            .ldm = head->ldm,
            .values = d->values,
            .p = at->p + i * head->ldp,
            .factors = at->factors != NULL ? at->factors + i * head->ldp : NULL,
            .ldp = head->ldp,
            .mean = mean,
            .scale = head->scale,
            .slope = at->slope + i * head->ldp,
        });
    }
}

/* The last block sees the most steps: it goes first and sets the slopes of k and v. The weights are
 * read row by row first, which is how the processor brings them in fastest. */
static void block_backward(const struct head *head, const struct slopes *d,
                           const struct block *block, const struct scratch *at)
{
    const float *q = head->x + block->from * head->ldx, *k = head->x + head->width;
    const float *dm = d->mixed + block->from * head->ldm;
    float *dk = d->x + head->width;
    const float beta = block->from + block->rows == head->n ? 0.0f : 1.0f;
    slope_of_scores(head, d, block, at);
    muster_sgemm(true, false, block->seen, head->size, block->rows, 1.0f, at->left, head->ldp, dm,
                 head->ldm, beta, dk + head->width, head->ldx);
    muster_sgemm(false, false, block->rows, head->size, block->seen, 1.0f, at->slope, head->ldp, k,
                 head->ldx, 0.0f, d->x + block->from * head->ldx, head->ldx);
    muster_sgemm(true, false, block->seen, head->size, block->rows, 1.0f, at->slope, head->ldp, q,
                 head->ldx, beta, dk, head->ldx);
}

void attention_head_backward(const struct attention *of, const struct muster_layer_pass *pass,
                             const struct head *head, const struct slopes *d)
{
    const size_t most = block_rows(head->causal);
    muster_spack(true, head->size, head->n, head->x + 2 * head->width, head->ldx, d->values);
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
