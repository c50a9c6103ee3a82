/* Dropout: bits are Philox's as base makes them, by place in the batch; shards of a batch see the
 * masks of the whole; shares and means are right; prediction drops nothing. */
#include "nn_test.h"

#include "muster/linalg.h"

enum { ROWS = 6, INPUTS = 13, OUTPUTS = 1, LD = 16 };

/* Dropout over the inputs, then one linear output: the gradient of its weights tells the masks. */
static struct muster_net *masked_net(double rate, size_t batch)
{
    struct muster_block block = layer_block("dropout");
    muster_block_set(&block, "rate", rate, NULL);
    struct muster_net *net =
        net_of(&(struct muster_net_setup){.input = {.rank = 1, .dims = {INPUTS}},
                                          .task = MUSTER_REGRESSION,
                                          .outputs = OUTPUTS,
                                          .batch = batch,
                                          .layers = &block,
                                          .n_layers = 1});
    muster_block_clear(&block);
    size_t n;
    float *weights = muster_net_weights(net, &n);
    memset(weights, 0, n * sizeof *weights);
    return net;
}

/* With weights zero, inputs one and target -1/2 the slope of each output is one. */
static void gradient_of_rows(struct muster_net *net, size_t first, size_t rows, uint64_t step,
                             float *gradient)
{
    float x[ROWS * INPUTS], y[ROWS];
    size_t n;
    for (size_t i = 0; i < rows * INPUTS; i++)
        x[i] = 1;
    for (size_t i = 0; i < rows; i++)
        y[i] = -0.5f;
    const struct muster_pass pass = {.dropout = noise(7), .step = step, .first_row = first};
    muster_net_gradient(net, (struct muster_inputs){.x = x}, (struct muster_targets){.values = y},
                        rows, &pass);
    muster_sunpack(false, INPUTS, 1, muster_net_gradients(net, &n), gradient, 1);
}

/* The half word that decides over a place, straight from base. */
static uint32_t half_of(uint32_t row, uint32_t unit, uint64_t step, uint32_t layer)
{
    uint32_t place = row * LD + unit, bits[4];
    const uint32_t counter[4] = {place / 128 * 16 + place % 16, (uint32_t)step, layer,
                                 (uint32_t)(step >> 32)};
    muster_random_bits(noise(7), counter, bits);
    return bits[place / 16 % 8 / 2] >> (place / 16 % 2 * 16) & 0xffff;
}

static void bits_are_those_of_base(void **state)
{
    (void)state;
    const uint64_t step = 5 + (3ull << 32);
    struct muster_net *net = masked_net(0.25, ROWS);
    float gradient[INPUTS];
    for (uint32_t row = 0; row < 40; row++) {
        gradient_of_rows(net, row, 1, step, gradient);
        for (uint32_t unit = 0; unit < INPUTS; unit++) {
            bool kept = half_of(row, unit, step, 0) >= 16384;
            assert_true(gradient[unit] == (kept ? 65536.0f / 49152.0f : 0.0f));
        }
    }
    muster_net_destroy(&net);
}

static void shards_see_the_masks_of_the_batch(void **state)
{
    (void)state;
    struct muster_net *net = masked_net(0.5, ROWS);
    float whole[INPUTS], some[INPUTS], rest[INPUTS], other[INPUTS];
    gradient_of_rows(net, 0, ROWS, 9, whole);
    gradient_of_rows(net, 0, 2, 9, some);
    gradient_of_rows(net, 2, ROWS - 2, 9, rest);
    gradient_of_rows(net, 0, ROWS, 10, other);
    for (size_t i = 0; i < INPUTS; i++)
        assert_true(whole[i] == some[i] + rest[i]);
    assert_memory_not_equal(whole, other, sizeof whole);
    muster_net_destroy(&net);
}

static void share_and_mean_are_right(void **state)
{
    (void)state;
    const double rates[] = {0.1, 0.5, 0.9};
    for (size_t r = 0; r < 3; r++) {
        struct muster_net *net = masked_net(rates[r], ROWS);
        double sum = 0, numbers = 2000.0 * ROWS * INPUTS;
        for (uint64_t step = 0; step < 2000; step++) {
            float gradient[INPUTS];
            gradient_of_rows(net, 0, ROWS, step, gradient);
            for (size_t i = 0; i < INPUTS; i++)
                sum += gradient[i];
        }
        double sigma = sqrt(rates[r] / (1 - rates[r]) / numbers);
        assert_float_equal(sum / numbers, 1, 5 * sigma);
        muster_net_destroy(&net);
    }
}

static void prediction_drops_nothing(void **state)
{
    (void)state;
    struct muster_net *net = masked_net(0.5, ROWS);
    float x[9 * INPUTS], weights[INPUTS], out[9];
    muster_random_fill(noise(1), 0, -1, 1, x, 9 * INPUTS);
    muster_random_fill(noise(2), 0, -1, 1, weights, INPUTS);
    muster_net_layer_write(net, 1, 0, weights);
    muster_net_predict(net, (struct muster_inputs){.x = x}, 9, out);
    for (size_t i = 0; i < 9; i++) {
        double sum = 0;
        for (size_t j = 0; j < INPUTS; j++)
            sum += (double)x[i * INPUTS + j] * weights[j];
        assert_float_equal(out[i], sum, 1e-5);
    }
    muster_net_destroy(&net);
}

static void rate_zero_is_no_layer(void **state)
{
    (void)state;
    struct muster_net *net = masked_net(0, ROWS);
    assert_int_equal(muster_net_layers(net), 1);
    muster_net_destroy(&net);
    assert_int_equal(muster_memory_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_are_those_of_base),
        cmocka_unit_test(shards_see_the_masks_of_the_batch),
        cmocka_unit_test(share_and_mean_are_right),
        cmocka_unit_test(prediction_drops_nothing),
        cmocka_unit_test(rate_zero_is_no_layer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
