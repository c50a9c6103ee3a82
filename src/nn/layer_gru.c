/* Gated recurrent unit (Cho et al., EMNLP 2014), in the form of PyTorch, where the reset gate acts
 * behind the product with the state:
 *   r = sigmoid(W_r x + U_r h + b_r), z alike, q = U_n h + b_hn, n = tanh(W_n x + b_n + r q)
 *   h' = (1 - z) n + z h
 * x [t][c]; h starts at zero; [units] or [t][units] above (recurrent.c). Blocks of a step: n, r, z,
 * q. */
#include "nn/recurrent_impl.h"

VECTOR_INLINE void gates_at(const struct recurrent_step *s, size_t row, size_t j)
{
    const size_t u = s->units;
    const float *bias = s->bias + j;
    float *gate = s->gates + row * 4 * u + j;
    const vfloat r = vsigmoid(vload(gate + u) + vload(bias + u));
    const vfloat z = vsigmoid(vload(gate + 2 * u) + vload(bias + 2 * u));
    const vfloat q = vload(gate + 3 * u) + vload(bias + 3 * u);
    vstore(gate, vload(gate) + vload(bias) + r * q);
    vstore(gate + u, r);
    vstore(gate + 2 * u, z);
    vstore(gate + 3 * u, q);
}

VECTOR_INLINE void state_at(const struct recurrent_step *s, size_t row, size_t j)
{
    float *gate = s->gates + row * 4 * s->units + j;
    const size_t at = row * s->ld_state + j;
    const vfloat n = vtanh(vload(gate)), z = vload(gate + 2 * s->units);
    vstore(gate, n);
    vstore(s->after + at, n + z * (vload(s->before + at) - n));
}

/* A loop each: within one, the long chain of a function would wait for that of another. */
static void forward(const struct recurrent_step *s)
{
    for (size_t row = 0; row < s->rows; row++) {
        for (size_t j = 0; j < s->units; j += LANES)
            gates_at(s, row, j);
        for (size_t j = 0; j < s->units; j += LANES)
            state_at(s, row, j);
    }
}

VECTOR_INLINE void slopes_of(const struct recurrent_step *s, size_t row, size_t j, vfloat sums[4])
{
    const size_t u = s->units;
    float *gate = s->gates + row * 4 * u + j, *dh = s->dh + row * u + j;
    const vfloat n = vload(gate), r = vload(gate + u), z = vload(gate + 2 * u),
                 q = vload(gate + 3 * u), d = vload(dh);
    const vfloat before = vload(s->before + row * s->ld_state + j);
    const vfloat dn = d * (1.0f - z) * (1.0f - n * n);
    const vfloat slopes[4] = {dn, dn * q * (r * (1.0f - r)), d * (before - n) * (z * (1.0f - z)),
                              dn * r};
    vstore(dh, d * z);
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
    .class = {.name = "gru",
              .gates = "r z n",
              .forward = recurrent_forward,
              .backward = recurrent_backward,
              .init = recurrent_init},
    .gates = 3,
    .apart = true,
    .forward = forward,
    .backward = backward,
};

static enum muster_status add(struct muster_net *net, const struct muster_block *block)
{
    return recurrent_add(net, block, &cell);
}

static const struct muster_option options[] = {RECURRENT_OPTIONS, {0}};

const struct muster_layer_kind muster_layer_gru = {
    .plugin = {.name = "gru",
               .help = "gated recurrent units over the steps of a sequence",
               .options = options,
               .main_option = "units",
               .ranges = RECURRENT_RANGES},
    .add = add,
    .tokens = true,
};
