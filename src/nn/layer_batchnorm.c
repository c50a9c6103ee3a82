/* Batch normalisation (Ioffe, Szegedy, ICML 2015) in PyTorch's form: in training, each channel is
 * brought to mean 0 and variance 1 over the rows (and points) of the pass, which is its shard of
 * the batch; then y = weight x + bias. Running mean and variance (unbiased) take on a tenth of the
 * pass', and predict. A pass that has a single number a channel, for which PyTorch gives an error,
 * is normalised by the running statistics and leaves them alone. */
#include "nn/norm_impl.h"

#define MOMENTUM 0.1f

enum { RUNNING_MEAN = NORM_SLOTS, RUNNING_VARIANCE, SLOTS };

/* Of sixteen channels: scale = 1 / sqrt(variance + epsilon). */
struct moments {
    vfloat mean, scale;
};

VECTOR_INLINE vfloat inverse_root(vfloat variance)
{
    return 1.0f / vsqrt(variance + NORM_EPSILON);
}

static size_t count_of(const struct norm *norm, const struct muster_layer_pass *pass)
{
    return pass->rows * norm->points;
}

/* True where the statistics are the pass' own. */
static bool measured(const struct norm *norm, const struct muster_layer_pass *pass)
{
    return pass->random != NULL && count_of(norm, pass) > 1;
}

/* Moments of channels j to j + n over the pass, in two passes over x; the running ones follow. */
static struct moments measure(const struct norm *norm, const struct muster_layer_pass *pass,
                              size_t j, size_t n)
{
    const bool whole = norm_whole(norm, pass->ldx);
    const float count = (float)count_of(norm, pass);
    float *running_mean = pass->state + norm->base.slots[RUNNING_MEAN].offset + j;
    float *running_variance = pass->state + norm->base.slots[RUNNING_VARIANCE].offset + j;
    vfloat sum = {0}, squares = {0};
    for (size_t i = 0; i < pass->rows; i++) {
        const float *x = pass->x + i * pass->ldx + j;
        for (size_t p = 0; p < norm->points; p++, x += norm->channels)
            sum += norm_load(x, n, whole);
    }
    const vfloat mean = sum / count;
    for (size_t i = 0; i < pass->rows; i++) {
        const float *x = pass->x + i * pass->ldx + j;
        for (size_t p = 0; p < norm->points; p++, x += norm->channels) {
            const vfloat apart = norm_load(x, n, whole) - mean;
            squares += apart * apart;
        }
    }
    const vfloat old_mean = vload(running_mean), old_variance = vload(running_variance);
    const vfloat variance = squares / (count - 1.0f);
    vstore(running_mean, old_mean + MOMENTUM * (mean - old_mean));
    vstore(running_variance, old_variance + MOMENTUM * (variance - old_variance));
    return (struct moments){mean, inverse_root(squares / count)};
}

static void forward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct norm *norm = (const struct norm *)layer;
    const bool from_whole = norm_whole(norm, pass->ldx), to_whole = norm_whole(norm, pass->ldy);
    float *kept = pass->work + norm->kept;
    for (size_t j = 0; j < norm->channels; j += LANES) {
        const size_t n = norm->channels - j;
        const vfloat bias = vload(pass->weights + layer->slots[BIAS].offset + j);
        struct moments by = {
            vload(pass->state + layer->slots[RUNNING_MEAN].offset + j),
            inverse_root(vload(pass->state + layer->slots[RUNNING_VARIANCE].offset + j))};
        if (measured(norm, pass))
            by = measure(norm, pass, j, n);
        vstore(kept + 2 * j, by.mean);
        vstore(kept + 2 * j + LANES, by.scale);
        const vfloat gain = by.scale * vload(pass->weights + layer->slots[WEIGHT].offset + j);
        for (size_t i = 0; i < pass->rows; i++) {
            const float *x = pass->x + i * pass->ldx + j;
            float *y = pass->y + i * pass->ldy + j;
            for (size_t p = 0; p < norm->points; p++, x += norm->channels, y += norm->channels)
                norm_store(y, (norm_load(x, n, from_whole) - by.mean) * gain + bias, n, to_whole);
        }
    }
}

