/* Batch normalisation (Ioffe, Szegedy, ICML 2015) in PyTorch's form: in training, each channel is
 * brought to mean 0 and variance 1 over the rows (and points) of the pass, which is its shard of
 * the batch; then y = f(weight x + bias). Running mean and variance (unbiased) take on a tenth of
 * the pass', and predict. A pass that has a single number a channel, for which PyTorch gives an
 * error, is normalised by the running statistics and leaves them alone; as a shard of a batch, by
 * those from before the batch, so that shards do not wait for each other. Of sequences that end
 * early only the used steps count.
 *
 * A row's numbers are taken as they lie, sixteen at a time: which channels these are repeats with a
 * period, that of the least common multiple of sixteen and the channels; so what belongs to the
 * channels is laid out over one period. Variances are from one pass over x, about the means of the
 * first row. */
#include "nn/activation_row_impl.h"
#include "nn/batchnorm_impl.h"
#include "nn/norm_impl.h"

#include <string.h>

#define MOMENTUM 0.1f

enum { RUNNING_MEAN = NORM_SLOTS, RUNNING_VARIANCE, SLOTS };

/* Arrays in the work space, [period] each. */
enum array { MEAN, SCALE, FIRST, SECOND, THIRD, ARRAYS };

struct batchnorm {
    struct norm norm;
    const struct muster_activation *activation;
    size_t period;
    size_t slope; /* work: [batch][ldy], where the activation keeps it */
};

static const struct batchnorm *self_of(const struct muster_layer *layer)
{
    return (const struct batchnorm *)layer;
}

static float *array_of(const struct batchnorm *self, const struct muster_layer_pass *pass,
                       enum array which)
{
    return pass->work + self->norm.kept + which * self->period;
}

static float count_of(const struct norm *norm, const struct muster_layer_pass *pass)
{
    size_t n = 0;
    for (size_t i = 0; i < pass->rows; i++)
        n += muster_layer_used(&norm->base, pass, i) / norm->channels;
    return (float)n;
}

/* True where the statistics are the pass' own. */
static bool measured(const struct norm *norm, const struct muster_layer_pass *pass)
{
    return pass->random != NULL && count_of(norm, pass) > 1.0f;
}

/* ---- rows ----------------------------------------------------------------------------------- */

static struct row row_of(const struct batchnorm *self, const struct muster_layer_pass *pass,
                         size_t i)
{
    return (struct row){.x = pass->x + i * pass->ldx,
                        .dy = pass->dy + i * pass->ldy,
                        .n = muster_layer_used(&self->norm.base, pass, i),
                        .period = self->period};
}

/* What one channel has, summed over a period, and the other way. */
static void fold(const struct norm *norm, size_t period, float *sums)
{
    for (size_t j = norm->channels; norm->points > 1 && j < period; j++)
        sums[j % norm->channels] += sums[j];
}

static void unfold(const struct norm *norm, size_t period, float *values)
{
    for (size_t j = norm->channels; norm->points > 1 && j < period; j++)
        values[j] = values[j % norm->channels];
}

/* ---- forward -------------------------------------------------------------------------------- */

/* Means of the first row, about which the others are taken. */
static void take_first_row(const struct batchnorm *self, const struct muster_layer_pass *pass)
{
    const struct norm *norm = &self->norm;
    float *mean = array_of(self, pass, MEAN), *unused = array_of(self, pass, SECOND);
    struct row row = row_of(self, pass, 0);
    row.dy = row.x;
    memset(mean, 0, self->period * sizeof *mean);
    add_sums(&row, array_of(self, pass, THIRD), mean, unused, of_x);
    fold(norm, self->period, mean);
    for (size_t k = 0; k < norm->channels; k++)
        mean[k] *= (float)norm->channels / (float)row.n;
    unfold(norm, self->period, mean);
}

static float inverse_root(float variance)
{
    return 1.0f / __builtin_sqrtf(variance + NORM_EPSILON);
}

/* The running statistics take on those of a pass: its means, and its unbiased variances. */
static void follow(const struct norm *norm, const float *means, const float *variances,
                   float *state)
{
    float *running_mean = state + norm->base.slots[RUNNING_MEAN].offset;
    float *running_variance = state + norm->base.slots[RUNNING_VARIANCE].offset;
    for (size_t k = 0; k < norm->channels; k++) {
        running_mean[k] += MOMENTUM * (means[k] - running_mean[k]);
        running_variance[k] += MOMENTUM * (variances[k] - running_variance[k]);
    }
}

