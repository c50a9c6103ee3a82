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

/* Points worked on together, so that none waits for its own sums. */
enum { POINTS = 4 };

VECTOR_INLINE float total(const float *s, size_t width)
{
    vfloat sum = {0};
    for (size_t j = 0; j < width; j += LANES)
        sum += vload(s + j);
    return vspread(sum)[0];
}

VECTOR_INLINE float squares_apart(const float *s, size_t width, float mean)
{
    vfloat sum = {0};
    for (size_t j = 0; j < width; j += LANES) {
        const vfloat apart = vfirst(vload(s + j) - mean, width - j);
        sum += apart * apart;
    }
    return vspread(sum)[0];
}

VECTOR_INLINE void measure(const float *s, size_t points, size_t width, float *moments)
{
    const size_t ld = padded(width);
#pragma GCC unroll 4
    for (size_t p = 0; p < points; p++)
        moments[2 * p] = total(s + p * ld, width) / (float)width;
#pragma GCC unroll 4
    for (size_t p = 0; p < points; p++)
        moments[2 * p + 1] = squares_apart(s + p * ld, width, moments[2 * p]);
#pragma GCC unroll 4
    for (size_t p = 0; p < points; p++)
        moments[2 * p + 1] =
            1.0f / __builtin_sqrtf(moments[2 * p + 1] / (float)width + NORM_EPSILON);
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

VECTOR_INLINE void forward(const struct residual *of, size_t first, size_t points)
{
    const size_t ld = padded(of->width), at = first * ld;
    const float *s = of->a != NULL ? of->s + at : of->x + at;
    if (of->a != NULL)
        for (size_t k = at; k < at + points * ld; k += ld)
            for (size_t j = 0; j < of->width; j += LANES)
                vstore(of->s + k + j, sum_of(of, k, j));
    if (of->y == NULL)
        return;
    measure(s, points, of->width, of->moments + 2 * first);
    for (size_t p = 0; p < points; p++)
        normalise(of, s + p * ld, of->moments + 2 * (first + p), of->y + at + p * ld);
}

void residual_forward(const struct residual *of)
{
    size_t p = 0;
    for (; p + POINTS <= of->points; p += POINTS)
        forward(of, p, POINTS);
    for (; p < of->points; p++)
        forward(of, p, 1);
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

static void fetch_soon(const struct residual_slope *of, size_t p)
{
    enum { LINE = 16 };
    for (size_t k = 0; k < of->ld_soon; k += LINE)
        __builtin_prefetch(of->soon + p * of->ld_soon + k);
}

void residual_backward(const struct residual_slope *of)
{
    for (size_t p = 0; p < of->points; p++) {
        if (of->soon != NULL)
            fetch_soon(of, p);
        point_backward(of, p);
    }
}