/* dx = weight scale (dy - mean(dy) - x' mean(dy x')) with x' the normalised x; the two means are
 * left out where the statistics were not the pass' own. */
static void gradient_of_x(const struct norm *norm, const struct muster_layer_pass *pass, size_t j,
                          struct moments by, struct moments means, vfloat gain)
{
    const bool whole = norm_whole(norm, pass->ldx), above = norm_whole(norm, pass->ldy);
    const size_t n = norm->channels - j;
    for (size_t i = 0; i < pass->rows; i++) {
        const float *x = pass->x + i * pass->ldx + j, *dy = pass->dy + i * pass->ldy + j;
        float *dx = pass->dx + i * pass->ldx + j;
        for (size_t p = 0; p < norm->points; p++) {
            const size_t at = p * norm->channels;
            const vfloat normal = (norm_load(x + at, n, whole) - by.mean) * by.scale;
            const vfloat slope = norm_load(dy + at, n, above) - means.mean - normal * means.scale;
            norm_store(dx + at, vfirst(gain * slope, n), n, whole);
        }
    }
}

static void backward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct norm *norm = (const struct norm *)layer;
    const bool whole = norm_whole(norm, pass->ldx), above = norm_whole(norm, pass->ldy);
    const float *kept = pass->work + norm->kept;
    const float share = measured(norm, pass) ? 1.0f / (float)count_of(norm, pass) : 0.0f;
    for (size_t j = 0; j < norm->channels; j += LANES) {
        const size_t n = norm->channels - j;
        const struct moments by = {vload(kept + 2 * j), vload(kept + 2 * j + LANES)};
        vfloat of_weight = {0}, of_bias = {0};
        for (size_t i = 0; i < pass->rows; i++) {
            const float *x = pass->x + i * pass->ldx + j, *dy = pass->dy + i * pass->ldy + j;
            for (size_t p = 0; p < norm->points; p++, x += norm->channels, dy += norm->channels) {
                const vfloat slope = norm_load(dy, n, above);
                of_weight += slope * (norm_load(x, n, whole) - by.mean) * by.scale;
                of_bias += slope;
            }
        }
        vstore(pass->gradients + layer->slots[WEIGHT].offset + j, of_weight);
        vstore(pass->gradients + layer->slots[BIAS].offset + j, of_bias);
        const struct moments means = {share * of_bias, share * of_weight};
        if (pass->dx != NULL)
            gradient_of_x(norm, pass, j, by, means,
                          by.scale * vload(pass->weights + layer->slots[WEIGHT].offset + j));
    }
}

static void init(const struct muster_layer *layer, struct muster_stream stream, float *weights,
                 float *state)
{
    muster_norm_init(layer, stream, weights, state);
    for (size_t k = 0; k < ((const struct norm *)layer)->channels; k++)
        state[layer->slots[RUNNING_VARIANCE].offset + k] = 1.0f;
}

static const struct muster_layer_class class = {
    .name = "batchnorm",
    .forward = forward,
    .backward = backward,
    .init = init,
};

enum muster_status muster_chain_batchnorm(struct muster_net *net)
{
    static const char *const names[] = {
        [RUNNING_MEAN] = "running_mean", [RUNNING_VARIANCE] = "running_var"};
    struct norm *norm = NULL;
    enum muster_status status = muster_norm_add(net, &class, &norm);
    if (status != MUSTER_OK)
        return status;
    for (size_t i = RUNNING_MEAN; i < SLOTS; i++)
        norm->base.slots[i] = (struct muster_slot){
            .array = {.name = names[i], .rank = 1, .dims = {norm->channels}},
            .offset = muster_chain_state(net, norm->channels),
            .state = true,
        };
    norm->base.n_slots = SLOTS;
    norm->kept = muster_chain_work(net, 2 * padded(norm->channels));
    return MUSTER_OK;
}

static enum muster_status add(struct muster_net *net, const struct muster_block *block)
{
    (void)block;
    return muster_chain_batchnorm(net);
}

const struct muster_layer_kind muster_layer_batchnorm = {
    .plugin = {.name = "batchnorm",
               .help = "each channel to mean 0 and variance 1 over the batch, then scaled"},
    .add = add,
};