/* Of another rank's pass, or a shard's before. No variance is below 0. */
static void carry(const struct muster_layer *layer, const float *measured, float *state)
{
    const float *variances = measured + layer->slots[RUNNING_VARIANCE].offset;
    if (variances[0] != MUSTER_UNMEASURED)
        follow((const struct norm *)layer, measured + layer->slots[RUNNING_MEAN].offset, variances,
               state);
}

/* Mean and scale of the pass; the running ones follow, now or when all shards are there. */
static void measure(const struct batchnorm *self, const struct muster_layer_pass *pass)
{
    const struct norm *norm = &self->norm;
    const float count = count_of(norm, pass);
    float *mean = array_of(self, pass, MEAN), *scale = array_of(self, pass, SCALE);
    float *sums = array_of(self, pass, FIRST), *squares = array_of(self, pass, SECOND);
    float *measured = pass->random->measured;
    float *variances = measured != NULL ? measured + norm->base.slots[RUNNING_VARIANCE].offset
                                        : array_of(self, pass, THIRD);
    memset(sums, 0, (ARRAYS - FIRST) * self->period * sizeof *sums);
    take_first_row(self, pass);
    memset(squares, 0, self->period * sizeof *squares);
    for (size_t i = 0; i < pass->rows; i++) {
        struct row row = row_of(self, pass, i);
        row.dy = row.x;
        add_sums(&row, mean, sums, squares, of_x);
    }
    fold(norm, self->period, sums);
    fold(norm, self->period, squares);
    for (size_t k = 0; k < norm->channels; k++) {
        const float apart = sums[k] / count;
        const float sum = squares[k] - sums[k] * apart;
        const float all = sum < 0.0f ? 0.0f : sum; /* NaN stays */
        mean[k] += apart;
        scale[k] = inverse_root(all / count);
        variances[k] = all / (count - 1.0f);
    }
    if (measured == NULL)
        follow(norm, mean, variances, pass->state);
    else
        memcpy(measured + norm->base.slots[RUNNING_MEAN].offset, mean,
               norm->channels * sizeof *mean);
}

static void recall(const struct batchnorm *self, const struct muster_layer_pass *pass)
{
    const struct muster_slot *slots = self->norm.base.slots;
    const float *running = pass->state + slots[RUNNING_VARIANCE].offset;
    float *scale = array_of(self, pass, SCALE);
    memcpy(array_of(self, pass, MEAN), pass->state + slots[RUNNING_MEAN].offset,
           self->norm.channels * sizeof *scale);
    for (size_t k = 0; k < self->norm.channels; k++)
        scale[k] = inverse_root(running[k]);
}

static void activate(const struct batchnorm *self, const struct muster_layer_pass *pass, size_t i)
{
    const bool keeps = self->activation->keeps_slope && pass->random != NULL;
    float *y = pass->y + i * pass->ldy;
    activation_row_forward(self->activation, pass->ldy, y,
                           keeps ? pass->work + self->slope + i * pass->ldy : NULL);
}

static void forward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct batchnorm *self = self_of(layer);
    const struct norm *norm = &self->norm;
    float *mean = array_of(self, pass, MEAN), *scale = array_of(self, pass, SCALE);
    float *gain = array_of(self, pass, FIRST), *bias = array_of(self, pass, SECOND);
    if (measured(norm, pass))
        measure(self, pass);
    else
        recall(self, pass);
    for (size_t k = 0; k < norm->channels; k++) {
        gain[k] = scale[k] * pass->weights[layer->slots[WEIGHT].offset + k];
        bias[k] = pass->weights[layer->slots[BIAS].offset + k];
    }
    float *const all[] = {mean, scale, gain, bias};
    for (size_t a = 0; a < sizeof all / sizeof *all; a++)
        unfold(norm, self->period, all[a]);
    for (size_t i = 0; i < pass->rows; i++) {
        const struct row row = row_of(self, pass, i);
        float *y = pass->y + i * pass->ldy;
        combine(&row, (const float *const[]){mean, gain, bias, NULL}, false, y);
        activate(self, pass, i);
        memset(y + row.n, 0, (layer->out - row.n) * sizeof *y);
    }
}

/* ---- backward ------------------------------------------------------------------------------- */

