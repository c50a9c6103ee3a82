/* An activation: a function of one number, applied over rows in one pass together with the bias
 * before it, and its derivative together with the sums that are the bias' gradient. */
#ifndef MUSTER_NN_ACTIVATION_IMPL_H
#define MUSTER_NN_ACTIVATION_IMPL_H

#include "muster/base.h"
#include "nn/vector_impl.h"

/* y = f(x + bias) over [rows][n]; x and y may be the same array. Buffers inside a network are
 * padded to whole vectors; x may be a caller's, which is not. */
struct muster_forward_strip {
    size_t rows, n;
    const float *x;
    size_t ldx;
    const float *bias; /* [n], readable to whole vectors, or NULL */
    float *y;
    size_t ldy;
    float *slope; /* [rows][ldy]: f'(x + bias) where the activation keeps it, or NULL */
};

/* dx = dy f' over [rows][n], with all leading dimensions ld; dx and dy may be the same array. */
struct muster_backward_strip {
    size_t rows, n, ld;
    const float *kept; /* y of the forward pass, or slope where the activation keeps it */
    const float *dy;
    float *dx;
    float *bias_gradient; /* [n], writable to whole vectors: column sums of dx; or NULL */
};

struct muster_activation {
    struct muster_plugin plugin;
    bool keeps_slope; /* f' does not follow from y alone */
    bool rectifier;   /* kills half of its input: weights before it start larger */
    void (*forward)(const struct muster_forward_strip *strip);
    void (*backward)(const struct muster_backward_strip *strip);
};

extern const struct muster_registry muster_nn_activations;
const struct muster_activation *muster_nn_activation(const char *name);

/* ---- the loops, for an activation's file to put its function in ----------------------------- */

VECTOR_INLINE vfloat vload_some(const float *from, size_t n)
{
    vfloat x = {0};
    for (size_t i = 0; i < n; i++)
        x[i] = from[i];
    return x;
}

VECTOR_INLINE void strip_forward(const struct muster_forward_strip *s,
                                 vfloat (*f)(vfloat x, vfloat *slope))
{
    for (size_t j = 0; j < s->n; j += LANES) {
        const vfloat bias = s->bias != NULL ? vload(s->bias + j) : vset(0.0f);
        const bool whole = j + LANES <= s->ldx;
        const float *x = s->x + j;
        float *y = s->y + j, *kept = s->slope != NULL ? s->slope + j : NULL;
        for (size_t i = 0; i < s->rows; i++, x += s->ldx, y += s->ldy) {
            vfloat slope = {0};
            vstore(y, f((whole ? vload(x) : vload_some(x, s->n - j)) + bias, &slope));
            if (kept != NULL) {
                vstore(kept, slope);
                kept += s->ldy;
            }
        }
    }
}

/* The sums run over even and odd rows apart: two short chains of additions instead of a long one.
 */
VECTOR_INLINE void strip_backward(const struct muster_backward_strip *s,
                                  vfloat (*f)(vfloat dy, vfloat kept))
{
    for (size_t j = 0; j < s->n; j += LANES) {
        vfloat even = {0}, odd = {0};
        size_t at = j, i = 0;
        for (; i + 2 <= s->rows; i += 2, at += 2 * s->ld) {
            vfloat a = f(vload(s->dy + at), vload(s->kept + at));
            vfloat b = f(vload(s->dy + at + s->ld), vload(s->kept + at + s->ld));
            vstore(s->dx + at, a);
            vstore(s->dx + at + s->ld, b);
            even += a;
            odd += b;
        }
        if (i < s->rows) {
            vfloat a = f(vload(s->dy + at), vload(s->kept + at));
            vstore(s->dx + at, a);
            even += a;
        }
        if (s->bias_gradient != NULL)
            vstore(s->bias_gradient + j, even + odd);
    }
}

/* For whoever keeps the slope: dx = dy slope. */
VECTOR_INLINE vfloat times_slope(vfloat dy, vfloat slope)
{
    return dy * slope;
}

#endif
