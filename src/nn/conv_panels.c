/* Weights cut into panels as the kernels want them, and gradients put together again. */
#include "nn/conv_impl.h"

#include <string.h>

struct conv_sides conv_sides_of(const struct conv *conv, bool forward)
{
    const size_t in = conv->shape.window.channels / conv->shape.groups;
    const size_t out = conv->shape.filters / conv->shape.groups;
    return forward ? (struct conv_sides){in, out} : (struct conv_sides){out, in};
}

size_t conv_panel_size(const struct conv_plan *plan, struct conv_sides sides)
{
    return (1 + plan->taps * sides.from) * conv_width;
}

size_t conv_panels_size(const struct conv *conv, const struct conv_plan *plan)
{
    const struct conv_sides sides = conv_sides_of(conv, plan == conv->plans);
    const size_t panels = (sides.to + conv_width - 1) / conv_width;
    return conv->shape.groups * panels * conv_panel_size(plan, sides);
}

/* Columns j to j + n of group g, of bias and weights as they are kept; those behind stay 0. */
static void pack_forward(const struct conv *conv, const float *weights, size_t first, size_t n,
                         float *panel)
{
    const struct muster_slot *slots = conv->base.slots;
    const size_t rows = conv->plans->taps * conv_sides_of(conv, true).from;
    const float *weight = weights + slots[0].offset + first;
    if (conv->bias)
        memcpy(panel, weights + slots[1].offset + first, n * sizeof *panel);
    for (size_t k = 0; k < rows; k++)
        memcpy(panel + (1 + k) * conv_width, weight + k * conv->shape.filters, n * sizeof *panel);
}

/* The other way: rows are the filters of group g for each tap, columns its channels. */
static void pack_backward(const struct conv *conv, const struct conv_plan *plan,
                          const float *weights, size_t g, size_t first, size_t n, float *panel)
{
    const struct conv_sides sides = conv_sides_of(conv, false);
    const float *weight = weights + conv->base.slots[0].offset + g * sides.from;
    for (size_t t = 0; t < plan->taps; t++)
        for (size_t j = 0; j < n; j++) {
            const size_t row = plan->tap[t] * sides.to + first + j;
            const float *from = weight + row * conv->shape.filters;
            float *to = panel + (1 + t * sides.from) * conv_width + j;
            for (size_t f = 0; f < sides.from; f++)
                to[f * conv_width] = from[f];
        }
}

/* All panels of a plan, of all groups. */
void conv_pack(const struct conv *conv, const struct conv_plan *plan,
               const struct muster_layer_pass *pass)
{
    const bool forward = plan == conv->plans;
    const struct conv_sides sides = conv_sides_of(conv, forward);
    float *panel = pass->work + plan->panels;
    for (size_t g = 0; g < conv->shape.groups; g++)
        for (size_t j = 0; j < sides.to; j += conv_width, panel += conv_panel_size(plan, sides)) {
            const size_t n = sides.to - j < conv_width ? sides.to - j : conv_width;
            if (forward)
                pack_forward(conv, pass->weights, g * sides.to + j, n, panel);
            else
                pack_backward(conv, plan, pass->weights, g, j, n, panel);
        }
}

/* The gradients out of their panels: pack_forward the other way. */
void conv_unpack(const struct conv *conv, const struct muster_layer_pass *pass)
{
    const struct muster_slot *slots = conv->base.slots;
    const struct conv_sides sides = conv_sides_of(conv, true);
    const size_t rows = conv->plans->taps * sides.from, filters = conv->shape.filters;
    const float *panel = pass->work + conv->gradients;
    for (size_t g = 0; g < conv->shape.groups; g++)
        for (size_t j = 0; j < sides.to; j += conv_width) {
            const size_t n = sides.to - j < conv_width ? sides.to - j : conv_width;
            float *to = pass->gradients + slots[0].offset + g * sides.to + j;
            if (conv->bias)
                memcpy(pass->gradients + slots[1].offset + g * sides.to + j, panel, n * sizeof *to);
            for (size_t k = 0; k < rows; k++)
                memcpy(to + k * filters, panel + (1 + k) * conv_width, n * sizeof *to);
            panel += conv_panel_size(conv->plans, sides);
        }
}
