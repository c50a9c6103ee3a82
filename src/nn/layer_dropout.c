/* Dropout (Srivastava et al., JMLR 15, 2014), inverted: in training each number is set to zero with
 * probability `rate` and divided by 1 - rate otherwise; in prediction all pass.
 *
 * The bits are Philox 4x32-10 (Salmon et al., SC11) as muster_random_bits makes them, but a
 * vector of counters at a time and 16 bits a number: the rate is met within 2^-17, and the divisor
 * is the rate met. A number's place p = row in batch * padded row length + unit makes its counter
 * {p / 128 * 16 + p % 16, step, site, upper half of step} and its half word p / 16 % 8 therein, so
 * that its fate does not depend on how a batch is cut into shards. */
#include "nn/dropout_impl.h"

#include <math.h>
#include <string.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

/* 16-bit numbers of a counter; counters, and their numbers, of a block. */
enum { HALVES = 8, COUNTERS = 16, BLOCK = HALVES * COUNTERS };

struct dropout {
    struct muster_layer base;
    struct muster_dropout rule;
    size_t factors; /* work: [batch][ldy], 0 or 1 / (1 - rate) */
};

typedef uint64_t vwide __attribute__((vector_size(4 * LANES), may_alias));

/* Products of the even lanes. GCC would make shifts and sums of a 64-bit one. */
VECTOR_INLINE vwide even_products(vwide x, vwide y)
{
#if defined(__AVX512F__)
    return (vwide)_mm512_mul_epu32((__m512i)x, (__m512i)y);
#elif defined(__AVX2__)
    return (vwide)_mm256_mul_epu32((__m256i)x, (__m256i)y);
#elif defined(__SSE2__)
    return (vwide)_mm_mul_epu32((__m128i)x, (__m128i)y);
#else
    return (x & 0xffffffffu) * (y & 0xffffffffu);
#endif
}

/* Upper and lower halves of x m. */
VECTOR_INLINE vbits product(vbits x, uint32_t m, vbits *low)
{
    const vbits factor = m - (vbits){0};
    const vwide even = even_products((vwide)x, (vwide)factor);
    const vwide odd = even_products((vwide)x >> 32, (vwide)factor);
    *low = x * factor;
    return (vbits)((even >> 32) | (odd & ~(uint64_t)0xffffffffu));
}

/* The image of the counters {first + lane, step, site, upper half of step}. */
VECTOR_INLINE void bits_of(const struct muster_dropout *rule, const struct muster_pass *pass,
                           uint32_t first, vbits c[4])
{
    const vbits lane = LANE_NUMBERS, none = {0};
    c[0] = lane + first;
    c[1] = none + (uint32_t)pass->step;
    c[2] = none + rule->site;
    c[3] = none + (uint32_t)(pass->step >> 32);
    for (uint32_t round = 0; round < 10; round++) {
        vbits low0, low2, high0 = product(c[0], 0xD2511F53u, &low0);
        vbits high2 = product(c[2], 0xCD9E8D57u, &low2);
        c[0] = high2 ^ c[1] ^ (pass->dropout.key[0] + round * 0x9E3779B9u);
        c[2] = high0 ^ c[3] ^ (pass->dropout.key[1] + round * 0xBB67AE85u);
        c[1] = low2;
        c[3] = low0;
    }
}

struct muster_dropout muster_dropout_rule(double rate, size_t layer, size_t site)
{
    return (struct muster_dropout){(uint32_t)lrint(rate * 65536.0), (uint32_t)(layer | site << 16)};
}

void muster_dropout_factors(const struct muster_dropout *rule, const struct muster_pass *pass,
                            size_t first, size_t n, float *factors)
{
    const vfloat kept = vset(65536.0f / (float)(65536u - rule->threshold));
    for (size_t at = first / BLOCK * COUNTERS; at / COUNTERS * BLOCK < first + n; at += LANES) {
        const size_t block = at / COUNTERS * BLOCK, lane = at % COUNTERS;
        vbits c[4];
        bits_of(rule, pass, (uint32_t)at, c);
        for (size_t h = 0; h < HALVES; h++) {
            size_t place = block + h * COUNTERS + lane;
            vbits half = (c[h / 2] >> (uint32_t)(h % 2 * 16)) & 0xffffu;
            if (place >= first && place < first + n)
                vstore(factors + (place - first),
                       (vfloat)((vint)(half >= rule->threshold) & (vint)kept));
        }
    }
}

/* to = from * factors; the loop an activation's pass would be. */
static void multiply(const struct muster_layer_pass *pass, size_t n, const float *factors)
{
    for (size_t j = 0; j < n; j += LANES) {
        const bool whole = j + LANES <= pass->ldx;
        for (size_t i = 0; i < pass->rows; i++) {
            const float *x = pass->x + i * pass->ldx + j;
            vstore(pass->y + i * pass->ldy + j,
                   (whole ? vload(x) : vload_some(x, n - j)) * vload(factors + i * pass->ldy + j));
        }
    }
}

static void forward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct dropout *self = (const struct dropout *)layer;
    float *factors = pass->work + self->factors;
    if (pass->random == NULL) {
        for (size_t i = 0; i < pass->rows; i++)
            memcpy(pass->y + i * pass->ldy, pass->x + i * pass->ldx, layer->out * sizeof *pass->y);
        return;
    }
    muster_dropout_factors(&self->rule, pass->random, pass->random->first_row * pass->ldy,
                           pass->rows * pass->ldy, factors);
    multiply(pass, layer->out, factors);
}

static void backward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct dropout *self = (const struct dropout *)layer;
    strip_backward(&(struct muster_backward_strip){.rows = pass->rows,
                                                   .n = layer->out,
                                                   .ld = pass->ldy,
                                                   .kept = pass->work + self->factors,
                                                   .dy = pass->dy,
                                                   .dx = pass->dx},
                   times_slope);
}

static const struct muster_layer_class class = {
    .name = "dropout",
    .forward = forward,
    .backward = backward,
};

enum muster_status muster_chain_dropout(struct muster_net *net, double rate)
{
    struct muster_layer *layer = NULL;
    const struct muster_shape shape = *muster_chain_shape(net);
    const struct muster_dropout rule = muster_dropout_rule(rate, muster_chain_layers(net), 0);
    if (rule.threshold == 0)
        return MUSTER_OK;
    enum muster_status status =
        muster_chain_add(net, &class, sizeof(struct dropout), &shape, &layer);
    if (status != MUSTER_OK)
        return status;
    struct dropout *self = (struct dropout *)layer;
    self->rule = rule;
    self->factors = muster_chain_work(net, muster_chain_batch(net) * padded(layer->out));
    return MUSTER_OK;
}

static enum muster_status add(struct muster_net *net, const struct muster_block *block)
{
    return muster_chain_dropout(net, muster_block_number(block, "rate"));
}

static const struct muster_option options[] = {
    {.name = "rate",
     .type = MUSTER_REAL,
     .standard = "0.5",
     .low = 0,
     .high = 0.99,
     .help = "share of the numbers set to zero in training"},
    {0},
};

const struct muster_layer_kind muster_layer_dropout = {
    .plugin = {.name = "dropout",
               .help = "sets numbers to zero at random in training",
               .options = options,
               .main_option = "rate"},
    .add = add,
};
