/* The logistic function and binary cross-entropy, for rows with any of several labels: loss = mean
 * over labels of (1 - t) z + (1 + (w - 1) t) ln(1 + e^-z), slope = (1 - t) - (1 + (w - 1) t) (1 -
 * sigma(z)). These are PyTorch's binary_cross_entropy_with_logits with the weights w of the labels'
 * positives (its pos_weight); label smoothing s makes the target t = (1 - s) y + s / 2 of y. */
#include "nn/nn_impl.h"

#include <float.h>
#include <math.h>

enum { LABEL_SMOOTHING };

/* Floats are summed over so many vectors before doubles take over. */
enum { BLOCK = 32 };

VECTOR_INLINE vfloat load(const float *from, size_t n)
{
    return n >= LANES ? vload(from) : vload_some(from, n);
}

/* Sixteen labels: their losses, and the slopes of these. */
VECTOR_INLINE vfloat binary(vfloat z, vfloat t, vfloat w, vfloat *slope)
{
    const vfloat no = 1.0f - t, rest = 1.0f + (w - 1.0f) * t;
    const vfloat low = vselect((vint)(z < 0.0f), -z, vset(0.0f)); /* max(-z, 0) */
    *slope = no - rest * vsigmoid(-z);
    return no * z + rest * (low + vlog_one_more(vexp_negative(-vabs(z))));
}

static double slope(const struct muster_loss_rows *of, const float *z, struct muster_targets y,
                    float *d)
{
    const struct muster_loss_terms *terms = of->terms;
    const float s = (float)terms->value[LABEL_SMOOTHING], share = 1.0f / (float)of->outputs;
    double total = 0.0;
    vfloat sum = {0};
    size_t vectors = 0;
    for (size_t i = 0; i < of->rows; i++)
        for (size_t j = 0; j < of->outputs; j += LANES) {
            const size_t n = of->outputs - j, at = i * of->ld + j;
            const vfloat t = (1.0f - s) * load(y.values + i * of->outputs + j, n) + 0.5f * s;
            vfloat by;
            sum += vfirst(binary(vload(z + at), t, vload(terms->class_weights + j), &by), n);
            vstore(d + at, share * vfirst(by, n));
            if (++vectors % BLOCK == 0) {
                total += vtotal(sum);
                sum = vset(0.0f);
            }
        }
    return (total + vtotal(sum)) / (double)of->outputs;
}

static void predict(const struct muster_loss_rows *of, const float *z, float *out)
{
    for (size_t i = 0; i < of->rows; i++)
        for (size_t j = 0; j < of->outputs; j += LANES) {
            const size_t n = of->outputs - j;
            const vfloat p = vsigmoid(vload(z + i * of->ld + j));
            for (size_t l = 0; l < LANES && l < n; l++)
                out[i * of->outputs + j + l] = p[l];
        }
}

/* A probability that was rounded to 1 lies within half a step of single precision of it. */
#define REST_LEAST 0x1p-25

static double surprise(double p, double least)
{
    return -log(p < least ? least : p);
}

static double of_prediction(const struct muster_loss_rows *of, const float *prediction,
                            struct muster_targets y)
{
    const struct muster_loss_terms *terms = of->terms;
    const double s = terms->value[LABEL_SMOOTHING];
    double loss = 0.0;
    for (size_t i = 0; i < of->rows * of->outputs; i++) {
        const double p = (double)prediction[i], t = (1 - s) * (double)y.values[i] + 0.5 * s;
        const double w = (double)terms->class_weights[i % of->outputs];
        loss += w * t * surprise(p, FLT_MIN) + (1 - t) * surprise(1 - p, REST_LEAST);
    }
    return loss / (double)of->outputs;
}

static const struct muster_option options[] = {
    [LABEL_SMOOTHING] = MUSTER_OPTION_LABEL_SMOOTHING,
    [LABEL_SMOOTHING + 1] = {0},
};

/* Of two classes with the logits a and b, sigma(b - a) is the softmax: the same loss. */
const struct muster_loss muster_loss_binary_cross_entropy = {
    .plugin = {.name = "binary_cross_entropy",
               .help = "minus the logarithm of the probability of each label's 0 or 1; of two "
                       "classes the same as cross_entropy",
               .options = options},
    .of_two = &muster_loss_cross_entropy,
    .task = MUSTER_MULTI_LABEL,
    .slope = slope,
    .predict = predict,
    .of_prediction = of_prediction,
};
