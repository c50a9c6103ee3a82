/* Fresh weights, of variance
 *   He        2 / fan_in              (He, Zhang, Ren, Sun, ICCV 2015)
 *   Glorot    2 / (fan_in + fan_out)  (Glorot, Bengio, AISTATS 2010)
 *   LeCun     1 / fan_in              (LeCun, Bottou, Orr, Mueller, Efficient BackProp, 1998)
 * uniform or normal, or orthogonal (Saxe, McClelland, Ganguli, ICLR 2014): rows, or columns where
 * these are fewer, of length 1 and at right angles to each other. */
#include "nn/init_impl.h"

#include <math.h>

static double variance_of(const struct muster_init *how, enum muster_init_rule rule)
{
    if (rule == MUSTER_INIT_HE_UNIFORM || rule == MUSTER_INIT_HE_NORMAL)
        return 2.0 / how->fan_in;
    if (rule == MUSTER_INIT_GLOROT_UNIFORM || rule == MUSTER_INIT_GLOROT_NORMAL)
        return 2.0 / (how->fan_in + how->fan_out);
    return 1.0 / how->fan_in;
}

static void fill_normal(struct muster_stream stream, size_t offset, double deviation,
                        float *weights, size_t n)
{
    for (size_t i = 0; i < n; i++)
        weights[i] = (float)(deviation * muster_random_normal(stream, offset + i));
}

/* Vector i of the smaller number of them: entry k stands at weights[i * vector + k * entry]. */
struct frame {
    float *weights;
    size_t n, length, vector, entry;
};

static double product(const struct frame *frame, size_t a, size_t b)
{
    const float *x = frame->weights + a * frame->vector, *y = frame->weights + b * frame->vector;
    double sum = 0.0;
    for (size_t k = 0; k < frame->length; k++)
        sum += (double)x[k * frame->entry] * (double)y[k * frame->entry];
    return sum;
}

/* y = scale (y - factor x) */
static void subtract(const struct frame *frame, size_t x, double factor, size_t y, double scale)
{
    const float *from = frame->weights + x * frame->vector;
    float *to = frame->weights + y * frame->vector;
    for (size_t k = 0; k < frame->length; k++) {
        const double apart = (double)to[k * frame->entry] - factor * (double)from[k * frame->entry];
        to[k * frame->entry] = (float)(scale * apart);
    }
}

/* Gram-Schmidt, each vector twice: once leaves the rounding of nearly parallel ones. */
static void orthogonalise(const struct frame *frame)
{
    for (size_t i = 0; i < frame->n; i++) {
        for (size_t turn = 0; turn < 2; turn++)
            for (size_t j = 0; j < i; j++)
                subtract(frame, j, product(frame, j, i), i, 1.0);
        const double length = sqrt(product(frame, i, i));
        subtract(frame, i, 0.0, i, length > 0.0 ? 1.0 / length : 1.0);
    }
}

void muster_init_matrix(const struct muster_init *how, struct muster_stream stream, size_t offset,
                        float *weights)
{
    const size_t n = how->rows * how->cols;
    enum muster_init_rule rule = how->rule;
    float *to = weights + offset;
    if (rule == MUSTER_INIT_AUTO)
        rule = how->rectifier ? MUSTER_INIT_HE_UNIFORM : MUSTER_INIT_GLOROT_UNIFORM;
    if (rule == MUSTER_INIT_ORTHOGONAL) {
        const bool wide = how->rows <= how->cols;
        fill_normal(stream, offset, 1.0, to, n);
        orthogonalise(&(struct frame){.weights = to,
                                      .n = wide ? how->rows : how->cols,
                                      .length = wide ? how->cols : how->rows,
                                      .vector = wide ? how->cols : 1,
                                      .entry = wide ? 1 : how->cols});
        return;
    }
    const double variance = variance_of(how, rule);
    if (rule == MUSTER_INIT_HE_NORMAL || rule == MUSTER_INIT_GLOROT_NORMAL ||
        rule == MUSTER_INIT_LECUN_NORMAL)
        fill_normal(stream, offset, sqrt(variance), to, n);
    else
        muster_random_fill(stream, offset / 4, (float)-sqrt(3.0 * variance),
                           (float)sqrt(3.0 * variance), to, n);
}
