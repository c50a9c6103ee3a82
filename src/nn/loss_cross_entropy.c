/* Softmax and cross-entropy: loss = log(sum_k e^z_k) - z_y, slope = softmax(z) - onehot(y); with
 * weights w of the classes and label smoothing s (Szegedy et al., CVPR 2016) as PyTorch defines
 * them, the sum of t_k (log(sum_l e^z_l) - z_k) with t = w (s / K + (1 - s) onehot(y)). A row of
 * class -1 has no label: its loss and slope are 0. With a second class the loss is a mean of two of
 * these, and t that of two.
 *
 * Sixteen rows are transposed into work [output][row], so that every step runs over lanes that are
 * rows; rows beyond the last are computed along, inside the padding. */
#include "nn/nn_impl.h"

#include "muster/linalg.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { LABEL_SMOOTHING };

/* t [outputs][16]: z in, e^(z - max) out. Their sums, by row; max in place of NULL. */
static vfloat exponentials(size_t outputs, float *t, vfloat *max)
{
    vfloat most = vload(t), sum = {0};
    for (size_t k = 1; k < outputs; k++)
        most = vmax(most, vload(t + k * LANES));
    for (size_t k = 0; k < outputs; k++) {
        vfloat e = vexp_negative(vload(t + k * LANES) - most);
        vstore(t + k * LANES, e);
        sum += e;
    }
    *max = most;
    return sum;
}

static void scale(size_t outputs, float *t, vfloat factor)
{
    for (size_t k = 0; k < outputs; k++)
        vstore(t + k * LANES, vload(t + k * LANES) * factor);
}

/* The logarithms of up to sixteen sums as one: each lies in [1, outputs], so that their product
 * stays far within a double. */
static double loss_of(size_t rows, const float *sum, const float *max, const float *target)
{
    double product = 1.0, rest = 0.0;
    for (size_t i = 0; i < rows; i++) {
        product *= sum[i];
        rest += (double)max[i] - target[i];
    }
    return log(product) + rest;
}

/* One row's t is s / K w plus `extra` at y, `whole` in all. */
struct smoothed {
    double extra, whole;
};

static struct smoothed smoothed_of(const struct muster_loss_rows *of, int32_t class)
{
    const struct muster_loss_terms *terms = of->terms;
    const double s = terms->value[LABEL_SMOOTHING];
    if (class < 0)
        return (struct smoothed){0.0, 0.0};
    const double extra = (1 - s) * (double)terms->class_weights[class];
    return (struct smoothed){extra, extra + s / (double)of->outputs * terms->weights_sum};
}

/* One or two classes of each row, and what share of the loss is theirs. */
struct labels {
    size_t n;
    const int32_t *classes[2];
    double part[2];
};

static struct labels labels_of(struct muster_targets y, size_t first)
{
    if (y.others == NULL)
        return (struct labels){1, {y.classes + first}, {1.0}};
    return (struct labels){
        2, {y.classes + first, y.others + first}, {1.0 - (double)y.share, (double)y.share}};
}

/* work [outputs][16]: z in, its slopes out, for the first `rows` lanes. Returns the sum of their
 * losses. */
static double general(const struct muster_loss_rows *of, size_t rows, const struct labels *labels,
                      float *t)
{
    const struct muster_loss_terms *terms = of->terms;
    const float share = (float)(terms->value[LABEL_SMOOTHING] / (double)of->outputs);
    float sums[LANES], apart[LANES], whole[LANES] = {0}, shares[LANES] = {0}, maxima[LANES];
    double loss = 0.0;
    vfloat max, mixed = {0};
    for (size_t i = 0; i < rows * labels->n; i++) {
        const size_t l = i % rows, which = i / rows;
        const int32_t class = labels->classes[which][l];
        const struct smoothed by = smoothed_of(of, class);
        if (class < 0)
            continue;
        whole[l] += (float)(labels->part[which] * by.whole);
        shares[l] = share;
        loss -= labels->part[which] * by.extra * (double)t[(size_t) class * LANES + l];
    }
    for (size_t k = 0; k < of->outputs; k++)
        mixed += terms->class_weights[k] * vload(t + k * LANES);
    vstore(apart, mixed * vload(shares));
    const vfloat sum = exponentials(of->outputs, t, &max);
    vstore(sums, sum);
    vstore(maxima, max);
    for (size_t l = 0; l < rows; l++)
        loss += (double)whole[l] * (log((double)sums[l]) + (double)maxima[l]) - (double)apart[l];
    const vfloat factor = vload(whole) / sum;
    for (size_t k = 0; k < of->outputs; k++)
        vstore(t + k * LANES,
               vload(t + k * LANES) * factor - vload(shares) * terms->class_weights[k]);
    for (size_t i = 0; i < rows * labels->n; i++) {
        const int32_t class = labels->classes[i / rows][i % rows];
        if (class >= 0)
            t[(size_t) class * LANES + i % rows] -=
                (float)(labels->part[i / rows] * smoothed_of(of, class).extra);
    }
    return loss;
}

