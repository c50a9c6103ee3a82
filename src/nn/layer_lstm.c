/* Long short-term memory (Hochreiter, Schmidhuber, Neural Computation 9, 1997) with a forget gate
 * (Gers, Schmidhuber, Cummins, 2000), as PyTorch has it:
 *   i = sigmoid(W_i x + U_i h + b_i), f and o alike, g = tanh(W_g x + U_g h + b_g)
 *   c' = f c + i g, h' = o tanh(c')
 * x [t][c]; h and c start at zero; [units] or [t][units] above (recurrent.c). */
#include "nn/recurrent_impl.h"

VECTOR_INLINE void gates_at(const struct recurrent_step *s, size_t r, size_t j)
{
    const size_t u = s->units, at = r * u + j;
    const float *bias = s->bias + j;
    float *gate = s->gates + r * 4 * u + j;
    const vfloat i = vsigmoid(vload(gate) + vload(bias));
    const vfloat f = vsigmoid(vload(gate + u) + vload(bias + u));
    const vfloat g = vtanh(vload(gate + 2 * u) + vload(bias + 2 * u));
    const vfloat o = vsigmoid(vload(gate + 3 * u) + vload(bias + 3 * u));
    vstore(gate, i);
    vstore(gate + u, f);
    vstore(gate + 2 * u, g);
    vstore(gate + 3 * u, o);
    vstore(s->cell_after + at, f * vload(s->cell_before + at) + i * g);
}

VECTOR_INLINE void state_at(const struct recurrent_step *s, size_t r, size_t j)
{
    const size_t u = s->units, at = r * u + j;
    const vfloat t = vtanh(vload(s->cell_after + at));
    vstore(s->cell_tanh + at, t);
    vstore(s->after + r * s->ld_state + j, vload(s->gates + (r * 4 + 3) * u + j) * t);
}

/* A loop each: within one, the long chain of a function would wait for that of another. */
static void forward(const struct recurrent_step *s)
{
    for (size_t r = 0; r < s->rows; r++) {
        for (size_t j = 0; j < s->units; j += LANES)
            gates_at(s, r, j);
        for (size_t j = 0; j < s->units; j += LANES)
            state_at(s, r, j);
    }
}

VECTOR_INLINE void slopes_of(const struct recurrent_step *s, size_t r, size_t j, vfloat sums[4])
{
    const size_t u = s->units, at = r * u + j;
    float *gate = s->gates + r * 4 * u + j;
    const vfloat i = vload(gate), f = vload(gate + u), g = vload(gate + 2 * u),
                 o = vload(gate + 3 * u);
    const vfloat t = vload(s->cell_tanh + at), dh = vload(s->dh + at);
    const vfloat dc = vload(s->dc + at) + dh * o * (1.0f - t * t);
    __builtin_prefetch(s->cell_tanh + at + RECURRENT_TOGETHER * u);
    __builtin_prefetch(s->cell_before + at + RECURRENT_TOGETHER * u);
    const vfloat slopes[4] = {dc * g * (i * (1.0f - i)),
                              dc * vload(s->cell_before + at) * (f * (1.0f - f)),
                              dc * i * (1.0f - g * g), dh * t * (o * (1.0f - o))};
    vstore(s->dc + at, dc * f);
#pragma GCC unroll 4
    for (size_t k = 0; k < 4; k++) {
        vstore(gate + k * u, slopes[k]);
        sums[k] += slopes[k];
    }
}

static void backward(const struct recurrent_step *s)
{
    recurrent_backward_rows(s, 4, slopes_of);
}

static const struct recurrent_cell cell = {
    .class = {.name = "lstm",
              .gates = "i f g o",
              .forward = recurrent_forward,
              .backward = recurrent_backward,
              .init = recurrent_init},
    .gates = 4,
    .second = true,
    .bias = 1.0f,
    .forward = forward,
    .backward = backward,
};

static enum muster_status add(struct muster_net *net, const struct muster_block *block)
{
    return recurrent_add(net, block, &cell);
}

static const struct muster_option options[] = {RECURRENT_OPTIONS, {0}};

const struct muster_layer_kind muster_layer_lstm = {
    .plugin = {.name = "lstm",
               .help = "long short-term memory over the steps of a sequence",
               .options = options,
               .main_option = "units",
               .ranges = RECURRENT_RANGES},
    .add = add,
    .tokens = true,
};
