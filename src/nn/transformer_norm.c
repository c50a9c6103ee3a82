/* What stands between the parts of a transformer block, as one pass over its points: bias, dropout,
 * residual and layer normalisation (Ba, Kiros, Hinton, arXiv 1607.06450), and the way back. */
#include "nn/norm_impl.h"
#include "nn/transformer_impl.h"

VECTOR_INLINE vfloat sum_of(const struct residual *of, size_t at, size_t j)
{
    vfloat s = vload(of->x + at + j);
    if (of->a == NULL)
        return s;
    vfloat a = vload(of->a + at + j) + vload(of->bias + j);
    if (of->factors != NULL)
        a = a * vload(of->factors + at + j);
    return vfirst(s + a, of->width - j);
}

VECTOR_INLINE void measure(const float *s, size_t width, float *moments)
{
    vfloat sum = {0}, squares = {0};
    for (size_t j = 0; j < width; j += LANES)
        sum += vload(s + j);
    const vfloat mean = vspread(sum) / (float)width;
    for (size_t j = 0; j < width; j += LANES) {
        const vfloat apart = vfirst(vload(s + j) - mean, width - j);
        squares += apart * apart;
    }
    moments[0] = mean[0];
    moments[1] = 1.0f / __builtin_sqrtf(vspread(squares)[0] / (float)width + NORM_EPSILON);
}

VECTOR_INLINE void normalise(const struct residual *of, const float *s, const float *moments,
                             float *y)
{
    for (size_t j = 0; j < of->width; j += LANES) {
        const vfloat normal = (vload(s + j) - moments[0]) * moments[1];
        vstore(y + j,
               vfirst(normal * vload(of->weight + j) + vload(of->bias_norm + j), of->width - j));
    }
}

void residual_forward(const struct residual *of)
{
    const size_t ld = padded(of->width);
    for (size_t p = 0; p < of->points; p++) {
        const float *s = of->a != NULL ? of->s + p * ld : of->x + p * ld;
        if (of->a != NULL)
            for (size_t j = 0; j < of->width; j += LANES)
                vstore(of->s + p * ld + j, sum_of(of, p * ld, j));
        if (of->y == NULL)
            continue;
        measure(s, of->width, of->moments + 2 * p);
        normalise(of, s, of->moments + 2 * p, of->y + p * ld);
    }
}

void residual_normalise(const struct residual *of)
{
    const size_t ld = padded(of->width);
    for (size_t p = 0; p < of->points; p++)
        normalise(of, of->s + p * ld, of->moments + 2 * p, of->y + p * ld);
}

/* ds = scale (g - mean(g) - x' mean(g x')) with g = dy weight and x' the normalised s. */
static void point_backward(const struct residual_slope *of, size_t p)
{
    const size_t at = p * padded(of->width);
    const float mean = of->moments[2 * p], scale = of->moments[2 * p + 1];
    const float share = 1.0f / (float)of->width;
    vfloat sum = {0}, products = {0};
    for (size_t j = 0; j < of->width; j += LANES) {
        const vfloat dy = vload(of->dy + at + j);
        const vfloat normal = (vload(of->s + at + j) - mean) * scale;
        const vfloat g = dy * vload(of->weight + j);
        vstore(of->of_weight + j, vload(of->of_weight + j) + dy * normal);
        vstore(of->of_bias + j, vload(of->of_bias + j) + dy);
        sum += g;
        products += g * normal;
    }
    sum = vspread(sum) * share;
    products = vspread(products) * share;
    for (size_t j = 0; j < of->width; j += LANES) {
        const vfloat g = vload(of->dy + at + j) * vload(of->weight + j);
        const vfloat normal = (vload(of->s + at + j) - mean) * scale;
        vfloat ds = scale * (g - sum - normal * products);
        if (of->plus != NULL)
            ds += vload(of->plus + at + j);
        vstore(of->ds + at + j, vfirst(ds, of->width - j));
    }
}

void residual_backward(const struct residual_slope *of)
{
    for (size_t p = 0; p < of->points; p++)
        point_backward(of, p);
}
