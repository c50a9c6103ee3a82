/* Layer normalisation (Ba, Kiros, Hinton, arXiv 1607.06450) in PyTorch's form: each point is
 * brought to mean 0 and variance 1 over its channels; then y = weight x + bias. Behind the used
 * steps of a row y is 0. */
#include "nn/norm_impl.h"

#include <string.h>

/* 1 / sqrt(variance + epsilon) of one point, and its mean. */
struct moments {
    float mean, scale;
};

VECTOR_INLINE struct moments measure(const float *x, size_t channels, bool whole)
{
    vfloat sum = {0}, squares = {0};
    for (size_t j = 0; j < channels; j += LANES)
        sum += norm_load(x + j, channels - j, whole);
    const vfloat mean = vspread(sum) / (float)channels;
    for (size_t j = 0; j < channels; j += LANES) {
        const vfloat apart = vfirst(norm_load(x + j, channels - j, whole) - mean, channels - j);
        squares += apart * apart;
    }
    const float variance = vspread(squares)[0] / (float)channels;
    return (struct moments){mean[0], 1.0f / __builtin_sqrtf(variance + NORM_EPSILON)};
}

static void forward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct norm *norm = (const struct norm *)layer;
    const bool from_whole = norm_whole(norm, pass->ldx), to_whole = norm_whole(norm, pass->ldy);
    const float *weight = pass->weights + layer->slots[WEIGHT].offset;
    const float *bias = pass->weights + layer->slots[BIAS].offset;
    struct moments *kept = (struct moments *)(pass->work + norm->kept);
    for (size_t i = 0; i < pass->rows; i++) {
        const size_t used = muster_layer_used(layer, pass, i);
        for (size_t p = 0; p < used / norm->channels; p++) {
            const float *x = pass->x + i * pass->ldx + p * norm->channels;
            float *y = pass->y + i * pass->ldy + p * norm->channels;
            const struct moments by = measure(x, norm->channels, from_whole);
            kept[i * norm->points + p] = by;
            for (size_t j = 0; j < norm->channels; j += LANES) {
                const size_t n = norm->channels - j;
                const vfloat normal = (norm_load(x + j, n, from_whole) - by.mean) * by.scale;
                norm_store(y + j, normal * vload(weight + j) + vload(bias + j), n, to_whole);
            }
        }
        memset(pass->y + i * pass->ldy + used, 0, (layer->out - used) * sizeof *pass->y);
    }
}

/* One point as backward sees it. */
struct point {
    const float *x, *dy, *weight;
    size_t channels;
    bool whole, above; /* of x, of dy */
    struct moments by;
};

/* Adds to the gradients of weight and bias; returns the means of g and g x' over the channels, with
 * g = dy weight and x' the normalised x. */
VECTOR_INLINE struct moments gather(const struct point *at, float *of_weight, float *of_bias)
{
    vfloat sum = {0}, products = {0};
    for (size_t j = 0; j < at->channels; j += LANES) {
        const size_t n = at->channels - j;
        const vfloat dy = norm_load(at->dy + j, n, at->above);
        const vfloat normal = (norm_load(at->x + j, n, at->whole) - at->by.mean) * at->by.scale;
        const vfloat g = dy * vload(at->weight + j);
        vstore(of_weight + j, vload(of_weight + j) + dy * normal);
        vstore(of_bias + j, vload(of_bias + j) + dy);
        sum += g;
        products += g * normal;
    }
    const float count = (float)at->channels;
    return (struct moments){vspread(sum)[0] / count, vspread(products)[0] / count};
}

/* dx = scale (g - mean(g) - x' mean(g x')). */
VECTOR_INLINE void gradient_of_x(const struct point *at, struct moments means, float *dx)
{
    for (size_t j = 0; j < at->channels; j += LANES) {
        const size_t n = at->channels - j;
        const vfloat g = norm_load(at->dy + j, n, at->above) * vload(at->weight + j);
        const vfloat normal = (norm_load(at->x + j, n, at->whole) - at->by.mean) * at->by.scale;
        const vfloat slope = at->by.scale * (g - means.mean - normal * means.scale);
        norm_store(dx + j, vfirst(slope, n), n, at->whole);
    }
}

static void backward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct norm *norm = (const struct norm *)layer;
    const struct moments *kept = (const struct moments *)(pass->work + norm->kept);
    float *of_weight = pass->gradients + layer->slots[WEIGHT].offset;
    float *of_bias = pass->gradients + layer->slots[BIAS].offset;
    memset(of_weight, 0, padded(norm->channels) * sizeof *of_weight);
    memset(of_bias, 0, padded(norm->channels) * sizeof *of_bias);
    for (size_t i = 0; i < pass->rows; i++) {
        const size_t used = muster_layer_used(layer, pass, i);
        for (size_t p = 0; p < used / norm->channels; p++) {
            const size_t from = i * pass->ldx + p * norm->channels;
            const struct point at = {.x = pass->x + from,
                                     .dy = pass->dy + i * pass->ldy + p * norm->channels,
                                     .weight = pass->weights + layer->slots[WEIGHT].offset,
                                     .channels = norm->channels,
                                     .whole = norm_whole(norm, pass->ldx),
                                     .above = norm_whole(norm, pass->ldy),
                                     .by = kept[i * norm->points + p]};
            const struct moments means = gather(&at, of_weight, of_bias);
            if (pass->dx != NULL)
                gradient_of_x(&at, means, pass->dx + from);
        }
        if (pass->dx != NULL)
            memset(pass->dx + i * pass->ldx + used, 0, (layer->in - used) * sizeof *pass->dx);
    }
}

static const struct muster_layer_class class = {
    .name = "layernorm",
    .forward = forward,
    .backward = backward,
    .init = muster_norm_init,
};

enum muster_status muster_chain_layernorm(struct muster_net *net)
{
    struct norm *norm = NULL;
    enum muster_status status = muster_norm_add(net, &class, sizeof(struct norm), &norm);
    if (status != MUSTER_OK)
        return status;
    norm->kept = muster_chain_work(net, 2 * muster_chain_batch(net) * norm->points);
    return MUSTER_OK;
}

static enum muster_status add(struct muster_net *net, const struct muster_block *block)
{
    (void)block;
    return muster_chain_layernorm(net);
}

const struct muster_layer_kind muster_layer_layernorm = {
    .plugin = {.name = "layernorm",
               .help = "each row, or point of it, to mean 0 and variance 1, then scaled"},
    .add = add,
};
