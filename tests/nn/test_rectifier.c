/* Dense layers that rectify, whose products do it on their way up and down, against the same
 * activation as a layer of its own: loss and gradients of matrices have the same bits, those of
 * biases are sums in another order. */
#include "nn_test.h"

enum { INPUTS = 21, OUTPUTS = 5, MOST = 300, DENSE = 3 };

static float x[MOST * INPUTS];
static int32_t y[MOST];

/* More inputs than a product adds up at a time, units that are whole panels and that are not, and
 * one without a bias. */
static struct layered open_side(bool apart)
{
    static const double units[DENSE] = {32, 270, 7};
    struct layered side = {.n = 0};
    for (size_t i = 0; i < DENSE; i++) {
        struct muster_block *dense = &side.layers[side.n++];
        *dense = layer_block("dense");
        muster_block_set(dense, "units", units[i], NULL);
        muster_block_set(dense, "activation", 0, apart ? "identity" : "relu");
        muster_block_set(dense, "bias", i != 1, NULL);
        if (!apart)
            continue;
        side.layers[side.n] = layer_block("activation");
        muster_block_set(&side.layers[side.n++], "kind", 0, "relu");
    }
    side.net = net_of(&(struct muster_net_setup){.input = {1, {INPUTS}},
                                                 .task = MUSTER_CLASSIFICATION,
                                                 .outputs = OUTPUTS,
                                                 .batch = MOST,
                                                 .layers = side.layers,
                                                 .n_layers = side.n});
    return side;
}

static void same_gradients(const struct muster_layout *layout, const float *a, const float *b)
{
    for (size_t i = 0; i < layout->n_arrays; i++) {
        const size_t from = layout->starts[i];
        const size_t to = i + 1 < layout->n_arrays ? layout->starts[i + 1] : layout->n;
        const bool bias = to - from <= 48; /* none of the matrices is so small */
        for (size_t k = from; k < to; k++)
            if (bias)
                assert_float_equal(a[k], b[k], 1e-5 * (1 + fabsf(b[k])));
            else
                assert_true(a[k] == b[k]);
    }
}

static void compare(size_t rows)
{
    struct layered fused = open_side(false), apart = open_side(true);
    const struct muster_pass pass = {.step = 0};
    const struct muster_inputs in = {.x = x};
    const struct muster_targets of = {.classes = y};
    const struct muster_layout layout = muster_net_layout(fused.net);
    size_t n, m;
    float *weights = muster_net_weights(fused.net, &n), *others = muster_net_weights(apart.net, &m);
    assert_int_equal(n, m);
    memcpy(others, weights, n * sizeof *weights);
    const double loss = muster_net_gradient(fused.net, in, of, rows, &pass);
    assert_true(loss > 0 && loss == muster_net_gradient(apart.net, in, of, rows, &pass));
    same_gradients(&layout, muster_net_gradients(fused.net, &n),
                   muster_net_gradients(apart.net, &m));
    close_layered(&fused);
    close_layered(&apart);
}

static void rectifying_on_the_way_changes_nothing(void **state)
{
    (void)state;
    muster_random_fill(noise(7), 0, -1, 1, x, MOST * INPUTS);
    for (size_t i = 0; i < MOST; i++)
        y[i] = (int32_t)(i * 3 % OUTPUTS);
    compare(1);
    compare(19);
    compare(MOST);
}

/* What diverges is seen: NaN is no number below 0. */
static void not_a_number_stays(void **state)
{
    (void)state;
    struct layered side = open_side(false);
    size_t n;
    muster_net_weights(side.net, &n)[0] = NAN;
    assert_true(isnan(muster_net_gradient(side.net, (struct muster_inputs){.x = x},
                                          (struct muster_targets){.classes = y}, 19,
                                          &(struct muster_pass){.step = 0})));
    close_layered(&side);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rectifying_on_the_way_changes_nothing),
        cmocka_unit_test(not_a_number_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
