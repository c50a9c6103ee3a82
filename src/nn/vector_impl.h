/* LANES floats at a time: what the elementwise loops of this room are written in, with GCC's vector
 * extension. A vector is one register of the target, 16, 8 or 4 floats: wider ones would live in
 * memory and be compared float by float. Nothing that is stored may depend on their number: rows
 * are padded to PADDING floats on every target.
 *
 * The polynomials were fitted for this file by Lawson's reweighted least squares on Chebyshev
 * nodes; errors in brackets are theirs, before rounding. All functions pass NaN on. */
#ifndef MUSTER_NN_VECTOR_IMPL_H
#define MUSTER_NN_VECTOR_IMPL_H

#include <stddef.h>
#include <stdint.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

/* Vectors never cross a real call here: everything below is inlined. */
#pragma GCC diagnostic ignored "-Wpsabi"

#if defined(__AVX512F__)
#define LANES ((size_t)16)
#define LANE_NUMBERS                                         \
    {                                                        \
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 \
    }
#elif defined(__AVX2__)
#define LANES ((size_t)8)
#define LANE_NUMBERS           \
    {                          \
        0, 1, 2, 3, 4, 5, 6, 7 \
    }
#else
#define LANES ((size_t)4)
#define LANE_NUMBERS \
    {                \
        0, 1, 2, 3   \
    }
#endif
#define PADDING ((size_t)16)
#define VECTOR_INLINE static inline __attribute__((always_inline, unused))

typedef float vfloat __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t vint __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef uint32_t vbits __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

/* n rounded up to whole vectors of any target: the leading dimension of a buffer of rows of n. */
static inline size_t padded(size_t n)
{
    return (n + PADDING - 1) / PADDING * PADDING;
}

VECTOR_INLINE vfloat vload(const float *from)
{
    return *(const vfloat *)from;
}

VECTOR_INLINE void vstore(float *to, vfloat x)
{
    *(vfloat *)to = x;
}

VECTOR_INLINE vfloat vset(float x)
{
    return x - (vfloat){0};
}

/* Lanes of `mask` are all bits or none. */
VECTOR_INLINE vfloat vselect(vint mask, vfloat yes, vfloat no)
{
#if defined(__AVX2__) && !defined(__AVX512F__)
    return (vfloat)_mm256_blendv_ps((__m256)no, (__m256)yes, (__m256)mask);
#else
    return (vfloat)((mask & (vint)yes) | (~mask & (vint)no));
#endif
}

VECTOR_INLINE vfloat vabs(vfloat x)
{
    return (vfloat)((vint)x & 0x7fffffff);
}

/* y where one of them is NaN: what the instruction does, too. */
VECTOR_INLINE vfloat vmax(vfloat x, vfloat y)
{
#if defined(__AVX512F__)
    return (vfloat)_mm512_max_ps((__m512)x, (__m512)y);
#elif defined(__AVX2__)
    return (vfloat)_mm256_max_ps((__m256)x, (__m256)y);
#else
    return vselect((vint)(x > y), x, y);
#endif
}

/* For x <= 0, e^x = *power (1 + the value returned). x = n ln 2 + f with ln 2 in two parts, power
 * 2^n, and e^f - 1 = f + f^2 P(f) [3e-9]; n is rounded and shifted into the exponent by adding 1.5
 * 2^23. Taken for -87.33 below that, so that nothing is ever denormal. */
VECTOR_INLINE vfloat vexp_parts(vfloat x, vfloat *power)
{
    const float round = 12582912.0f;
    x = vmax(vset(-87.33f), x);
    vfloat shifted = x * 1.44269504f + round;
    vfloat n = shifted - round;
    vfloat f = x - n * 0.693359375f;
    f = f + n * 2.12194440e-4f;
    vfloat p = 0.00138145988f * f + 0.00836871658f;
    p = p * f + 0.041668389f;
    p = p * f + 0.166665211f;
    p = p * f + 0.49999994f;
    *power = (vfloat)(((vbits)shifted + 127u) << 23);
    return p * (f * f) + f;
}

/* e^x for x <= 0, within 1.1 ulp; stays at 2^-126 below -87.33. */
VECTOR_INLINE vfloat vexp_negative(vfloat x)
{
    vfloat power, rest = vexp_parts(x, &power);
    return (rest + 1.0f) * power;
}

/* All bits in the first n lanes, none in the others. */
VECTOR_INLINE vint vbefore(size_t n)
{
    const vint lane = LANE_NUMBERS;
    return (vint)(lane < (int32_t)n);
}

/* The first n lanes, zeros in the others; most often these are all. */
VECTOR_INLINE vfloat vfirst(vfloat x, size_t n)
{
    return n >= LANES ? x : (vfloat)(vbefore(n) & (vint)x);
}