static void slopes_before_activation(const struct batchnorm *self,
                                     const struct muster_layer_pass *pass, size_t i, size_t n)
{
    float *dy = pass->dy + i * pass->ldy;
    const float *kept = self->activation->keeps_slope ? pass->work + self->slope : pass->y;
    memset(dy + n, 0, (self->norm.base.out - n) * sizeof *dy);
    activation_row_backward(self->activation, pass->ldy, kept + i * pass->ldy, dy);
}

/* Gradients of weight and bias, and the factors of dx = weight scale (dy - mean(dy) - x' mean(dy
 * x')) with x' the normalised x, where the two means are left out if the statistics were not the
 * pass' own. */
static void take_gradients(const struct batchnorm *self, const struct muster_layer_pass *pass)
{
    const struct norm *norm = &self->norm;
    const struct muster_slot *slots = norm->base.slots;
    const float *weight = pass->weights + slots[WEIGHT].offset;
    const float *scale = array_of(self, pass, SCALE);
    float *by_dy = array_of(self, pass, FIRST), *by_x = array_of(self, pass, SECOND);
    float *constant = array_of(self, pass, THIRD);
    const float share = measured(norm, pass) ? 1.0f / count_of(norm, pass) : 0.0f;
    fold(norm, self->period, by_dy);
    fold(norm, self->period, by_x);
    for (size_t k = 0; k < norm->channels; k++) {
        const float bias = by_dy[k], gradient = by_x[k] * scale[k], gain = weight[k] * scale[k];
        pass->gradients[slots[BIAS].offset + k] = bias;
        pass->gradients[slots[WEIGHT].offset + k] = gradient;
        by_dy[k] = gain;
        by_x[k] = -gain * scale[k] * share * gradient;
        constant[k] = -gain * share * bias;
    }
}

static void backward(const struct muster_layer *layer, const struct muster_layer_pass *pass)
{
    const struct batchnorm *self = self_of(layer);
    const float *mean = array_of(self, pass, MEAN);
    float *first = array_of(self, pass, FIRST), *second = array_of(self, pass, SECOND);
    float *third = array_of(self, pass, THIRD);
    memset(first, 0, (ARRAYS - FIRST) * self->period * sizeof *first);
    for (size_t i = 0; i < pass->rows; i++) {
        const struct row row = row_of(self, pass, i);
        slopes_before_activation(self, pass, i, row.n);
        add_sums(&row, mean, first, second, of_slopes);
    }
    take_gradients(self, pass);
    float *const all[] = {first, second, third};
    for (size_t a = 0; a < sizeof all / sizeof *all; a++)
        unfold(&self->norm, self->period, all[a]);
    for (size_t i = 0; i < pass->rows && pass->dx != NULL; i++) {
        const struct row row = row_of(self, pass, i);
        float *dx = pass->dx + i * pass->ldx;
        combine(&row, (const float *const[]){mean, second, third, first}, true, dx);
        memset(dx + row.n, 0, (layer->in - row.n) * sizeof *dx);
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
    .carry = carry,
};

/* After so many numbers of a row the same channels fill a vector again. */
static size_t period_of(const struct norm *norm)
{
    size_t period = norm->channels;
    if (norm->points == 1)
        return padded(period);
    while (period % LANES != 0)
        period *= 2;
    return period;
}

enum muster_status muster_chain_batchnorm_then(struct muster_net *net,
                                               const struct muster_activation *activation)
{
    static const char *const names[] = {
        [RUNNING_MEAN] = "running_mean", [RUNNING_VARIANCE] = "running_var"};
    struct norm *norm = NULL;
    enum muster_status status = muster_norm_add(net, &class, sizeof(struct batchnorm), &norm);
    if (status != MUSTER_OK)
        return status;
    struct batchnorm *self = (struct batchnorm *)norm;
    for (size_t i = RUNNING_MEAN; i < SLOTS; i++)
        norm->base.slots[i] = (struct muster_slot){
            .array = {.name = names[i], .rank = 1, .dims = {norm->channels}},
            .offset = muster_chain_state(net, norm->channels),
            .state = true,
        };
    norm->base.n_slots = SLOTS;
    self->activation = activation;
    self->period = period_of(norm);
    norm->kept = muster_chain_work(net, ARRAYS * self->period);
    if (activation->keeps_slope)
        self->slope = muster_chain_work(net, muster_chain_batch(net) * padded(norm->base.out));
    return MUSTER_OK;
}

enum muster_status muster_chain_batchnorm(struct muster_net *net)
{
    return muster_chain_batchnorm_then(net, &muster_activation_identity);
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
