/* The simple recurrent network (Elman, Cognitive Science 14, 1990): h' = f(W x + U h + b) with f
 * the hyperbolic tangent or a rectifier. x [t][c]; h starts at zero; [units] or [t][units] above
 * (recurrent.c). */
#include "nn/recurrent_impl.h"

VECTOR_INLINE void step_forward(const struct recurrent_step *s, vfloat (*f)(vfloat sum))
{
    for (size_t r = 0; r < s->rows; r++)
        for (size_t j = 0; j < s->units; j += LANES) {
            float *sum = s->gates + r * s->units + j;
            const vfloat h = f(vload(sum) + vload(s->bias + j));
            vstore(sum, h);
            vstore(s->after + r * s->ld_state + j, h);
        }
}

VECTOR_INLINE void slope_at(const struct recurrent_step *s, size_t r, size_t j, vfloat sums[4],
                            vfloat (*slope)(vfloat h))
{
    const size_t at = r * s->units + j;
    const vfloat d = vload(s->dh + at) * slope(vload(s->gates + at));
    vstore(s->gates + at, d);
    sums[0] += d;
}

VECTOR_INLINE vfloat tanh_value(vfloat sum)
{
    return vtanh(sum);
}

VECTOR_INLINE vfloat tanh_slope(vfloat h)
{
    return 1.0f - h * h;
}

VECTOR_INLINE vfloat relu_value(vfloat sum)
{
    return vselect((vint)(sum < 0.0f), vset(0.0f), sum); /* NaN passes */
}

VECTOR_INLINE vfloat relu_slope(vfloat h)
{
    return vselect((vint)(h > 0.0f), vset(1.0f), vset(0.0f));
}

static void tanh_forward(const struct recurrent_step *step)
{
    step_forward(step, tanh_value);
}

VECTOR_INLINE void tanh_slopes(const struct recurrent_step *s, size_t r, size_t j, vfloat sums[4])
{
    slope_at(s, r, j, sums, tanh_slope);
}

static void tanh_backward(const struct recurrent_step *step)
{
    recurrent_backward_rows(step, 1, tanh_slopes);
}

static void relu_forward(const struct recurrent_step *step)
{
    step_forward(step, relu_value);
}

VECTOR_INLINE void relu_slopes(const struct recurrent_step *s, size_t r, size_t j, vfloat sums[4])
{
    slope_at(s, r, j, sums, relu_slope);
}

static void relu_backward(const struct recurrent_step *step)
{
    recurrent_backward_rows(step, 1, relu_slopes);
}

/* The values of the option `activation`, in its order. */
static const struct recurrent_cell cells[] = {
    {.class = {.name = "rnn",
               .forward = recurrent_forward,
               .backward = recurrent_backward,
               .init = recurrent_init},
     .gates = 1,
     .forward = tanh_forward,
     .backward = tanh_backward},
    {.class = {.name = "rnn",
               .forward = recurrent_forward,
               .backward = recurrent_backward,
               .init = recurrent_init},
     .gates = 1,
     .rectifier = true,
     .forward = relu_forward,
     .backward = relu_backward},
};

static enum muster_status add(struct muster_net *net, const struct muster_block *block)
{
    return recurrent_add(net, block, &cells[muster_block_int(block, "activation")]);
}

static const struct muster_option options[] = {
    RECURRENT_OPTIONS,
    {.name = "activation",
     .type = MUSTER_WORD,
     .standard = "tanh",
     .words = "tanh|relu",
     .help = "function applied to the sums"},
    {0},
};

const struct muster_layer_kind muster_layer_rnn = {
    .plugin = {.name = "rnn",
               .help = "a simple recurrent network over the steps of a sequence",
               .options = options,
               .main_option = "units",
               .ranges = RECURRENT_RANGES},
    .add = add,
    .tokens = true,
};
