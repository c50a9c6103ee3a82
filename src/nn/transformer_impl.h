/* One encoder block on the chain (transformer_block.c), for the kind that stacks them. */
#ifndef MUSTER_NN_TRANSFORMER_IMPL_H
#define MUSTER_NN_TRANSFORMER_IMPL_H

#include "nn/attention_impl.h"

struct transformer_setup {
    size_t heads, feedforward;
    double dropout;
    bool pre, causal; /* normalisation before each part, not behind it */
    const struct muster_activation *activation;
    enum muster_init_rule init;
};

/* Where the chain's end is a sequence whose numbers a step the heads divide. */
enum muster_status muster_chain_transformer(struct muster_net *net,
                                            const struct transformer_setup *setup);

/* ---- the layer itself ----------------------------------------------------------------------- */

enum {
    BIAS_OUTPUT = ATTENTION_SLOTS - 1,
    WEIGHT_LINEAR1,
    BIAS_LINEAR1,
    WEIGHT_LINEAR2,
    BIAS_LINEAR2,
    WEIGHT_NORM1,
    BIAS_NORM1,
    WEIGHT_NORM2,
    BIAS_NORM2,
    SLOTS
};

/* Where dropout stands; site 0 is within the attention. */
enum { BEHIND_ATTENTION = 1, BEHIND_ACTIVATION, BEHIND_LINEAR2, SITES };

struct transformer {
    struct muster_layer base;
    struct muster_slot slots[SLOTS];
    struct attention attention;
    size_t steps, width, hidden;
    bool pre;
    const struct muster_activation *activation;
    struct muster_dropout dropout[SITES];
    size_t rows; /* of a run */
    /* Work, of the batch: what the normalisations see (of the first, pre, it is x) with their
     * moments, and the activations with their slopes. */
    size_t first, second, moments1, moments2, active, slope;
    /* Of a run: points of width and of hidden numbers (the padding of `wide` stays zero), factors,
     * the edges' points, a bias. */
    size_t normal, part, sum, wide, thin, factors, below, above, bias;
    size_t linear1_packed, linear2_packed;
};

void transformer_forward(const struct muster_layer *layer, const struct muster_layer_pass *pass);
void transformer_backward(const struct muster_layer *layer, const struct muster_layer_pass *pass);

/* ---- residuals and layer normalisation of points (transformer_norm.c) ----------------------- */

/* s = x + factors (a + bias), y = weight normal(s) + bias_norm, all [points][padded(width)] whose
 * padding becomes zero. */
struct residual {
    size_t points, width;
    const float *x;
    const float *a;       /* NULL: s = x, which is not written */
    const float *bias;    /* of a */
    const float *factors; /* [points][ld] of dropout; NULL: 1 */
    float *s;
    const float *weight, *bias_norm;
    float *y;       /* NULL: no normalisation */
    float *moments; /* [points][2]: mean, 1 / deviation; written with y */
};
void residual_forward(const struct residual *of);

/* y of s and its moments again. */
void residual_normalise(const struct residual *of);

/* The normalisation's way back: ds = slope of s + `plus`, where that is not NULL. Adds to the
 * gradients of weight and bias. */
struct residual_slope {
    size_t points, width;
    const float *s, *moments, *weight;
    const float *dy, *plus;
    float *ds; /* may be dy or plus */
    float *of_weight, *of_bias;
    /* [points][ld] that is wanted soon, for the processor to fetch on the way; NULL: nothing. */
    const float *soon;
    size_t ld_soon;
};
void residual_backward(const struct residual_slope *of);

#endif