/* The largest lane in all lanes. */
VECTOR_INLINE vfloat vmost(vfloat x)
{
#if defined(__AVX512F__)
    x = vmax(x,
             __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    x = vmax(x,
             __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
#elif defined(__AVX2__)
    x = vmax(x, __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3));
#endif
    const vint lane = LANE_NUMBERS;
    x = vmax(x, __builtin_shuffle(x, lane ^ 2));
    return vmax(x, __builtin_shuffle(x, lane ^ 1));
}

/* The lanes' sum in all lanes. */
VECTOR_INLINE vfloat vspread(vfloat x)
{
#if defined(__AVX512F__)
    x += __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
    x += __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
    x += __builtin_shufflevector(x, x, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
    return x + __builtin_shufflevector(x, x, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
#elif defined(__AVX2__)
    x += __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3);
    x += __builtin_shufflevector(x, x, 2, 3, 0, 1, 6, 7, 4, 5);
    return x + __builtin_shufflevector(x, x, 1, 0, 3, 2, 5, 4, 7, 6);
#else
    x += __builtin_shufflevector(x, x, 2, 3, 0, 1);
    return x + __builtin_shufflevector(x, x, 1, 0, 3, 2);
#endif
}

VECTOR_INLINE vfloat vsqrt(vfloat x)
{
#if defined(__AVX512F__)
    return (vfloat)_mm512_sqrt_ps((__m512)x);
#elif defined(__AVX2__)
    return (vfloat)_mm256_sqrt_ps((__m256)x);
#else
    for (size_t l = 0; l < LANES; l++)
        x[l] = __builtin_sqrtf(x[l]);
    return x;
#endif
}

/* The lanes' sum. */
VECTOR_INLINE double vtotal(vfloat x)
{
    double sum = 0.0;
    for (size_t l = 0; l < LANES; l++)
        sum += x[l];
    return sum;
}

/* Sum of x[i]^2: floats over short blocks, doubles over these. */
VECTOR_INLINE double vsquares(const float *x, size_t n)
{
    double sum = 0.0;
    while (n >= LANES) {
        const size_t block = n < 64 * LANES ? n / LANES * LANES : 64 * LANES;
        vfloat even = {0}, odd = {0};
        size_t i = 0;
        for (; i + 2 * LANES <= block; i += 2 * LANES) {
            even += vload(x + i) * vload(x + i);
            odd += vload(x + i + LANES) * vload(x + i + LANES);
        }
        if (i < block)
            even += vload(x + i) * vload(x + i);
        sum += vtotal(even + odd);
        x += block;
        n -= block;
    }
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    return sum;
}

/* e^x - 1 for x <= 0, within 2.5 ulp: as above, with 2^n - 1 added to 2^n (e^f - 1). */
VECTOR_INLINE vfloat vexp_less_one(vfloat x)
{
    vfloat power, rest = vexp_parts(x, &power);
    return rest * power + (power - 1.0f);
}

/* 1 / (1 + e^-x), within 2.5 ulp. */
VECTOR_INLINE vfloat vsigmoid(vfloat x)
{
    vfloat e = vexp_negative(-vabs(x));
    return vselect((vint)(x < 0.0f), e, vset(1.0f)) / (1.0f + e);
}

/* Within 2.5 ulp: -m / (2 + m) with m = e^-2|x| - 1, which loses nothing near zero. */
VECTOR_INLINE vfloat vtanh(vfloat x)
{
    vfloat less = vexp_less_one(-2.0f * vabs(x));
    vfloat a = less / (-2.0f - less);
    return (vfloat)((vint)a | ((vint)x & (vint)vset(-0.0f)));
}

/* ln(1 + t) for 0 <= t <= 1, within 2.5 ulp: 2 atanh(s) with s = t / (2 + t) and atanh(s) = s (1 +
 * s^2 P(s^2)) [4e-9]. */
VECTOR_INLINE vfloat vlog_one_more(vfloat t)
{
    vfloat s = t / (2.0f + t), z = s * s;
    vfloat p = 0.140059933f * z + 0.140009031f;
    p = p * z + 0.200107634f;
    p = p * z + 0.333332092f;
    s = 2.0f * s;
    return s * (z * p) + s;
}

/* The standard normal distribution function and its density, relative error below 6e-7 from -3 up
 * and 5e-6 down to -13 (where x^2 is rounded): with k = 1 / (1 + a / 4), distribution(-a) = e^(-a^2
 * / 2) k P(k) for a >= 0 [5e-8]. */
VECTOR_INLINE vfloat vnormal(vfloat x, vfloat *density)
{
    vfloat a = vabs(x), k = 4.0f / (4.0f + a);
    vfloat e = vexp_negative(-0.5f * x * x);
    vfloat p = 0.0266505294f * k - 0.157398656f;
    p = p * k + 0.305804938f;
    p = p * k - 0.217132971f;
    p = p * k + 0.209824622f;
    p = p * k + 0.0293756668f;
    p = p * k + 0.10469152f;
    p = p * k + 0.0983782858f;
    p = p * k + 0.099806048f;
    vfloat tail = e * k * p;
    *density = 0.398942280f * e;
    return vselect((vint)(x < 0.0f), tail, 1.0f - tail);
}

#endif