/* As `general` with all t = onehot(y). */
static double plain(const struct muster_loss_rows *of, size_t rows, const int32_t *classes,
                    float *t)
{
    float target[LANES], sums[LANES], maxima[LANES];
    for (size_t l = 0; l < rows; l++)
        target[l] = t[(size_t)classes[l] * LANES + l];
    vfloat max, sum = exponentials(of->outputs, t, &max);
    vstore(sums, sum);
    vstore(maxima, max);
    scale(of->outputs, t, 1.0f / sum);
    for (size_t l = 0; l < rows; l++)
        t[(size_t)classes[l] * LANES + l] -= 1.0f;
    return loss_of(rows, sums, maxima, target);
}

static bool all_there(size_t rows, const int32_t *classes)
{
    bool there = true;
    for (size_t i = 0; i < rows; i++)
        there &= classes[i] >= 0;
    return there;
}

static double slope(const struct muster_loss_rows *of, const float *z, struct muster_targets y,
                    float *d)
{
    const bool even =
        !of->terms->weighed && of->terms->value[LABEL_SMOOTHING] == 0 && y.others == NULL;
    double loss = 0.0;
    for (size_t i = 0; i < of->rows; i += LANES) {
        const size_t rows = of->rows - i < LANES ? of->rows - i : LANES;
        muster_stranspose(LANES, of->ld, z + i * of->ld, of->ld, of->work, LANES);
        const struct labels labels = labels_of(y, i);
        loss += even && all_there(rows, y.classes + i) ? plain(of, rows, y.classes + i, of->work)
                                                       : general(of, rows, &labels, of->work);
        muster_stranspose(of->ld, LANES, of->work, LANES, d + i * of->ld, of->ld);
    }
    return loss;
}

static void predict(const struct muster_loss_rows *of, const float *z, float *out)
{
    for (size_t i = 0; i < of->rows; i += LANES) {
        const size_t rows = of->rows - i < LANES ? of->rows - i : LANES;
        muster_stranspose(LANES, of->ld, z + i * of->ld, of->ld, of->work, LANES);
        vfloat max, sum = exponentials(of->outputs, of->work, &max);
        scale(of->outputs, of->work, 1.0f / sum);
        muster_stranspose(of->outputs, rows, of->work, LANES, out + i * of->outputs, of->outputs);
    }
}

static double surprise(float p)
{
    return -log((double)(p < FLT_MIN ? FLT_MIN : p));
}

static double of_prediction(const struct muster_loss_rows *of, const float *prediction,
                            struct muster_targets y)
{
    const struct muster_loss_terms *terms = of->terms;
    const double share = terms->value[LABEL_SMOOTHING] / (double)of->outputs;
    double loss = 0.0;
    for (size_t i = 0; i < of->rows; i++) {
        const float *p = prediction + i * of->outputs;
        if (y.classes[i] < 0)
            continue;
        loss += smoothed_of(of, y.classes[i]).extra * surprise(p[y.classes[i]]);
        for (size_t k = 0; share > 0 && k < of->outputs; k++)
            loss += share * (double)terms->class_weights[k] * surprise(p[k]);
    }
    return loss;
}

static const struct muster_option options[] = {
    [LABEL_SMOOTHING] = MUSTER_OPTION_LABEL_SMOOTHING,
    [LABEL_SMOOTHING + 1] = {0},
};

const struct muster_loss muster_loss_cross_entropy = {
    .plugin = {.name = "cross_entropy",
               .help = "minus the logarithm of the label's probability",
               .options = options},
    .task = MUSTER_CLASSIFICATION,
    .slope = slope,
    .predict = predict,
    .of_prediction = of_prediction,
};
